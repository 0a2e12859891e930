"""Rows of an XLSX workbook, after caps on what it unpacks to; XML is read by defusedxml alone."""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any, BinaryIO
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._reader import WorkSheetParser

from iku_etl.connectors.registers.rows import PlacedRow
from iku_etl.errors import ContractError

ENTRIES = 2_000
UNPACKED_BYTES = 512 * 1024**2
PART_BYTES, STRINGS_BYTES = 8 * 1024**2, 64 * 1024**2  # styles and texts are held in memory, sheets are not
RATIO = 200  # sheets pack 10 to 50 to 1
RATIO_FREE = 1024**2
MAX_ROWS, MAX_COLUMNS, ROW_CHARACTERS = 1_048_576, 1_024, 64 * 1024  # rows: Excel's own end
KEPT_DIGITS = 15  # of a number cell; a spreadsheet makes the others 0
KEPT_BELOW = 10**KEPT_DIGITS
ROW_BYTES = 2 * 1024**2  # of XML from one row to the next: that much is held in memory

BROKEN = (
    zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, AttributeError, IndexError,
    EOFError, OSError, NotImplementedError, OverflowError, AssertionError, RuntimeError, zlib.error, struct.error,
)  # fmt: skip  # what openpyxl and zipfile raise on damaged files


def workbook_sheets(stream: BinaryIO, *, name_sheets: bool = True) -> Iterator[tuple[bool, Iterator[PlacedRow]]]:
    """Each sheet: whether it is visible, and its rows with place `Sheet1!14`; ContractError for a bomb or damage.

    Without `name_sheets` the place is `lembar 1!14`: a sheet's title may be a person's name.
    """
    _check(stream)
    try:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=False, keep_links=False)
        percents = _percents(book)
    except (*BROKEN, MemoryError) as problem:
        raise _broken(problem) from None
    for number, sheet in enumerate(book.worksheets, 1):
        rows = _rows(sheet, sheet.title if name_sheets else f"lembar {number}", percents)
        yield sheet.sheet_state == "visible", rows


def _percents(book: Any) -> frozenset[int]:
    """The cell styles that show a number a hundredfold; a sign that is mere text (`0"%"`) does not."""

    def shown(number: int) -> str:
        return BUILTIN_FORMATS.get(number) or (book._number_formats[number - 164] if number >= 164 else "")

    literal = re.compile(r'"[^"]*"|\\.')
    return frozenset(
        place for place, style in enumerate(book._cell_styles) if "%" in literal.sub("", shown(style.numFmtId))
    )


def _check(stream: BinaryIO) -> None:
    """Judge the archive by its own table before anything is unpacked (zipfile never unpacks more than it says)."""
    if not openpyxl.DEFUSEDXML:
        raise ContractError(
            "defusedxml dimatikan; buku kerja tidak dibaca. Hapus variabel OPENPYXL_DEFUSEDXML.", code="unsafe_xml"
        )
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            types = _types(archive)
    except (*BROKEN, MemoryError) as problem:
        raise _broken(problem) from None
    finally:
        stream.seek(0)
    dense = any(e.file_size > RATIO_FREE and e.file_size > RATIO * max(e.compress_size, 1) for e in entries)
    large = any(e.file_size > _cap(types.get("/" + e.filename, set())) for e in entries)
    if len(entries) > ENTRIES or sum(e.file_size for e in entries) > UNPACKED_BYTES or large or dense:
        raise _bomb()


def _types(archive: zipfile.ZipFile) -> dict[str, set[str]]:
    """The content type of each part: readers find a part by its type, not by its name."""
    name = "[Content_Types].xml"
    if archive.getinfo(name).file_size > PART_BYTES:
        raise _bomb()
    types: dict[str, set[str]] = {}
    for element in fromstring(archive.read(name), forbid_dtd=True):
        types.setdefault(element.get("PartName", ""), set()).add(element.get("ContentType", ""))
    return types


def _cap(types: set[str]) -> int:
    if types and all(kind.endswith(".worksheet+xml") for kind in types):
        return UNPACKED_BYTES
    return STRINGS_BYTES if types and all(kind.endswith(".sharedStrings+xml") for kind in types) else PART_BYTES


def _bomb() -> ContractError:
    hint = "Kirim sebagai CSV UTF-8, atau pecah per bulan."
    return ContractError(f"Buku kerja mengembang melebihi batas setelah dibuka. {hint}", code="zip_bomb")


