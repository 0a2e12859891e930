"""Who was told what: every message once to each, however often it is tried, whoever tries, and in whatever order.

`<state>/messages.jsonl` (0600) has a line for each try. Nobody is told before `deadline.PUBLISHED_BY`: registers are
collected until shortly before, and a gap is one only after its source had its time.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from iku_etl import indonesian
from iku_etl.errors import MessageError
from iku_etl.scheduler import lines

FILE = "messages.jsonl"
OFF = "off"


class Sendable(Protocol):
    """What is handed to a channel."""

    @property
    def key(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def html(self) -> str: ...
    @property
    def short(self) -> str: ...


class Channel(Protocol):
    """A way to tell: `recipients` as people read them, without a secret."""

    @property
    def recipients(self) -> Sequence[str]: ...

    def send(self, message: Sendable, to: str) -> None:
        """Tell one recipient; MessageError, without any secret, if that failed."""


@dataclass(frozen=True)
class Try:
    """One try to tell somebody something; `to` is OFF where no channel is switched on."""

    key: str
    to: str
    is_sent: bool
    publication_id: int | None = None
    reason: str = ""
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))


def tries(state: Path) -> list[Try]:
    """All tries, oldest first."""
    found = []
    for line in lines.read(state / FILE):
        try:
            found.append(Try(**line))
        except TypeError:
            continue
    return found


def was_told(known: Sequence[Try], key: str, to: str) -> bool:
    return any(one.is_sent and (one.key, one.to) == (key, to) for one in known)


def told_up_to(known: Sequence[Try], to: str) -> int | None:
    """The newest publication that somebody knows of; None for whoever was never told of one."""
    return max(
        (one.publication_id for one in known if one.is_sent and one.to == to and one.publication_id), default=None
    )


def note(state: Path, one: Try) -> None:
    lines.append(state / FILE, asdict(one))


@contextmanager
def turn(state: Path) -> Iterator[list[Try]]:
    """All tries so far; whoever comes meanwhile waits, so that two runs at once tell nobody twice."""
    state.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(state / f"{FILE}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield tries(state)
    finally:
        os.close(descriptor)


def send(channel: Channel, to: str, message: Sendable, state: Path, publication_id: int | None) -> str:
    """Try once and note it; what stands in the way, as a sentence, or nothing."""
    try:
        channel.send(message, to)
    except MessageError as problem:
        note(state, Try(message.key, to, False, reason=str(problem)))
        return str(problem)
    note(state, Try(message.key, to, True, publication_id))
    return ""


def switched_off(state: Path, known: Sequence[Try]) -> None:
    """Note that no channel is switched on, once."""
    if not known or known[-1].to != OFF:
        note(state, Try("", OFF, False))


def standing(state: Path, zone: ZoneInfo) -> str:
    """Whether anybody is told, and when that last went well, for `iku status`."""
    known = tries(state)
    if not known or known[-1].to == OFF:
        return "mati; cara menyalakannya ada di docs/admin.md"
    last = [one for one in known if one.key == known[-1].key]
    told = {one.to for one in last if one.is_sent}
    failed = {one.to: one.reason for one in last if one.to not in told}
    when = indonesian.moment(datetime.fromisoformat(known[-1].at), zone)
    parts = [f"terkirim ke {indonesian.count(len(told))} penerima"] if told else []
    parts += [f"belum terkirim, dicoba lagi: {indonesian.plain(reason)}" for reason in failed.values()]
    return f"{when}: {'; '.join(parts)}"
