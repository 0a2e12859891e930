"""A real HTTP server on loopback for tests, and small helpers around payloads."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from iku_etl.model import KeptPayload, Payload, Rows
from iku_etl.window import window_at

ZONE = ZoneInfo("Asia/Jakarta")
DAY = window_at("day", date(2026, 1, 5), ZONE)
JANUARY = window_at("month", date(2026, 1, 1), ZONE)

Answering = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def server(answer: Answering) -> Iterator[str]:
    """Serve GET and POST by `answer` on a free port; yields the base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                answer(self)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the client hung up, as some tests want it to

        do_POST = do_GET

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    """One whole answer."""
    handler.send_response(status)
    for name, value in {"content_type": "application/json", "content_length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def kept(folder: Path, payload: Payload, number: int = 1) -> KeptPayload:
    """The payload in a plain file, as the raw store would keep it."""
    body = b"".join(payload.chunks)
    path = folder / f"payload-{number}"
    path.write_bytes(body)
    digest = hashlib.sha256(body).hexdigest()
    return KeptPayload(number, payload.name, payload.media_type, digest, len(body), path)


def kept_bytes(folder: Path, body: bytes, media_type: str, name: str = "uji") -> KeptPayload:
    """Bytes as a kept payload."""
    path = folder / "payload"
    path.write_bytes(body)
    return KeptPayload(1, name, media_type, hashlib.sha256(body).hexdigest(), len(body), path)


def table(pieces: Iterator[Rows]) -> pa.Table:
    """All pieces as one table."""
    return pa.concat_tables([piece.table for piece in pieces], promote_options="default")
