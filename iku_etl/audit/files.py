"""How the ledger's files are written: whole or not at all, on the disk before anybody is told."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OPEN, OWN = 0o644, 0o600  # who may read: everybody on this machine; the owner alone


def append(path: Path, content: bytes, mode: int = OPEN) -> None:
    """Add to the end of a file and wait for the disk."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, mode), "ab") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def replace(path: Path, content: bytes, mode: int = OPEN) -> None:
    """Write a file in the place of what was there; a crash leaves the old one or the new one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Alone among the processes of this machine that lock the same file; given back when the process ends."""
    with open(os.open(path, os.O_RDWR | os.O_CREAT, OPEN), "rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
