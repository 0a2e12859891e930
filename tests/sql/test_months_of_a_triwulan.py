"""A companion by triwulan of registers by month: what is due while the triwulan runs are its months that are over."""

from datetime import date

import pytest
from examples_kit import members
from given import batch, midnight_after, submission_row

from iku_etl.catalogue import kamus
from iku_etl.sources.register_submission import SOURCE
from iku_etl.warehouse.database import Connection

NIL_SO_FAR = "tidak ada berita yang diamankan dalam triwulan, menurut register sampai 2026-02"


@pytest.mark.parametrize(
    ("months", "day", "found"),
    [
        (("2026-01", "2026-02"), date(2026, 3, 10), (2, 2, 0, NIL_SO_FAR)),
        (("2026-01",), date(2026, 3, 10), (1, 2, 1, f"tidak teramati: tidak tercatat pada {SOURCE.title} (2026-02)")),
        (("2026-01",), date(2026, 1, 30), (0, 0, 1, "tidak teramati: belum ada bulan yang selesai")),
    ],
)
def test_nil_so_far(owner: Connection, months: tuple[str, ...], day: date, found: tuple[int, int, int, str]) -> None:
    handed = [submission_row("setda", month, 0, received_on=f"{month}-28") for month in months]
    batch(owner, "register_submission", "2026-01-01", handed)
    (row,) = members(owner, kamus.current(owner)["IKU-08-OPD"], "2026-TW1", midnight_after(day))
    assert (row["seen"], row["due"], row["numerator_high"], row["reason"]) == found
