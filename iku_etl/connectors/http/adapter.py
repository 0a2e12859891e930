"""Below `http`: connections that go only to checked addresses and end at a deadline, and patient retries."""

import socket
import threading
import time
from typing import Any, Self

from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool, Retry
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, InvalidHeader

from iku_etl.connectors.http import address
from iku_etl.errors import TransientError


class Deadline:
    """Cuts the sockets of one request when time is over: a read time-out never ends a trickle.

    `seconds`: those left of the `total` that the whole extraction has.
    """

    def __init__(self, seconds: float, host: str, total: float) -> None:
        self.ends = time.monotonic() + seconds
        self.total, self.host = total, host
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(max(seconds, 0), self._cut)
        self._timer.daemon = True
        self._timer.start()

    def watch(self, connected: socket.socket) -> None:
        self._sockets.append(connected.dup())  # TLS takes the first one away
        self.check()

    def check(self, ahead: float = 0) -> None:
        """Raise TransientError when the time is over, or will be `ahead` seconds from now."""
        if time.monotonic() + ahead >= self.ends:
            raise TransientError(
                f"{self.host}: tidak ada jawaban utuh dalam {self.total:g} detik. Bila sistemnya memang lambat, tulis "
                "total_seconds yang lebih besar pada koneksinya.",
                code="deadline",
            )

    def close(self) -> None:
        """Stop watching, since the answer has been read."""
        self._timer.cancel()
        while self._sockets:
            self._sockets.pop().close()

    def _cut(self) -> None:
        for connected in list(self._sockets):
            try:
                connected.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # already gone


class PatientRetry(Retry):
    """urllib3's Retry that sleeps neither past the deadline nor for a senseless Retry-After."""

    deadline: Deadline
    longest_seconds: float  # that are waited here; what asks for more is the scheduler's

    def new(self, **changes: Any) -> Self:
        fresh = super().new(**changes)
        fresh.deadline, fresh.longest_seconds = self.deadline, self.longest_seconds
        return fresh

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        *more: Any,
        **others: Any,
    ) -> Self:
        fresh = super().increment(method, url, response, *more, **others)
        if response is not None:
            response.close()  # else urllib3 reads its body to the end, however long it is
        return fresh

    def parse_retry_after(self, retry_after: str) -> float:
        try:
            return super().parse_retry_after(retry_after)
        except (InvalidHeader, ValueError, OverflowError, TypeError):
            return 0  # then our own back-off counts

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        asked = self._asked(response)
        if asked is not None and (asked > self.longest_seconds or time.monotonic() + asked >= self.deadline.ends):
            raise TransientError(
                f"{self.deadline.host} minta ditanya lagi {asked / 60:.0f} menit kemudian; sampai itu tidak ditanya.",
                code="retry_after",
                retry_after=asked,
            )
        wait = asked or self.get_backoff_time()
        self.deadline.check(ahead=wait)
        time.sleep(wait)

    def _asked(self, response: BaseHTTPResponse | None) -> float | None:
        """The seconds of Retry-After as they were told."""
        told = response.headers.get("Retry-After") if response else None
        return self.parse_retry_after(told) if told else None


class Adapter(HTTPAdapter):
    """requests' adapter over pools whose connections go only to checked addresses."""

    deadline: Deadline

    def __init__(self, networks: tuple[address.Network, ...]) -> None:
        self._networks = networks
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {
            scheme: type(f"Pinned{pool.__name__}", (pool,), {"ConnectionCls": self._pinned(pool.ConnectionCls)})
            for scheme, pool in (("http", HTTPConnectionPool), ("https", HTTPSConnectionPool))
        }

    def _pinned(self, base: Any) -> type[HTTPConnection]:
        adapter = self

        class Pinned(base):  # type: ignore[misc]  # the base is known when it runs
            _dns_host: str

            def _new_conn(self) -> socket.socket:
                name: str = self._dns_host
                trouble: HTTPError | None = None
                try:
                    for checked in address.resolve(name, self.port, adapter._networks):
                        self._dns_host = checked
                        try:
                            connected: socket.socket = super()._new_conn()
                        except HTTPError as problem:
                            trouble = problem
                            continue
                        try:
                            adapter.deadline.watch(connected)
                        except BaseException:
                            connected.close()
                            raise
                        return connected
                finally:
                    self._dns_host = name  # TLS checks the certificate against the name
                raise trouble or OSError("no address")

        return Pinned
