"""IKU-07 against an oracle in plain Python, day by day over sets, on generated registers and records of one month."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from given import batch, channel_row, midnight_after, parameter_rows, website_row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection

pytestmark = pytest.mark.long

FIRST, LAST = date(2026, 2, 1), date(2026, 2, 28)
MONTH = [FIRST + timedelta(days=place) for place in range(28)]
READ_ON = midnight_after(date(2026, 3, 10))
LAW = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
Result = tuple[int, int | None, int, int]  # proven, upper bound, seen, due


@dataclass(frozen=True)
class Stretch:
    """A row of a register: what holds from one day to another."""

    name: str
    begins: date
    ends: date | None
    metric: str = ""
    measure: str = "harian"

    def holds(self, day: date) -> bool:
        return self.begins <= day and (self.ends is None or day <= self.ends)


@dataclass(frozen=True)
class World:
    sites: list[Stretch]
    channels: list[Stretch]  # those of the sites among them, named as the site
    site_visits: dict[tuple[date, str, str], int]  # day, site, method
    exports: dict[tuple[str, str, date], tuple[date, int | None, int | None]]  # .. first day: last day, visits, counter


# ---------------------------------------------------------------- the oracle


def expected(world: World) -> dict[str, Result]:
    found = {}
    for site in sorted({row.name for row in world.sites}):
        rows = [row for row in world.sites if row.name == site]
        if any(row.holds(LAST) for row in rows):
            found[site] = of_site(world, site, rows)
    for channel in sorted({row.name for row in world.channels if row.name.startswith("kanal")}):
        rows = [row for row in world.channels if row.name == channel]
        if any(row.holds(LAST) for row in rows):
            found[channel] = of_channel(world, channel, rows)
    return found


def of_site(world: World, site: str, rows: list[Stretch]) -> Result:
    due = [day for day in MONTH if any(row.holds(day) for row in rows)]
    counts = []
    for day in due:
        methods = {row.metric for row in world.channels if row.name == site and row.holds(day)}
        if len(methods) == 1 and (day, site, *methods) in world.site_visits:
            counts.append(world.site_visits[(day, site, *methods)])
    return judged(sum(counts), len(counts), len(due))


def of_channel(world: World, channel: str, rows: list[Stretch]) -> Result:
    kinds = [{(row.metric, row.measure) for row in rows if row.holds(day)} for day in MONTH]
    managed = {day for day, kind in zip(MONTH, kinds, strict=True) if kind}
    if any(len(kind) > 1 for kind in kinds):
        return judged(0, 0, len(managed))
    runs: list[tuple[str, str, list[date]]] = []
    for day, kind in zip(MONTH, kinds, strict=True):
        if not kind:
            continue
        ((metric, measure),) = kind
        if runs and runs[-1][:2] == (metric, measure) and runs[-1][2][-1] == day - timedelta(days=1):
            runs[-1][2].append(day)
        else:
            runs.append((metric, measure, [day]))
    visits = seen = 0
    for metric, measure, days in runs:
        more, days_seen = of_run(world, channel, metric, measure, days, managed)
        visits, seen = visits + more, seen + days_seen
    if len(runs) == 1 and runs[0][1] != "harian":
        return judged(visits, min(seen, 1), 1)
    return judged(visits, seen, len(managed))


def of_run(
    world: World, channel: str, metric: str, measure: str, days: list[date], managed: set[date]
) -> tuple[int, int]:
    mine = {first: told for (name, of, first), told in world.exports.items() if (name, of) == (channel, metric)}
    if measure == "harian":
        counts = [told[1] for first, told in mine.items() if first in days and told[0] == first and told[1] is not None]
        return sum(counts), len(counts)
    if measure == "bulanan":
        whole = [
            (first, visits)
            for first, (last, visits, _) in mine.items()
            if visits is not None and first >= FIRST and {day for day in managed if first <= day <= last} == set(days)
        ]
        return (max(whole)[1], len(days)) if whole else (0, 0)
    around = [days[0] - timedelta(days=1), *days]
    readings = [told[2] for day in around if (told := mine.get(day)) and told[2] is not None]
    opening, closing = mine.get(around[0]), mine.get(around[-1])
    if not opening or not closing or opening[2] is None or closing[2] is None or readings != sorted(readings):
        return 0, 0
    return closing[2] - opening[2], len(days)


def judged(visits: int, seen: int, due: int) -> Result:
    return visits, visits if seen == due and due else None, seen, due


# ---------------------------------------------------------------- generated worlds

EDGES = st.sampled_from([date(2026, 1, 20), date(2026, 1, 31), FIRST, date(2026, 2, 9), date(2026, 2, 10), LAST])
ENDS = st.sampled_from([None, None, date(2026, 2, 8), date(2026, 2, 9), date(2026, 2, 27), LAST, date(2026, 3, 5)])


@st.composite
def rows_of(draw: st.DrawFn, name: str, metrics: list[str], measures: list[str]) -> list[Stretch]:
    begins = draw(st.lists(EDGES, min_size=1, max_size=2, unique=True))
    made = [
        Stretch(name, begin, draw(ENDS), draw(st.sampled_from(metrics)), draw(st.sampled_from(measures)))
        for begin in begins
    ]
    return [row for row in made if row.ends is None or row.ends >= row.begins]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    sites, channels = [], []
    visits: dict[tuple[date, str, str], int] = {}
    for site in ("situs1", "situs2"):
        sites += draw(rows_of(site, [""], ["harian"]))
        channels += draw(rows_of(site, ["log", "matomo"], ["harian"]))
        for method in ("log", "matomo"):
            lost = draw(st.sets(st.sampled_from(MONTH), max_size=3))
            visits |= {(day, site, method): draw(st.integers(0, 3)) for day in MONTH if day not in lost}
    exports: dict[tuple[str, str, date], tuple[date, int | None, int | None]] = {}
    for channel, measure in (("kanal1", "harian"), ("kanal2", "bulanan"), ("kanal3", "penghitung"), ("kanal4", "")):
        measures = [measure] if measure else ["harian", "bulanan", "penghitung"]
        channels += draw(rows_of(channel, ["a", "a", "b"], measures))
        for metric in ("a", "b"):
            exports |= {(channel, metric, first): told for first, told in draw(exports_of(measures)).items()}
    return World(sites, channels, visits, exports)


@st.composite
def exports_of(draw: st.DrawFn, measures: list[str]) -> dict[date, tuple[date, int | None, int | None]]:
    """First day -> last day, visits, counter: what a channel's exports of one metric hold."""
    found: dict[date, tuple[date, int | None, int | None]] = {}
    if "penghitung" in measures:
        days = draw(st.sets(st.sampled_from([date(2026, 1, 31), date(2026, 2, 8), date(2026, 2, 9), LAST]), min_size=2))
        total = 100
        for day in sorted(days):
            total += draw(st.sampled_from([0, 5, 5, 5, -1]))
            found[day] = (day, None, total)
    if "harian" in measures:
        lost = draw(st.sets(st.sampled_from(MONTH), max_size=2))
        found |= {day: (day, draw(st.integers(0, 3)), None) for day in MONTH if day not in lost and day not in found}
    if "bulanan" in measures:
        for first, last in draw(st.sets(st.tuples(EDGES, st.sampled_from([date(2026, 2, 9), LAST])), max_size=3)):
            if FIRST <= first <= last and first not in found:
                found[first] = (last, draw(st.integers(0, 500)), None)
    return found


