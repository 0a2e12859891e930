"""A file that is made once and kept by the name of what it shows, or of all that it is made of."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from iku_etl import settings


def kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """What lies there, else what is made now, and kept there whole: whoever reads meanwhile finds all or nothing."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        content = make()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as stream:
        stream.write(content)
    os.replace(stream.name, path)
    return content


@cache
def release() -> str:
    """The code of this installation, templates, lists and SQL with it, as a hash: a process reads it once."""
    held = hashlib.sha256()
    for folder in (Path(settings.__file__).parent, settings.PROJECT / "sql"):
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                held.update(f"{file.relative_to(folder)} ".encode() + hashlib.sha256(file.read_bytes()).digest())
    return held.hexdigest()
