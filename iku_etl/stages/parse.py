"""Payloads -> typed records: a pure function of the bytes, streaming, in bounded memory.

What the source says is read as the declaration says and never guessed: a cell that can't be read is a null and
a Problem; a column that is missing, or of which no cell can be read, ends the batch.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Column, Date

from iku_etl.catalogue import sentences
from iku_etl.connectors.registers import folder
from iku_etl.errors import ContractError, DeclarationError
from iku_etl.model import KeptPayload, Problem, Records, Rows, Source, Unobserved
from iku_etl.records import unobserved
from iku_etl.records.cells import Kind, kind_of, read_column, whole
from iku_etl.records.day_order import DayOrder
from iku_etl.records.texts import Unread, without_nik
from iku_etl.reference.code_lists import code_of
from iku_etl.window import Window

CHUNK_ROWS = 100_000
RETYPED_AT_LEAST = 2  # one unreadable cell is a bad record; a whole column of them means that the column changed
RETYPED_SURELY = 10_000  # so many unreadable cells and no readable one: no need to read to the end
PLACE = "place"
SENTENCE, NAME = 1000, 200  # characters shown of what an outside text is part of: no message is as long as a file
HANDED_IN = frozenset((*folder.MEDIA_TYPES.values(), folder.REDACTED))  # one hand-in of one office
WHOLE_FILE = "seluruh berkas"
EMPTY = "berkas {}: 0 baris, hanya judul kolomnya"


def records(source: Source, payloads: Sequence[KeptPayload], window: Window) -> Iterator[Records]:
    """The typed records of a batch, in pieces of at most CHUNK_ROWS, numbered from 1 over all payloads.

    Raises ContractError when a payload is not what was declared, naming source, window, payload and column; one of
    several hand-ins that is not costs only itself: one record is set aside for the whole of it.
    """
    if source.parse is None:
        raise DeclarationError(f"source {source.name}: no parse; the catalogue fills it in, use catalogue.source().")
    reading = _Reading(source, window)
    for payload in payloads:
        reading.begin(payload)
        if len(payloads) > 1 and payload.media_type in HANDED_IN and (problem := _unreadable(reading)):
            yield reading.set_aside([Unobserved(WHOLE_FILE, str(problem))])
        else:
            yield from reading.whole()


def _unreadable(reading: "_Reading") -> ContractError | None:
    """Why a payload can't be read to its end, by reading it once without keeping anything."""
    try:
        for _ in reading.trial().whole():
            pass
    except ContractError as problem:
        return problem
    return None


def places(
    source: Source, payloads: Sequence[KeptPayload], window: Window, record_nos: Collection[int]
) -> dict[int, tuple[int, str]]:
    """Where records stand: record number -> payload number and place. Reads no further than the last of them."""
    wanted, found = set(record_nos), {}
    for piece in records(source, payloads, window):
        columns = (piece.table.column(name).to_pylist() for name in ("record_no", "payload_no", PLACE))
        for number, payload_no, place in zip(*columns, strict=True):
            if number in wanted:
                found[number] = (payload_no, place)
        if wanted <= found.keys():
            break
    return found


def _rows(source: Source, payload: KeptPayload, window: Window, reading: "_Reading") -> Iterator[Rows]:
    """The pieces of the source's own reader; whatever it raises becomes a ContractError that names the payload."""
    assert source.parse is not None
    if payload.media_type == unobserved.MEDIA_TYPE:
        yield unobserved.rows(payload)
        return
    try:
        yield from source.parse(payload, window)
    except ContractError as problem:
        known = str(problem).startswith(f"{source.name} {window.label}: payload")
        raise problem if known else ContractError(f"{reading.here}: {problem}", code=problem.code) from problem
    except OSError:
        raise  # our own disk, not the payload
    except Exception as problem:  # outside bytes can break a reader in any way; it must cost this batch alone
        raise ContractError(
            f"{reading.here}: tidak dapat dibaca ({type(problem).__name__}). Bentuknya bukan yang dinyatakan;"
            f" hubungi {source.owner} atau sesuaikan pembaca sumber ini.",
            code="unreadable",
        ) from problem


