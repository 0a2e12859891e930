"""Upptime's history as a file: a second way into `website_uptime`, for what was probed from elsewhere.

The file is kept whole, as it is; the reader leaves out the checks of other windows, counted.
"""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import BinaryIO, cast

import pyarrow as pa

from iku_etl.connectors.registers import files
from iku_etl.connectors.registers.rows import csv_rows
from iku_etl.errors import ContractError
from iku_etl.model import KeptPayload, Payload, Rows
from iku_etl.settings import Endpoint
from iku_etl.window import Window

MEDIA_TYPE = "text/csv;profile=upptime"
HEADER = ("slug", "last_updated", "status", "code", "response_ms")
COLUMNS = ("place", "site", "checked_at", "up", "latency_ms", "cause")
UP = {"up": "true", "degraded": "true", "down": "false"}  # degraded: slow, but it answered
OUTSIDE = "cek di luar jendela"
LINES = 5_000_000  # a file with more is no history of some dozen sites
ROWS = 50_000


def history(endpoint: Endpoint) -> Iterator[Payload]:
    """The history file of the endpoint, or each of its folder, whole."""
    for path in files.listed(endpoint.url, (".csv", ".csv.gz")):
        yield files.payload(path, MEDIA_TYPE)


def read(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    """Rows site (the slug), checked_at, up, latency_ms, cause of the window's checks, all as text."""
    with payload.path.open("rb") as packed:
        is_packed = packed.read(2) == b"\x1f\x8b"
        packed.seek(0)
        stream = cast(BinaryIO, gzip.GzipFile(fileobj=packed)) if is_packed else packed
        try:
            yield from _rows(stream, window)
        except (EOFError, OSError, zlib.error) as problem:
            raise ContractError(
                f"berkas rusak atau terpotong ({type(problem).__name__}). Salin ulang.", code="truncated"
            ) from None


def _rows(stream: BinaryIO, window: Window) -> Iterator[Rows]:
    rows = csv_rows(stream, ",")
    header = next((row.cells for row in rows), [])
    if tuple(header[: len(HEADER)]) != HEADER:
        raise ContractError(f"judulnya bukan {','.join(HEADER)}. Salin ulang berkasnya.", code="no_header")
    piece: list[Sequence[str | None]] = []
    outside = 0
    for number, (place, cells, *_) in enumerate(rows, 2):
        if len(cells) != len(header) or number > LINES:
            raise ContractError(
                f"{place}: {len(cells)} sel, seharusnya {len(header)} (paling banyak {LINES} baris). Salin ulang.",
                code="truncated",
            )
        if not _is_inside(cells[1], window):
            outside += 1
            continue
        piece.append(_row(place, *cells[:5]))
        if len(piece) >= ROWS:
            yield Rows(_table(piece))
            piece = []
    yield Rows(_table(piece), {OUTSIDE: outside} if outside else {})


def _is_inside(text: str, window: Window) -> bool:
    """Whether the check was made in the window; what can't be read or has no zone stays in, as a problem of its own."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return True
    return moment.tzinfo is None or window.start <= moment < window.end


def _row(place: str, slug: str, moment: str, status: str, code: str, milliseconds: str) -> Sequence[str | None]:
    up = UP.get(status, status)  # an unknown word stays, so that the typed stage names it
    failed = up == "false" and len(code) == 3 and code.isascii() and code.isdigit() and code >= "100"
    return place, slug, moment, up, milliseconds if up == "true" else None, f"http_{code}" if failed else None


def _table(piece: Sequence[Sequence[str | None]]) -> pa.Table:
    columns = list(zip(*piece, strict=True)) or [()] * len(COLUMNS)
    return pa.table({name: pa.array(list(c), pa.string()) for name, c in zip(COLUMNS, columns, strict=True)})
