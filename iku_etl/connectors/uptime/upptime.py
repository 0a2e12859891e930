"""Upptime's history as a file: a second way into `website_uptime`, for what was probed from elsewhere.

Upptime itself keeps one state a site (`history/<slug>.yml`), and its commits are no checks but changes: what is
read is a CSV with a line a check. The file is kept whole, as it is; the reader leaves out the checks of other
windows, counted.
"""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa
from typing_extensions import TypedDict

from iku_etl.connectors.registers import files
from iku_etl.connectors.registers.rows import csv_rows
from iku_etl.connectors.uptime.monitors import refuse_map
from iku_etl.errors import ContractError, NotTold
from iku_etl.model import KeptPayload, Payload, Rows, Unobserved
from iku_etl.records import unobserved
from iku_etl.settings import Endpoint
from iku_etl.window import Window

MEDIA_TYPE = "text/csv;profile=upptime"
HEADER = ("slug", "last_updated", "status", "code", "response_ms")
COLUMNS = ("place", "site", "checked_at", "up", "latency_ms", "cause")
UP = {"up": "true", "degraded": "true", "down": "false"}  # degraded: slow, but it answered
OUTSIDE = "cek di luar jendela"
LINES = 5_000_000  # a file with more is no history of some dozen sites
ROWS = 50_000
SUFFIXES = (".csv", ".csv.gz")


class Options(TypedDict, total=False):
    """What a connection may say beside `system` and `url`."""

    sites: object  # refused with what to do instead


def history(endpoint: Endpoint) -> Iterator[Payload]:
    """The history file of the endpoint, or each of its folder, whole; NotTold for a folder as Upptime writes it."""
    refuse_map(endpoint, "Upptime", "Slug-nya harus sama dengan kode situs pada register website.")
    where = Path(endpoint.url)
    paths = files.listed(endpoint.url, SUFFIXES)
    beside = _beside(where, paths)
    own = next((path for path in (*beside, *paths) if _is_own(path)), None)
    if own in paths or (not paths and beside):
        what = own or beside[0]
        why = " (satu keadaan tiap situs; commit git-nya perubahan, bukan tiap pemeriksaan)" if own else ""
        raise NotTold(
            f"{where.name or where} berisi {what.name}{why}, bukan riwayat pemeriksaan. Tulis riwayatnya sebagai satu"
            f" berkas CSV dengan judul {','.join(HEADER)}, satu baris tiap pemeriksaan.",
            code="no_history",
        )
    for path in paths:
        yield files.payload(path, MEDIA_TYPE)
    if strange := [path for path in beside if paths and not _is_own(path)]:
        why = "jenis berkas yang tidak dibaca, isinya tidak teramati. Tulis sebagai .csv atau .csv.gz."
        yield unobserved.payload("upptime", [Unobserved(path.name, f"{path.name}: {why}") for path in strange])


def _beside(folder: Path, paths: Sequence[Path]) -> list[Path]:
    """What else the folder holds, and its `history/`, which a clone of Upptime's repository has."""
    found = [path for where in (folder / "history", folder) if where.is_dir() for path in sorted(where.iterdir())]
    return [path for path in found if path.is_file() and not path.name.startswith(".") and path not in paths]


def _is_own(path: Path) -> bool:
    return path.suffix in (".yml", ".yaml") or path.name == "summary.json"


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
        if number > LINES:
            raise ContractError(f"lebih dari {LINES} baris. Pecah berkasnya per tahun.", code="too_large")
        if len(cells) != len(header):
            raise ContractError(f"{place}: {len(cells)} sel, seharusnya {len(header)}. Salin ulang.", code="truncated")
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
