"""A file that only its owner may read (0600), made once or replaced whole."""

import os
import threading
from collections.abc import Callable
from pathlib import Path


def make_once(path: Path, content: Callable[[], str]) -> str:
    """The text of `path`; if there is none, `content()` is written there first. Two callers at once get one text."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _written(path, content())
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        temporary.unlink()
    return path.read_text(encoding="utf-8")


def replace(path: Path, content: str) -> None:
    """Write `content` in the place of what was there; a crash leaves the old text or the new one."""
    os.replace(_written(path, content), path)


def _written(path: Path, content: str) -> Path:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    temporary.unlink(missing_ok=True)
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    return temporary
