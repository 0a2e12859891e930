"""Cells of a workbook that are merged: the text of each stands in the first of them alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from openpyxl.utils import range_boundaries

from iku_etl.connectors.registers.archive import bomb
from iku_etl.connectors.registers.rows import MAX_COLUMNS, Merged
from iku_etl.errors import ContractError

PIECE_BYTES = 256 * 1024
AREAS = 20_000  # of one sheet
FILLED_CELLS, FILLED_CHARACTERS = 1_000_000, 64 * 1024**2  # a merged area is a short word for very many cells
_AREA = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]*?\bref\s*=\s*["\']([^"\'<>]{2,40})["\']')
LONGEST_AREA = 256  # bytes of such an element


@dataclass(frozen=True)
class _Area:
    left: int  # columns and rows from 1
    top: int
    right: int
    bottom: int


class MergedCells:
    """The merged cells of one sheet, put into its rows as they come, from the first to the last."""

    def __init__(self, areas: Iterator[_Area]) -> None:
        self._from: dict[int, list[_Area]] = {}
        for area in areas:
            self._from.setdefault(area.top, []).append(area)
        self._open: list[tuple[_Area, str]] = []
        self._last = self._cells = self._characters = 0

    @classmethod
    def of(cls, stream: IO[bytes]) -> "MergedCells":
        """Those that a sheet's XML names, which it does after its last row. ContractError for far too many."""
        return cls(_areas(stream))

    def __bool__(self) -> bool:
        return bool(self._from)

    def fill(self, number: int, row: list[str]) -> bool:
        """Put `Merged` cells into the row of that number, if it has cells of its own; whether there are any."""
        if number <= self._last:
            why = "Nomor baris tidak naik, padahal ada sel gabungan; berkas rusak."
            raise ContractError(why, code="broken_workbook")
        self._last = number
        if not row:
            return False
        before = self._cells
        self._open = [(area, text) for area, text in self._open if area.bottom >= number]
        for area, text in self._open:
            self._put(row, area, text, area.left)
        for area in self._from.get(number, ()):
            text = row[area.left - 1] if area.left <= len(row) else ""
            if not text:
                continue
            if area.bottom > number:
                self._open.append((area, text))
                row[area.left - 1] = Merged.of(text, text, is_beside=False)
            self._put(row, area, text, area.left + 1)
        if len(self._open) > MAX_COLUMNS or self._cells > FILLED_CELLS or self._characters > FILLED_CHARACTERS:
            raise bomb()
        return self._cells > before

    def _put(self, row: list[str], area: _Area, text: str, begin: int) -> None:
        end = min(area.right, len(row))
        for column in range(begin, end + 1):
            row[column - 1] = Merged.of("", text, is_beside=column > area.left)
        self._cells += 1 + max(end + 1 - begin, 0)
        self._characters += len(text)


def _areas(stream: IO[bytes]) -> Iterator[_Area]:
    """Found in the bytes themselves: to parse a sheet twice takes as long again as to read it."""
    seen: set[bytes] = set()
    kept = b""
    while piece := stream.read(PIECE_BYTES):
        piece = kept + piece
        for found in _AREA.finditer(piece):
            if found[1] in seen:
                continue
            seen.add(found[1])
            if len(seen) > AREAS:
                raise bomb()
            left, top, right, bottom = range_boundaries(found[1].decode("ascii"))
            if left and top and right and bottom:
                yield _Area(left, top, right, bottom)
        kept = piece[-LONGEST_AREA:]
