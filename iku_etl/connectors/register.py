"""Floor 2. Register files of the drop folder: which of them belong to a window, and their rows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Column

from iku_etl.connectors import files
from iku_etl.connectors.opening import Opening, opening
from iku_etl.connectors.rows import BLANKS, Heading, Row, sheets
from iku_etl.errors import ContractError
from iku_etl.model import KeptPayload, Payload, Rows
from iku_etl.settings import Connection
from iku_etl.window import Window

MEDIA_TYPES = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
REDACTED = "application/x-ndjson"
UNREADABLE = (".xls", ".xlsm", ".xlsb", ".ods", ".tsv", ".pdf", ".docx")  # sheets that offices send, but we don't read
NEWEST = timedelta(days=31)  # a file that says nothing of its month troubles the newest window, not all of them
ROWS, BYTES = 50_000, 16 * 1024**2  # one piece
_IN_NAME = re.compile(r"(?<!\d)20\d\d-\d\d(?:-\d\d)?(?!\d)")  # agenda_diskominfo_2026-01.csv

# ---------------------------------------------------------------- files of a window


@dataclass(frozen=True)
class _Found:
    path: Path
    opening: Opening


def extract(window: Window, connection: Connection, *, late_by: timedelta | None = None) -> Iterator[Payload]:
    """One payload per file of the window.

    With `late_by` (a snapshot): the files whose `posisi_per` lies in the window, and of them those of the newest
    position; without any, files that name no position, until `late_by` after the window. Without `late_by`
    (events): the files whose `periode`, else whose name, is the window's label.
    Raises ContractError for files that can't be placed, in the newest window only.
    """
    found = [_Found(path, _opening(path)) for path in files.listed(connection.url, (*MEDIA_TYPES, *UNREADABLE))]
    age = datetime.now(UTC) - window.end
    if timedelta(0) <= age <= NEWEST:
        for one in found:
            _check_placed(one, late_by)
    for path, position in _positioned(found, window, age, late_by) if late_by else _of_period(found, window):
        yield files.payload(path, MEDIA_TYPES[path.suffix.lower()], position)


def _opening(path: Path) -> Opening:
    if path.suffix.lower() in UNREADABLE:
        return Opening(unread=f"jenis {path.suffix}")
    try:
        with path.open("rb") as stream:
            return opening(stream)
    except ContractError:
        return Opening()  # it lands all the same, and is rejected with its bytes kept


def _period(one: _Found) -> str | None:
    named = _IN_NAME.search(one.path.stem)
    return one.opening.period or (named.group() if named else None)


def _check_placed(one: _Found, late_by: timedelta | None) -> None:
    if one.opening.unread and one.opening.unread.startswith("jenis"):
        raise ContractError(
            f"{one.path.name}: {one.opening.unread} tidak dapat dibaca. Simpan sebagai .xlsx atau CSV UTF-8.",
            code="file_type",
        )
    if one.opening.unread or (late_by is None and _period(one) is None):
        row = "posisi_per,2026-01-31" if late_by else "periode,2026-01"
        raise ContractError(
            f'{one.path.name}: tidak jelas untuk kapan. Tulis baris "{row}" sebelum judul kolom.', code="no_period"
        )


def _of_period(found: Sequence[_Found], window: Window) -> Iterator[tuple[Path, date | None]]:
    yield from ((one.path, None) for one in found if not one.opening.unread and _period(one) == window.label)


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
    return [Heading.of(c.name, c.info.get("headings", ()), required=not c.nullable) for c in columns]


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


def _pieces(rows: Iterator[Row]) -> Iterator[list[Row]]:
    piece: list[Row] = []
    size = 0
    for row in rows:
        piece.append(row)
        size += sum(map(len, row[1]))
        if len(piece) >= ROWS or size >= BYTES:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def _table(names: Sequence[str], constants: Mapping[str, str], rows: Sequence[Row]) -> pa.Table:
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
