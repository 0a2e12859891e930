"""The Merkle tree of RFC 9162, section 2.1: roots, proofs that a leaf is in it, proofs that it only grew.

Hashes are 32 bytes of SHA-256. A size is a number of leaves; an index counts from 0.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

EMPTY = hashlib.sha256().digest()  # the root of no leaves
PIECE = 12  # levels; leaves whose root is wanted and nothing else are taken 4096 at a time


def leaf_hash(content: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root over leaves that pass once; as many as there are, a few kilobytes are held."""
    waiting = iter(leaf_hashes)
    peaks: list[tuple[int, bytes]] = []  # level and root of whole subtrees, the largest first
    while piece := list(islice(waiting, 1 << PIECE)):
        for level, start in _whole(len(piece)):
            _push(peaks, level, Tree(piece[start : start + (1 << level)]).root())
    return _joined([peak for _, peak in peaks])


def _whole(size: int) -> Iterator[tuple[int, int]]:
    """(level, start) of the whole subtrees that leaves fall into, the largest first."""
    start = 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            yield level, start
            start += 1 << level


def _push(peaks: list[tuple[int, bytes]], level: int, peak: bytes) -> None:
    while peaks and peaks[-1][0] == level:
        peak = node_hash(peaks.pop()[1], peak)
        level += 1
    peaks.append((level, peak))


def _joined(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return EMPTY
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


class Tree:
    """All whole subtrees of these leaves, so that roots and proofs of any earlier size cost next to nothing."""

    def __init__(self, leaf_hashes: Sequence[bytes]) -> None:
        self.size = len(leaf_hashes)
        self._levels: list[Sequence[bytes]] = [leaf_hashes]
        sha256, below = hashlib.sha256, leaf_hashes
        while len(below) > 1:
            pairs = zip(below[0::2], below[1::2], strict=False)  # an odd one out has no pair yet
            below = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
            self._levels.append(below)

    def root(self, size: int | None = None) -> bytes:
        """The root of the first `size` leaves, of all without one. Raises ValueError for more than there are."""
        size = self.size if size is None else size
        self._check(0, size, size)
        return _joined([self._levels[level][start >> level] for level, start in _whole(size)])

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """The proof (2.1.3) that the leaf at `index` is among the first `size`. ValueError if it is not."""
        size = self.size if size is None else size
        self._check(index, size - 1, size)
        proof, start, end = [], 0, size
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                proof.append(self._over(middle, end))
                end = middle
            else:
                proof.append(self._over(start, middle))
                start = middle
        return proof[::-1]

    def consistency(self, first: int, size: int | None = None) -> list[bytes]:
        """The proof (2.1.4) that the first `first` leaves begin the first `size`. ValueError for none or too many."""
        size = self.size if size is None else size
        self._check(first - 1, size - 1, size)
        proof, start, end = [], 0, size
        while first != end:
            middle = start + _split(end - start)
            if first <= middle:
                proof.append(self._over(middle, end))
                end = middle
            else:
                proof.append(self._over(start, middle))
                start = middle
        if start:
            proof.append(self._over(start, end))
        return proof[::-1]

    def _check(self, index: int, last: int, size: int) -> None:
        if not 0 <= index <= last <= size <= self.size:
            raise ValueError(f"{index} of {size} is not within a tree of {self.size}")

    def _over(self, start: int, end: int) -> bytes:
        """The root over leaves of a subtree: `start` is a multiple of its width, rounded up to a power of two."""
        return _joined([self._levels[level][start + at >> level] for level, at in _whole(end - start)])


def _split(size: int) -> int:
    """The largest power of two below a size of at least two."""
    return 1 << ((size - 1).bit_length() - 1)


# ---------------------------------------------------------------- what a reader of a proof does


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from a leaf's hash to the root (2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, reached = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            reached = node_hash(sibling, reached)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            reached = node_hash(reached, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and reached == root


def is_consistent(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the tree of `first` leaves begins the one of `second` (2.1.4.2)."""
    if first == second:
        return not proof and first_root == second_root
    if not 0 < first < second or not proof:
        return first == 0 and second >= 0 and not proof  # whatever comes goes on from nothing
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    was = now = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            was, now = node_hash(sibling, was), node_hash(sibling, now)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            now = node_hash(now, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and was == first_root and now == second_root
