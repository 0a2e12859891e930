"""The lines of one day of one site's access log, out of all its files, in bounded memory."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path

from iku_etl.connectors.registers import files
from iku_etl.connectors.visits import unreadable
from iku_etl.connectors.visits.copies import LOOSE, Copies
from iku_etl.connectors.visits.layouts import Layout
from iku_etl.connectors.visits.log_files import Allowance, lines
from iku_etl.connectors.visits.log_lines import FAULT, GAP_SECONDS
from iku_etl.errors import ContractError, TransientError

PAST_SECONDS = 24 * 3600  # servers log in the order of answers: so far past the day nothing of it follows
DAY_BYTES, DAY_LINES = 2 * 1024**3, 12_000_000  # of one day
HEAD_BYTES = 16 * 1024**2  # of the half hour before it, held until a line of the day comes


@dataclass
class Reading:
    """One day of one site over all its files. `faults`: sentences about files that could not be read to their end."""

    begins: int
    ends: int
    layout: Layout
    allowance: Allowance = field(default_factory=Allowance)
    faults: list[str] = field(default_factory=list)
    has_older: bool = False
    has_later: bool = False

    def day(self, paths: Sequence[Path]) -> Iterator[bytes]:
        """The lines that may be of the day, and one older and one later; empty if none is. Ends with the faults."""
        found = self._lines(paths)
        head: list[bytes] = []
        size = 0
        for line in found:
            head.append(line)
            size += len(line)
            at = self.layout.moment(line)
            if line == LOOSE or (at is not None and self.begins <= at < self.ends) or size > HEAD_BYTES:
                yield from self._bounded(head, found)
                yield from (FAULT + json.dumps(sentence).encode() for sentence in self.faults)

    def _bounded(self, head: Sequence[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
        size = 0
        yield from head
        for number, line in enumerate(rest):
            size += len(line)
            if size > DAY_BYTES or number > DAY_LINES:
                most = f"{DAY_BYTES // 1024**3} GiB atau {DAY_LINES // 10**6} juta baris"
                self.faults.append(f"log satu hari lebih dari {most}; batasi yang dicatat, berkas statis misalnya")
                return
            yield line

    def _lines(self, paths: Sequence[Path]) -> Iterator[bytes]:
        """The wanted lines of each file; of a line that several files have, as many as the one with most of it."""
        copies = Copies()
        for number, path in enumerate(paths, 1):
            lines = self._tolerant(path)
            yield from copies.fresh(lines, is_last=number == len(paths)) if len(paths) > 1 else lines

    def _tolerant(self, path: Path) -> Iterator[bytes]:
        """The wanted lines of a file. What can't be read costs this site's day, unless the file is older than that."""
        try:
            is_old = path.stat().st_mtime < self.begins - GAP_SECONDS
            with files.open_regular(path):
                pass
        except (TransientError, OSError):
            if not path.exists():  # rotated meanwhile: its lines are in another file by now
                raise TransientError(f"{path.name} berubah saat dibaca; akan dicoba lagi.", code="file_moved") from None
            self.faults.append(f"{path.name} tidak dapat dibuka; beri hak baca kepada akun yang menjalankan iku.")
            return
        except ContractError as problem:
            self.faults.append(str(problem))
            return
        try:
            yield from self._of_file(path, is_old)
        except ContractError as problem:
            if not is_old:  # it can't hold the day, whatever is in it
                self.faults.append(str(problem))

    def _of_file(self, path: Path, is_old: bool) -> Iterator[bytes]:
        since = self.begins - GAP_SECONDS
        is_wanted = False  # a line that says no time goes with the one before it
        before: int | None = None
        loose = 0  # lines without a time since `before`
        directive = b""
        sample: list[bytes] = []
        for line in lines(path, self.allowance):
            if self.layout.directive(line):
                directive = line
                continue
            at = self.layout.moment(line)
            if at is None:
                if is_wanted:
                    yield line
                elif not line.isspace() and line:
                    loose += 1
                    if before is None and len(sample) < unreadable.SAMPLE_LINES:
                        sample.append(line)
                continue
            if loose and at >= since and (before is None or before < self.ends):
                yield from repeat(LOOSE, loose)
            before, loose = at, 0
            is_wanted = since <= at < self.ends
            is_edge = (at < since and not self.has_older) or (at >= self.ends and not self.has_later)
            self.has_older, self.has_later = self.has_older or at < since, self.has_later or at >= self.ends
            if is_wanted or is_edge:
                if directive:
                    yield directive
                    directive = b""
                yield line
            if (is_old and self.has_older) or at >= self.ends + PAST_SECONDS:
                return
        if loose and before is None:
            why = unreadable.cause(sample, is_declared=self.layout.is_declared)
            raise ContractError(f"{path.name}: {why}.", code="no_time")
        if loose and before is not None and before < since and not is_old:
            yield from repeat(LOOSE, loose)
