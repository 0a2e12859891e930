"""Signed notes (C2SP signed-note) with Ed25519 keys, and cosignatures of witnesses (C2SP tlog-cosignature v1).

A note is a text that ends in a newline, a blank line, and lines `— <name> <base64>`. Who trusts a key ignores the
signatures of others, and believes nothing of a note whose signature by that key is wrong.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from iku_etl.errors import LedgerError

ED25519, COSIGNATURE = 1, 4  # of the signature types that C2SP has numbered
PRIVATE = "PRIVATE+KEY+"
NAME = re.compile(r"[^\s+]+")
KEY_BYTES, ID_BYTES, SIGNATURE_BYTES, TIME_BYTES = 32, 4, 64, 8
NOTE_BYTES = 1_000_000


@dataclass(frozen=True)
class VerifierKey:
    """Whose signature is believed: `<name>+<id>+<base64>`, the form in which it is handed on."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        return _id(self.name, self.kind, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_text(bytes([self.kind]) + self.public)}"


@dataclass(frozen=True)
class SigningKey:
    """A key that signs; `kind` says whether as the log or as a witness of it."""

    name: str
    kind: int
    seed: bytes = field(repr=False)

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self.kind, self._key.public_key().public_bytes_raw())

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def text(self) -> str:
        """The line by which the key is kept, in the form of golang.org/x/mod/sumdb/note."""
        return f"{PRIVATE}{self.name}+{self.verifier.id.hex()}+{_text(bytes([self.kind]) + self.seed)}"

    def sign(self, text: str, moment: int = 0) -> str:
        """The signature line under a note's text; `moment` (POSIX seconds) is what a witness signs with it."""
        stamp = moment.to_bytes(TIME_BYTES, "big") if self.kind == COSIGNATURE else b""
        signature = self._key.sign(_signed(self.kind, text, stamp))
        return f"— {self.name} {_text(self.verifier.id + stamp + signature)}\n"


@dataclass(frozen=True)
class Note:
    """A text and the signatures under it: name, key id, and what was signed with."""

    text: str
    signatures: tuple[tuple[str, bytes, bytes], ...]

    def signed_at(self, key: VerifierKey) -> int | None:
        """When a key signed it (0 where a kind has no time), None where it did not. LedgerError for a wrong one."""
        mine = [signature for name, number, signature in self.signatures if (name, number) == (key.name, key.id)]
        for signature in mine:
            stamp = signature[:-SIGNATURE_BYTES]
            if len(stamp) != (TIME_BYTES if key.kind == COSIGNATURE else 0):
                raise _wrong(key)
            try:
                made = Ed25519PublicKey.from_public_bytes(key.public)
                made.verify(signature[-SIGNATURE_BYTES:], _signed(key.kind, self.text, stamp))
            except InvalidSignature:
                raise _wrong(key) from None
        return int.from_bytes(mine[0][:-SIGNATURE_BYTES], "big") if mine else None


def _wrong(key: VerifierKey) -> LedgerError:
    return LedgerError(f"tanda tangan {key.name} tidak cocok dengan isinya: kepala atau tanda tangannya diubah.")


def _signed(kind: int, text: str, stamp: bytes) -> bytes:
    """What is signed: the text, by a witness with its moment before it."""
    head = f"cosignature/v1\ntime {int.from_bytes(stamp, 'big')}\n" if kind == COSIGNATURE else ""
    return (head + text).encode()


def make_key(name: str, kind: int) -> SigningKey:
    """A new key. Raises LedgerError for a name with spaces or a plus sign."""
    if not NAME.fullmatch(name):
        raise LedgerError(f"nama kunci {name!r} memuat spasi atau tanda tambah. Tulis seperti iku.example.go.id/buku.")
    return SigningKey(name, kind, Ed25519PrivateKey.generate().private_bytes_raw())


def signing_key(line: str) -> SigningKey:
    """The key of a kept line; LedgerError, never with the line, for anything else."""
    try:
        if not line.startswith(PRIVATE):
            raise ValueError(PRIVATE)
        name, number, kind, seed = _parts(line.strip().removeprefix(PRIVATE))
        made = SigningKey(name, kind, seed)
        if made.verifier.id != number:
            raise ValueError("id")
    except ValueError:
        raise LedgerError("berkas kunci bukan kunci penanda tangan, atau rusak. Buat yang baru.") from None
    return made


def verifier_key(line: str) -> VerifierKey:
    """The key of a line; LedgerError for one that is broken or that we can't check by."""
    try:
        name, number, kind, public = _parts(line.strip())
        made = VerifierKey(name, kind, public)
        if made.id != number:
            raise ValueError("id")
    except ValueError:
        raise LedgerError(
            f"{line.strip()[:200]!r} bukan kunci pemeriksa. Tulis barisnya utuh: nama+id+base64."
        ) from None
    return made


def _parts(line: str) -> tuple[str, bytes, int, bytes]:
    """Name, id, kind and 32 bytes of a key's line; ValueError."""
    name, number, content = line.split("+", 2)
    kind, *key = base64.b64decode(content, validate=True)
    if not NAME.fullmatch(name) or kind not in (ED25519, COSIGNATURE) or len(key) != KEY_BYTES:
        raise ValueError(name)
    if number != number.lower() or _text(bytes([kind, *key])) != content:
        raise ValueError(number)  # one key has one line
    return name, bytes.fromhex(number), kind, bytes(key)


def parse(content: bytes) -> Note:
    """A note as it lies in a file; LedgerError for anything else."""
    try:
        if len(content) > NOTE_BYTES:
            raise ValueError(len(content))
        text, blank, below = content.decode().rpartition("\n\n")
        if not blank or not below.endswith("\n") or re.search(r"[\x00-\x09\x0b-\x1f]", content.decode()):
            raise ValueError(text)
        signatures = tuple(_signature(line) for line in below.removesuffix("\n").split("\n"))
    except (ValueError, binascii.Error):
        raise LedgerError(
            "kepala buku besar bukan catatan bertanda tangan (C2SP signed-note), atau terpotong."
        ) from None
    return Note(f"{text}\n", signatures)


def _signature(line: str) -> tuple[str, bytes, bytes]:
    dash, name, content = line.split(" ")
    raw = base64.b64decode(content, validate=True)
    if dash != "—" or not NAME.fullmatch(name) or len(raw) <= ID_BYTES:
        raise ValueError(name)
    return name, raw[:ID_BYTES], raw[ID_BYTES:]


def _id(name: str, kind: int, public: bytes) -> bytes:
    return hashlib.sha256(f"{name}\n".encode() + bytes([kind]) + public).digest()[:ID_BYTES]


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
