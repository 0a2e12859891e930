"""A kept payload as a file that people can open: its bytes, verified, under its name with its suffix."""

import os
import re
import shutil
from pathlib import Path

from iku_etl.connectors.registers import kinds
from iku_etl.errors import NotFound, SettingError
from iku_etl.stages.land.store import Store
from iku_etl.warehouse.database import Row

SUFFIXES = {found: ending for ending, found in reversed(kinds.MEDIA_TYPES.items())} | {
    "application/x-ndjson": ".ndjson",
    "application/json": ".json",
}
LONGEST = 80  # characters of a name; file systems take 255 bytes


def whole(store: Store, payload: Row) -> Path:
    """The kept file of a payload, hashed anew. RawStoreError if it is gone or torn, NotFound if none was kept."""
    if payload["sha256"] is None:
        raise NotFound(f"payload {payload['payload_id']}: tidak ada bita yang disimpan; hanya sidiknya yang dicatat.")
    store.verify(payload["sha256"])
    return store.path(payload["sha256"])


def hand_out(store: Store, payload: Row, folder: Path) -> Path:
    """Write the kept bytes into a folder, made if it is not there; the path. Only whoever asked may read them.

    Nothing is overwritten. Raises RawStoreError if the bytes are gone or torn, NotFound if none were kept, SettingError
    if the file is there already or can't be written.
    """
    source, path = whole(store, payload), folder / name_of(payload)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as copy, source.open("rb") as kept:
            shutil.copyfileobj(kept, copy)
    except FileExistsError:
        raise SettingError(f"{path} sudah ada; tidak ada yang ditimpa. Pilih folder lain dengan --save.") from None
    except OSError as problem:
        raise SettingError(
            f"{path} tidak dapat ditulis: {problem.strerror}. Pilih folder lain dengan --save."
        ) from None
    return path


def name_of(payload: Row) -> str:
    """A safe file name: its number, then what it was called, ending as its kind of file does.

    A source chooses the name: of it, only letters, digits, `-`, `_` and inner dots stay.
    """
    kind = payload["media_type"].partition(";")[0]
    suffix = SUFFIXES.get(kind) or (".json" if kind.endswith("json") else ".txt" if kind == "text/plain" else ".bin")
    given = Path(str(payload["name"]).replace("\\", "/"))
    ending = given.suffix.lower()
    if kinds.MEDIA_TYPES.get(ending) == kind:
        suffix = ending
    stem = str(given)[: -len(ending)] if ending == suffix else str(given)
    stem = re.sub(r"[^A-Za-z0-9_.-]+|[.]{2,}", "_", stem).strip("._-")[:LONGEST]
    return f"payload-{payload['payload_id']}{f'-{stem}' if stem else ''}{suffix}"
