"""A day's access log for tests: its lines, its files, and what collecting them gives."""

import gzip
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from loopback import DAY, ZONE, kept

from iku_etl import catalogue
from iku_etl.connectors.visits import weblog
from iku_etl.model import KeptPayload
from iku_etl.records import unobserved
from iku_etl.settings import Endpoint
from iku_etl.stages.land import redact
from iku_etl.window import Window

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
PROBE = "Blackbox Exporter/0.23.0"
KEY = ("k1", bytes(range(32)))
SITE = "www.example"


def at(hour: int, minute: int = 0, second: int = 0, day: int = 5) -> datetime:
    return datetime(2026, 1, day, hour, minute, second, tzinfo=ZONE)


NEXT_MORNING = at(0, 5, day=6)


def line(
    when: datetime,
    address: str = "192.0.2.7",
    path: str = "/",
    status: int = 200,
    agent: str = BROWSER,
    verb: str = "GET",
    head: str = "{address} - - ",
    tail: str = "",
) -> bytes:
    """One line as the combined format writes it, or with another head or tail."""
    stamp = when.strftime("%d/Jan/%Y:%H:%M:%S %z")
    said = f'[{stamp}] "{verb} {path} HTTP/1.1" {status} 73 "-" "{agent}"'
    return f"{head.format(address=address)}{said}{tail}\n".encode()


def whole_day(*lines: bytes) -> list[bytes]:
    """The lines between two of our own probes just before and after the day, as a living log has them."""
    return [line(at(23, 59, day=4), agent=PROBE), *lines, line(at(0, 1, day=6), agent=PROBE)]


def write(path: Path, lines: Iterable[bytes], *, modified: datetime = NEXT_MORNING) -> Path:
    body = b"".join(lines)
    path.write_bytes(gzip.compress(body, mtime=0) if path.suffix == ".gz" else body)
    os.utime(path, (modified.timestamp(), modified.timestamp()))
    return path


@dataclass
class Collected:
    """Visits by site, sentences about what is not observed, what was left out, and the bytes that land."""

    visits: dict[str, int] = field(default_factory=dict)
    unobserved: list[str] = field(default_factory=list)
    known: list[dict[str, str]] = field(default_factory=list)
    out: Counter[str] = field(default_factory=Counter)
    body: bytes = b""
    places: list[str] = field(default_factory=list)


def collect(logs: dict[str, Any], folder: Path, window: Window = DAY) -> Collected:
    """What a night makes of the option `logs`: extract, redact in the child, read."""
    found = Collected()
    for number, payload in enumerate(weblog.visits(Endpoint("visits", "", {"logs": logs}), window)):
        if payload.media_type == unobserved.MEDIA_TYPE:
            rows = [unobserved.rows(kept(folder, payload, 100 + number))]
        else:
            rows = list(weblog.read(landed(folder, payload, 100 + number, found), window))
        for piece in rows:
            found.out.update(piece.declared_out)
            found.unobserved += [one.sentence for one in piece.unobserved]
            found.known += [dict(one.known) for one in piece.unobserved]
            for row in piece.table.to_pylist():
                found.visits[row["site"]] = int(row["visits"])
                found.places.append(row["place"])
    return found


def landed(folder: Path, payload: Any, number: int, found: Collected) -> KeptPayload:
    stripped = redact.redact(catalogue.source("web_visits"), payload, KEY)
    assert stripped.payload is not None, stripped.error
    there = kept(folder, stripped.payload, number)
    found.body = there.path.read_bytes()
    return there


def of_file(path: Path, folder: Path, **more: Any) -> Collected:
    """What the log of one site gives, by its path and options of its connection."""
    return collect({SITE: {"files": str(path), **more}}, folder)


def of_lines(folder: Path, lines: Sequence[bytes], **more: Any) -> Collected:
    """What these lines give as the site's only file."""
    return of_file(write(folder / "access.log", lines), folder, **more)
