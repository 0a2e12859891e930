"""Access logs of web servers: the lines of a day, and the visits in what the redactor leaves of them.

A visit is the page views of one visitor (address and browser, as a keyed token of that day) without a gap of more
than half an hour; it belongs to the day of its first view, so the half hour before the day is read too.
"""

import gzip
import hashlib
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from glob import glob
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson
import pyarrow as pa

from iku_etl.connectors.registers import files
from iku_etl.connectors.visits import access_log
from iku_etl.connectors.visits.log_lines import GAP_SECONDS, LINE_BYTES
from iku_etl.errors import ContractError, SettingError, TransientError
from iku_etl.model import KeptPayload, Payload, Rows
from iku_etl.settings import Endpoint
from iku_etl.window import Window

MEDIA_TYPE = "text/plain;profile=access-log"  # holds addresses: never lands as it is
REDACTED = "application/x-ndjson;profile=access-log"
NAME = "log/"  # of a payload: log/<site>
METHOD = "log"
EDGE_SECONDS = 3600  # a log that begins later in the day, or ends earlier, does not hold the day
PAST_SECONDS = 24 * 3600  # servers log in the order of answers: so far past the day nothing of it follows
CHUNK = 1024**2
VIEW, UNCOVERED = "tampilan halaman, dihitung per kunjungan", "hari tidak tercakup log"


# ---------------------------------------------------------------- the lines of a day


@dataclass
class _Reading:
    """One day of one site over all its files. `seen`: lines of earlier files, so that a copied line counts once."""

    begins: int
    ends: int
    seen: Counter[bytes] = field(default_factory=Counter)
    has_older: bool = False
    has_later: bool = False

    def lines(self, paths: Sequence[Path]) -> Iterator[bytes]:
        """The lines of the day and the half hour before it, and one older and one later: so the log covers the day."""
        for number, path in enumerate(paths):
            here: Counter[bytes] = Counter()
            for line in self._of_file(path):
                if len(paths) > 1:
                    key = hashlib.blake2b(line, digest_size=8).digest()
                    here[key] += 1
                    if here[key] <= self.seen[key]:
                        continue  # the same file under its old and its new name, or a copy that was then truncated
                yield line
            if number + 1 < len(paths):
                self.seen |= here  # as often as in the file that has it most often

    def _of_file(self, path: Path) -> Iterator[bytes]:
        since = self.begins - GAP_SECONDS
        is_old = path.stat().st_mtime < since
        is_wanted = False  # a line that says no time goes with the one before it
        for line in _lines(path):
            at = access_log.moment(line)
            is_edge = False
            if at is not None:
                is_wanted = since <= at < self.ends
                is_edge = (at < since and not self.has_older) or (at >= self.ends and not self.has_later)
                self.has_older, self.has_later = self.has_older or at < since, self.has_later or at >= self.ends
            if is_wanted or is_edge:
                yield line
            if (is_old and self.has_older) or (at or 0) >= self.ends + PAST_SECONDS:
                return

    def day(self, paths: Sequence[Path]) -> Iterator[bytes]:
        """As `lines`, but empty if no line belongs to the day."""
        lines = self.lines(paths)
        head: list[bytes] = []
        for line in lines:
            head.append(line)
            if self.begins <= (access_log.moment(line) or 0) < self.ends:
                yield from head
                yield from lines


def _lines(path: Path) -> Iterator[bytes]:
    with files.open_regular(path) as packed:
        size = path.stat().st_size
        is_packed = packed.read(2) == b"\x1f\x8b"
        packed.seek(0)
        stream = cast(BinaryIO, gzip.GzipFile(fileobj=packed)) if is_packed else packed
        try:
            while line := stream.readline(LINE_BYTES):
                yield line if line.endswith(b"\n") else line + b"\n"
        except (EOFError, OSError, zlib.error) as problem:
            what = type(problem).__name__
            raise ContractError(f"{path.name}: berkas gzip rusak ({what}). Salin ulang.", code="truncated") from None
        if path.stat().st_size < size:  # truncated under our hands: the rest of it is in another file by now
            raise TransientError(f"{path.name} berubah saat dibaca; akan dicoba lagi.", code="file_moved")


def visits(endpoint: Endpoint, window: Window) -> Iterator[Payload]:
    """One payload per site of the option `logs` (site = path of its files, `*` allowed); none without a line."""
    sites = endpoint.options.get("logs", {})
    if not isinstance(sites, Mapping) or not all(isinstance(pattern, str) for pattern in sites.values()):
        raise SettingError(
            'web_visits: logs memetakan situs ke berkas, misalnya "www.example" = "logs/www.access.log*".'
        )
    for site, pattern in sites.items():
        paths = sorted((Path(name) for name in glob(pattern)), key=lambda path: (path.stat().st_mtime, path.name))
        asked_at = datetime.now(UTC)
        begins, ends = int(window.start.timestamp()), int(window.end.timestamp())
        lines = _Reading(begins, ends).day(paths)
        first = next(lines, None)
        if first is None:
            continue  # nothing was kept of that day: not observed
        yield Payload(
            name=f"{NAME}{site}",
            media_type=MEDIA_TYPE,
            request={"method": "read", "site": site, "files": len(paths), "begins": begins, "ends": ends},
            asked_at=asked_at,
            answered_at=asked_at,
            status=None,
            chunks=_chunks(chain([first], lines)),
        )


def _chunks(lines: Iterator[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= CHUNK:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


# ---------------------------------------------------------------- its visits


def read(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    """One row site, method, visits; no row if the log does not cover the day: that is not a day without visits."""
    begins, ends = int(window.start.timestamp()), int(window.end.timestamp())
    views: dict[str, list[int]] = {}
    told: dict[str, Any] = {}
    count = number = 0
    with payload.path.open("rb") as stream:
        for number, line in enumerate(stream, 1):  # noqa: B007  # the last one is the record's place
            found = orjson.loads(line)
            if "v" not in found:
                told |= found
                continue
            views.setdefault(found["v"], []).append(found["t"])
            count += begins <= found["t"] < ends
    if "declared_out" not in told:
        raise ContractError("simpanan log terpotong: baris penutupnya tidak ada.", code="truncated")
    is_covered = _is_covered(told, begins, ends)
    out = Counter(told["declared_out"])
    out[VIEW if is_covered else UNCOVERED] += count
    rows = []
    if is_covered:
        found_visits = sum(_visits(sorted(times), begins, ends) for times in views.values())
        rows = [(f"baris 2-{number}", told["site"], METHOD, str(found_visits))]
    columns = list(zip(*rows, strict=True)) or [()] * 4
    names = ("place", "site", "method", "visits")
    table = pa.table({name: pa.array(list(c), pa.string()) for name, c in zip(names, columns, strict=True)})
    yield Rows(table, {reason: lines for reason, lines in out.items() if lines})


def _is_covered(told: Mapping[str, Any], begins: int, ends: int) -> bool:
    """Whether the log had begun by the day's first hour and went on into its last."""
    if told["first_at"] is None:
        return False
    has_begun = told["is_begun"] or told["first_at"] - begins <= EDGE_SECONDS
    return bool(has_begun and (told["is_ended"] or ends - told["last_at"] <= EDGE_SECONDS))


def _visits(times: Sequence[int], begins: int, ends: int) -> int:
    """How many visits of one visitor began in the day."""
    before = [None, *times]
    return sum(
        begins <= at < ends and (last is None or at - last > GAP_SECONDS)
        for last, at in zip(before, times, strict=False)
    )
