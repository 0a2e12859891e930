"""Heads of the log (C2SP tlog-checkpoint): whose log, how many leaves, which root."""

import base64
import binascii
import re
from dataclasses import dataclass

from iku_etl.audit import notes
from iku_etl.errors import LedgerError


@dataclass(frozen=True)
class Head:
    """The log `origin` had `size` leaves with this root."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def parse(text: str) -> Head:
    """The head in a note's text; lines after the third are others' business. LedgerError for anything else."""
    try:
        origin, size, root, *_ = text.split("\n")
        content = base64.b64decode(root, validate=True)
        if not origin or not re.fullmatch(r"0|[1-9][0-9]{0,17}", size) or len(content) != 32:
            raise ValueError(text)
    except (ValueError, binascii.Error):
        raise LedgerError(
            "kepala buku besar tidak memuat asal, jumlah daun, dan akar (C2SP tlog-checkpoint)."
        ) from None
    return Head(origin, int(size), content)


def trusted(content: bytes, key: notes.VerifierKey) -> tuple[Head, notes.Note]:
    """The head of a signed note that this key has signed as its log, and the note.

    Raises LedgerError for a wrong signature, for none by this key, and for the head of another log.
    """
    note = notes.parse(content)
    if note.signed_at(key) is None:
        raise LedgerError(
            f"kepala buku besar tidak ditandatangani oleh {key}. Bila kuncinya berganti, sebut kunci yang baru."
        )
    head = parse(note.text)
    if key.kind == notes.ED25519 and head.origin != key.name:
        raise LedgerError(f"kepala itu milik buku besar {head.origin}, bukan {key.name}.")
    return head, note
