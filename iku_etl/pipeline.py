"""Floor 6. The stages in order; the only place where they meet. Every step may run twice, at once, or die anywhere."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
from psycopg import sql

from iku_etl import catalogue
from iku_etl.errors import (
    CollectError,
    ContractError,
    IkuError,
    LoadConflict,
    RawStoreError,
    SettingError,
    TransientError,
)
from iku_etl.manifest import batches
from iku_etl.manifest.batches import Landed
from iku_etl.model import Batch, KeptPayload, Payload, Source, Unregistered
from iku_etl.settings import Settings
from iku_etl.stages import extract, load, views
from iku_etl.stages.land import redact, store
from iku_etl.warehouse import database, tables
from iku_etl.warehouse.database import Connection, Warehouse
from iku_etl.window import Window, window_at

# Arrow's own pool keeps what was freed, beside what pandas keeps: 25 MiB of the peak, measured in bench/memory.py
pa.set_memory_pool(pa.system_memory_pool())

JUDGED_BYTES = 30 * 1024**2  # of payloads, five days of probes: while they are loaded, the next ones are judged
GAP_CELLS = {"hour": 48, "day": 31, "month": 12}  # how far back a nightly run tries gaps again


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Pipeline:
    """The way of the data for one installation. `now` is the clock, handed in so that a test can hold it."""

    settings: Settings
    warehouse: Warehouse = field(repr=False)
    now: Callable[[], datetime] = _now

    @property
    def store(self) -> store.Store:
        """The raw store of this installation."""
        return store.Store(self.settings.raw_dir, self.settings.payload_cap_bytes, self.settings.free_space_floor_bytes)

    # ------------------------------------------------------------ once

    def migrate(self, sources: Iterable[Source] | None = None) -> list[str]:
        """Core tables, fact tables of all sources or these, views and definitions; what was done, as sentences."""
        database.upgrade_core(self.warehouse)
        with self.warehouse.connect("owner") as connection:
            zone = str(self.settings.zone)
            declared = catalogue.sources() if sources is None else sources
            done = tables.declare(connection, declared, self.settings.since, zone)
            made = views.build(connection)
        return [*done, *(f"{code} dihitung menurut {definition}" for code, definition in made.items())]

    # ------------------------------------------------------------ which windows

    def due(self, source: Source) -> list[Window]:
        """The windows a nightly run collects, oldest first.

        The newest with its lookback, the gaps of late, and those of a register whose files were corrected.
        """
        return self._windows(
            source, lambda age, is_gap: age <= source.lookback or (is_gap and age < GAP_CELLS[source.grid])
        )

    def missing(self, source: Source) -> list[Window]:
        """Every gap that the source can still tell, however old, and every corrected register, oldest first."""
        return self._windows(source, lambda age, is_gap: is_gap)

    def _windows(self, source: Source, is_wanted: Callable[[int, bool], bool]) -> list[Window]:
        """The ended cells that are wanted by age (0: the newest) and by being a gap."""
        with self.warehouse.connect("loader") as connection, database.reading(connection, as_of_time=self.now()):
            rows = connection.execute(
                "select win, batch_id from iku.window_state where source = %s order by win desc", [source.name]
            ).fetchall()
            collected = batches.collected_last(connection, source)
        where, now = self.settings.connection(source.name), self.now()
        cells = [window_at(source.grid, row["win"].lower, self.settings.zone) for row in rows]
        corrected = extract.corrected(source, cells, where, collected)
        wanted = [
            window
            for age, (window, row) in enumerate(zip(cells, rows, strict=True))
            if window in corrected or is_wanted(age, row["batch_id"] is None)
        ]
        return [window for window in reversed(wanted) if extract.serves(source, window, where, now)]

    # ------------------------------------------------------------ extract >> land

    def extract(self, source: Source, windows: Iterable[Window]) -> list[int]:
        """Collect and land each window; the batch ids, ended ones among them (a rejected or failed attempt).

        One bad window does not cost the others; after the last one a TransientError is raised if any window
        failed for a reason that may pass, so that whoever called tries again.
        """
        made, passing = [], None
        with self.warehouse.connect("loader") as connection:
            for window in windows:
                batch_id, problem = self._extract_window(connection, source, window)
                made += [batch_id] if batch_id is not None else []
                passing = problem if isinstance(problem, TransientError) else passing
        if passing is not None:
            raise passing
        return made

    def _extract_window(
        self, connection: Connection, source: Source, window: Window
    ) -> tuple[int | None, IkuError | None]:
        started = self.now()
        where = self.settings.connection(source.name)
        batch_id = batches.open_poll(connection, source, window) if source.poller else None
        landed: list[Landed] = []
        try:
            for payload in extract.collect(source, window, where, started):
                batch_id = batch_id or batches.open_batch(connection, source, window)
                landed.append(self._land(connection, source, batch_id, payload, len(landed)))
        except (CollectError, RawStoreError) as problem:
            batch_id = batch_id or batches.open_batch(connection, source, window)
            with connection.transaction():
                ending = "failed" if isinstance(problem, TransientError | RawStoreError) else "rejected"
                batches.end(connection, batch_id, ending, reason=str(problem), code=problem.code)  # type: ignore[arg-type]
            return batch_id, problem
        if batch_id is None:
            return self._nothing_offered(connection, source, window), None
        if not source.poller or window.end <= self.now():
            self._close(connection, source, batch_id, landed)
        return batch_id, None

    def _land(self, connection: Connection, source: Source, batch_id: int, payload: Payload, before: int) -> Landed:
        number = 1 + (batches.payload_count(connection, batch_id) if source.poller else before)
        if redact.is_due(source, payload):
            landed = self._land_redacted(connection, source, payload, number)
        else:
            landed = Landed(payload, self.store.land(payload, number))
        batches.add_payload(connection, batch_id, number, landed)
        if landed.kept is None:
            raise ContractError(f"{source.name}: {landed.error}", code=landed.error_code)
        return landed

    def _land_redacted(self, connection: Connection, source: Source, payload: Payload, number: int) -> Landed:
        key_id, key = self.settings.token_key
        self._check_key(connection, source, key_id)
        stripped = redact.redact(source, payload, (key_id, key))
        kept = self.store.land(stripped.payload, number) if stripped.payload is not None else None
        return Landed(
            stripped.described, kept, stripped.received_hmac, stripped.received_bytes, stripped.key_id,
            stripped.redactor_version, stripped.error_code, stripped.error,
        )  # fmt: skip

    def _check_key(self, connection: Connection, source: Source, key_id: str) -> None:
        """A lost key made anew gives other tokens, and repeats of a message are no longer found."""
        used = batches.token_key_id(connection)
        if used is not None and used != key_id:
            raise SettingError(
                f"{source.name}: kunci token {key_id} bukan kunci {used} yang dipakai selama ini."
                f" Pulihkan {self.settings.state / 'secrets.toml'} dari cadangan; kunci baru memutus riwayat."
            )

    def _close(self, connection: Connection, source: Source, batch_id: int, landed: Sequence[Landed]) -> None:
        """The payloads are complete: fingerprint them and give the batch its age."""
        kept = batches.payloads(connection, batch_id, self.settings.raw_dir)
        decided = [decision.decision_id for decision in batches.decisions(connection, source.name)]
        fingerprint = store.payload_fingerprint(kept, source.version, decided)
        asked = database.one(
            connection, "select min(asked_at) as asked_at from iku.payload where batch_id = %s", [batch_id]
        )
        positions = {part.payload.position for part in landed if part.payload.position is not None}
        batches.land(connection, batch_id, asked["asked_at"], fingerprint, max(positions, default=None))

    def _nothing_offered(self, connection: Connection, source: Source, window: Window) -> int | None:
        """No payload at all: said once, not every night anew."""
        known = connection.execute(
            """
            select from iku.window_state
            where source = %s and window_on = %s and (batch_id is not null or last_ending is not null)
            """,
            [source.name, window.first_day],
        ).fetchone()
        if known is not None:
            return None
        with connection.transaction():
            batch_id = batches.open_batch(connection, source, window)
            batches.end(
                connection, batch_id, "failed", code="nothing_offered",
                reason=f"{source.name} {window.label}: belum ada berkas atau jawaban. Minta kepada {source.owner}.",
            )  # fmt: skip
        return batch_id

    # ------------------------------------------------------------ validate

    def judged_path(self, batch_id: int) -> Path:
        """Where the judged records of a batch are cached."""
        return self.settings.judged_dir / f"{batch_id}.parquet"

    def validate(self, batch_ids: Sequence[int]) -> list[int]:
        """Judge landed batches and write their Parquet; the ids that are to be loaded. Same content again: a look."""
        to_load: list[int] = []
        with self.warehouse.connect("loader") as connection:
            found = [batches.get(connection, batch_id, self.settings.zone) for batch_id in batch_ids]
            open_ones = [batch for batch in found if batch.ending is None and batch.landed_at is not None]
            for name, group in groupby(sorted(open_ones, key=lambda batch: batch.source), lambda batch: batch.source):
                source = catalogue.source(name)
                fresh = [batch for batch in group if not self._is_look(connection, source, batch)]
                if not fresh:
                    continue
                from iku_etl.stages import (
                    validate,  # Great Expectations costs 5 to 10 CPU seconds: a night of looks pays none
                )

                items = [
                    validate.Item(
                        window=batch.window,
                        payloads=batches.payloads(connection, batch.batch_id, self.settings.raw_dir),
                        out=self.judged_path(batch.batch_id),
                    )
                    for batch in fresh
                ]
                decided = batches.decisions(connection, name)
                registers = self._registers(connection, source)
                for item in items:
                    for payload in item.payloads:
                        self.store.verify(payload.sha256)
                validate.judge_many(source, items, decisions=decided, registers=registers, now=self.now())
                for batch, item in zip(fresh, items, strict=True):
                    batches.judged(connection, batch.batch_id, store.digest(item.out))
                    to_load.append(batch.batch_id)
        return sorted(to_load)

    def _is_look(self, connection: Connection, source: Source, batch: Batch) -> bool:
        """Whether the bytes are those of the batch in force; then the batch ends here as a look, without a parse."""
        with connection.transaction():
            batches.lock_window(connection, source, batch.window)
            if batches.get(connection, batch.batch_id, self.settings.zone).ending is not None:
                return True
            before = batches.in_force(connection, source, batch.window, self.settings.zone)
            if before is None or before.payload_fingerprint != batch.payload_fingerprint:
                return False
            try:
                batches.check_age(connection, source, batch)
            except LoadConflict as conflict:  # another worker asked later and was first: this look says nothing new
                batches.end(connection, batch.batch_id, "failed", reason=str(conflict), code=conflict.code)
            else:
                batches.end(connection, batch.batch_id, "unchanged", confirms=before.batch_id, reason="bita sama")
        return True

    def _registers(self, connection: Connection, source: Source) -> dict[str, frozenset[str]]:
        """The values that the newest registers name, for the warnings about unregistered things."""
        known = {}
        for check in source.expectations:
            if isinstance(check, Unregistered):
                query = sql.SQL(
                    """
                    select distinct {column}::text as value from {facts}
                    where batch_id = (
                        select batch_id from iku.batch_in_force where source = %s order by win desc limit 1
                    )
                    """
                ).format(column=sql.Identifier(check.register_column), facts=sql.Identifier("fact", check.register))
                rows: list[dict[str, Any]] = connection.execute(query, [check.register]).fetchall()
                known[check.register] = frozenset(row["value"] for row in rows)
        return known

    # ------------------------------------------------------------ load

    def load(self, batch_ids: Sequence[int]) -> list[Batch]:
        """Bring judged batches to their endings in the order given, each in a transaction of its own."""
        for batch in self.batches(batch_ids):
            if batch.ending is not None:
                continue
            path = self.judged_path(batch.batch_id)
            if not self._is_cached(batch):
                self.validate([batch.batch_id])  # the cache is rebuilt from raw
            if path.exists():  # it does not where validate found a look
                source, zone = catalogue.source(batch.source), self.settings.zone
                load.load(lambda: self.warehouse.connect("loader"), source, batch.batch_id, path, zone)
                path.unlink(missing_ok=True)
        return self.batches(batch_ids)

    def _is_cached(self, batch: Batch) -> bool:
        """Whether the judged records lie there as validate left them: neither cleared, torn nor changed by anyone."""
        path = self.judged_path(batch.batch_id)
        return path.exists() and store.digest(path) == batch.judged_sha256

    # ------------------------------------------------------------ all in order

    def collect(self, source: Source, windows: Iterable[Window]) -> list[Batch]:
        """Extract, land, validate and load windows of one source; how each batch ended."""
        made = self.extract(source, windows)
        self.validate_and_load(made)
        return self.batches(made)

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
        """Batches that are worth a run of the judge of their own, in the order given."""
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
        """The manifest rows of batches."""
        with self.warehouse.connect("loader") as connection:
            return [batches.get(connection, batch_id, self.settings.zone) for batch_id in batch_ids]

    def replay(self, batch_id: int, decision_id: int) -> Batch:
        """Read kept bytes once more, under a decision: an amended contract, a release, a waiting revision."""
        with self.warehouse.connect("loader") as connection:
            origin = batches.get(connection, batch_id, self.settings.zone)
            source = catalogue.source(origin.source)
            kept: list[KeptPayload] = batches.payloads(connection, batch_id, self.settings.raw_dir)
            for payload in kept:
                self.store.verify(payload.sha256)
            with connection.transaction():
                made = batches.open_batch(
                    connection, source, origin.window, instead_of=batch_id, decision_id=decision_id
                )
                decided = [decision.decision_id for decision in batches.decisions(connection, source.name)]
                fingerprint = store.payload_fingerprint(kept, source.version, decided)
                batches.land(connection, made, origin.asked_at or self.now(), fingerprint, None)
        self.validate_and_load([made])
        return self.batches([made])[0]


def pipeline(settings: Settings) -> Pipeline:
    """The pipeline of an installation; starts the embedded warehouse if that is the one."""
    return Pipeline(settings, database.warehouse(settings))
