"""The sample's drop folder: the register files of the offices, as they lie there on a given day.

Late files are absent before their day; a correction takes the place of the file it corrects. Writing again
writes nothing; writing for an earlier day takes away what had not come by then.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from iku_etl.sample.feeds import feeds
from iku_etl.sample.regency import World
from iku_etl.sample.sheets import put


def write(state: Path, world: World, known_on: date) -> list[Path]:
    """Make the drop folder what it is on the morning of `known_on`; returns the files that changed."""
    drop = state / "drop"
    now = dict(contents(world, known_on))
    changed = [drop / name for name, content in now.items() if put(drop / name, content)]
    strays = {path.relative_to(drop).as_posix() for path in drop.rglob("*") if path.is_file()} - now.keys()
    later = dict(contents(world, known_on + timedelta(days=400))) if strays else {}  # seconds; a new folder has none
    for name in strays & later.keys():
        (drop / name).unlink()
        changed.append(drop / name)
    return changed


def contents(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """(path under the drop folder, bytes) of every file that has come by the day."""
    for feed in feeds("files"):
        for name, content in feed.files(world, known_on):
            yield f"{feed.__name__.rpartition('.')[2]}/{name}", content
