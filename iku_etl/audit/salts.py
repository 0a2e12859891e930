"""Seeds of salts: 32 random bytes for each batch, publication and decision, kept where they can be destroyed.

A folder of its own (`salts/`, 0700) outside database and ledger: whoever has a seed can guess short values against the
hashes, whoever has not can't. Destroyed, the roots in the ledger stay and nobody can show a record any more.
"""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from iku_etl.audit import files
from iku_etl.errors import LedgerError

SEED = 32
A_FILE = 1000  # seeds
SALT, BLOCK = 32, 1024  # bytes of a salt, salts made at once


class Erased(LedgerError):
    """The seed was destroyed: nothing under it can be computed again."""


class Salts:
    """The seeds of an installation."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def seeds(self, kind: str, ids: Collection[str]) -> dict[str, bytes | None]:
        """The seed of each thing, made on the disk where there is none; None where it was destroyed."""
        found: dict[str, bytes | None] = {}
        for path in dict.fromkeys(self._path(kind, one) for one in ids):
            kept = {row["id"]: row for row in _rows(path)}
            mine = [one for one in ids if self._path(kind, one) == path]
            new = [{"id": one, "seed": secrets.token_hex(SEED)} for one in mine if one not in kept]
            if new:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _without_torn_end(path)
                files.append(path, b"".join(orjson.dumps(row) + b"\n" for row in new), files.OWN)
                kept |= {row["id"]: row for row in new}
            found |= {one: bytes.fromhex(kept[one]["seed"]) if "seed" in kept[one] else None for one in mine}
        return found

    def seed(self, kind: str, one: str) -> bytes:
        """The seed of a thing. Raises Erased where it was destroyed, LedgerError where there never was one."""
        for row in _rows(self._path(kind, one)):
            if row["id"] == one:
                if "seed" in row:
                    return bytes.fromhex(row["seed"])
                raise Erased(f"garam {kind} {one} dihapus pada {row['erased']}: isinya tidak dapat ditunjukkan lagi.")
        raise LedgerError(f"garam {kind} {one} tidak ada: berkas {self._path(kind, one).name} hilang atau dipotong.")

    def erase(self, kind: str, ids: Collection[str], moment: datetime) -> None:
        """Destroy seeds; what is left of each says when."""
        for path in dict.fromkeys(self._path(kind, one) for one in ids):
            rows = [
                {"id": row["id"], "erased": moment.isoformat()} if row["id"] in ids and "seed" in row else row
                for row in _rows(path)
            ]
            files.replace(path, b"".join(orjson.dumps(row) + b"\n" for row in rows), files.OWN)

    def erased(self) -> Iterator[tuple[str, str, str]]:
        """(kind, id, when) of every destroyed seed."""
        for path in sorted(self._folder.glob("*.jsonl")) if self._folder.exists() else ():
            kind = path.name.rpartition("-")[0]
            yield from ((kind, row["id"], row["erased"]) for row in _rows(path) if "erased" in row)

    def _path(self, kind: str, one: str) -> Path:
        return self._folder / f"{kind}-{int(one) // A_FILE:06}.jsonl"


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    whole = path.read_bytes().rpartition(b"\n")[0]  # a torn line was no seed yet: its leaf comes after it
    return [orjson.loads(line) for line in whole.split(b"\n") if line]


def _without_torn_end(path: Path) -> None:
    content = path.read_bytes() if path.exists() else b""
    if content and not content.endswith(b"\n"):
        files.replace(path, b"".join(content.rpartition(b"\n")[:2]), files.OWN)


def salted(seed: bytes, part: str, contents: Iterable[tuple[int, bytes]]) -> Iterator[bytes]:
    """The leaf of each (number, hash of its content): SHA-256(0x00 || salt || hash)."""
    sha256, first, stream = hashlib.sha256, 0, b""
    for number, content in contents:
        at = (number - first) * SALT
        if not 0 <= at < len(stream):
            first = number // BLOCK * BLOCK
            at, stream = (number - first) * SALT, _block(seed, part, number // BLOCK)
        yield sha256(b"\x00" + stream[at : at + SALT] + content).digest()


def salt(seed: bytes, part: str, number: int) -> bytes:
    """The salt of one, to be shown with it: it says nothing of the others."""
    at = number % BLOCK * SALT
    return _block(seed, part, number // BLOCK)[at : at + SALT]


def _block(seed: bytes, part: str, number: int) -> bytes:
    """The salts of BLOCK numbers: SHAKE256(seed || "<part>:<block>"), one call for what would be a thousand HMACs."""
    return hashlib.shake_256(seed + f"{part}:{number}".encode()).digest(BLOCK * SALT)
