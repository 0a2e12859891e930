"""Small random records for IKU-05 and IKU-08, to compare what SQL says with what the oracle says.

Every revision is complete (a day's checks of all sites, a month's register of a unit), arrivals lie after the
month, and hand-in statements do not contradict themselves (a nil has no entries). Look at them at any day of
`AS_OF`: before, between and after the arrivals.
"""

from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.oracle.iku_05_08 import (
    Check,
    Content,
    Message,
    Parameter,
    Quarantined,
    Records,
    Site,
    Submission,
    Target,
)

MONTHS = ("2026-01", "2026-02", "2026-03")
PERIODS = (*MONTHS, "2026-TW1", "2026-S1", "2026")
ARRIVALS = (date(2026, 4, 8), date(2026, 4, 20))  # of late records and corrections
AS_OF = (date(2026, 4, 1), date(2026, 4, 10), date(2026, 5, 1))
PER_DAY = 288
Row = TypeVar("Row")

periods: SearchStrategy[str] = st.sampled_from(PERIODS)
as_of_days: SearchStrategy[date] = st.sampled_from(AS_OF)
arrivals: SearchStrategy[date | None] = st.sampled_from((None, *ARRIVALS))


def days_of(month: str) -> list[date]:
    """The days of `2026-02`."""
    begin = date.fromisoformat(f"{month}-01")
    return [begin + timedelta(days=n) for n in range(monthrange(begin.year, begin.month)[1])]


def spread(site: str, month: str, up: int, down: int, arrived: date | None = None) -> list[Check]:
    """A month's counts as days of at most 288 checks: the up ones first, then the down ones, then nothing."""
    checks, left_up, left_down = [], up, down
    for day in days_of(month):
        ups = min(left_up, PER_DAY)
        downs = min(left_down, PER_DAY - ups)
        left_up, left_down = left_up - ups, left_down - downs
        checks.append(Check(site, day, ups, downs, arrived))
    assert not left_up, f"{site} {month}: more checks than a month holds"
    assert not left_down, f"{site} {month}: more checks than a month holds"
    return checks


