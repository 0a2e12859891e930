"""Lines that several files of a log have: a file under its old and its new name, or a copy that was then truncated."""

from array import array
from collections.abc import Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt

BLOCK_LINES = 20_000
LOOSE, DIRECTIVE = b"?", b"#"  # a line without a time, and one that says how the following are laid out: never copies


class Copies:
    """Lets a line of a file pass only so often as no earlier file had it. Holds twelve bytes for each line."""

    def __init__(self) -> None:
        self._known: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)  # hashes of lines of earlier files, sorted
        self._counts: npt.NDArray[np.int32] = np.zeros(0, dtype=np.int32)  # as often as in the file that has it most

    def fresh(self, lines: Iterator[bytes], *, is_last: bool) -> Iterator[bytes]:
        """The lines of one file, in their order, without those that earlier files had."""
        here = array("q")
        used = np.zeros(len(self._known), dtype=np.int32)
        while block := list(islice(lines, BLOCK_LINES)):
            hashes = np.fromiter(map(hash, block), dtype=np.int64, count=len(block))  # within this process alone
            if not is_last:
                here.frombytes(hashes.tobytes())
            if not len(self._known):
                yield from block
                continue
            place = np.minimum(np.searchsorted(self._known, hashes), len(self._known) - 1)
            is_known = self._known[place] == hashes
            for line, known, at in zip(block, is_known.tolist(), place.tolist(), strict=True):
                if known and used[at] < self._counts[at] and not line.startswith((LOOSE, DIRECTIVE)):
                    used[at] += 1
                else:
                    yield line
        if here:
            self._remember(np.frombuffer(here, dtype=np.int64))

    def _remember(self, here: npt.NDArray[np.int64]) -> None:
        own, times = np.unique(here, return_counts=True)
        known, place = np.unique(np.concatenate([self._known, own]), return_inverse=True)
        counts = np.zeros(len(known), dtype=np.int32)
        np.maximum.at(counts, place, np.concatenate([self._counts, times.astype(np.int32)]))
        self._known, self._counts = known, counts
