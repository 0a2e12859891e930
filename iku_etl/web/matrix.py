"""Registers by months: how each stands, and whose turn it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from iku_etl.model import Source
from iku_etl.pipeline.standing import GRACE, collected_from
from iku_etl.warehouse.database import Row
from iku_etl.web.tongue import noted
from iku_etl.window import Window, window_at

MONTHS = 6
STATES = {
    "utuh": noted("diserahkan"),
    "sebagian": noted("sebagian"),
    "terlambat": noted("terlambat"),
    "ditolak": noted("ditolak"),
    "menunggu": noted("menunggu"),
    "belum": noted("belum ada"),
    "nanti": noted("belum waktunya"),
    "sebelum": noted("sebelum mulai"),
}
OWED = ("belum", "ditolak", "sebagian")


@dataclass(frozen=True)
class Cell:
    """One register in one month; `is_late`: it came, after its time. `counted`: records loaded and set aside."""

    label: str
    state: str
    is_late: bool = False
    loaded: int | None = None
    quarantined: int = 0
    is_old: bool = False  # a newer hand-in was rejected, the older one counts

    @property
    def word(self) -> str:
        return STATES[self.state]


@dataclass(frozen=True)
class Line:
    """One register; `cells` from the oldest month to the newest."""

    name: str
    title: str
    owner: str
    cells: tuple[Cell, ...]

    @property
    def owed(self) -> list[Cell]:
        """What its owner has to hand in or to mend."""
        return [cell for cell in self.cells if cell.state in OWED]

    @property
    def waiting(self) -> list[Cell]:
        """What somebody has to decide."""
        return [cell for cell in self.cells if cell.state == "menunggu"]


@dataclass(frozen=True)
class Owing:
    """Of the units that owe a register for a period: how many handed it in, and those that did not.

    `unread`: rows of the list of hand-ins that were set aside, and may be about any of them.
    """

    period: str
    handed_in: int
    missing: tuple[Row, ...]
    unread: int

    @property
    def due(self) -> int:
        return self.handed_in + len(self.missing)


def owing(rows: Iterable[Row]) -> list[Owing]:
    """The rows of `handed_in.units` by period."""
    by_period: dict[str, list[Row]] = {}
    for row in rows:
        by_period.setdefault(row["period"], []).append(row)
    return [
        Owing(
            period,
            sum(row["received_on"] is not None for row in own),
            tuple(row for row in own if row["unit"] is not None and row["received_on"] is None),
            sum(row["unit"] is None for row in own),
        )
        for period, own in by_period.items()
    ]


def months(now: datetime, zone: ZoneInfo) -> list[Window]:
    """The newest months that have ended, and the running one, oldest first."""
    found = [window_at("month", now, zone)]
    while len(found) <= MONTHS:
        found.insert(0, window_at("month", found[0].start - timedelta(days=1), zone))
    return found


def lines(sources: Iterable[Source], columns: list[Window], rows: Iterable[Row], now: datetime) -> list[Line]:
    """A line for each register, by who owes most first, then by title."""
    known = {(row["source"], row["window_on"]): row for row in rows}
    made = [
        Line(
            source.name,
            source.title,
            source.owner,
            tuple(_cell(source, window, known.get((source.name, window.first_day)), now) for window in columns),
        )
        for source in sources
    ]
    return sorted(made, key=lambda line: (-len(line.owed), line.title))


def _cell(source: Source, window: Window, row: Row | None, now: datetime) -> Cell:
    zone = window.start.tzinfo
    assert isinstance(zone, ZoneInfo)  # windows are made in one
    if window.end > now:
        return Cell(window.label, "nanti")
    if row is None:
        return Cell(window.label, "sebelum")
    if row["is_waiting"]:
        return Cell(window.label, "menunggu", loaded=row["loaded"], quarantined=row["quarantined"] or 0)
    if row["last_ending"] == "rejected" and row["last_batch_id"] != row["batch_id"]:
        return Cell(window.label, "ditolak", is_old=row["batch_id"] is not None)
    if row["batch_id"] is not None:
        state = "sebagian" if row["quarantined"] else "terlambat" if _is_late(source, window, row) else "utuh"
        return Cell(window.label, state, _is_late(source, window, row), row["loaded"], row["quarantined"])
    is_due = collected_from(source, window, zone) + GRACE <= now
    return Cell(window.label, "belum" if is_due else "nanti")


def _is_late(source: Source, window: Window, row: Row) -> bool:
    """Whether the first of it came after its time; an installation that began later is late for nothing."""
    if source.late_by is None or row["first_asked_at"] is None:
        return False
    return bool(row["first_asked_at"] > max(window.end, row["began_at"]) + source.late_by)
