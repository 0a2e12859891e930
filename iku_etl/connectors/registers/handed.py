"""Files that a named person hands in: each lies in the drop folder whole, under a name of ours, beside a note of who.

A note is a file that no listing shows (`.NAME.serah.json`); its content goes into the request of the file's payload, so
that the manifest keeps it whoever collects the file. Nothing is written over another file.
"""

import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from iku_etl.connectors.registers import files
from iku_etl.errors import ContractError, TransientError

NOTE, REPLACED = ".serah.json", ".diganti"
NOTE_BYTES = 64 * 1024
FIELDS = ("by", "letter", "remark", "ticket", "at", "emptied")  # of a note; all are text
_SLUG = re.compile(r"[^a-z0-9]+")
SLUG = 40  # characters of what the file was called


def name_of(ticket: str, number: int, ending: str, *, states: str = "", called: str = "") -> str:
    """What a file is called in the drop folder: when it is for, if only the form says so, what it was called, whose.

    `states`: `posisi_2026-01-31` or `2026-01`. Of `called` only letters and digits stay.
    """
    slug = _SLUG.sub("-", Path(called.replace("\\", "/")).stem.lower()).strip("-")[:SLUG].strip("-")
    return "_".join(part for part in (states, slug, f"{ticket}-{number}") if part) + ending


def put(folder: Path, content: Path, name: str, note: Mapping[str, str]) -> Path:
    """Copy a file into the drop folder, whole or not at all, after its note; nothing is done if it lies there already.

    OSError passes through.
    """
    final = folder / name
    if final.exists():
        return final
    folder.mkdir(parents=True, exist_ok=True)
    told = _note_path(final)
    write_whole(told, json.dumps(dict(note), ensure_ascii=False).encode())
    temporary = folder / f".{name}.part"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    with content.open("rb") as given, os.fdopen(descriptor, "wb") as made:
        shutil.copyfileobj(given, made, files.CHUNK)
        made.flush()
        os.fsync(made.fileno())
    try:
        os.link(temporary, final)  # unlike a rename, this never takes the place of what another put there
    except FileExistsError:
        pass
    finally:
        temporary.unlink(missing_ok=True)
    sync(folder)
    return final


def take_away(path: Path, *, is_kept: bool) -> None:
    """Take a file out of the drop folder, with its note: into a folder that no listing shows, or for good.

    What may hold personal data is not kept; of anything else the original stays to be looked at.
    """
    told = _note_path(path)
    if is_kept and path.exists():
        beside = path.parent / REPLACED
        beside.mkdir(exist_ok=True)
        number = sum(1 for _ in beside.iterdir()) + 1
        os.replace(path, beside / f"{number:05}_{path.name}")
    path.unlink(missing_ok=True)
    told.unlink(missing_ok=True)
    sync(path.parent)


def note_of(path: Path) -> dict[str, str]:
    """Who handed a file in, by the note beside it; empty where nobody said so, or the note is none."""
    try:
        with files.open_regular(_note_path(path)) as stream:
            found = json.loads(stream.read(NOTE_BYTES))
    except (ContractError, TransientError, OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: text for name in FIELDS if isinstance(text := found.get(name), str) and text}


def _note_path(path: Path) -> Path:
    return path.with_name(f".{path.name}{NOTE}")


def write_whole(path: Path, body: bytes) -> None:
    """Write a file so that it is there whole or not at all; fsynced, for its owner and group alone."""
    temporary = path.with_name(f".{path.name}.part")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(body)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Make what was put into or taken out of a folder last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
