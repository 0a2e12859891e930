"""Rows that somebody could enter to lift a figure: none is believed in silence, and the reason says what to look at."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import test_ppid
from given import batch, parameter_rows
from given_ppid import holiday_rows, request_row
from test_ppid import EXAMPLES, MARCH, in_order, row, verdict

from iku_etl.database import Connection, Warehouse

Row = dict[str, Any]


@pytest.fixture
def owner(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect("owner") as connection:
        batch(connection, "parameter", "2026-01-01", parameter_rows())
        yield connection


# ---------------------------------------------------------------- IKU-04: days off


def off(count: int, first: str = "2026-01-19") -> list[Row]:
    """So many working days off by the Sekretariat's list, one after the other."""
    days = [date.fromisoformat(first) + timedelta(days=step) for step in range(2 * count)]
    listed = [str(day) for day in days if day.weekday() < 5][:count]
    said = {"kind": "cuti_bersama", "name": "x", "decree": "SE contoh 3/2026", "origin": "register"}
    return [{"day": day, **said} for day in listed]


@pytest.mark.parametrize("months", [(MARCH,), ("2026-01-01", MARCH)])
def test_a_list_that_declares_a_quarter_off_makes_no_late_answer_timely(owner: Connection, months: Any) -> None:
    in_order(owner, "ppid_request", "holiday")
    batch(owner, "ppid_request", MARCH, [request_row("P", "2026-01-20", "2026-03-25")])
    library = holiday_rows(EXAMPLES["holidays"])
    known = {day["day"] for day in library}
    added = [day for day in off(40) if day["day"] not in known][:32]
    share = len(added) // len(months)
    for place, month in enumerate(months):
        batch(owner, "holiday", month, [*library, *added[place * share : (place + 1) * share]])
    why = "kalender hari kerja diragukan: register menambah 32 hari libur pada 2026, batas 15"
    unproven = "tidak teramati: 1 dari 1 permohonan belum terbukti"
    assert verdict(row(owner)) == (0, 0, 1, f"{unproven}, {why}")


def test_as_many_days_as_a_year_can_lack_are_believed(owner: Connection) -> None:
    in_order(owner, "ppid_request", "holiday")
    batch(owner, "ppid_request", MARCH, [request_row("P", "2026-01-19", "2026-02-24")])
    library = holiday_rows(EXAMPLES["holidays"])
    batch(owner, "holiday", MARCH, [*library, *off(15)])
    assert verdict(row(owner)) == test_ppid.ACTIVE
    batch(owner, "holiday", MARCH, [*library, *off(16)])
    assert verdict(row(owner))[:3] == (0, 0, 1)
    taken_back = [day | {"kind": "hari_kerja"} for day in off(16)[:1]]
    batch(owner, "holiday", "2026-04-01", [*library, *taken_back])
    assert verdict(row(owner, day=date(2026, 5, 10)))[:3] == (1, 1, 1)
