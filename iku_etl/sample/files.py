"""The sample's drop folder: the register files of the offices, as they lie there on a given day.

Late files are absent before their day; a correction takes the place of the file it corrects. Writing again
writes nothing; writing for an earlier day takes away what had not come by then. A file that somebody has taken away or
changed since it was laid down is theirs: it never comes back.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from iku_etl.sample.feeds import feeds
from iku_etl.sample.regency import World
from iku_etl.sample.sheets import put

LAID = "sample_files.json"


def write(state: Path, world: World, known_on: date) -> list[Path]:
    """Make the drop folder what it is on the morning of `known_on`; returns the files that changed."""
    drop, laid = state / "drop", _laid(state)
    now = dict(contents(world, known_on))
    theirs = {name for name in now.keys() & laid.keys() if _digest(drop / name) != laid[name]}
    changed = [drop / name for name, content in now.items() if name not in theirs and put(drop / name, content)]
    strays = {path.relative_to(drop).as_posix() for path in drop.rglob("*") if path.is_file()} - now.keys()
    later = dict(contents(world, known_on + timedelta(days=400))) if strays else {}  # seconds; a new folder has none
    for name in strays & later.keys():
        (drop / name).unlink()
        changed.append(drop / name)
    laid = {name: laid[name] if name in theirs else str(_digest(drop / name)) for name in now}
    state.mkdir(parents=True, exist_ok=True)  # before any file has come there is no drop folder either
    (state / LAID).write_text(json.dumps(laid))
    return changed


def _laid(state: Path) -> dict[str, str]:
    """The digest of every file as it was laid down last, by its path under the drop folder."""
    path = state / LAID
    return json.loads(path.read_text()) if path.exists() else {}


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def contents(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """(path under the drop folder, bytes) of every file that has come by the day."""
    for feed in feeds("files"):
        for name, content in feed.files(world, known_on):
            yield f"{feed.__name__.rpartition('.')[2]}/{name}", content
