"""What of a day's time was seen by its checks: the roll-up of distances and the staging view against plain sums."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from given import WIB, batch, midnight_after, parameter_rows
from hypothesis import HealthCheck, settings
from hypothesis import given as generated
from hypothesis import strategies as st

from iku_etl import catalogue
from iku_etl.stages.load import roll_ups
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Warehouse

DAY = date(2026, 1, 5)
MIDNIGHT = datetime(2026, 1, 5, tzinfo=WIB)
SECONDS = 86400
SOURCE = catalogue.source("website_uptime")
LAW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def owner(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect("owner") as connection:
        batch(connection, "parameter", "2026-01-01", parameter_rows(probe_interval_seconds=300))
        yield connection


def seen(owner: Connection, seconds: Sequence[float], blind: Sequence[float] = ()) -> tuple[float, int | None]:
    """Seconds that were seen, and the usual distance, of a day with checks at these seconds; `blind`: without one."""
    rows: list[dict[str, Any]] = [
        {"site": "s", "checked_at": (MIDNIGHT + timedelta(seconds=at)).isoformat(), "up": up}
        for ats, up in ((seconds, True), (blind, None))
        for at in ats
    ]
    with owner.transaction(force_rollback=True):
        number = batch(owner, "website_uptime", DAY, rows)
        owner.execute("alter table fact.website_uptime_day disable trigger user")
        owner.execute("alter table fact.website_uptime_gap disable trigger user")
        for made in SOURCE.roll_ups:
            roll_ups.make(owner, SOURCE, made, number, DAY)
        database.set_as_of(owner, 10**6, midnight_after(date(2026, 2, 10)))
        row = database.one(owner, "select seen_seconds, gap_seconds from staging.website_uptime_day")
    return float(row["seen_seconds"] or 0), row["gap_seconds"]


@pytest.mark.parametrize("step", [15, 60, 300])
def test_a_whole_day_is_seen_whole_at_any_interval_up_to_the_parameters(owner: Connection, step: int) -> None:
    checks = [number * step for number in range(SECONDS // step)]
    assert seen(owner, checks) == (SECONDS, step)


def test_72_minutes_of_a_dense_prober_are_no_day(owner: Connection) -> None:
    assert seen(owner, [number * 15 for number in range(288)]) == (287 * 15 + 300, 15)


def test_a_slower_prober_is_seen_for_its_share(owner: Connection) -> None:
    assert seen(owner, [number * 900 for number in range(96)]) == (96 * 300, 900)


@pytest.mark.parametrize("step", [301, 330])
def test_a_prober_that_is_late_by_the_answer_is_seen_whole(owner: Connection, step: int) -> None:
    checks = range(0, SECONDS - step // 2, step)  # as 60.2 s for 60; what is left of the day is no more than a step
    assert seen(owner, checks) == (SECONDS, step)


def test_past_a_tenth_a_distance_counts_for_the_parameters_interval(owner: Connection) -> None:
    assert seen(owner, [0, 330, 661]) == (330 + 300 + 300, 330)


def test_a_prober_that_was_set_to_another_interval_at_noon_is_seen_all_day(owner: Connection) -> None:
    noon = SECONDS // 2
    checks = [*range(0, noon, 300), *range(noon, SECONDS, 15)]
    assert seen(owner, checks) == (SECONDS, 15)


def test_few_checks(owner: Connection) -> None:
    assert seen(owner, [500]) == (300, SECONDS)
    assert seen(owner, [], blind=[500]) == (0, None)
    assert seen(owner, [0, 600], blind=[300]) == (600, 600)  # a scrape without a probe vouches for nothing


MOMENTS = st.lists(st.integers(0, SECONDS - 1), min_size=1, max_size=40, unique=True).map(sorted)


@LAW
@generated(checks=MOMENTS, more=MOMENTS)
def test_seen_is_what_was_between_checks_at_most_a_day_and_never_less_for_more(
    owner: Connection, checks: list[int], more: list[int]
) -> None:
    found, _ = seen(owner, checks)
    gaps = [after - at for at, after in zip(checks, [*checks[1:], checks[0] + SECONDS], strict=True)]
    assert found == sum(gap if gap <= 330 else 300 for gap in gaps)
    assert 0 < found <= SECONDS
    assert seen(owner, sorted({*checks, *more}))[0] >= found
