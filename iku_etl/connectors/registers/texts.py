"""Texts of a workbook: those that its cells share, and how its XML writes what it can't hold."""

import re
from collections.abc import Iterator
from typing import IO, Any

from defusedxml.ElementTree import iterparse

from iku_etl.connectors.registers.archive import STRINGS, Archive, bomb, incomplete

PIECE_BYTES = 2 * 1024**2  # of XML from one row or text to the next: that much is held in memory
_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")


class Texts(list[str]):
    """The texts that cells share, by number; ContractError for one that is not there."""

    @classmethod
    def of(cls, archive: Archive) -> "Texts":
        """Those of a workbook: none where it has no such part, as some programs write it."""
        texts = cls()
        for name in archive.parts(STRINGS):
            if name not in archive.NameToInfo:
                raise incomplete("teks sel (sharedStrings)")
            with archive.open(name) as stream:
                texts.extend(_texts(stream))
        return texts

    def __getitem__(self, number: Any) -> Any:
        if not 0 <= number < len(self):
            raise incomplete("teks sel (sharedStrings)")
        return super().__getitem__(number)


class Bounded:
    """A part's XML; ContractError when more than PIECE_BYTES come without a new element of that name."""

    def __init__(self, stream: IO[bytes], element: bytes) -> None:
        self._stream, self._since = stream, 0
        self._begins = (b"<" + element, b":" + element)

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        at = max(map(piece.rfind, self._begins))
        self._since = self._since + len(piece) if at < 0 else len(piece) - at
        if self._since > PIECE_BYTES:
            raise bomb()
        return piece

    def close(self) -> None:
        self._stream.close()


def _texts(stream: IO[bytes]) -> Iterator[str]:
    """Text by text, with openpyxl's meaning: the runs of a rich one joined, how it is read aloud left out."""
    table: Any = None
    for event, element in iterparse(Bounded(stream, b"si"), ("start", "end"), forbid_dtd=True):
        if table is None:
            table = element
        elif event == "end" and _name(element) == "si":
            yield "".join(_parts(element))
            table.clear()


def _parts(text: Any) -> Iterator[str]:
    for part in text:
        if _name(part) == "t":
            yield part.text or ""
        elif _name(part) == "r":
            yield from (run.text or "" for run in part if _name(run) == "t")


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def unescaped(text: str) -> str:
    """The text with `_x000D_` as the line end that it stands for; what no cell can hold stays as it is written."""

    def character(code: re.Match[str]) -> str:
        meant = chr(int(code[0][2:6], 16))
        return meant if meant.isprintable() or meant in "\t\n\r" else code[0]

    return _ESCAPED.sub(character, text) if "_x" in text else text
