"""The stages in order; the only place where they meet. Every step may run twice, at once, or die anywhere.

extract > land > parse > validate > load > (views) > publish > trace
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa

from iku_etl import catalogue
from iku_etl.manifest import batches
from iku_etl.model import KeptPayload, Source
from iku_etl.pipeline import deadline, restating
from iku_etl.pipeline.asking import Asked
from iku_etl.pipeline.collecting import Collected, Extracted
from iku_etl.pipeline.foreseeing import Effect
from iku_etl.pipeline.handing import AsideRow, Lying, Tried
from iku_etl.pipeline.sharing import Sharing
from iku_etl.settings import Settings
from iku_etl.stages import land, load, parse, publish, trace, validate, views
from iku_etl.stages.publish import Published
from iku_etl.stages.trace import (
    RECORDS_SHOWN,
    Change,
    End,
    Foreseen,
    Kept,
    Originals,
    PayloadTrace,
    RecordTrace,
    Trace,
    Verdict,
    Why,
    difference,
    line_of,
    told_change,
    told_definitions,
    told_members,
    told_parts,
)  # fmt: skip
from iku_etl.warehouse import database, keeping, tables
from iku_etl.warehouse.database import Row
from iku_etl.window import Window

# Arrow's own pool keeps what was freed, beside what pandas keeps: 25 MiB of the peak, measured in bench/memory.py
pa.set_memory_pool(pa.system_memory_pool())

__all__ = [
    "AsideRow", "Asked", "Change", "Collected", "Effect", "End", "Extracted", "Foreseen", "Lying", "Pipeline",
    "RecordTrace", "Trace", "Tried", "Verdict", "Why", "difference", "line_of", "pipeline", "told_change",
    "told_definitions", "told_members", "told_parts", "warm",
]  # fmt: skip


PLACES_KEPT = 1000  # records whose places are kept together


class Pipeline(Sharing):
    """The way of the data for one installation."""

    # ------------------------------------------------------------ once

    def migrate(self, sources: Iterable[Source] | None = None) -> list[str]:
        """Core tables, fact tables of all sources or these, views and definitions; what was done, as sentences."""
        database.upgrade_core(self.warehouse)
        with self.warehouse.connect("owner") as connection:
            zone = str(self.settings.zone)
            declared = list(catalogue.all_sources() if sources is None else sources)
            done = tables.declare(connection, declared, self.settings.since, zone)
            done += [sentence for source in declared for sentence in load.make_missing(connection, source)]
            for source in declared:
                validate.keep_checks(connection, source)
            made = views.build(connection)
        return [*done, *(f"{code} dihitung menurut {definition}" for code, definition in made.items())]

    # ------------------------------------------------------------ publish, trace

    def publish(self, as_of: int | None = None, as_of_time: datetime | None = None) -> Published:
        """Publish the figures that differ from those published, and note the end; see `publish.publish`.

        Of a figure that was approved, why it is another now is written down beside it.
        """
        with self.warehouse.connect("publisher") as connection:
            made = publish.publish(connection, as_of, as_of_time)
        restating.record(self.warehouse)
        self.note()
        if as_of is None and as_of_time is None:
            deadline.ended(self.settings.state, made.as_of_time, made.as_of)
        return made

    def changes(self, made: Published, limit: int | None = None) -> list[Change]:
        """What each published row changed; the first `limit` with their members and what brought it."""
        with self.warehouse.connect("auditor") as connection:
            return trace.changes(connection, made.publication_ids, limit)

    def changes_of(self, publication_id: int, limit: int | None = None) -> list[Change]:
        """The same of a publication made before."""
        with self.warehouse.connect("auditor") as connection:
            return trace.changes(connection, [publication_id], limit)

    def changes_of_figure(self, indicator: str, period: str) -> list[Change]:
        """What each published row of one figure changed, the oldest first; see `trace.changes_of_figure`."""
        with self.warehouse.connect("auditor") as connection:
            return trace.changes_of_figure(connection, indicator, period)

    def changes_after(self, publication_id: int, limit: int | None = None) -> list[Change]:
        """What all publications after this one changed together, a figure once: from what it was then to what it is."""
        with self.warehouse.connect("auditor") as connection:
            return trace.changes_after(connection, publication_id, limit)

    def why(
        self, indicator: str, period: str, between: tuple[End, End] | None = None,
        told: Callable[[int, int], None] = lambda done, of: None,
    ) -> Why:  # fmt: skip
        """The difference of two published rows of a figure, parted by cause, exactly; see `trace.why`."""
        with self.warehouse.connect("auditor") as connection:
            return trace.why(connection, indicator, period, between, told)

    def why_changed(self, change: Change) -> Why:
        """The same of one published row and the row before it."""
        with self.warehouse.connect("auditor") as connection:
            return trace.why_rows(connection, change.before, change.figure)

    def has_moved(self) -> bool:
        """Whether a load or decision came after the figures were last computed."""
        end = deadline.last_end(self.settings.state)
        computed = -1 if end is None or end.load_no is None else end.load_no
        with self.warehouse.connect("publisher") as connection:
            return publish.has_moved(connection, computed)

    def trace(
        self, indicator: str, period: str, *, revision: int | None = None, as_of: int | None = None,
        as_of_time: datetime | None = None, member: str | None = None, limit: int = RECORDS_SHOWN,
        skip: Mapping[str, int] = MappingProxyType({}), with_bytes: bool = True, recompute: bool = True,
    ) -> Trace:  # fmt: skip
        """A published figure down to its bytes, which are hashed anew; see `trace.figure`.

        Without `recompute` its members may be those that were read when it was last looked at.
        """
        with self.warehouse.connect("auditor") as connection:
            return trace.figure(
                connection, indicator, period, revision=revision, as_of=as_of, as_of_time=as_of_time, member=member,
                originals=self._originals if with_bytes else None, limit=limit, skip=skip, recompute=recompute,
                kept=self._kept,
            )  # fmt: skip

    def trace_record(self, batch_id: int, record_no: int) -> RecordTrace:
        """One record with its bytes, which are hashed anew; see `trace.record`."""
        with self.warehouse.connect("auditor") as connection:
            return trace.record(connection, batch_id, record_no, replace(self._originals, places=self._kept_places))

    def member_periods(self, indicator: str, member: str, limit: int, skip: int = 0) -> list[Row]:
        """A member through the base periods of its indicator; see `trace.periods`."""
        with self.warehouse.connect("auditor") as connection:
            return trace.periods(connection, indicator, member, limit, skip, self._kept)

    def member_days(self, found: Trace, member: str, periods: Sequence[str]) -> list[Row]:
        """The days of a member of a figure, where a roll-up tells them; see `trace.days`."""
        with self.warehouse.connect("auditor") as connection:
            return trace.days(connection, found.figure, dict(found.header), member, periods)

    def trace_payload(self, payload_id: int) -> PayloadTrace:
        """The way back: every published figure that rests on a payload."""
        with self.warehouse.connect("auditor") as connection:
            return trace.payload(connection, payload_id, self._originals)

    def save_payload(self, payload_id: int, folder: Path) -> Path:
        """The kept bytes of a payload as a file that can be opened; see `land.hand_out`."""
        with self.warehouse.connect("auditor") as connection:
            return land.hand_out(self.store, trace.payload_row(connection, payload_id), folder)

    def kept_payload(self, payload_id: int) -> tuple[str, Path]:
        """A safe name for the kept bytes of a payload, and their file, hashed anew; see `land.whole`."""
        with self.warehouse.connect("auditor") as connection:
            row = trace.payload_row(connection, payload_id)
        return land.name_of(row), land.whole(self.store, row)

    def compare_original(self, payload_id: int, path: Path) -> land.Compared:
        """Whether a file is what was received as a payload; see `land.compare`."""
        with self.warehouse.connect("auditor") as connection:
            return land.compare(trace.payload_row(connection, payload_id), path, self.settings.token_key)

    @property
    def _kept(self) -> Kept:
        return Kept(self.settings.state / "members")

    @property
    def _originals(self) -> Originals:
        return Originals(self.store.verify, self._payloads, self._places)

    def _payloads(self, batch_id: int) -> dict[int, KeptPayload]:
        with self.warehouse.connect("auditor") as connection:
            return {one.payload_no: one for one in batches.payloads(connection, batch_id, self.store.path)}

    def _places(self, batch_id: int, record_nos: Collection[int]) -> dict[int, tuple[int, str]]:
        """Read a batch's payloads again, as far as needed; where its records stand in them."""
        (batch,) = self.batches([batch_id])
        payloads = list(self._payloads(batch_id).values())
        return parse.places(catalogue.source(batch.source), payloads, batch.window, record_nos)

    def _kept_places(self, batch_id: int, record_nos: Collection[int]) -> dict[int, tuple[int, str]]:
        """The same, read once for a thousand records and kept by the bytes and the version of their reader."""
        (batch,) = self.batches([batch_id])
        source, payloads = catalogue.source(batch.source), self._payloads(batch_id)
        read_by = (source.name, source.version, batch.window.label, [one.sha256 for one in payloads.values()])
        kept = Kept(self.settings.state / "places")
        found: dict[int, tuple[int, str]] = {}
        for part in {number // PLACES_KEPT for number in record_nos}:
            numbers = range(part * PLACES_KEPT, (part + 1) * PLACES_KEPT)
            made = partial(_places, source, list(payloads.values()), batch.window, numbers)
            found |= {number: (payload_no, place) for number, payload_no, place in kept.read((*read_by, part), made)}
        return found


def _places(
    source: Source, payloads: Sequence[KeptPayload], window: Window, numbers: Collection[int]
) -> list[tuple[int, int, str]]:
    return [(number, *place) for number, place in parse.places(source, payloads, window, numbers).items()]


def warm() -> None:
    """Import Great Expectations now: whoever forks from this process, or waits for another, pays it once."""
    validate.warm()


def pipeline(settings: Settings, *, is_served: bool = False) -> Pipeline:
    """The pipeline of an installation; starts the embedded warehouse if that is the one.

    `is_served`: it answers many questions, one after the other, and keeps its connections between them.
    """
    found = database.warehouse(settings)
    return Pipeline(settings, keeping.KeepingWarehouse(found.dsn_by_role) if is_served else found)
