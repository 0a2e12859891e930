"""The log itself, a folder outside the database: `entries.jsonl`, a leaf a line, and `leaves`, what was written so far.

Lines are only ever added, under a lock. A line that a crash has torn was no leaf yet: the next one to add removes it.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from iku_etl.audit import files, tree
from iku_etl.audit.heads import Head
from iku_etl.audit.seen import Seen
from iku_etl.errors import LedgerError

ENTRIES = "entries.jsonl"
HEAD = "head"  # signed, if somebody signs
UNSIGNED = "iku-etl"  # the origin of a head that nobody has signed
ITSELF = "buku besar ini sendiri"


@dataclass(frozen=True)
class Entries:
    """The leaves of a log, as lines without their ends."""

    lines: Sequence[bytes]

    @cached_property
    def hashes(self) -> list[bytes]:
        return [tree.leaf_hash(line) for line in self.lines]

    @cached_property
    def tree(self) -> tree.Tree:
        return tree.Tree(self.hashes)

    def each(self) -> Iterator[dict[str, Any]]:
        """The leaves as they say, one at a time; LedgerError for a line that is no leaf."""
        for number, line in enumerate(self.lines, start=1):
            try:
                leaf = orjson.loads(line)
                leaf["kind"], leaf["id"]
            except (ValueError, TypeError, KeyError):
                raise LedgerError(
                    f"daun {number} buku besar tidak terbaca: {line[:80].decode(errors='replace')}."
                ) from None
            yield leaf

    @property
    def read(self) -> list[dict[str, Any]]:
        """All of them; of a hundred thousand, most of the time is spent on collecting garbage that is none."""
        return list(self.each())

    def head(self, origin: str = UNSIGNED, size: int | None = None) -> Head:
        size = len(self.lines) if size is None else size
        return Head(origin, size, self.tree.root(size))

    def proof(self, number: int, size: int | None = None) -> dict[str, Any]:
        """That leaf `number` (from 1) is among the first `size`, for whoever has the head; ValueError if it is not."""
        size = len(self.lines) if size is None else size
        return {
            "leaf": self.lines[number - 1].decode(),
            "index": number - 1,
            "size": size,
            "root": self.tree.root(size).hex(),
            "proof": [sibling.hex() for sibling in self.tree.inclusion(number - 1, size)],
        }


def read(folder: Path) -> Entries:
    """The leaves in a folder; LedgerError where there is no log."""
    try:
        content = (folder / ENTRIES).read_bytes()
    except OSError as problem:
        raise LedgerError(
            f"{folder / ENTRIES} tidak dapat dibaca ({problem.strerror}). Buat buku besarnya: iku ledger append."
        ) from None
    return Entries(content.split(b"\n")[:-1])  # what follows the last newline is torn or nothing


class Writer:
    """The log under its lock: what it holds, and what is added to it."""

    def __init__(self, folder: Path) -> None:
        self._path, self._seen = folder / ENTRIES, Seen(folder)
        self.before = read(folder) if self._path.exists() else Entries([])
        self._seen.check(self.before.hashes, self.before.lines, ITSELF)
        self._seen.keep(self.before.hashes)  # written by one that was killed before it could say so
        self.added: list[bytes] = []

    def add(self, lines: Iterable[bytes]) -> None:
        """Add leaves; they are on the disk when this returns."""
        new = list(lines)
        if not new:
            return
        self._without_torn_end()
        files.append(self._path, b"".join(line + b"\n" for line in new))
        self.added += new
        self._seen.keep([*self._seen.hashes, *map(tree.leaf_hash, new)])

    def _without_torn_end(self) -> None:
        if not self._path.exists():
            return
        with self._path.open("rb+") as stream:
            whole = sum(len(line) + 1 for line in (*self.before.lines, *self.added))
            if stream.seek(0, 2) > whole:
                stream.truncate(whole)


@contextmanager
def writer(folder: Path) -> Iterator[Writer]:
    """The log of a folder, which is made if need be, for one process at a time.

    Raises LedgerError, naming the first leaf, for a log that is not what was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with files.locked(folder / "lock"):
        yield Writer(folder)
