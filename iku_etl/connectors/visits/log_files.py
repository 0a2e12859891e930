"""The lines of a log file, packed or not, in bounded memory; a file that can't be read is refused by name."""

import bz2
import codecs
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from backports import zstd

from iku_etl.connectors.registers import files
from iku_etl.errors import ContractError, TransientError

BLOCK = 1024**2
LINE_BYTES = 64 * 1024  # servers cap a request at 8 to 32 kB; a longer line is torn, and the rest of it passed over
UNPACKED_BYTES, UNPACKED_LINES = 4 * 1024**3, 30_000_000  # of all files of a site

Opened = Callable[[BinaryIO], BinaryIO]
_PACKED: dict[bytes, tuple[str, Opened]] = {
    b"\x1f\x8b": ("gzip", lambda stream: cast(BinaryIO, gzip.GzipFile(fileobj=stream))),
    b"BZh": ("bzip2", lambda stream: cast(BinaryIO, bz2.BZ2File(stream))),
    b"\xfd7zXZ\0": ("xz", lambda stream: cast(BinaryIO, lzma.LZMAFile(stream))),  # noqa: SIM115  # closed with `packed`
    b"\x28\xb5\x2f\xfd": ("zstd", lambda stream: cast(BinaryIO, zstd.ZstdFile(stream))),
}
_FOREIGN = {
    b"PK\x03\x04": "arsip ZIP atau dokumen kantor", b"7z\xbc\xaf": "arsip 7z", b"Rar!": "arsip RAR",
    b"\x04\x22\x4d\x18": "arsip lz4", b"\x1f\x9d": "arsip compress", b"LZIP": "arsip lzip",
    b"%PDF": "dokumen PDF", b"\xd0\xcf\x11\xe0": "dokumen Office lama", b"\x89PNG": "gambar", b"\xff\xd8\xff": "gambar",
    b"GIF8": "gambar", b"SQLite format 3": "basis data SQLite",
}  # fmt: skip
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BROKEN = (EOFError, OSError, zlib.error, lzma.LZMAError, zstd.ZstdError, UnicodeError)
_HEAD = max(map(len, (*_PACKED, *_FOREIGN)))


@dataclass
class Allowance:
    """How much may still be unpacked for a site, so that nothing that unpacks without end is read without end."""

    bytes_left: int = UNPACKED_BYTES
    lines_left: int = UNPACKED_LINES

    def spend(self, name: str, *, size: int = 0, count: int = 0) -> None:
        """Raises ContractError when it is used up."""
        self.bytes_left -= size
        self.lines_left -= count
        if self.bytes_left < 0 or self.lines_left < 0:
            most = f"{UNPACKED_BYTES // 1024**3} GiB atau {UNPACKED_LINES // 10**6} juta baris"
            raise ContractError(
                f"{name}: log situs ini lebih dari {most}. Putar log setiap hari dan simpan yang lama di folder lain.",
                code="too_large",
            )


def lines(path: Path, allowance: Allowance) -> Iterator[bytes]:
    """The lines of a file without their ends, of text in UTF-8 or UTF-16 or any superset of ASCII.

    Raises ContractError for a file that is no text, is packed in a way we don't read, or is spoilt; TransientError
    when it was cut short under our hands.
    """
    rest, is_over = b"", False  # is_over: within a line that is too long
    for block in _text(path, allowance):
        pieces = (rest + block).split(b"\n")
        rest = pieces.pop()
        allowance.spend(path.name, count=len(pieces))
        if is_over and pieces:
            pieces, is_over = pieces[1:], False
        for piece in pieces:
            yield piece[:LINE_BYTES]
        if len(rest) > LINE_BYTES:
            if not is_over:
                yield rest[:LINE_BYTES]
            rest, is_over = b"", True
    if rest and not is_over:
        yield rest


def _text(path: Path, allowance: Allowance) -> Iterator[bytes]:
    """The unpacked bytes in blocks, as UTF-8, without the NULs that `copytruncate` leaves before the next line."""
    decoder = None
    for number, block in enumerate(_unpacked(path, allowance)):
        if number == 0:
            if foreign := next((name for magic, name in _FOREIGN.items() if block.startswith(magic)), None):
                raise ContractError(f"{path.name}: {foreign}, bukan log. Pindahkan dari folder ini.", code="no_log")
            if block.startswith(_UTF16):
                decoder = codecs.getincrementaldecoder("utf-16")()
            block = block.removeprefix(codecs.BOM_UTF8)
        if decoder:
            try:
                block = decoder.decode(block).encode("utf-8", "replace")
            except UnicodeError:
                raise ContractError(
                    f"{path.name}: rusak sebagai UTF-16. Simpan log sebagai UTF-8.", code="encoding"
                ) from None
        yield block.replace(b"\0", b"")


def _unpacked(path: Path, allowance: Allowance) -> Iterator[bytes]:
    with files.open_regular(path) as packed:
        size = path.stat().st_size
        head = packed.read(_HEAD)
        packed.seek(0)
        kind, opened = next((found for magic, found in _PACKED.items() if head.startswith(magic)), ("", None))
        stream = opened(packed) if opened else packed
        try:
            while block := stream.read(BLOCK):
                allowance.spend(path.name, size=len(block))
                yield block
        except _BROKEN as problem:
            what = f"berkas {kind} rusak atau terpotong" if kind else "tidak dapat dibaca sampai akhir"
            raise ContractError(
                f"{path.name}: {what} ({type(problem).__name__}). Salin ulang.", code="truncated"
            ) from None
        if path.stat().st_size < size:  # truncated under our hands: the rest of it is in another file by now
            raise TransientError(f"{path.name} berubah saat dibaca; akan dicoba lagi.", code="file_moved")
