"""What people hand in: what lies there for a month, a trial that keeps nothing, and the rows that go back."""

import hashlib
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from iku_etl import catalogue
from iku_etl.connectors.registers import files, folder, handed
from iku_etl.connectors.registers.kinds import MEDIA_TYPES
from iku_etl.errors import CollectError, ContractError, RawStoreError, SettingError
from iku_etl.manifest import batches, decisions, handed_in
from iku_etl.model import KeptPayload, Source
from iku_etl.pipeline.asking import Asking
from iku_etl.records import unobserved
from iku_etl.records.verdict import Verdict
from iku_etl.settings import Endpoint
from iku_etl.stages import extract, land, parse, validate
from iku_etl.warehouse.database import Row, reading
from iku_etl.window import Window

Cells = Mapping[str, str]


@dataclass(frozen=True)
class Lying:
    """A register file of the drop folder: `key` names it without saying what it is called, `note` who handed it in."""

    path: Path = field(repr=False)
    key: str
    name: str
    size_bytes: int
    changed_at: datetime
    note: Mapping[str, str]

    @classmethod
    def of(cls, path: Path, name: str, size_bytes: int, changed_at: datetime, note: Mapping[str, str]) -> "Lying":
        key = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]
        return cls(path, key, name, size_bytes, changed_at, note)


@dataclass(frozen=True)
class AsideRow:
    """A record that was set aside: the file and the place in it, why, and its cells by column as far as they are kept.

    `is_row`: it stands in the file as a row, and not for a file or a sheet that could not be read.
    """

    payload_no: int
    file: str
    place: str
    message: str
    is_row: bool
    cells: Cells = field(default_factory=dict)


@dataclass(frozen=True)
class Tried:
    """How a batch would end; `reason` None: it would load."""

    read: int = 0
    loaded: int = 0
    quarantined: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    reason: str | None = None
    warnings: tuple[str, ...] = ()
    rows: tuple[AsideRow, ...] = ()


class Handing(Asking):
    """The drop folder as whoever hands in sees it."""

    # ------------------------------------------------------------ what lies there

    def drop_folder(self, source: Source) -> Path:
        """Where files of a source are handed in; SettingError where it is fetched otherwise."""
        return Path(self._receiving(source).url)

    def _receiving(self, source: Source) -> Endpoint:
        endpoint = extract.endpoint_of(source, self.settings)
        if not source.is_register or endpoint.system != "register":
            raise SettingError(
                f"{source.title} diambil dari sistemnya ({endpoint.system}), tidak diserahkan sebagai berkas."
            )
        if Path(endpoint.url).suffix.lower() in MEDIA_TYPES:
            raise SettingError(
                f"{source.title} dibaca dari satu berkas yang dipelihara pengelola, tidak diserahkan di sini."
            )
        return endpoint

    def lying(self, source: Source, window: Window) -> list[Lying]:
        """The register files that stand for a window now, by name."""
        show = not source.is_redacted
        placed = folder.placed_in(
            window, self._receiving(source), late_by=source.late_by, since=source.since, show_names=show
        )
        found = []
        for one, _ in placed.registers:
            state = files.state(one.path)
            if state is not None:
                note = handed.note_of(one.path)
                found.append(Lying.of(one.path, one.name, state.st_size, files.changed_at(state), note))
        return found

    def overtaken(self, source: Source, window: Window, names: Collection[str], where: Path | None = None) -> list[str]:
        """Of these files of the drop folder, or of `where`, those that a newer position overtakes (U8)."""
        if source.kind != "snapshot":
            return []
        endpoint = self._receiving(source)
        there = folder.positioned(replace(endpoint, url=str(where or endpoint.url)))
        days = [day for day in there if window.contains(day)]
        newest = max(days, default=None)
        standing = {asked["file"] for asked in there.get(newest, ())} if newest else set()
        return sorted({asked["file"] for day in days for asked in there[day]} & set(names) - standing)

    def mendable(self, source: Source, batch_id: int) -> dict[Path, list[str]]:
        """The places of the rows that a batch set aside, by the file of the drop folder in which they still stand."""
        with self.warehouse.connect("auditor") as connection:
            batch = batches.get(connection, batch_id, self.settings.zone)
            asked = {row["payload_no"]: row["request"] for row in handed_in.files_of(connection, batch_id)}
            rows = handed_in.set_aside(connection, batch_id)
        there = {}
        for one in self.lying(source, batch.window):
            if state := files.state(one.path):
                there[_identity(files.asked_for(one.name, state))] = one.path
        found: dict[Path, list[str]] = {}
        for row in rows:
            path = there.get(_identity(asked.get(row["payload_no"], {})))
            if path is not None and unobserved.RULE not in row["rules"]:
                found.setdefault(path, []).append(row["place"])
        return found

    # ------------------------------------------------------------ what came of it

    def standing_of_registers(self, since: date) -> list[Row]:
        """Each due month of each register from a day on; see `handed_in.standing`."""
        names = [source.name for source in catalogue.importable()[0] if source.is_register]
        with self.warehouse.connect("auditor") as connection, reading(connection, as_of_time=self.now()):
            return handed_in.standing(connection, names, since)

    def units(self, source: Source, window: Window) -> list[Row]:
        """Who owes the register for the window, and who has handed it in; see `handed_in.units`."""
        with self.warehouse.connect("auditor") as connection, reading(connection, as_of_time=self.now()):
            return handed_in.units(connection, source.name, window.first_day, window.last_day)

    def attempts(self, source: Source, window: Window) -> list[Row]:
        """The newest attempts at a window; see `handed_in.attempts`."""
        with self.warehouse.connect("auditor") as connection:
            return handed_in.attempts(connection, source.name, window.first_day)

    def batches_of(self, source: Source, windows: Sequence[Window], ticket: str) -> list[int]:
        """The batches of these windows that read a file of this hand-in, the newest first."""
        with self.warehouse.connect("auditor") as connection:
            return handed_in.of_ticket(connection, source.name, [window.first_day for window in windows], ticket)

    def rows_aside(self, batch_id: int, limit: int | None = None, *, with_cells: bool = False) -> list[AsideRow]:
        """The records that a batch set aside; with their cells, read again from the kept bytes by place."""
        with self.warehouse.connect("auditor") as connection:
            batch = batches.get(connection, batch_id, self.settings.zone)
            names = {row["payload_no"]: row["name"] for row in handed_in.files_of(connection, batch_id)}
            rows = handed_in.set_aside(connection, batch_id, limit)
            kept = batches.payloads(connection, batch_id, self.store.path) if with_cells else []
        source = catalogue.source(batch.source)
        return _with_cells(source, batch.window, self._whole(kept), names, rows)

    # ------------------------------------------------------------ a trial

    def try_out(self, source: Source, window: Window, where: Path, work: Path) -> Tried:
        """What would come of a window if its files were those of the folder `where`; nothing lands, nothing loads.

        The kept bytes, stripped as they would be, lie in the folder `work`; the caller removes it.
        """
        endpoint = replace(self._receiving(source), url=str(where))
        store = land.Store(work / "raw", self.settings.payload_cap_bytes, self.settings.free_space_floor_bytes)
        landing = land.Landing(store, lambda: self.settings.token_key, self.now)
        try:
            with self.warehouse.connect("loader") as connection:
                landed: list[batches.Landed] = []
                for payload in extract.collect(source, window, endpoint, self.now()):
                    landed.append(landing.keep(connection, source, payload, len(landed) + 1))
                if not landed:
                    return Tried(reason=f"{source.name} {window.label}: tidak ada berkas untuk jendela ini.")
                landing.refuse_nothing_but_notes(source, window, landed)
                decided = decisions.decisions(connection, source.name)
                registers = batches.registered_values(connection, source)
        except (CollectError, RawStoreError) as problem:
            return Tried(reason=str(problem))
        payloads = [one.kept for one in landed]
        item = validate.Item(window, payloads, parse.records(source, payloads, window), work / "judged.parquet")
        (verdict,) = validate.judge(source, [item], now=self.now(), decisions=decided, registers=registers)
        return _tried(source, window, payloads, verdict)