class _Source:
    """A sheet's XML; ContractError when more than ROW_BYTES come without a new row."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._since = stream, 0

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        at = max(piece.rfind(b"<row"), piece.rfind(b":row"))
        self._since = self._since + len(piece) if at < 0 else len(piece) - at
        if self._since > ROW_BYTES:
            raise _bomb()
        return piece

    def close(self) -> None:
        self._stream.close()


def _rows(sheet: Any, title: str, percents: frozenset[int]) -> Iterator[PlacedRow]:
    """Row by row with openpyxl's parser itself: its own iterators lose styles, or rows that do not rise."""
    book = sheet.parent
    try:
        with book._archive.open(sheet._worksheet_path) as stream:
            parser = WorkSheetParser(
                _Source(stream),
                sheet._shared_strings,
                epoch=book.epoch,
                date_formats=book._date_formats,
                timedelta_formats=book._timedelta_formats,
            )
            widest = 0  # a row is as wide as the widest before it, so that none looks torn off
            for number, cells in parser.parse():
                place = f"{title}!{number}"
                if not 0 < number <= MAX_ROWS:
                    raise ContractError(f"{title}: nomor baris di luar batas Excel.", code="broken_workbook")
                row = _cells(place, cells, percents)
                widest = max(widest, len(row))
                yield place, row + [""] * (widest - len(row)) if row else row
    except (*BROKEN, MemoryError) as problem:
        raise _broken(problem) from None


def _cells(place: str, cells: list[dict[str, Any]], percents: frozenset[int]) -> list[str]:
    filled = [cell for cell in cells if cell["value"] is not None]
    width = max((cell["column"] for cell in cells if cell["column"] <= MAX_COLUMNS), default=0)
    row = [""] * width
    size = 0
    if len(cells) > 16_384 or any(cell["column"] > MAX_COLUMNS for cell in filled):  # Excel's own last column
        raise ContractError(f"{place}: lebih dari {MAX_COLUMNS} kolom berisi.", code="long_row")
    for cell in filled:
        value = cell["value"]
        is_percent = cell["style_id"] in percents and type(value) in (int, float)
        row[cell["column"] - 1] = text = _percent(value) if is_percent else _text(value)
        size += len(text)
    if size > ROW_CHARACTERS:
        raise ContractError(f"{place}: isi baris lebih dari {ROW_CHARACTERS} karakter.", code="long_row")
    return row if filled else []


def _percent(value: float) -> str:
    """The text as the office sees it, with its sign (`95%`): the typed stage asks whether 0,95 or 95 is meant."""
    shown = Decimal(repr(value)) * 100
    return f"{shown.normalize():f}%".replace(".", ",")


def _text(value: Any) -> str:
    """A cell as text that the typed stage reads without doubt: a formula as it stands, a number with decimal comma.

    What only a workbook knows of a cell shows in its form: a date cell is `2026-01-31T00:00:00` (`day_order` asks for
    it), and a number of more digits than a spreadsheet keeps is `2,0261E+17`, as it shows it.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        return value.isoformat(sep="T" if value.time() == time() else " ")
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00"
    formula = getattr(value, "text", None)  # an array formula
    return f"={formula}" if formula is not None and not str(formula).startswith("=") else str(formula or value)


def _number(value: float) -> str:
    if abs(value) >= KEPT_BELOW:
        return f"{Decimal(value).normalize():.{KEPT_DIGITS - 1}E}".replace(".", ",")
    if abs(value) < KEPT_BELOW and value == int(value):
        return str(int(value))
    text = format(Decimal(repr(value)), "f").replace(".", ",")
    whole, comma, decimals = text.partition(",")
    return f"{whole}{comma}{decimals}0" if len(decimals) == 3 else text  # 1,234 could be taken for thousands


def _broken(problem: Exception) -> ContractError:
    if isinstance(problem, MemoryError):
        return _bomb()
    cause: BaseException | None = problem
    while cause is not None:  # openpyxl wraps what defusedxml refuses
        if isinstance(cause, DefusedXmlException):
            return ContractError("Buku kerja memuat deklarasi XML yang dilarang (DTD atau entitas).", code="xml_bomb")
        cause = cause.__cause__
    kind = type(problem).__name__  # never its text: that may hold a value
    return ContractError(f"Buku kerja rusak atau terpotong ({kind}). Kirim lagi berkasnya.", code="broken_workbook")
