"""Register files of the drop folder: which of them belong to a window, and their rows."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Column, Text

from iku_etl.connectors.registers import files
from iku_etl.connectors.registers.opening import Opening, opening, read_period
from iku_etl.connectors.registers.rows import Heading, PlacedRow
from iku_etl.connectors.registers.sheets import sheets
from iku_etl.errors import ContractError, TransientError
from iku_etl.model import KeptPayload, Payload, Rows
from iku_etl.records.spellings import BLANKS
from iku_etl.settings import Endpoint
from iku_etl.window import Window

MEDIA_TYPES = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
REDACTED = "application/x-ndjson"
UNREADABLE = (".xls", ".xlsm", ".xlsb", ".ods", ".tsv", ".pdf", ".docx")  # sheets that offices send, but we don't read
NEWEST = {"hour": timedelta(hours=1), "day": timedelta(days=1), "month": timedelta(days=31)}
# A file that names no month is an error of the newest window only.
ROWS, BYTES = 10_000, 4 * 1024**2  # one piece: its cells are objects for a moment, 60 bytes each
_IN_NAME = re.compile(r"(?<!\d)20\d\d-\d\d(?:-\d\d)?(?!\d)")  # agenda_diskominfo_2026-01.csv

# ---------------------------------------------------------------- files of a window


@dataclass(frozen=True)
class _Found:
    """A file of the folder, what messages call it, and what it says of itself."""

    path: Path
    name: str
    opening: Opening


def extract(
    window: Window,
    endpoint: Endpoint,
    *,
    late_by: timedelta | None = None,
    since: date | None = None,
    show_names: bool = True,
) -> Iterator[Payload]:
    """One payload per file of the window.

    With `late_by` (a snapshot): the files whose `posisi_per` lies in the window (U8), and of them those of the newest
    position; without any, files that name no position, until `late_by` after the window. Without `late_by`
    (events): the files whose `periode`, else whose name, is the window's label.
    Raises ContractError for files that can't be placed, in the newest window only; a position before
    `since` or after today is one of those. Without `show_names` messages call a file by a hash of its name.
    """
    found = [
        _Found(path, files.shown_name(path, show=show_names), _opening(path))
        for path in files.listed(endpoint.url, (*MEDIA_TYPES, *UNREADABLE))
    ]
    age = datetime.now(UTC) - window.end
    if timedelta(0) <= age <= NEWEST[window.grid]:
        for one in found:
            _check_placed(one, window, late_by, since)
        if late_by is not None:
            _check_dated(found, window, age, late_by)
    in_window = _of_period(found, window) if late_by is None else _positioned(found, window, age, late_by)
    for path, position in in_window:
        yield files.payload(path, MEDIA_TYPES[path.suffix.lower()], position, show_name=show_names)


def positioned(endpoint: Endpoint, *, show_names: bool = True) -> dict[date, list[dict[str, Any]]]:
    """The files that lie there by their `posisi_per`, each as the request of its payload would name it."""
    there: dict[date, list[dict[str, Any]]] = {}
    for path in files.listed(endpoint.url, tuple(MEDIA_TYPES)):
        day, state = _opening(path).position, files.state(path)
        if day and state:
            there.setdefault(day, []).append(files.asked_for(files.shown_name(path, show=show_names), state))
    return there


def _opening(path: Path) -> Opening:
    if path.suffix.lower() in UNREADABLE:
        return Opening(unread=f"jenis {path.suffix}")
    try:
        with files.open_regular(path) as stream:
            state = os.fstat(stream.fileno())
        return _opened(path, state.st_size, state.st_mtime_ns)
    except ContractError as problem:
        return Opening(unread=problem.code)
    except TransientError:
        return Opening()  # it went away, or can't be opened: reported when it is landed


@lru_cache(maxsize=4096)  # one file is asked for by each of a night's windows
def _opened(path: Path, size: int, modified_ns: int) -> Opening:
    try:
        with files.open_regular(path) as stream:
            return opening(stream)
    except ContractError:
        return Opening()  # it lands all the same, and is rejected with its bytes kept


def _period(one: _Found, window: Window) -> str | None:
    """The window label that the file gives, else its name; a day is cut to its month, a month never names a day."""
    named = _IN_NAME.search(one.path.stem)
    said = one.opening.period or (read_period(named.group()) if named else None)
    if said is None or len(said) < len(window.label):
        return None
    return said[: len(window.label)]


def _check_placed(one: _Found, window: Window, late_by: timedelta | None, since: date | None) -> None:
    unread = one.opening.unread
    if unread and unread.startswith("jenis"):
        raise ContractError(
            f"{one.name}: {unread} tidak dapat dibaca. Simpan sebagai .xlsx atau CSV UTF-8.", code="file_type"
        )
    if unread == "no_file":
        raise ContractError(f"{one.name}: tautan atau bukan berkas biasa. Salin berkasnya sendiri.", code="no_file")
    if unread or (late_by is None and _period(one, window) is None):
        raise _unplaced(one, late_by, "tidak jelas untuk kapan")
    day = one.opening.position
    said = day.isoformat() if day else (_period(one, window) or "") if late_by is None else ""
    today = datetime.now(window.start.tzinfo).date().isoformat()
    if said > today:
        raise _unplaced(one, late_by, f"{said} belum tiba")
    if said and since and said < since.isoformat()[: len(said)]:
        raise _unplaced(one, late_by, f"{said} sebelum data pertama")


def _check_dated(found: Sequence[_Found], window: Window, age: timedelta, late_by: timedelta) -> None:
    """Refuse an undated file that would be left out without a word: beside dated ones, or come too late."""
    dated = any(one.opening.position and window.contains(one.opening.position) for one in found)
    for one in found:
        if one.opening.position or one.opening.unread:
            continue
        last = window.end + late_by
        came_late = age > late_by and (state := files.state(one.path)) and state.st_mtime > last.timestamp()
        if came_late or (dated and age <= late_by):
            raise _unplaced(one, late_by, "tidak jelas untuk kapan")


def _unplaced(one: _Found, late_by: timedelta | None, why: str) -> ContractError:
    row = "periode,2026-01" if late_by is None else "posisi_per,2026-01-31"
    return ContractError(
        f'{one.name}: {why}. Tulis baris "{row}" yang benar sebelum judul kolom, atau pindahkan berkasnya.',
        code="no_period",
    )


def _of_period(found: Sequence[_Found], window: Window) -> Iterator[tuple[Path, date | None]]:
    yield from ((one.path, None) for one in found if not one.opening.unread and _period(one, window) == window.label)


def _positioned(
    found: Sequence[_Found], window: Window, age: timedelta, late_by: timedelta
) -> Iterator[tuple[Path, date | None]]:
    dated = [(one.path, day) for one in found if (day := one.opening.position) and window.contains(day)]
    if dated:
        newest = max(day for _, day in dated)
        yield from ((path, day) for path, day in dated if day == newest)
    elif timedelta(0) <= age <= late_by:
        yield from ((one.path, None) for one in found if not one.opening.position and not one.opening.unread)


# ---------------------------------------------------------------- rows of a file


def headings(columns: Sequence[Column[Any]]) -> list[Heading]:
    """What the declared columns may be called in a file."""
    return [
        Heading.of(c.name, c.info.get("headings", ()), required=not c.nullable, is_text=isinstance(c.type, Text))
        for c in columns
    ]


def read(payload: KeptPayload, window: Window, *, columns: Sequence[Column[Any]]) -> Iterator[Rows]:
    """The rows of a register file as text, in pieces; headings that name a declared column carry its name.

    Raises ContractError for a file that is no register, by place and without values of it.
    """
    if payload.media_type == REDACTED:
        yield from _redacted(payload, columns)
        return
    with payload.path.open("rb") as stream:
        for sheet in sheets(stream, headings(columns)):
            for piece in _pieces(sheet.rows):
                yield Rows(_table(sheet.names, sheet.constants, piece))
            yield Rows(_table(sheet.names, sheet.constants, []), dict(sheet.declared_out))


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


def _redacted(payload: KeptPayload, columns: Sequence[Column[Any]]) -> Iterator[Rows]:
    """Canonical NDJSON of the redactor: one object per record; its last line counts what was declared out."""
    names = ["place", *(column.name for column in columns)]
    out: dict[str, int] = {}
    piece: list[dict[str, Any]] = []

    def table() -> pa.Table:
        return pa.table({name: pa.array([row.get(name) for row in piece], pa.string()) for name in names})

    with payload.path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError:
                raise ContractError(f"baris {number}: bukan JSON; simpanan rusak.", code="truncated") from None
            if "declared_out" in record:
                out = record["declared_out"]
                continue
            piece.append(record)
            if len(piece) >= ROWS:
                yield Rows(table())
                piece = []
    yield Rows(table(), out)
