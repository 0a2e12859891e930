"""What stands open: gaps, those that can never be filled, and what waits for a person."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from croniter import croniter

from iku_etl import catalogue
from iku_etl.connectors.registers import files
from iku_etl.errors import DeclarationError, SettingError
from iku_etl.manifest import listing, waiting
from iku_etl.model import Source
from iku_etl.pipeline.foreseeing import Foreseeing
from iku_etl.settings import Endpoint
from iku_etl.stages import extract
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Row
from iku_etl.window import Window, window_at

GRACE = timedelta(hours=2)  # the night's own retries take 35 minutes; the rest is for a night with much to load


@dataclass(frozen=True)
class State:
    """The state of the whole; `gaps` can be filled, `untold` never. Lists are rows, see `manifest/waiting.py`."""

    load_no: int
    published_at: datetime | None
    gaps: int
    untold: int
    waiting: int
    batches: list[Row]
    figures: list[Row]
    unobserved: list[Row]
    refused: list[Row]
    strays: list[Row]


def collected_from(source: Source, window: Window, zone: ZoneInfo) -> datetime:
    """When the source's schedule first collects a window: not before it has ended."""
    before = window.end.astimezone(zone) - timedelta(seconds=1)
    first: datetime = croniter(source.schedule, before).get_next(datetime)
    return first


def _surely_collected(source: Source, window: Window, now: datetime) -> bool:
    """Whether a schedule of every day has collected a window, whatever its hour: most gaps are old, and none is asked
    of croniter, which takes longer than all else."""
    return source.schedule.endswith(" * * *") and window.end + timedelta(days=2) + GRACE <= now


def scheduled_last(source: Source, now: datetime, zone: ZoneInfo) -> datetime:
    """The newest time at which the source's schedule collected, and GRACE has passed since."""
    before: datetime = croniter(source.schedule, (now - GRACE).astimezone(zone)).get_prev(datetime)
    return before


class Standing(Foreseeing):
    """The warehouse as whoever looks after it sees it."""

    def gaps(
        self, source: str | None = None, *, as_of: int | None = None, as_of_time: datetime | None = None
    ) -> list[Row]:
        """The cells with nothing in force whose collection is over, as `listing.gaps` gives them.

        A cell is no gap before its source's schedule and GRACE have passed. `untold` says why its system can't tell it
        any more; None where it may still be filled.
        """
        now = as_of_time or self.now()
        declared, endpoint = cache(self._declared), cache(self._endpoint)
        with self._reading(as_of, as_of_time) as connection:
            rows = listing.gaps(connection, source)
        found = []
        for row in rows:
            known = declared(row["source"])
            window = window_at(row["grid"], row["win"].lower, self.settings.zone)
            is_over = known is None or _surely_collected(known, window, now)
            if is_over or (known and collected_from(known, window, self.settings.zone) + GRACE <= now):
                found.append(row | {"untold": self._untold(known, window, now, endpoint)})
        return found

    def sources(self, as_of: int | None = None, as_of_time: datetime | None = None) -> list[Row]:
        """Each source as `listing.sources` gives it; `due` counts no cell whose collection is not over."""
        missing = Counter(row["source"] for row in self.gaps(as_of=as_of, as_of_time=as_of_time))
        with self._reading(as_of, as_of_time) as connection:
            return [row | {"due": row["in_force"] + missing[row["source"]]} for row in listing.sources(connection)]

    def state(self) -> State | None:
        """How things stand now; None before the first `iku migrate`."""
        with self.warehouse.connect("auditor") as connection:
            known = listing.state(connection)
        if known is None:
            return None
        missing = self.gaps()
        with self._reading(None, None) as connection:
            batches, figures = waiting.batches(connection), waiting.figures(connection)
            refused = [row for row in waiting.refused(connection) if not self._is_untold(row)]
            unobserved = [row for row in waiting.unobserved(connection) if self._may_tell_more(row)]
        untold = sum(row["untold"] is not None for row in missing)
        return State(
            known["load_no"], known["published_at"], len(missing) - untold, untold, len(batches), batches, figures,
            unobserved, refused, self.strays(),
        )  # fmt: skip

    # ------------------------------------------------------------ what nobody reads

    def strays(self) -> list[Row]:
        """The folders in `drop/` that no source reads, and the files beside them: name, how many files, near names.

        Files that lie in `drop/` itself are one row without a name: what they are called may be a person's name.
        """
        drop, names = self.settings.drop_dir, catalogue.source_names()
        if not drop.is_dir():
            return []
        known = {*names, *self._read_in(drop, names)}
        there = sorted(path for path in drop.iterdir() if not path.name.startswith("."))
        found: list[Row] = [
            {
                "name": files.shown_name(path, show=True),
                "files": sum(each.is_file() for each in path.rglob("*")),
                "near": get_close_matches(path.name.casefold(), names, n=1),
            }
            for path in there
            if path.is_dir() and path.name not in known
        ]
        loose = sum(not path.is_dir() and path.name not in known for path in there)
        return found + ([{"name": None, "files": loose, "near": []}] if loose else [])

    def _read_in(self, drop: Path, names: Sequence[str]) -> Iterator[str]:
        """What connections read in `drop/` under another name than their source's."""
        for name in names:
            with suppress(SettingError):
                url = Path(self.settings.endpoint(name).url)
                if url.is_relative_to(drop) and url != drop:
                    yield url.relative_to(drop).parts[0]

    # ------------------------------------------------------------ what sources can tell

    def _declared(self, name: str) -> Source | None:
        """The source as its module says; None for one that is gone or broken."""
        try:
            return catalogue.source(name) if name in catalogue.source_names() else None
        except DeclarationError:
            return None

    def _endpoint(self, name: str) -> Endpoint | None:
        """Where a source is asked; None where that is not set, which whoever collects says."""
        try:
            return extract.endpoint_of(catalogue.source(name), self.settings)
        except SettingError:
            return None

    def _untold(
        self, source: Source | None, window: Window, now: datetime, endpoint_of: Callable[[str], Endpoint | None]
    ) -> str | None:
        if source is None:
            return "sumbernya tidak dideklarasikan lagi"
        endpoint = endpoint_of(source.name)
        if endpoint is None or extract.serves(source, window, endpoint, now):
            return None
        return extract.why_untold(source)

    def _is_untold(self, row: Row) -> bool:
        """Whether nobody can ask for that window any more, so that its refusal asks nobody for anything."""
        window = window_at(row["grid"], row["win"].lower, self.settings.zone)
        return self._untold(self._declared(row["source"]), window, self.now(), self._endpoint) is not None

    def _may_tell_more(self, row: Row) -> bool:
        """Whether asking a source again may say more: a file says what it said until somebody corrects it."""
        source = self._declared(row["source"])
        if source is None:
            return False
        window = window_at(row["grid"], row["win"].lower, self.settings.zone)
        try:
            endpoint = extract.endpoint_of(source, self.settings)
        except SettingError:
            return False
        return endpoint.system != "register" and extract.serves(source, window, endpoint, self.now())

    @contextmanager
    def _reading(self, as_of: int | None, as_of_time: datetime | None) -> Iterator[Connection]:
        with self.warehouse.connect("auditor") as connection, database.reading(connection, as_of, as_of_time):
            yield connection