@dataclass
class _Reading:
    """The state of reading one batch: numbers given so far, and what was seen of each column."""

    source: Source
    window: Window
    payload: KeptPayload | None = None
    next_no: int = 1
    unknown: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    personal: set[str] = field(default_factory=set)  # undeclared columns in which a person's number was seen
    filled: Counter[str] = field(default_factory=Counter)  # cells that hold something, of this payload
    unread: Counter[str] = field(default_factory=Counter)
    why: dict[str, str] = field(default_factory=dict)  # the first unread cell of a column, as a sentence
    order: DayOrder | None = None  # of a file that people fill in
    kinds: dict[str, Kind] = field(init=False)

    def __post_init__(self) -> None:
        self.kinds = {
            column.name: kind_of(column, is_key=column.name in self.source.key, by_hand=self.source.is_register)
            for column in self.source.columns
        }

    @property
    def here(self) -> str:
        payload = self.payload
        assert payload is not None
        return (
            f"{self.source.name} {self.window.label}: payload {payload.payload_no}"
            f" ({payload.name}, sha256 {payload.sha256[:12]}…)"
        )

    def begin(self, payload: KeptPayload) -> None:
        self.payload = payload
        self.filled.clear()
        self.unread.clear()
        self.why.clear()
        dates = [column.name for column in self.source.columns if isinstance(column.type, Date)]
        self.order = DayOrder(dates) if self.source.is_register and dates else None

    def trial(self) -> "_Reading":
        """The same state, to be thrown away: what it reads counts nothing here."""
        unknown, missing, personal = set(self.unknown), set(self.missing), set(self.personal)
        return replace(
            self, unknown=unknown, missing=missing, personal=personal, filled=Counter(), unread=Counter(), why={}
        )

    def whole(self) -> Iterator[Records]:
        """The records of the payload that was begun."""
        assert self.payload is not None
        if self.order and not self.order.is_known:  # a cell at a file's end may tell how those before it are to be read
            for rows in _rows(self.source, self.payload, self.window, self):
                self.order.look(rows.table)
            self.order.is_known = True
        first, left_out = self.next_no, 0
        for rows in _rows(self.source, self.payload, self.window, self):
            left_out += sum(rows.declared_out.values())
            yield from self.pieces(rows)
        self.check_retyped(at_end=True)
        is_file = self.source.is_register and self.payload.media_type in HANDED_IN
        if is_file and self.next_no == first and not left_out:
            yield replace(self.set_aside([]), warnings=(EMPTY.format(self.payload.name),))

    def pieces(self, rows: Rows) -> Iterator[Records]:
        new_unknown, new_missing = self._compare(rows.table)
        new_personal = self._personal(rows.table)
        start = 0
        while start < len(rows.table) or start == 0:
            records = self._typed(rows.table.slice(start, CHUNK_ROWS))
            if start == 0:
                records = replace(
                    records,
                    unknown_columns=new_unknown,
                    missing_columns=new_missing,
                    personal_columns=new_personal,
                    declared_out=_by_short_name(rows.declared_out),
                    stripped=rows.stripped,
                )
            self.check_retyped(at_end=False)
            yield records
            start += CHUNK_ROWS
        if rows.unobserved:
            yield self.set_aside(rows.unobserved)

    def set_aside(self, unobserved: Sequence[Unobserved]) -> Records:
        """One record for each thing that can't be known: what is known of whom it concerns, and a problem."""
        first = self.next_no
        columns = self._numbered([one.place for one in unobserved])
        for column in self.source.columns:
            known = pa.array([one.known.get(column.name) for one in unobserved], pa.string())
            columns[column.name] = read_column(self.kinds[column.name], known)[0]
        problems = [
            Problem(first + row, None, one.sentence, _short(one.sentence, SENTENCE))
            for row, one in enumerate(unobserved)
        ]
        return Records(pa.table(columns), tuple(problems))

    def _numbered(self, places: Sequence[str] | pa.Array) -> dict[str, pa.Array]:
        """The columns that say which record this is: number, payload, place."""
        assert self.payload is not None
        first, count = self.next_no, len(places)
        self.next_no += count
        return {
            "record_no": pa.array(np.arange(first, first + count, dtype=np.int32)),
            "payload_no": pa.repeat(pa.scalar(self.payload.payload_no, pa.int16()), count),
            PLACE: pa.array(places, pa.string()),
        }

    def _compare(self, table: pa.Table) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Columns that nobody declared, and nullable ones that are not there; each said once a batch."""
        found = [name for name in table.column_names if name != PLACE]
        if PLACE not in table.column_names:
            raise DeclarationError(f"source {self.source.name}: its reader gives no column place.")
        if len(set(found)) < len(found):
            twice = sorted(self._called(name) for name, count in Counter(found).items() if count > 1)
            raise ContractError(
                f"{self.here}: kolom {_short(', '.join(twice), NAME)} ada dua kali.", code="column_twice"
            )
        if not found and not len(table):
            return (), ()  # nothing came, so nothing is known of its columns
        missing = [column for column in self.source.delivered if column.name not in found]
        required = [self._called(column.name) for column in missing if not column.nullable]
        if required:
            there = _short(", ".join(map(self._called, found)), SENTENCE) or "tidak satu pun"
            raise ContractError(
                f"{self.here}: kolom {', '.join(required)} tidak ada; yang ada: {there}."
                f" Minta {self.source.owner} memulihkannya, atau pengelola menambahkan judul barunya pada deklarasi"
                " (headings).",
                code="missing_column",
            )
        strange = [name for name in found if name not in self.kinds and name not in self.unknown]
        new_unknown = tuple(_short(name, NAME) for name in strange)
        new_missing = tuple(column.name for column in missing if column.name not in self.missing)
        self.unknown.update(found)
        self.missing.update(new_missing)
        return new_unknown, new_missing

    def _personal(self, table: pa.Table) -> tuple[str, ...]:
        """The undeclared columns in which a person's number stands, each said once: this may be far down a file."""
        if not self.source.is_register:
            return ()
        ours = {PLACE, *self.kinds, *self.personal}
        found = [name for name in table.column_names if name not in ours and without_nik(whole(table.column(name)))[1]]
        self.personal.update(found)
        return tuple(_short(name, NAME) for name in found)

    def _typed(self, table: pa.Table) -> Records:
        count, first = len(table), self.next_no
        columns = self._numbered(whole(table.column(PLACE)).cast(pa.string()))
        problems: list[Problem] = []
        for column in self.source.columns:
            name = column.name
            given = whole(table.column(name)) if name in table.column_names else pa.nulls(count)
            personal: list[Unread] = []
            if self.source.is_register and self.source.privacy_of(column) != "token":
                given, personal = without_nik(given)
            columns[name], unread = read_column(self.kinds[name], given)
            unread = sorted(unread + personal, key=lambda cell: cell.index) if personal else unread
            self.filled[name] += count - columns[name].null_count + len(unread)
            self.unread[name] += sum(not cell.is_typed for cell in unread)
            if "code_list" in column.info:  # after the count: an unknown name is not a changed type
                columns[name], nameless = _codes(column, columns)
                unread += nameless
            if self.order and (doubtful := self.order.doubtful(name, given, columns[name])):
                columns[name] = _without(columns[name], doubtful)
                unread = sorted(unread + doubtful, key=lambda cell: cell.index)
            found = [self._problem(name, first, cell) for cell in unread]
            if found and name not in self.why:
                self.why[name] = f"{columns[PLACE][unread[0].index]}: {found[0].message}"
            problems += found
            if not column.nullable and columns[name].null_count > len(unread):
                problems += self._empty(name, first, columns[name], unread)
        return Records(pa.table(columns), tuple(problems))

    def _problem(self, name: str, first: int, cell: Unread) -> Problem:
        """The value is quoted only of public columns; Problem.text keeps it for the record's hash."""
        kind = self.kinds[name]
        is_public = self.source.privacy_of(self.source.column(name)) == "public"
        said = cell.quoting if is_public else cell.plain or f"nilainya tidak dapat dibaca sebagai {kind.expected}"
        return Problem(first + cell.index, name, cell.text, f"kolom {self._called(name)}: {said}.")

    def _empty(self, name: str, first: int, values: pa.Array, unread: Iterable[Unread]) -> list[Problem]:
        known = {cell.index for cell in unread}
        rows = np.flatnonzero(pc.is_null(values).to_numpy(zero_copy_only=False)).tolist()
        message = f"kolom {self._called(name)}: kosong, padahal wajib diisi. Lengkapi di sumbernya."
        return [Problem(first + row, name, None, message) for row in rows if row not in known]

    def _called(self, name: str) -> str:
        return sentences.called(self.source.column(name)) if name in self.kinds else name

    def check_retyped(self, *, at_end: bool) -> None:
        """Raise ContractError for a column with values of which none can be read: it is no longer the declared one."""
        for name, unread in self.unread.items():
            if unread < (RETYPED_AT_LEAST if at_end else RETYPED_SURELY) or unread < self.filled[name]:
                continue
            raise ContractError(
                f"{self.here}: kolom {self._called(name)} berganti jenis; tidak satu pun dari {unread} nilainya dapat"
                f" dibaca sebagai {self.kinds[name].expected}. Yang pertama, {self.why[name]} Perbaiki di sumbernya;"
                f" bila isi kolomnya memang berubah, tanyakan kepada {self.source.owner}, ubah deklarasi kolom dan"
                " naikkan version.",
                code="retyped_column",
            )


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _by_short_name(counts: Mapping[str, int]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for reason, count in counts.items():
        found[_short(reason, NAME)] += count
    return dict(found)


def _without(values: pa.Array, cells: Sequence[Unread]) -> pa.Array:
    """The values, null in the rows of these cells."""
    is_gone = np.zeros(len(values), dtype=bool)
    is_gone[[cell.index for cell in cells]] = True
    return pc.if_else(pa.array(is_gone), pa.scalar(None, values.type), values)


def _codes(column: Column[Any], columns: Mapping[str, pa.Array]) -> tuple[pa.Array, list[Unread]]:
    """The cells of a column as codes of its list, null where a name is not in it, and those cells."""
    texts = columns[column.name].to_pylist()
    other, only = column.info.get("code_list_where", (None, None))
    kinds = columns[other].to_pylist() if other else [only] * len(texts)
    unread: list[Unread] = []
    for index, (text, kind) in enumerate(zip(texts, kinds, strict=True)):
        if text is not None and kind == only:
            texts[index], why_not = code_of(column.info["code_list"], text)
            if why_not:
                unread.append(Unread(index, text, why_not))
    return pa.array(texts, pa.string()), unread
