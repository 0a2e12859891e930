"""Stops a loop over pages: a server that ignores the page's parameter gives the same bytes for ever."""

import hashlib
from collections.abc import Iterable, Iterator

from iku_etl.errors import ContractError

SMALL = 1024  # bytes; empty pages may well be equal


class PageGuard:
    """Remembers the pages of one extraction by hash; wraps each page's chunks while they stream."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._seen: dict[str, str] = {}

    def watch(self, page: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks; ContractError after the last one if an earlier page had exactly these bytes."""
        digest, size = hashlib.sha256(), 0
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            yield chunk
        earlier = self._seen.setdefault(digest.hexdigest(), page)
        if earlier != page and size > SMALL:
            raise ContractError(
                f"{self._what}: halaman {page} mengulang halaman {earlier} persis; server mengabaikan halaman mana "
                "yang diminta. Tidak ada yang dimuat.",
                code="page_loop",
            )
