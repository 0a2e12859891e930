"""A row set aside that doesn't say whom it is about may be about anybody, and the reason names it."""

from datetime import date

import pytest
from examples_kit import members
from given import batch, midnight_after, submission_row

from iku_etl.catalogue import kamus
from iku_etl.warehouse.database import Connection

JUNE, READ_ON = "2026-06-01", midnight_after(date(2026, 7, 15))
AREA = {"desa": "17.01.01.2001", "name": "Batu Ampar", "kecamatan": "K", "kind": "desa", "valid_from": "2003-01-01"}


@pytest.mark.parametrize(
    ("aside", "names"),
    [
        ([{"link": "FO-1"}], " (FO-1)"),
        ([{"link": "FO-2"}, {"link": "FO-1"}, {"link": "FO-1"}], " (FO-1, FO-2)"),
        ([{"link": f"FO-{number}"} for number in range(9)], " (FO-0, FO-1, FO-2)"),
        ([{"link": None}], ""),
    ],
)
def test_a_link_of_which_nobody_knows_whom_it_serves_is_named(
    owner: Connection, aside: list[dict[str, str | None]], names: str
) -> None:
    batch(owner, "desa", JUNE, [AREA | {"valid_to": None}])
    nobody = {"serves_kind": None, "serves": None}
    batch(owner, "network_link", JUNE, [], quarantined=[nobody | one for one in aside])
    hand_in = submission_row("diskominfo", "2026-06", 1) | {"register": "network_link", "complete": True}
    semester = hand_in | {"period": "2026-S1"}
    batch(owner, "register_submission", JUNE, [one | {"rows_declared": None} for one in (hand_in, semester)])
    (row,) = members(owner, kamus.current(owner)["IKU-03"], "2026-S1", READ_ON)
    assert (row["seen"], row["numerator_high"]) == (0, 1)
    assert row["reason"] == (
        f"tidak teramati: tidak ada baris, baris yang dikarantina{names} tidak menyebut siapa yang dilayani,"
        " atau tidak dikenal"
    )