@st.composite
def targets(draw: DrawFn, indicator: str) -> list[Target]:
    """None or a few target rows; some in another unit, some changed later."""
    return [
        Target(
            indicator,
            draw(periods),
            Fraction(draw(st.integers(1, 120))),
            draw(st.sampled_from(("persen", "persen", "OPD"))),
            draw(st.sampled_from((date(2026, 1, 1), date(2026, 2, 10), date(2026, 7, 1)))),
            draw(arrivals),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]


@st.composite
def iku_05(draw: DrawFn, *, months: int = 2, sites: int = 3) -> Records:
    """Sites that join, close and move; days up, down and unseen near the floors; content fresh, stale, unknown."""
    chosen = MONTHS[: draw(st.integers(1, months))]
    rows, checks, content = [], [], []
    for number in range(draw(st.integers(0, sites))):
        site = f"s{number}.example"
        rows += draw(_register_lines(site))
        for month in chosen:
            checks += draw(_checks(site, month))
            content += draw(_content(site, month))
    good, aside = draw(_set_aside(rows))
    interval = Fraction(draw(st.sampled_from((300, 300, 280, 270))))  # the probers' 300 s are a tenth longer, or more
    return Records(
        sites=good, sites_aside=aside, checks=checks, content=content, targets=draw(targets("IKU-05")),
        parameters=[Parameter("probe_interval_seconds", interval)],
    )  # fmt: skip


@st.composite
def _set_aside(draw: DrawFn, rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """The rows of a register, a few of them set aside."""
    places = draw(st.sets(st.integers(0, len(rows)), max_size=2))
    good = [row for place, row in enumerate(rows) if place not in places]
    return good, [row for place, row in enumerate(rows) if place in places]


_turns = st.sampled_from((date(2026, 1, 15), date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28)))


@st.composite
def _register_lines(draw: DrawFn, site: str) -> list[Site]:
    kind, long_ago = draw(st.sampled_from(("informasi", "informasi", "layanan"))), date(2020, 1, 1)
    shape, turn = draw(st.sampled_from(("always", "always", "joins", "closes", "moves"))), draw(_turns)
    if shape == "moves":
        return [Site(site, kind, long_ago, turn), Site(site, kind, turn + timedelta(days=1))]
    return [Site(site, kind, turn if shape == "joins" else long_ago, turn if shape == "closes" else None)]


@st.composite
def _checks(draw: DrawFn, site: str, month: str) -> list[Check]:
    found = []
    for arrived in draw(st.sampled_from(((None,), (None,), (None, ARRIVALS[0]), (ARRIVALS[1],), ()))):
        slots = len(days_of(month)) * PER_DAY
        seen_pct, up_pct = (
            draw(st.sampled_from((0, 79, 80, 81, 100, 100))),
            draw(st.sampled_from((0, 70, 94, 95, 96, 100))),
        )
        seen = -(-slots * seen_pct // 100)
        up = seen * up_pct // 100 + draw(st.integers(0, 1)) * (up_pct < 100 and seen > 0)
        twice = draw(st.sampled_from((1, 1, 1, 2)))  # a prober that asks more often than is due
        found += [
            replace(check, up=twice * check.up, down=twice * check.down)
            for check in spread(site, month, up, seen - up, arrived)
        ]
    return found


@st.composite
def _content(draw: DrawFn, site: str, month: str) -> list[Content]:
    last = days_of(month)[-1]
    found = []
    for _ in range(draw(st.integers(0, 2))):
        position = last - timedelta(days=draw(st.sampled_from((0, 0, 1, 7, 8))))
        age = draw(st.sampled_from((0, 30, 89, 90, 91, 200, -5, None)))  # -5: dated ahead
        newest = None if age is None else last - timedelta(days=age)
        found.append(Content(site, position, newest, draw(arrivals)))
    return found


@st.composite
def iku_08(draw: DrawFn, *, months: int = 3, units: int = 3) -> Records:
    """Units that hand in, late, not at all, nil or with gaps; voids, repeats within and over 90 days, bad rows."""
    submissions: list[Submission] = []
    messages: list[Message] = []
    quarantined: list[Quarantined] = []
    for number in range(draw(st.integers(0, units))):
        unit, running = f"u{number}", 0
        series = draw(st.sampled_from((1, 1, 2)))  # two: incoming and outgoing are numbered apart
        for month in MONTHS[: draw(st.integers(1, months))]:
            kind = draw(st.sampled_from(("whole", "whole", "whole", "nil", "missing", "gaps", "late", "unnamed")))
            arrived = draw(st.sampled_from(ARRIVALS)) if kind == "late" else None
            count = 0 if kind in ("nil", "missing") else draw(st.integers(0, 5))
            bad = draw(st.sampled_from((0, 0, 0, 1, 2))) if count else 0
            for entry in range(running, running + count):
                directions = ("masuk", "keluar") if series == 1 else (("masuk", "keluar")[entry % 2],)
                messages.append(draw(_message(unit, directions, entry // series + 1, month, arrived)))
            if bad:
                quarantined.append(Quarantined(unit, month, bad, arrived))
            declared, skipped = count + bad, draw(st.integers(1, 3)) if kind == "gaps" else 0
            running += declared + skipped
            if kind == "unnamed":  # the register lies there, the list of hand-ins has no row for it
                continue
            if kind == "late":
                submissions.append(Submission(unit, month, None))
            submissions.append(
                Submission(
                    unit,
                    month,
                    None if kind == "missing" else date(2026, 4, 1),
                    kind == "nil",
                    None if kind == "missing" else draw(st.sampled_from((declared, declared, declared + 1, None))),
                    None if kind == "missing" else draw(st.sampled_from((running // series, running, None))),
                    draw(st.sampled_from(("wajib", "sukarela"))),
                    arrived=arrived,
                )
            )
    good, aside = draw(_set_aside(submissions))
    return Records(
        submissions=good,
        submissions_aside=aside,
        messages=messages,
        quarantined=quarantined,
        targets=draw(targets("IKU-08")),
    )


@st.composite
def _message(
    draw: DrawFn, unit: str, directions: tuple[str, ...], agenda_no: int, month: str, arrived: date | None
) -> Message:
    return Message(
        unit,
        agenda_no,
        draw(st.sampled_from(days_of(month))),
        draw(st.sampled_from(directions)),
        draw(st.sampled_from(("x", "y"))),
        draw(st.sampled_from(("001", "002", "003"))),
        draw(st.booleans()),
        draw(st.sampled_from((False, False, False, True))),
        arrived,
        draw(st.sampled_from((False, False, False, False, True))),
    )
