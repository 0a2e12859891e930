"""What root's embedded servers leave under the system's data folder: homes whose state folder is gone.

A home says in `state` whose it is. One that no state folder names any more is an orphan; one whose server runs, or that
says nothing (made before homes did), is never taken for one.
"""

import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from iku_etl.warehouse.server_home import ROOT_HOME, Home

OWNER = "state"


@dataclass(frozen=True)
class Leftover:
    """A home of an embedded server; `state` is None where it does not say whose it is."""

    folder: Path
    state: Path | None
    size_bytes: int
    is_orphan: bool


def claim(home: Home) -> None:
    """Write into a home of root's which state folder uses it."""
    if home.folder.parent == ROOT_HOME:
        (home.folder / OWNER).write_text(f"{home.state}\n")


def found(root: Path = ROOT_HOME) -> list[Leftover]:
    """All homes under the system's data folder, by name. Changes nothing."""
    return [_look(folder) for folder in sorted(root.iterdir()) if folder.is_dir()] if root.exists() else []


def remove(root: Path = ROOT_HOME) -> list[Leftover]:
    """Delete the orphans; each is looked at once more just before."""
    gone = [one for one in found(root) if one.is_orphan and _look(one.folder).is_orphan]
    for one in gone:
        shutil.rmtree(one.folder)
    return gone


def _look(folder: Path) -> Leftover:
    size = _size_bytes(folder)
    try:
        state = Path((folder / OWNER).read_text().strip())
    except FileNotFoundError:
        return Leftover(folder, None, size, False)
    runs = bool(Home(state, folder, 0, {}).processes())
    return Leftover(folder, state, size, not runs and not _is_named(state / "server.json", folder))


def _size_bytes(folder: Path) -> int:
    """What the files of a folder hold; a running server removes some while they are counted, those hold nothing."""
    size = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                size += os.lstat(os.path.join(parent, name)).st_size
    return size


def _is_named(record: Path, folder: Path) -> bool:
    """Whether the record of a state folder names this home; one that can't be read may."""
    try:
        return bool(json.loads(record.read_text())["home"] == str(folder))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError, KeyError):
        return True
