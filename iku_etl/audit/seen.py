"""What somebody remembers of the log: the hash of every leaf, so that another history is named by its first leaf.

The log's own folder, the signer's and each witness's hold one: `leaves`, 32 bytes a leaf.
"""

from collections.abc import Sequence
from pathlib import Path

from iku_etl.audit import files
from iku_etl.errors import LedgerError

HASH = 32


class Seen:
    """The leaves that whoever keeps this folder has seen."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "leaves"
        content = self._path.read_bytes() if self._path.exists() else b""
        self.hashes = [content[at : at + HASH] for at in range(0, len(content) - HASH + 1, HASH)]
        self._is_torn = len(content) % HASH != 0

    def check(self, hashes: Sequence[bytes], lines: Sequence[bytes], who: str) -> None:
        """Raise LedgerError unless these leaves begin with the seen ones; the first other one is named."""
        for number, (was, is_now) in enumerate(zip(self.hashes, hashes, strict=False), start=1):
            if was != is_now:
                shown = lines[number - 1][:120].decode(errors="replace")
                raise LedgerError(
                    f"daun {number} buku besar bukan yang pernah dilihat {who}: kini {shown}. Sejak daun itu riwayatnya"
                    " lain; jangan percaya kepala mana pun dari berkas ini, dan minta salinan yang lama."
                )
        if len(hashes) < len(self.hashes):
            raise LedgerError(
                f"buku besar berisi {len(hashes)} daun, padahal {who} sudah melihat {len(self.hashes)}: ekornya"
                f" dipotong sesudah daun {len(hashes)}. Pulihkan berkasnya dari salinan; jangan teruskan yang ini."
            )

    def keep(self, hashes: Sequence[bytes]) -> None:
        """Remember leaves that `check` has let pass, on the disk."""
        if self._is_torn:  # killed while it was written
            files.replace(self._path, b"".join(self.hashes))
            self._is_torn = False
        if new := list(hashes[len(self.hashes) :]):
            files.append(self._path, b"".join(new))
            self.hashes += new
