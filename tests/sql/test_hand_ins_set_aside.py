"""A hand-in that was set aside is no hand-in, and says so: whatever the grain of its period."""

from datetime import date

import pytest
from examples_kit import members
from given import batch, midnight_after

from iku_etl.catalogue import kamus
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection

JUNE, READ_ON = "2026-06-01", midnight_after(date(2026, 7, 15))
HAND_IN = {"unit": "diskominfo", "unit_name": "Dinas", "register": "sectoral_dataset", "period": "2026-S1"}


def needed(connection: Connection) -> None:
    """One dataset on the Daftar Data, never delivered."""
    row = {"dataset": "d", "name": "Data", "producer": "dinkes", "year": 2026, "on_list_from": "2026-01-01"}
    batch(connection, "data_list", JUNE, [row | {"on_list_to": None}])


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, "baris register penyerahan dikarantina"),
        ({"period": "2026-06"}, "baris register penyerahan dikarantina"),  # no semester: it may be any
        ({"period": None, "register": None}, "baris register penyerahan dikarantina"),
        ({"period": "2025-S2"}, "register belum dinyatakan lengkap"),
        ({"register": "data_list"}, "register belum dinyatakan lengkap"),
        ({"unit": "dinkes"}, "register belum dinyatakan lengkap"),
    ],
)
def test_absence_under_a_hand_in_that_was_set_aside(owner: Connection, changed: dict[str, str], why: str) -> None:
    needed(owner)
    batch(owner, "register_submission", JUNE, quarantined=[HAND_IN | changed])
    (row,) = members(owner, kamus.current(owner)["IKU-06"], "2026-S1", READ_ON)
    assert (row["seen"], row["reason"]) == (0, f"tidak teramati: {why}")


def test_a_row_is_about_the_periods_that_its_text_may_mean(owner: Connection) -> None:
    batch(owner, "register_submission", "2026-03-01", quarantined=[HAND_IN | {"period": "2026-TW1"}])
    query = "select grain, period from staging.register_submission_quarantine where not is_month_before"
    with database.reading(owner, as_of_time=READ_ON):
        found = {(row["grain"], row["period"]) for row in owner.execute(query)}
    assert {period for grain, period in found if grain == "triwulan"} == {"2026-TW1"}
    assert {period for grain, period in found if grain == "semester"} == {"2026-S1"}
    assert {period for grain, period in found if grain == "month"} == {"2026-01", "2026-02", "2026-03"}