# ---------------------------------------------------------------- the comparison


@pytest.fixture
def owner(warehouse: database.Warehouse) -> Iterator[Connection]:
    with warehouse.connect("owner") as connection:
        batch(connection, "parameter", "2026-01-01", parameter_rows())
        yield connection


def load(connection: Connection, world: World) -> None:
    sites = [
        website_row(row.name, since=str(row.begins), managed_to=row.ends, is_media_information=True)
        for row in world.sites
    ]
    channels = [
        channel_row(
            row.name, "situs" if row.name.startswith("situs") else "facebook", row.metric, row.measure,
            managed_from=row.begins, managed_to=row.ends,
        )
        for row in world.channels
    ]  # fmt: skip
    batch(connection, "website", FIRST, sites)
    batch(connection, "social_channel", FIRST, channels)
    for day in MONTH:
        counts = [
            {"site": site, "method": method, "visits": count}
            for (on, site, method), count in world.site_visits.items()
            if on == day
        ]
        batch(connection, "web_visits", day, counts)
    exports: list[dict[str, Any]] = [
        {"channel": channel, "metric": metric, "first_day": first, "last_day": last, "visits": count, "counter": total}
        for (channel, metric, first), (last, count, total) in world.exports.items()
    ]
    for month in (date(2026, 1, 1), FIRST):
        batch(connection, "social_visits", month, [row for row in exports if row["last_day"].month == month.month])


@LAW
@given(world=worlds())
def test_every_member_of_the_month_is_as_the_oracle_says(owner: Connection, world: World) -> None:
    load(owner, world)
    with database.reading(owner, as_of_time=READ_ON):
        rows = owner.execute(
            "select * from indicator.iku_07_kunjungan_media where period = '2026-02' order by member"
        ).fetchall()
    got = {row["member"]: (row["numerator"], row["numerator_high"], row["seen"], row["due"]) for row in rows}
    assert got == expected(world)
    for row in rows:
        is_whole = row["seen"] == row["due"] > 0
        assert (row["reason"] == "") == (is_whole and row["numerator"] > 0)
        assert (row["reason"] == "tidak ada kunjungan") == (is_whole and row["numerator"] == 0)
    assert all(row["numerator_low"] == row["numerator"] and row["denominator"] is None for row in rows)
