"""Windows of a source as a calendar: what became of each, in a letter, a word and a colour."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from iku_etl.warehouse.database import Row
from iku_etl.web.tongue import noted
from iku_etl.window import Grid

# the letter in a cell and the word for it; the worse first, by which a day of hours is called
STATES = {
    "gagal": ("G", noted("gagal atau ditolak")),
    "menunggu": ("M", noted("menunggu keputusan")),
    "belum": ("B", noted("belum ada")),
    "hilang": ("X", noted("tidak dapat diamati lagi")),
    "takteramati": ("N", noted("sebagian tidak teramati")),
    "sisih": ("S", noted("ada yang disisihkan")),
    "kosong": ("K", noted("kosong")),
    "terkumpul": ("T", noted("terkumpul")),
    "dilihat": ("L", noted("dilihat lagi, sama")),
    "nanti": ("·", noted("belum waktunya")),
}
RANK = {name: place for place, name in enumerate(STATES)}


@dataclass(frozen=True)
class Cell:
    """One day or month; `is_old`: something is in force, but the newest attempt to renew it failed."""

    day: date
    state: str
    is_old: bool = False

    @property
    def letter(self) -> str:
        return STATES[self.state][0] + ("!" if self.is_old else "")

    @property
    def word(self) -> str:
        return STATES[self.state][1]


@dataclass(frozen=True)
class Sheet:
    """A month of days as weeks from Monday on, or a year of months in one row; None: no cell, or before the first."""

    name: str
    weeks: tuple[tuple[Cell | None, ...], ...]


def state_of(row: Row, gap: Row | None) -> str:
    """What became of an ended window; `gap` is it as `Pipeline.gaps` gives it, None before its collection is over."""
    if row["waiting_batch_id"] is not None:
        return "menunggu"
    if row["batch_id"] is not None:
        if row["unobserved"]:
            return "takteramati"
        if row["quarantined"]:
            return "sisih"
        if not row["loaded"]:
            return "kosong"
        return "dilihat" if row["looks"] else "terkumpul"
    if row["last_ending"] in ("failed", "rejected"):
        return "gagal"
    if gap is None:
        return "nanti"
    return "hilang" if gap["untold"] is not None else "belum"


def by_day(rows: Iterable[Row], gaps: Iterable[Row]) -> dict[date, Cell]:
    """The cell of each day that has a window; the worst of several."""
    missing = {row["win"].lower: row for row in gaps}
    found: dict[date, Cell] = {}
    for row in rows:
        is_old = row["batch_id"] is not None and row["last_ending"] in ("failed", "rejected")
        cell = Cell(row["window_on"], state_of(row, missing.get(row["win"].lower)), is_old)
        before = found.get(cell.day)
        found[cell.day] = cell if before is None or RANK[cell.state] < RANK[before.state] else before
    return found


def sheets(grid: Grid, cells: Mapping[date, Cell], since: date, first: date, last: date) -> list[Sheet]:
    """The calendar from a day to another, the newest month first; a month grid has a sheet a year."""
    seen = partial(_seen, cells, since)
    if grid == "month":
        years = range(last.year, first.year - 1, -1)
        return [Sheet(str(year), (tuple(seen(date(year, month, 1)) for month in range(1, 13)),)) for year in years]
    found = []
    month = last.replace(day=1)
    while month >= first.replace(day=1):
        found.append(Sheet(f"{month:%Y-%m}", tuple(_weeks(month, seen))))
        month = (month - timedelta(days=1)).replace(day=1)
    return found


def _seen(cells: Mapping[date, Cell], since: date, day: date) -> Cell | None:
    """The cell of a day: none before the source's first, not yet due where no window has ended."""
    return cells.get(day) or (Cell(day, "nanti") if day >= since else None)


def _weeks(month: date, seen: "partial[Cell | None]") -> Iterable[tuple[Cell | None, ...]]:
    monday = month - timedelta(days=month.weekday())
    after = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    while monday < after:
        days = [monday + timedelta(days=number) for number in range(7)]
        yield tuple(seen(day) if month <= day < after else None for day in days)
        monday += timedelta(days=7)


# ---------------------------------------------------------------- checks


@dataclass(frozen=True)
class CheckLine:
    """One check over the newest windows; a cell is None where that batch was not asked it."""

    sentence: str
    severity: str
    cells: tuple[Row | None, ...]

    @property
    def broken(self) -> int:
        return sum(1 for cell in self.cells if cell is not None and not cell["success"])


def check_lines(rows: Sequence[Row], columns: Sequence[int]) -> list[CheckLine]:
    """Checks by their sentence, the broken ones first; `columns` are batch ids, `rows` results with `sentence`."""
    found: dict[tuple[str, str], dict[int, Row]] = {}
    for row in rows:
        found.setdefault((row["sentence"], row["severity"]), {})[row["batch_id"]] = row
    lines = [
        CheckLine(sentence, severity, tuple(own.get(batch) for batch in columns))
        for (sentence, severity), own in found.items()
    ]
    return sorted(lines, key=lambda line: -line.broken)
