"""The grid of time: a window is one local hour, day or month, and nothing else."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from iku_etl.errors import SettingError

Grid = Literal["hour", "day", "month"]
_LABELS = {
    "hour": ("%Y-%m-%dT%H", "2026-03-14T07"),
    "day": ("%Y-%m-%d", "2026-03-14"),
    "month": ("%Y-%m", "2026-03"),
}


@dataclass(frozen=True, order=True)
class Window:
    """One cell of a source's grid: `[start, end)`, aware, at local hour, midnight or month's first midnight."""

    start: datetime
    end: datetime
    first_day: date  # local
    grid: Grid

    @property
    def last_day(self) -> date:
        if self.grid == "month":
            return _next_month(self.first_day) - timedelta(days=1)
        return self.first_day

    @property
    def label(self) -> str:
        """`2026-03`, `2026-03-14` or `2026-03-14T07`."""
        return self.start.strftime(_LABELS[self.grid][0])

    def contains(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def window_at(grid: Grid, moment: datetime | date, zone: ZoneInfo) -> Window:
    """The cell that holds a local date (its first hour for an hour grid) or an aware moment.

    Raises ValueError for a naive datetime: guessing its zone would move records between months.
    """
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise ValueError(f"{moment} has no zone; give an aware datetime or a date")
        local = moment.astimezone(zone)
    else:
        local = _midnight(moment, zone)
    day = local.date()
    if grid == "hour":
        start = local.replace(minute=0, second=0, microsecond=0)
        return Window(start, start + timedelta(hours=1), day, grid)
    first = day if grid == "day" else day.replace(day=1)
    after = first + timedelta(days=1) if grid == "day" else _next_month(first)
    return Window(_midnight(first, zone), _midnight(after, zone), first, grid)


def windows_ended(grid: Grid, after: datetime, until: datetime, zone: ZoneInfo) -> list[Window]:
    """The cells whose end lies in `(after, until]`, oldest first: what a run of that data interval answers for."""
    found = []
    cell = window_at(grid, after, zone)
    while cell.end <= until:
        found.append(cell)
        cell = window_at(grid, cell.end, zone)
    return found


def window_named(grid: Grid, label: str, zone: ZoneInfo) -> Window:
    """The window of a label as `Window.label` writes it; SettingError with the form of this grid for any other."""
    form, example = _LABELS[grid]
    try:
        return window_at(grid, datetime.strptime(label, form).replace(tzinfo=zone), zone)
    except ValueError:
        raise SettingError(f"{label!r} bukan jendela. Tulis seperti {example}.") from None


def moment_of(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """`2026-03-14T06:00`, or `2026-03-14`: the end of that day, of today `now`; local unless it names a zone.

    Raises ValueError for a text that is no moment.
    """
    if len(text) == len("2026-03-14"):
        last = datetime.combine(date.fromisoformat(text), time.max, zone)
        return now if last.date() == now.astimezone(zone).date() else last
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=zone)
