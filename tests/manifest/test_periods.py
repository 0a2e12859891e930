"""The periods that a figure may be of: their names, their days, and when they have ended, by the local clock."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from kit import ZONE

from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection

Row = dict[str, Any]


def periods(owner: Connection, moment: datetime) -> dict[str, Row]:
    with database.reading(owner, as_of_time=moment):
        return {row["period"]: row for row in owner.execute("select * from iku.period")}


def at(day: date, **later: float) -> datetime:
    """A moment after the local midnight that begins a day."""
    return datetime.combine(day, datetime.min.time(), ZONE) + timedelta(**later)


@pytest.fixture
def year(owner: Connection) -> dict[str, Row]:
    """The periods of 2026, read when it was over."""
    found = periods(owner, at(date(2027, 1, 1)))
    return {name: row for name, row in found.items() if name.startswith("2026")}


def test_a_year_has_its_months_quarters_and_halves(year: dict[str, Row]) -> None:
    months = [f"2026-{month:02}" for month in range(1, 13)]
    others = [*(f"2026-TW{number}" for number in range(1, 5)), "2026-S1", "2026-S2", "2026"]
    assert sorted(year) == sorted([*months, *others])
    for name, first, last, grain in (
        ("2026-01", (1, 1), (1, 31), "month"), ("2026-02", (2, 1), (2, 28), "month"),
        ("2026-12", (12, 1), (12, 31), "month"), ("2026-TW1", (1, 1), (3, 31), "triwulan"),
        ("2026-TW2", (4, 1), (6, 30), "triwulan"), ("2026-TW3", (7, 1), (9, 30), "triwulan"),
        ("2026-TW4", (10, 1), (12, 31), "triwulan"), ("2026-S1", (1, 1), (6, 30), "semester"),
        ("2026-S2", (7, 1), (12, 31), "semester"), ("2026", (1, 1), (12, 31), "year"),
    ):  # fmt: skip
        row = year[name]
        days = (date(2026, *first), date(2026, *last))
        assert (row["first_day"], row["last_day"], row["grain"]) == (*days, grain), name


def test_a_period_begins_and_ends_at_local_midnight(year: dict[str, Row]) -> None:
    assert year["2026-02"]["starts_at"] == datetime(2026, 1, 31, 17, tzinfo=UTC)
    assert year["2026-02"]["ends_at"] == datetime(2026, 2, 28, 17, tzinfo=UTC)
    for earlier, later in (("2026-01", "2026-02"), ("2026-TW1", "2026-TW2"), ("2026-S1", "2026-S2")):
        assert year[earlier]["ends_at"] == year[later]["starts_at"]


def test_a_leap_day_is_the_last_of_its_february(owner: Connection) -> None:
    found = periods(owner, at(date(2028, 3, 1)))
    assert (found["2028-02"]["last_day"], found["2028-02"]["is_finished"]) == (date(2028, 2, 29), True)


def test_a_period_is_finished_with_its_last_moment_and_known_to_the_day_before_today(owner: Connection) -> None:
    for moment, is_finished, last_ended in (
        (at(date(2026, 1, 31)), False, date(2026, 1, 30)),
        (at(date(2026, 1, 31), hours=23, minutes=59, seconds=59), False, date(2026, 1, 30)),
        (at(date(2026, 2, 1)), True, date(2026, 1, 31)),
        (at(date(2026, 5, 1)), True, date(2026, 1, 31)),
    ):
        row = periods(owner, moment)["2026-01"]
        assert (row["is_finished"], row["last_ended_day"]) == (is_finished, last_ended), moment
    first_day = periods(owner, at(date(2026, 2, 1), hours=3))["2026-02"]
    assert (first_day["is_finished"], first_day["last_ended_day"]) == (False, date(2026, 1, 31))  # none has ended


def test_a_period_is_there_from_its_first_moment_on(owner: Connection) -> None:
    before, after = (periods(owner, at(date(2026, 7, 1)) + timedelta(seconds=step)) for step in (-1, 0))
    assert after.keys() - before.keys() == {"2026-07", "2026-TW3", "2026-S2"}
    assert min(before) == "2026"  # with the year in which the first source begins
