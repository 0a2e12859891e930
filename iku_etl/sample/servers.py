"""The sample's systems as HTTP servers on loopback, one a feed that answers.

with serve(state, seed=1, first_day=date(2026, 9, 1), last_day=date(2026, 11, 21)) as running:
    ...  # <state>/connections.toml names them, <state>/drop holds the registers
"""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from iku_etl.sample import files
from iku_etl.sample.feeds import feeds
from iku_etl.sample.regency import ZONE, World, month_after
from iku_etl.sample.sheets import put
from iku_etl.sample.wordpress import Answered

Responder = Callable[[str, dict[str, str]], Answered]


def default_days(today: date) -> tuple[date, date]:
    """(first day of the month before last, yesterday): small enough for a first run, with two whole months."""
    return month_after(today.replace(day=1), -2), today - timedelta(days=1)


def bad_night_of(world: World) -> date:
    """The day whose first answer is a web page instead of data."""
    return world.m0 + timedelta(days=8)


@dataclass
class Running:
    """The servers of one world; `move_to` lets days pass. Also a context manager that ends them."""

    state: Path
    world: World
    last_day: date
    bad_night: date | None
    servers: dict[str, ThreadingHTTPServer] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, name: str) -> str:
        """The address of the system that a source is fetched from."""
        return f"http://127.0.0.1:{self.servers[name].server_address[1]}"

    def move_to(self, last_day: date) -> None:
        """Let `last_day` be yesterday: the servers answer up to it, the drop folder is that of the morning after."""
        self.last_day = last_day
        files.write(self.state, self.world, last_day + timedelta(days=1))

    def is_bad_night(self, begins_s: float) -> bool:
        """True once in the life of this state: the first question whose span begins on the bad night."""
        begins = datetime.fromtimestamp(begins_s + 60, ZONE).date()
        told = self.state / f"sample_bad_night_{self.bad_night}"
        with self._lock:
            if begins != self.bad_night or told.exists():
                return False
            put(told, b"")
            return True

    def close(self) -> None:
        """Stop answering. The connections stay written: the sources are then unreachable, as in life."""
        while self.servers:
            _, server = self.servers.popitem()
            server.shutdown()
            server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve(
    state: Path,
    seed: int,
    first_day: date,
    last_day: date,
    *,
    bad_night: date | None = None,
    extra_sites: int = 0,
) -> Running:
    """Write the drop folder, start the servers on free ports, name them in `<state>/connections.toml`.

    `bad_night`: on that day the first answer of Prometheus is a web page with status 200 (see `bad_night_of`).
    """
    running = Running(state, World(seed, first_day, extra_sites), last_day, bad_night)
    running.move_to(last_day)
    for feed in feeds("answer"):
        server = _Server(("127.0.0.1", 0), _handler(partial(feed.answer, running)))
        running.servers[feed.__name__.rpartition(".")[2]] = server
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    connect(state, running)
    return running


def connect(state: Path, running: Running) -> None:
    """Put the systems' entries into `<state>/connections.toml`; other entries stay as they are."""
    path = state / "connections.toml"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    names = "|".join(map(re.escape, running.servers))
    kept = re.sub(rf"(?ms)^\[(?:{names})(?:\.[^\]]*)?\][^\n]*\n.*?(?=^\[|\Z)", "", text).rstrip()
    ours = "\n".join(
        feed.connection(running.world, running.url(feed.__name__.rpartition(".")[2])) for feed in feeds("answer")
    )
    ours = ours.replace("{state}", str(state.absolute()))  # of systems that are folders
    put(path, (f"{kept}\n\n" if kept else "").encode() + ours.encode())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def _handler(answer: Responder) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._reply(self.path.partition("?")[2])

        def do_POST(self) -> None:
            self._reply(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace"))

        def _reply(self, query: str) -> None:
            status, headers, body = answer(urlsplit(self.path).path, dict(parse_qsl(query)))
            self.send_response(status)
            for name, value in ({"Content-Type": "application/json; charset=UTF-8"} | headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing: the collector logs its requests."""

    return Handler
