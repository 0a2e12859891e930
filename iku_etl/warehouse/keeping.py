"""Connections that a server of pages keeps between two questions: opening one takes longer than most answers."""

import os
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

import psycopg
from psycopg.pq import TransactionStatus

from iku_etl.warehouse.database import Connection, Warehouse

READERS = ("reader", "auditor", "publisher")  # what pages ask by; whoever writes facts or owns them comes anew
MOST = 4  # of a role: a page holds one at a time, and few pages are made at once
IDLE_SECONDS = 60
_OF_PARENTS: list["_Kept"] = []  # closing one here would close it there


@dataclass(frozen=True)
class _Kept:
    connection: Connection
    until: float
    process: int  # which opened it: a fork may not speak on it


@dataclass(frozen=True)
class KeepingWarehouse(Warehouse):
    """A warehouse whose reading connections are used again, by any thread of the process that opened them."""

    _idle: dict[str, list[_Kept]] = field(default_factory=dict, repr=False, compare=False)
    _turn: Lock = field(default_factory=Lock, repr=False, compare=False)

    def __post_init__(self) -> None:
        weakref.finalize(self, _close, self._idle)

    @contextmanager
    def connect(self, role: str) -> Iterator[Connection]:
        """As `Warehouse.connect`; one that was kept is asked whether it still answers before it is given out."""
        if role not in READERS:
            with super().connect(role) as connection:
                yield connection
            return
        connection = self._taken(role) or self._opened(role)
        try:
            yield connection
        finally:
            self._give_back(role, connection)

    def _opened(self, role: str) -> Connection:
        connection = self.open(role)
        # by their values each time: a plan for any period would read all partitions
        connection.prepare_threshold = None
        return connection

    def _taken(self, role: str) -> Connection | None:
        while True:
            with self._turn:
                known = self._idle.get(role)
                kept = known.pop() if known else None
            if kept is None:
                return None
            if kept.process != os.getpid():
                _OF_PARENTS.append(kept)
                continue
            if time.monotonic() < kept.until and _answers(kept.connection):
                return kept.connection
            kept.connection.close()

    def _give_back(self, role: str, connection: Connection) -> None:
        if connection.closed or connection.info.transaction_status != TransactionStatus.IDLE:
            connection.close()
            return
        kept = _Kept(connection, time.monotonic() + IDLE_SECONDS, os.getpid())
        with self._turn:
            known = self._idle.setdefault(role, [])
            if len(known) < MOST:
                known.append(kept)
                return
        connection.close()


def _answers(connection: Connection) -> bool:
    try:
        connection.execute("select 1")
    except psycopg.OperationalError:
        return False
    return True


def _close(idle: dict[str, list[_Kept]]) -> None:
    for known in idle.values():
        while known:
            kept = known.pop()
            if kept.process == os.getpid():
                kept.connection.close()
