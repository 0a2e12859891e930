"""Register files of the drop folder: which of them belong to a window, and their rows."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Column, Integer, Numeric, Text

from iku_etl.connectors.registers import files, handed, kinds, redacted, statements
from iku_etl.connectors.registers.headings import Heading
from iku_etl.connectors.registers.opening import Opening, opening
from iku_etl.connectors.registers.placing import Found, Placed, Placing, counts
from iku_etl.connectors.registers.rows import PlacedRow, Sheet
from iku_etl.connectors.registers.sheets import contents
from iku_etl.errors import ContractError, SettingError, TransientError
from iku_etl.model import KeptPayload, Payload, Rows, Unobserved
from iku_etl.records import unobserved
from iku_etl.records.spellings import BLANKS
from iku_etl.settings import Endpoint
from iku_etl.window import Window

MEDIA_TYPES = kinds.MEDIA_TYPES
REDACTED = "application/x-ndjson"
NOT_READ = "berkas yang tidak dibaca"  # the payload that names them
OTHER_MONTH = "lembar bulan lain"
HIDDEN_ROW = (
    "baris tersembunyi, tidak dihitung. Tampilkan semua baris (hapus filter), lalu kirim lagi; bila memang batal, hapus"
    " barisnya."
)
_POSITION_IN_NAME = re.compile(r"posisi_(20\d\d-\d\d-\d\d)_")  # of a file that says nothing itself
ROWS, BYTES = 10_000, 4 * 1024**2  # one piece: its cells are objects for a moment, 60 bytes each

# ---------------------------------------------------------------- files of a window


def extract(
    window: Window,
    endpoint: Endpoint,
    *,
    late_by: timedelta | None = None,
    since: date | None = None,
    show_names: bool = True,
) -> Iterator[Payload]:
    """One payload per file of the window, and one that names the files that nobody can read or place.

    With `late_by` (a snapshot): the files whose `posisi_per` lies in the window (U8), and of them those of the newest
    position; without any, files that name no position, until `late_by` after the window. Without `late_by`
    (events): the files whose `periode`, else whose name, is the window's label. Files that can't be opened come as they
    are, their bytes are kept. What can't be placed, a position before `since` or after today with it, is named in the
    newest window only. Without `show_names` messages call a file by a hash of its name. A file that names no position
    may be called `posisi_2026-01-31_..`.
    """
    if endpoint.system != "register":
        raise SettingError(
            f'{endpoint.at("system")}system adalah "{endpoint.system}", tetapi sumber ini dibaca dari berkas; tulis'
            ' "register", atau hapus bagiannya agar folder drop yang dibaca.'
        )
    placed = placed_in(window, endpoint, late_by=late_by, since=since, show_names=show_names)
    for one, position in placed.registers:
        media_type = MEDIA_TYPES[one.path.suffix.lower()]
        is_placed = one.opening.problem is None
        yield files.payload(
            one.path, media_type, position, show_name=show_names, is_placed=is_placed,
            handed_in=handed.note_of(one.path),
        )  # fmt: skip
    if placed.unread or placed.left_out:
        yield unobserved.payload(NOT_READ, placed.unread, left_out=placed.left_out)


def placed_in(
    window: Window, endpoint: Endpoint, *, late_by: timedelta | None, since: date | None, show_names: bool
) -> Placed:
    """What lies in a drop folder for a window, by the rules of `extract`."""
    return Placing(window, late_by, since, datetime.now(UTC)).of(found_in(endpoint, show_names=show_names))


def positioned(endpoint: Endpoint, *, show_names: bool = True) -> dict[date, list[dict[str, Any]]]:
    """The files that lie there by each `posisi_per` in them, each as the request of its payload would name it."""
    there: dict[date, list[dict[str, Any]]] = {}
    for one in found_in(endpoint, show_names=show_names):
        if one.opening.positions and (state := files.state(one.path)):
            for day in one.opening.positions:
                there.setdefault(day, []).append(files.asked_for(one.name, state))
    return there


def found_in(endpoint: Endpoint, *, show_names: bool) -> list[Found]:
    """Everything that lies in a source's drop folder, and what each file says of itself."""
    found = []
    for path in files.everything(endpoint.url):
        state = files.state(path)
        if state is None:
            continue
        name = files.shown_name(path, show=show_names)
        kind: kinds.Kind = "paper" if files.is_folder(path) else kinds.kind_of(path)
        said = _opening(path, name) if kind == "register" else Opening()
        if kind == "register" and said.is_silent and (day := _POSITION_IN_NAME.match(path.name)):
            said = Opening(positions=tuple(filter(None, [statements.read_date(day[1])])))
        if kind == "register" and said.is_silent and path.suffix.lower() == kinds.NOTES:
            kind = "paper"
        shown = "folder" if files.is_folder(path) else kinds.shown_ending(path, show_names=show_names)
        found.append(Found(path, name, kind, shown, said, files.changed_at(state)))
    return found


