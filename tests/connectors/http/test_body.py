"""A packed body is read to its own end or not at all, and costs no more than its bounds."""

import gzip
import time
import tracemalloc
import zlib
from http.server import BaseHTTPRequestHandler

import pytest
from loopback import send, server

from iku_etl.connectors.http.client import Client, Limits
from iku_etl.errors import ContractError, TransientError
from iku_etl.settings import Endpoint

TEXT = b"".join(b'{"nomor":%d}' % number for number in range(5000))
PACKED = gzip.compress(TEXT)
WHOLE: dict[str, tuple[str, bytes]] = {
    "not packed": ("identity", TEXT),
    "gzip": ("gzip", PACKED),
    "gzip by its old name": ("x-gzip", PACKED),
    "members": ("gzip", gzip.compress(TEXT[:100]) + gzip.compress(b"") + gzip.compress(TEXT[100:])),
    "padding": ("gzip", PACKED + bytes(300)),
    "deflate": ("deflate", zlib.compress(TEXT)),
    "larger than a piece": ("gzip", gzip.compress(TEXT * 20)),
}  # fmt: skip
TORN: dict[str, tuple[str, bytes]] = {
    "without its last byte": ("gzip", PACKED[:-1]),
    "without its check": ("gzip", PACKED[:-8]),
    "half": ("gzip", PACKED[: len(PACKED) // 2]),
    "head only": ("gzip", PACKED[:10]),
    "one byte": ("gzip", PACKED[:1]),
    "second member half": ("gzip", PACKED + PACKED[:50]),
    "wrong check": ("gzip", PACKED[:-8] + bytes(4) + PACKED[-4:]),
    "wrong length": ("gzip", PACKED[:-4] + bytes(4)),
    "rubbish after it": ("gzip", PACKED + b"<html>"),
    "not packed at all": ("gzip", TEXT),
    "deflate half": ("deflate", zlib.compress(TEXT)[:-3]),
}  # fmt: skip


def ask(url: str, limits: Limits | None = None) -> bytes:
    with Client(Endpoint("x", url), limits or Limits(total_seconds=10, retries=0)) as client:
        return b"".join(client.get("/", {}).chunks)


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_body_is_unpacked(name: str) -> None:
    packing, body = WHOLE[name]
    with server(lambda handler: send(handler, body, content_encoding=packing)) as url:
        assert ask(url) == TEXT * (20 if name == "larger than a piece" else 1)


@pytest.mark.parametrize("has_length", [True, False])
@pytest.mark.parametrize("name", TORN)
def test_a_packed_body_that_ends_early_is_no_answer(name: str, has_length: bool) -> None:
    packing, body = TORN[name]

    def answer(handler: BaseHTTPRequestHandler) -> None:
        length = f"Content-Length: {len(body)}\r\n" if has_length else ""
        head = f"HTTP/1.1 200 OK\r\n{length}Content-Encoding: {packing}\r\n\r\n"
        handler.wfile.write(head.encode() + body)

    with server(answer) as url, pytest.raises(TransientError) as refused:
        ask(url)
    assert refused.value.code == "torn"


@pytest.mark.parametrize("packing", ["br", "zstd", "compress", "gzip, gzip", "aes128gcm"])
def test_a_packing_that_was_not_asked_for_is_named(packing: str) -> None:
    with server(lambda handler: send(handler, b"\x28\xb5", content_encoding=packing)) as url:
        with pytest.raises(ContractError, match=packing) as refused:
            ask(url)
    assert refused.value.code == "encoding"


def test_all_answers_of_an_extraction_have_a_bound_together() -> None:
    with server(lambda handler: send(handler, bytes(600))) as url, pytest.raises(ContractError) as refused:
        with Client(Endpoint("x", url), Limits(body_bytes=1000, all_bytes=2000)) as client:
            for _ in range(9):
                b"".join(client.get("/", {}).chunks)
    assert (refused.value.code, "2.000 bita" in str(refused.value)) == ("too_large", True)


@pytest.mark.parametrize("status", [302, 404, 503])
def test_the_body_of_an_error_without_end_is_not_read(status: int) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(f"HTTP/1.1 {status} X\r\nLocation: /\r\nRetry-After: 0\r\n\r\n".encode())
        while True:
            handler.wfile.write(bytes(1024**2))

    tracemalloc.start()
    started = time.monotonic()
    with server(answer) as url, pytest.raises((ContractError, TransientError)):
        ask(url, Limits(total_seconds=10, retries=2))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.monotonic() - started < 8
    assert peak < 32 * 1024**2
