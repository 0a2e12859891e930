"""The body of an answer: unpacked, counted against its bounds, and read to its end or not at all."""

import zlib
from collections.abc import Iterator

from urllib3 import BaseHTTPResponse

from iku_etl.errors import ContractError, TransientError
from iku_etl.indonesian import count

CHUNK = 256 * 1024
RATIO_FREE = 1024**2  # the first MB may be as dense as it likes


class Allowance:
    """The bytes that one answer, and all answers of an extraction, may still take when unpacked."""

    def __init__(self, host: str, body_bytes: int, all_bytes: int, ratio: int) -> None:
        self._host, self._body_bytes, self._all_bytes, self._ratio = host, body_bytes, all_bytes, ratio
        self._all = self._unpacked = self._received = 0

    def begin(self) -> None:
        self._unpacked = self._received = 0

    def receive(self, size: int) -> None:
        self._received += size

    def unpack(self, size: int) -> None:
        """Raise ContractError where this answer, or all of them, grow too large."""
        self._unpacked += size
        self._all += size
        if self._unpacked > self._body_bytes:
            raise ContractError(f"{self._host}: jawaban lebih dari {count(self._body_bytes)} bita.", code="too_large")
        if self._all > self._all_bytes:
            raise ContractError(
                f"{self._host}: semua jawabannya bersama lebih dari {count(self._all_bytes)} bita. Tidak ada yang "
                "dimuat; tanyakan kepada pengelolanya apakah daftarnya memang sepanjang itu.",
                code="too_large",
            )
        if self._unpacked > RATIO_FREE and self._unpacked > self._ratio * self._received:
            raise ContractError(
                f"{self._host}: jawaban mengembang lebih dari {self._ratio} banding 1.", code="too_dense"
            )


def whole(response: BaseHTTPResponse, host: str, allowance: Allowance) -> Iterator[bytes]:
    """The unpacked body of urllib3's response, in pieces of at most CHUNK bytes.

    Raises TransientError if a packed body ends before its own end, ContractError over the allowance or for a packing
    that was not asked for: nobody could tell whether its end is there.
    """
    allowance.begin()
    packing = str(response.headers.get("Content-Encoding", "")).strip().lower()
    received = _received(response, allowance)
    if packing in ("", "identity"):
        pieces = received
    elif packing in ("gzip", "x-gzip", "deflate"):
        pieces = _unpacked(received, packing, host)
    else:
        raise ContractError(
            f"{host}: jawabannya dipadatkan sebagai {packing[:40]!r}, padahal hanya gzip yang diminta. Periksa proxy "
            "di depannya.",
            code="encoding",
        )
    for piece in pieces:
        allowance.unpack(len(piece))
        if piece:
            yield piece


def _received(response: BaseHTTPResponse, allowance: Allowance) -> Iterator[bytes]:
    while chunk := response.read1(CHUNK, decode_content=False):
        allowance.receive(len(chunk))
        yield chunk


def _unpacked(received: Iterator[bytes], packing: str, host: str) -> Iterator[bytes]:
    """What zlib makes of it; several gzip members one after another are one body, as RFC 1952 says."""
    bits = zlib.MAX_WBITS if packing == "deflate" else 16 + zlib.MAX_WBITS
    unpacker = None
    try:
        for chunk in received:
            left = chunk
            while left:
                if unpacker is None:
                    unpacker = zlib.decompressobj(bits)
                elif unpacker.eof:
                    if not (left := left.lstrip(b"\0")):
                        break  # padding after the last member
                    unpacker = zlib.decompressobj(bits)
                yield unpacker.decompress(left, CHUNK)
                left = unpacker.unconsumed_tail or unpacker.unused_data
        if unpacker is not None:
            yield unpacker.flush()
    except zlib.error:
        raise TransientError(f"{host}: jawaban yang dipadatkan rusak. Ambil lagi.", code="torn") from None
    if unpacker is not None and not unpacker.eof:
        raise TransientError(f"{host}: jawaban yang dipadatkan terpotong sebelum selesai. Ambil lagi.", code="torn")
