"""Floor 8. The kept bytes of this installation as `iku trace` looks at them: whole or not, and what stands where."""

import json
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from iku_etl.cli._shared import installation
from iku_etl.errors import RawStoreError

if TYPE_CHECKING:
    from iku_etl.stages.land import store
    from iku_etl.stages.trace.payloads import Kept


def kept() -> "Kept":
    """The raw store and the parser of this installation, as the trace needs them."""
    from iku_etl.stages.trace.payloads import Kept

    return Kept(verify=_verify, places=_places)


def _store() -> "store.Store":
    from iku_etl.stages.land import store

    settings = installation.settings
    return store.Store(settings.raw_dir, settings.payload_cap_bytes, settings.free_space_floor_bytes)


def _verify(sha256: str) -> int:
    try:
        return _store().verify(sha256)
    except RawStoreError as problem:
        what = "tidak ada lagi" if problem.code == "raw_missing" else "isinya tidak lagi sesuai namanya (SHA-256)"
        raise RawStoreError(
            f"berkas {file_of(sha256)}: {what}. Pulihkan dari cadangan; jangan hapus apa pun.", code=problem.code
        ) from None


def file_of(sha256: str) -> str:
    """The path of kept bytes as it can be pasted here."""
    path, here = _store().path(sha256).absolute(), Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def two_places(media_type: str, sha256: str, place: str) -> str:
    """Of a redacted payload: the line of the kept file, then the place in the file that was received."""
    from iku_etl.connectors.registers.folder import REDACTED

    line = _lines(str(_store().path(sha256))).get(place) if media_type == REDACTED else None
    return place if line is None else f"baris {line} berkas tersimpan; di berkas asli {place}"


@cache
def _lines(path: str) -> dict[str, int]:
    """Which line of a redacted file holds the record of a place; nothing if the file is torn."""
    found: dict[str, int] = {}
    try:
        with open(path, encoding="utf-8") as stream:
            for number, line in enumerate(stream, start=1):
                found[json.loads(line).get("place", "")] = number
    except (OSError, ValueError, AttributeError):
        return {}
    return found


def _places(batch_id: int, record_nos: Collection[int]) -> dict[int, str]:
    """Read a batch's payloads again, as far as needed; where its records stand in them."""
    from iku_etl import catalogue
    from iku_etl.manifest import batches
    from iku_etl.stages import parse

    with installation.warehouse.connect("auditor") as connection:
        batch = batches.get(connection, batch_id, installation.zone)
        payloads = batches.payloads(connection, batch_id, installation.settings.raw_dir)
    wanted = set(record_nos)
    kept_as = {payload.payload_no: payload for payload in payloads}
    found: dict[int, str] = {}
    for piece in parse.records(catalogue.source(batch.source), payloads, batch.window):
        names = ("record_no", "payload_no", "place")
        for number, payload_no, place in zip(*(piece.table.column(name).to_pylist() for name in names), strict=True):
            if number in wanted:
                payload = kept_as[payload_no]
                found[number] = two_places(payload.media_type, payload.sha256, place)
        if wanted <= found.keys():
            break
    return found