def _opening(path: Path, name: str) -> Opening:
    try:
        with files.open_regular(path, name) as stream:
            state = os.fstat(stream.fileno())
        return _opened(path, state.st_size, state.st_mtime_ns)
    except ContractError as problem:
        return Opening(problem=str(problem), code=problem.code)
    except TransientError as problem:
        return Opening(problem=str(problem), code="not_opened")


@lru_cache(maxsize=4096)  # one file is asked for by each of a night's windows
def _opened(path: Path, size: int, modified_ns: int) -> Opening:
    with files.open_regular(path) as stream:
        return opening(stream)


# ---------------------------------------------------------------- rows of a file


def headings(columns: Sequence[Column[Any]]) -> list[Heading]:
    """What the declared columns may be called in a file."""
    return [_heading(column) for column in columns]


def _heading(column: Column[Any]) -> Heading:
    is_text, is_number = isinstance(column.type, Text), isinstance(column.type, Integer | Numeric)
    others = column.info.get("headings", ())
    return Heading.of(
        column.name, others, required=not column.nullable, is_text=is_text, is_number=is_number,
        is_retired="retired" in column.info,
    )  # fmt: skip


def read(payload: KeptPayload, window: Window, *, columns: Sequence[Column[Any]]) -> Iterator[Rows]:
    """The rows of a register file as text, in pieces; headings that name a declared column carry its name.

    Raises ContractError for a file that is no register, by place and without values of it.
    """
    with payload.path.open("rb") as stream:
        if payload.media_type == REDACTED:
            found = redacted.contents(stream, [column.name for column in columns])
        else:
            found = contents(stream, headings(columns))
        for sheet in found.sheets:
            yield from _of_sheet(sheet, counts(sheet.said, found.said, window) if sheet.names else True)


def _of_sheet(sheet: Sheet, is_counted: bool | str) -> Iterator[Rows]:
    """The rows of a table that counts; else how many there are, left out or, where nobody can tell, not observed."""
    if is_counted is True:
        for piece in _pieces(sheet.rows):
            yield Rows(_table(sheet.names, sheet.constants, piece))
        hidden = tuple(Unobserved(place, f"{place}: {HIDDEN_ROW}") for place in sheet.hidden)
        yield Rows(_table(sheet.names, sheet.constants, []), dict(sheet.declared_out), hidden, tuple(sheet.stripped))
        return
    nothing = _table((), {}, [])
    count = sum(1 for _ in sheet.rows) + len(sheet.hidden)
    if is_counted is False:
        yield Rows(nothing, {OTHER_MONTH: count} if count else {})
    else:
        why = f'{is_counted}; {count} barisnya tidak dihitung. Tulis baris "posisi_per" atau "periode" yang benar.'
        yield Rows(nothing, unobserved=(Unobserved(sheet.label, f"{sheet.label}: {why}"),))


def _pieces(rows: Iterator[PlacedRow]) -> Iterator[list[PlacedRow]]:
    piece: list[PlacedRow] = []
    size = 0
    for row in rows:
        piece.append(row)
        size += sum(map(len, row[1]))
        if len(piece) >= ROWS or size >= BYTES:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def _table(names: Sequence[str], constants: Mapping[str, str], rows: Sequence[PlacedRow]) -> pa.Table:
    """place and one text column per name; an empty cell is null."""
    cells = list(zip(*(row for _, row in rows), strict=True)) or [()] * len(names)
    table = {"place": pa.array([place for place, _ in rows], pa.string())}
    for name, column in zip(names, cells, strict=True):
        table[name] = _column(column)
    for name, text in constants.items():
        table[name] = pa.repeat(pa.scalar(text, pa.string()), len(rows))
    return pa.table(table)


def _column(cells: Sequence[str]) -> pa.Array:
    """The cells without blanks around them, as `rows.clean`, a whole column at a time."""
    texts = pc.utf8_trim(pa.array(cells, pa.string()), characters=BLANKS)
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
