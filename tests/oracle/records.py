"""What the oracle is given: plain records with their day of arrival, periods, and what was known when."""

from calendar import monthrange
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, TypeVar

DEFAULTS = {
    "coverage_floor_pct": 80,
    "uptime_floor_pct": 95,
    "site_seen_floor_pct": 80,
    "content_max_age_days": 90,
    "probe_interval_seconds": 300,
    "message_repeat_days": 90,
    "predikat_sangat_tinggi": 91,
    "predikat_tinggi": 76,
    "predikat_sedang": 66,
    "predikat_rendah": 51,
}


# ---------------------------------------------------------------- what is given


@dataclass(frozen=True)
class Site:
    """A line of the website register; several lines with dates may name one site (a new host)."""

    site: str
    kind: str  # informasi, layanan
    managed_from: date
    managed_to: date | None = None  # last valid day
    arrived: date | None = None


@dataclass(frozen=True)
class Check:
    """What was seen of a site on a day; what is missing to the due checks was not seen."""

    site: str
    day: date
    up: int
    down: int
    arrived: date | None = None


@dataclass(frozen=True)
class Content:
    """A look at a site's newest post; one dated after the look was set aside and counts as no look."""

    site: str
    position: date
    newest_content_on: date | None
    arrived: date | None = None


@dataclass(frozen=True)
class Submission:
    """A line of the hand-in register: a unit, a register and a month (`2026-01`)."""

    unit: str
    period: str
    received_on: date | None
    nil: bool = False
    rows_declared: int | None = None
    last_running_number: int | None = None
    role: str = "wajib"
    register: str = "persandian_message"
    arrived: date | None = None


@dataclass(frozen=True)
class Message:
    """An entry of a unit's register; `aside`: it was set aside, but says which message it is of."""

    unit: str
    agenda_no: int
    recorded_on: date
    direction: str
    sender: str
    number: str
    secured: bool
    void: bool = False
    arrived: date | None = None
    aside: bool = False


@dataclass(frozen=True)
class Quarantined:
    """How many entries of a unit and month were set aside that do not say of which message they are."""

    unit: str
    period: str
    count: int
    arrived: date | None = None


@dataclass(frozen=True)
class Target:
    """A target row."""

    indicator: str
    period: str
    value: Fraction
    unit: str = "persen"
    in_force_from: date = date(2020, 1, 1)
    arrived: date | None = None


@dataclass(frozen=True)
class Parameter:
    """A parameter row; where none is given DEFAULTS hold."""

    name: str
    value: Fraction
    in_force_from: date = date(2020, 1, 1)
    arrived: date | None = None


@dataclass(frozen=True)
class Records:
    """Everything that was ever said."""

    sites: Sequence[Site] = ()
    sites_aside: Sequence[Site] = ()  # rows of the register that were set aside
    checks: Sequence[Check] = ()
    content: Sequence[Content] = ()
    submissions: Sequence[Submission] = ()
    submissions_aside: Sequence[Submission] = ()
    messages: Sequence[Message] = ()
    quarantined: Sequence[Quarantined] = ()
    targets: Sequence[Target] = ()
    parameters: Sequence[Parameter] = ()
    since: date = date.min  # the installation's first day: nothing is due before it


# ---------------------------------------------------------------- periods


def months_of(period: str) -> list[str]:
    """`2026-02`, `2026-TW1`, `2026-S1`, `2026` as months."""
    year, _, part = period.partition("-")
    if part.startswith("TW"):
        numbers = range(3 * int(part[2:]) - 2, 3 * int(part[2:]) + 1)
    elif part.startswith("S"):
        numbers = range(6 * int(part[1:]) - 5, 6 * int(part[1:]) + 1)
    else:
        numbers = range(int(part), int(part) + 1) if part else range(1, 13)
    return [f"{year}-{number:02}" for number in numbers]


def first_day(month: str) -> date:
    """The first day of `2026-02`."""
    return date.fromisoformat(f"{month}-01")


def last_day(period: str) -> date:
    """The last day of any period."""
    begin = first_day(months_of(period)[-1])
    return begin.replace(day=monthrange(begin.year, begin.month)[1])


# ---------------------------------------------------------------- as known


Record = TypeVar("Record")


def _newest(records: Iterable[Record], as_of: date, key: Callable[[Record], Hashable]) -> tuple[Record, ...]:
    kept: dict[Hashable, Any] = {}
    for record in records:
        arrived = _arrived(record)
        if arrived <= as_of and (key(record) not in kept or arrived >= _arrived(kept[key(record)])):
            kept[key(record)] = record
    return tuple(kept.values())


def _arrived(record: Any) -> date:
    return record.arrived or date.min


def known(records: Records, as_of: date) -> Records:
    return Records(
        sites=_newest(records.sites, as_of, lambda r: (r.site, r.managed_from)),
        sites_aside=_newest(records.sites_aside, as_of, lambda r: (r.site, r.managed_from)),
        checks=_newest(records.checks, as_of, lambda r: (r.site, r.day)),
        content=_newest(
            (r for r in records.content if r.newest_content_on is None or r.newest_content_on <= r.position),
            as_of,
            lambda r: (r.site, r.position),
        ),
        submissions=_newest(records.submissions, as_of, lambda r: (r.unit, r.register, r.period)),
        submissions_aside=_newest(records.submissions_aside, as_of, lambda r: (r.unit, r.register, r.period)),
        messages=_newest(
            records.messages, as_of, lambda r: (r.unit, month_of(r.recorded_on), r.direction, r.agenda_no)
        ),
        quarantined=_newest(records.quarantined, as_of, lambda r: (r.unit, r.period)),
        targets=_newest(records.targets, as_of, lambda r: (r.indicator, r.period, r.unit, r.in_force_from)),
        parameters=_newest(records.parameters, as_of, lambda r: (r.name, r.in_force_from)),
        since=records.since,
    )


def parameters(now: Records, day: date) -> dict[str, Fraction]:
    values = {name: Fraction(value) for name, value in DEFAULTS.items()}
    for row in sorted(now.parameters, key=lambda row: row.in_force_from):
        if row.in_force_from <= day:
            values[row.name] = Fraction(row.value)
    return values


def target_of(now: Records, indicator: str, period: str) -> Fraction | None:
    """U5, U16: same indicator, period and unit; the newest in force at the period's end."""
    rows = [
        row
        for row in now.targets
        if (row.indicator, row.period, row.unit) == (indicator, period, "persen")
        and row.in_force_from <= last_day(period)
    ]
    return Fraction(max(rows, key=lambda row: row.in_force_from).value) if rows else None


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"