def _identity(asked: Mapping[str, object]) -> tuple[object, ...]:
    return asked.get("file"), asked.get("size_bytes"), asked.get("modified_at")


def _tried(source: Source, window: Window, payloads: Sequence[KeptPayload], verdict: Verdict) -> Tried:
    rows = [
        {"payload_no": row.payload_no, "place": row.place, "rules": list(row.rules), "message": row.message}
        for row in verdict.quarantine
    ]
    names = {payload.payload_no: payload.name for payload in payloads}
    return Tried(
        verdict.read, verdict.loaded, verdict.quarantined, verdict.declared_out_reasons, verdict.rejected_because,
        verdict.warnings, tuple(_with_cells(source, window, payloads, names, rows)),
    )  # fmt: skip


def _with_cells(
    source: Source, window: Window, kept: Sequence[KeptPayload], names: Mapping[int, str], rows: Sequence[Row]
) -> list[AsideRow]:
    wanted: dict[int, set[str]] = {}
    for row in rows:
        wanted.setdefault(row["payload_no"], set()).add(row["place"])
    cells: dict[tuple[int, str], Cells] = {}
    for payload in kept:
        if payload.payload_no in wanted and payload.media_type != unobserved.MEDIA_TYPE:
            for place, found in _cells_at(source, window, payload, wanted[payload.payload_no]).items():
                cells[payload.payload_no, place] = found
    return [
        AsideRow(
            row["payload_no"], names.get(row["payload_no"], ""), row["place"], row["message"],
            unobserved.RULE not in row["rules"], cells.get((row["payload_no"], row["place"]), {}),
        )
        for row in rows
    ]  # fmt: skip


def _cells_at(source: Source, window: Window, payload: KeptPayload, places: Collection[str]) -> dict[str, Cells]:
    """The cells of the rows at these places, as text; nothing of a file that can't be read."""
    assert source.parse is not None  # the catalogue fills it
    found: dict[str, Cells] = {}
    wanted = pa.array(sorted(places), pa.string())
    try:
        for piece in source.parse(payload, window):
            for row in piece.table.filter(pc.is_in(piece.table["place"], value_set=wanted)).to_pylist():
                place = row.pop("place")
                found[place] = {name: str(text) for name, text in row.items() if text is not None}
    except ContractError:
        pass  # what was read until there
    return found
