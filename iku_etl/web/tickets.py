"""Tickets of hand-ins: a folder each, with the files until they lie where they belong, and what came of them.

A ticket is durable before its sender is answered: after a restart it is found again by its folder.
"""

import fcntl
import json
import os
import secrets
import shutil
import string
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from iku_etl.connectors.registers import handed
from iku_etl.errors import NotFound

LENGTH = 16
FORM = rf"[a-z]{{{LENGTH}}}"
How = Literal["tambah", "ganti", "perbaiki"]
SAYS, LOCK, OPEN = "ticket.json", ".lock", ".open"  # the last marks one on which something is still to be done
FORGOTTEN = 30 * 86_400  # seconds after which a trial is, and a day after which what was never kept
RETURNED = "perbaikan.xlsx"  # of a trial, whose files are gone


@dataclass(frozen=True)
class HandedFile:
    """A file of a ticket: `stored` in its folder, `name` in the drop folder, `called` as messages may show it."""

    stored: str
    name: str
    called: str
    size_bytes: int


@dataclass(frozen=True)
class Ticket:
    """One hand-in. `how`: beside what lies there, in place of the files `replaces`, or rows mended of a batch.

    `stage` is where it is; with `is_done` nothing more happens. `batches`: what was collected; `tried`: of a trial, by
    window, what would come of it. `overtaken`: its files that do not count, for one of a newer position lies there.
    `problem`: why it ended without a verdict. `moved`: figures that moved, in sentences.
    """

    ticket: str
    source: str
    windows: tuple[str, ...]
    by: str
    letter: str
    remark: str
    at: str
    files: tuple[HandedFile, ...]
    is_trial: bool = False
    how: How = "tambah"
    replaces: tuple[str, ...] = ()
    mends: int | None = None
    stage: str = "diterima"
    is_done: bool = False
    batches: tuple[int, ...] = ()
    tried: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    overtaken: tuple[str, ...] = ()
    problem: str | None = None
    moved: tuple[Mapping[str, str], ...] = ()

    @property
    def note(self) -> dict[str, str]:
        """What the manifest keeps of it beside each file's request."""
        return {"by": self.by, "letter": self.letter, "remark": self.remark, "ticket": self.ticket, "at": self.at}


def new_name() -> str:
    """A ticket that nobody can guess, letters alone: in a file's name it is taken for no month."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(LENGTH))


class Tickets:
    """The tickets of an installation, under one folder that only its owner and group may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, ticket: str) -> Path:
        return self._folder / ticket

    def draw(self, ticket: str) -> None:
        """Make a ticket's folder, and no ticket yet; FileExistsError if it is drawn already."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        self.path(ticket).mkdir(mode=0o750)

    def discard(self, ticket: str) -> None:
        """Remove what was drawn and never kept."""
        shutil.rmtree(self.path(ticket), ignore_errors=True)

    def keep(self, ticket: Ticket) -> Ticket:
        """Write a ticket down, whole; files written to its folder before that are durable with it."""
        mark = self.path(ticket.ticket) / OPEN
        if not ticket.is_done:
            mark.touch()
        body = json.dumps(asdict(ticket), ensure_ascii=False, default=str).encode()
        handed.write_whole(self.path(ticket.ticket) / SAYS, body)
        if ticket.is_done:
            mark.unlink(missing_ok=True)
        return ticket

    def change(self, ticket: Ticket, **changes: Any) -> Ticket:
        return self.keep(replace(ticket, **changes))

    def get(self, ticket: str) -> Ticket:
        """The ticket; NotFound if there is none."""
        try:
            found = json.loads((self.path(ticket) / SAYS).read_bytes())
        except (OSError, ValueError):
            raise NotFound("Tidak ada penyerahan dengan nomor itu. Pilih dari halaman Serah.") from None
        known = {one.name for one in fields(Ticket)}
        found = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
        found["files"] = tuple(HandedFile(**one) for one in found["files"])
        return Ticket(**{name: value for name, value in found.items() if name in known})

    def open_ones(self) -> list[str]:
        """Tickets on which something is still to be done, the oldest first."""
        found = [entry.parent for entry in self._folder.glob(f"*/{OPEN}") if (entry.parent / SAYS).exists()]
        return [entry.name for entry in sorted(found, key=lambda entry: (entry / OPEN).stat().st_mtime)]

    def forget(self) -> None:
        """Remove old trials, and what was drawn and never kept."""
        now = time.time()
        for entry in self._folder.glob("[a-z]*"):
            age = now - entry.stat().st_mtime
            if (age > 86_400 and not (entry / SAYS).exists()) or (age > FORGOTTEN and self.get(entry.name).is_trial):
                self.discard(entry.name)

    def clear(self, ticket: Ticket) -> None:
        """Remove the handed files of a ticket: they lie in the drop folder, or were only tried."""
        for entry in self.path(ticket.ticket).iterdir():
            if entry.name in (SAYS, RETURNED, LOCK, OPEN):
                continue
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)

    @contextmanager
    def held(self, ticket: str) -> Iterator[bool]:
        """Whether this process alone works on the ticket now; another one, of another process, is not waited for."""
        with _locked(self.path(ticket) / LOCK, fcntl.LOCK_EX | fcntl.LOCK_NB) as is_held:
            yield is_held

    @contextmanager
    def turn(self, source: str, *, is_patient: bool = True) -> Iterator[bool]:
        """The turn of one source: one hand-in is placed and collected at a time, whichever process works on it."""
        how = fcntl.LOCK_EX if is_patient else fcntl.LOCK_EX | fcntl.LOCK_NB
        with _locked(self._folder / f".{source}{LOCK}", how) as is_held:
            yield is_held


@contextmanager
def _locked(path: Path, how: int) -> Iterator[bool]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
    try:
        try:
            fcntl.flock(descriptor, how)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)


def write_file(folder: Path, stored: str, chunks: Iterator[bytes] | Sequence[bytes]) -> int:
    """Write a handed file into its ticket's folder, fsynced; its size."""
    size = 0
    descriptor = os.open(folder / stored, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(descriptor, "wb") as stream:
        for chunk in chunks:
            size += stream.write(chunk)
        stream.flush()
        os.fsync(stream.fileno())
    return size
