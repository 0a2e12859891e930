"""A register file without some of its rows, which were mended in another; every other row keeps its place.

The rows are emptied where they stand, as an office would do it; the file as it was is in the raw store.
"""

import re
from collections.abc import Collection
from pathlib import Path

import openpyxl

from iku_etl.connectors.registers import sheets
from iku_etl.connectors.registers.archive import BROKEN, broken
from iku_etl.connectors.registers.encoding import encoding_of
from iku_etl.errors import ContractError

_BYTES = re.compile(r"baris \d+, byte (\d+)-(\d+)")
_CELL = re.compile(r"(?P<sheet>.*)!(?P<row>\d+)", re.DOTALL)
_NUMBERED = re.compile(r"lembar (\d+)")


def without_rows(path: Path, places: Collection[str], out: Path) -> None:
    """Write the file at `path` to `out` with the rows at these places emptied. ContractError for a place it hasn't."""
    with path.open("rb") as stream:
        is_workbook = sheets.is_workbook(stream)
    if is_workbook:
        _workbook(path, places, out)
    else:
        _text(path, places, out)


def _text(path: Path, places: Collection[str], out: Path) -> None:
    """Lines stay counted as they are: the ends of emptied lines stay (but for cells of several lines in UTF-16)."""
    body = path.read_bytes()
    kept = b"\r\n" if encoding_of(body[:4]).unit == 1 else b""
    for place in places:
        said = _BYTES.match(place)
        if said is None or int(said[2]) > len(body):
            raise _unknown(place)
    spans = sorted((int(said[1]), int(said[2])) for place in places if (said := _BYTES.match(place)))
    made, before = bytearray(), 0
    for begin, end in spans:
        row = body[begin:end]
        made += body[before:begin] + bytes(sign for sign in row if sign in kept)  # a cell may hold lines
        before = end
    out.write_bytes(bytes(made) + body[before:])


def _workbook(path: Path, places: Collection[str], out: Path) -> None:
    try:
        book = openpyxl.load_workbook(path)
        for place in places:
            said = _CELL.fullmatch(place)
            if said is None:
                raise _unknown(place)
            numbered = _NUMBERED.fullmatch(said["sheet"])
            name = said["sheet"] if said["sheet"] in book.sheetnames else None
            if name is None and numbered and int(numbered[1]) <= len(book.sheetnames):
                name = book.sheetnames[int(numbered[1]) - 1]
            if name is None:
                raise _unknown(place)
            for cell in book[name][int(said["row"])]:
                if type(cell).__name__ != "MergedCell":
                    cell.value = None
        book.save(out)
    except BROKEN as problem:
        raise broken(problem) from None


def _unknown(place: str) -> ContractError:
    return ContractError(
        f"{place}: tidak ada di berkas itu. Serahkan berkas lengkap yang sudah diperbaiki.", code="place"
    )
