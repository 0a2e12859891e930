"""Extract to load: which windows, in which order, and the same bytes read once more."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

from iku_etl import catalogue
from iku_etl.errors import IkuError, TransientError
from iku_etl.manifest import batches, decisions, listing, windows
from iku_etl.model import Batch, KeptPayload, Source
from iku_etl.pipeline.recording import Recording
from iku_etl.stages import extract, land, load, parse, validate
from iku_etl.warehouse.database import Connection
from iku_etl.window import Window, window_at, window_named, windows_ended

JUDGED_BYTES = 30 * 1024**2  # of payloads, five days of probes: while they are loaded, the next ones are judged


@dataclass(frozen=True)
class Extracted:
    """The batches of an extraction, ended ones among them, and what is to be said of it.

    `problem`: the error that another try may heal. `refusal`: the first of those that none will, say a 401.
    """

    batch_ids: list[int]
    problem: TransientError | None = None
    refusal: IkuError | None = None


@dataclass(frozen=True)
class Collected:
    """How each batch of a collection ended, and the error that another try may heal."""

    batches: list[Batch]
    problem: TransientError | None = None


class Collecting(Recording):
    """From a source to the warehouse."""

    @property
    def store(self) -> land.Store:
        return land.Store(self.settings.raw_dir, self.settings.payload_cap_bytes, self.settings.free_space_floor_bytes)

    # ------------------------------------------------------------ which windows

    def windows(self, source: Source, labels: Iterable[str] = (), *, all_gaps: bool = False) -> list[Window]:
        """The windows that labels name, else those to collect (`extract.due`). SettingError for a wrong label."""
        if asked := [window_named(source.grid, label, self.settings.zone) for label in labels]:
            return asked
        endpoint = extract.endpoint_of(source, self.settings)
        with self.warehouse.connect("loader") as connection:
            return extract.due(connection, source, endpoint, self.settings.zone, self.now(), all_gaps=all_gaps)

    def ended(self, source: Source, after: datetime, until: datetime) -> list[Window]:
        """The windows that ended after a moment and until another, from the first day that is collected on."""
        since = max(source.since, self.settings.since or source.since)
        cells = windows_ended(source.grid, after, until, self.settings.zone)
        return [window for window in cells if window.first_day >= since]

    def tellable(self, source: Source, found: Iterable[Window]) -> list[Window]:
        """Those of these windows that the source can still tell."""
        endpoint, now = extract.endpoint_of(source, self.settings), self.now()
        return [window for window in found if extract.serves(source, window, endpoint, now)]

    def due(self, source: Source) -> list[Window]:
        """The windows that a nightly run collects, oldest first."""
        return self.windows(source)

    def missing(self, source: Source) -> list[Window]:
        """Every gap that the source can still tell, however old, and every corrected register, oldest first."""
        return self.windows(source, all_gaps=True)

    def untried(self) -> list[tuple[Source, Window]]:
        """The due windows of which no attempt has ended and that their sources can still tell."""
        with self.warehouse.connect("auditor") as connection:
            cells = listing.never_ended(connection)
        found = [
            (source, window_at(source.grid, starts_at, self.settings.zone))
            for name, starts_at in cells
            for source in (catalogue.source(name),)
        ]
        return [(source, window) for source, window in found if self.tellable(source, [window])]

    # ------------------------------------------------------------ extract > land

    def extract(self, source: Source, windows: Iterable[Window]) -> Extracted:
        """Collect and land each window; one bad window does not cost the others.

        Who asks to be left alone for an hour is asked for no further window: those stay gaps for the next try.
        """
        endpoint = extract.endpoint_of(source, self.settings)
        landing = land.Landing(self.store, lambda: self.settings.token_key, self.now)
        made, passing, lasting = [], None, None
        with self.warehouse.connect("loader") as connection:
            for window in windows:
                payloads = extract.collect(source, window, endpoint, self.now())
                batch_id, problem = landing.land(connection, source, window, payloads)
                made += [batch_id] if batch_id is not None else []
                passing = problem if isinstance(problem, TransientError) else passing
                lasting = lasting or (None if isinstance(problem, TransientError) else problem)
                if passing is not None and passing.retry_after is not None:
                    break
        return Extracted(made, passing, lasting)

    def landed(self, source: Source) -> list[Batch]:
        """Batches that a killed run has landed and not judged."""
        with self.warehouse.connect("loader") as connection:
            return batches.to_judge(connection, source, self.settings.zone)

    # ------------------------------------------------------------ parse > validate

    def judged_path(self, batch_id: int) -> Path:
        return self.settings.judged_dir / f"{batch_id}.parquet"

    def validate(self, batch_ids: Sequence[int]) -> list[int]:
        """Judge landed batches and write their Parquet; the ids that are to be loaded. Same content again: a look.

        Raises DeclarationError for checks that are others than those its version was judged by.
        """
        to_load: list[int] = []
        with self.warehouse.connect("loader") as connection:
            found = [batches.get(connection, batch_id, self.settings.zone) for batch_id in batch_ids]
            open_ones = [batch for batch in found if batch.ending is None and batch.landed_at is not None]
            for name, group in groupby(sorted(open_ones, key=lambda batch: batch.source), lambda batch: batch.source):
                source = catalogue.source(name)
                validate.check_same(connection, source)
                fresh = [
                    batch for batch in group if not windows.end_as_look(connection, source, batch, self.settings.zone)
                ]
                if fresh:  # Great Expectations costs 5 to 10 CPU seconds: a night of looks pays none
                    self._judge(connection, source, fresh)
                    to_load += [batch.batch_id for batch in fresh]
        return sorted(to_load)

    def _judge(self, connection: Connection, source: Source, fresh: Sequence[Batch]) -> None:
        items = []
        for batch in fresh:
            payloads = self._whole(batches.payloads(connection, batch.batch_id, self.store.path))
            records = parse.records(source, payloads, batch.window)
            items.append(validate.Item(batch.window, payloads, records, self.judged_path(batch.batch_id)))
        validate.judge(
            source, items, now=self.now(),
            decisions=decisions.decisions(connection, source.name),
            registers=batches.registered_values(connection, source),
        )  # fmt: skip
        for batch, item in zip(fresh, items, strict=True):
            batches.judged(connection, batch.batch_id, land.digest(item.out))

    def _whole(self, payloads: list[KeptPayload]) -> list[KeptPayload]:
        """The payloads; RawStoreError if the bytes of one are gone or not what its name says."""
        for payload in payloads:
            self.store.verify(payload.sha256)
        return payloads

    # ------------------------------------------------------------ load

    def load(self, batch_ids: Sequence[int]) -> list[Batch]:
        """Bring judged batches to their endings in the order given, each in a transaction of its own."""
        for batch in self.batches(batch_ids):
            if batch.ending is not None:
                continue
            path = self.judged_path(batch.batch_id)
            if not self._is_cached(batch):
                self.validate([batch.batch_id])  # the cache is rebuilt from raw
            if path.exists():  # there is no file if validate ended the batch as a look
                source, zone = catalogue.source(batch.source), self.settings.zone
                load.load(lambda: self.warehouse.connect("loader"), source, batch.batch_id, path, zone)
                path.unlink(missing_ok=True)
        self.note()
        return self.batches(batch_ids)

    def _is_cached(self, batch: Batch) -> bool:
        """Whether the judged records lie there as validate left them: neither cleared, torn nor changed by anyone."""
        path = self.judged_path(batch.batch_id)
        return path.exists() and land.digest(path) == batch.judged_sha256

    # ------------------------------------------------------------ all in order

    def collect(
        self, source: Source, windows: Iterable[Window], *, told: Callable[[], None] = lambda: None
    ) -> Collected:
        """Extract, land, parse, validate and load windows of one source, and what a killed run has left.

        `told` is called once the bytes are kept, before they are judged.
        """
        left = [batch.batch_id for batch in self.landed(source)]
        made = self.extract(source, windows)
        told()
        batch_ids = sorted({*left, *made.batch_ids})
        self.validate_and_load(batch_ids)
        self.note()  # looks and failed attempts end before load
        return Collected(self.batches(batch_ids), made.problem)

    def validate_and_load(self, batch_ids: Sequence[int]) -> None:
        """Judge landed batches and load them, the first ones while the next are judged; numbers as in `load`."""
        before: Future[list[Batch]] | None = None
        with ThreadPoolExecutor(1, "load") as loader:
            for part in self._parts(batch_ids):
                judged = self.validate(part)
                if before is not None:
                    before.result()
                before = loader.submit(self.load, judged)
        if before is not None:
            before.result()

    def _parts(self, batch_ids: Sequence[int]) -> Iterator[list[int]]:
        """The batches in groups of at least JUDGED_BYTES, each for one run of the judge, in the order given."""
        with self.warehouse.connect("loader") as connection:
            sizes = batches.payload_sizes(connection, batch_ids)
        part: list[int] = []
        for batch_id in batch_ids:
            part.append(batch_id)
            if sum(sizes.get(one, 0) for one in part) >= JUDGED_BYTES:
                yield part
                part = []
        yield part

    def batches(self, batch_ids: Iterable[int]) -> list[Batch]:
        with self.warehouse.connect("loader") as connection:
            return [batches.get(connection, batch_id, self.settings.zone) for batch_id in batch_ids]

    def replay(self, batch_id: int, decision_id: int) -> Batch:
        """Read kept bytes once more, under a decision: an amended contract, a release, a waiting revision."""
        with self.warehouse.connect("loader") as connection:
            origin = batches.get(connection, batch_id, self.settings.zone)
            source = catalogue.source(origin.source)
            kept = self._whole(batches.payloads(connection, batch_id, self.store.path))
            with connection.transaction():
                made = batches.open_batch(
                    connection, source, origin.window, instead_of=batch_id, decision_id=decision_id
                )
                decided = decisions.ids(connection, source.name)
                fingerprint = land.payload_fingerprint(kept, source.version, decided)
                batches.land(connection, made, origin.asked_at or self.now(), fingerprint, None)
        self.validate_and_load([made])
        return self.batches([made])[0]
