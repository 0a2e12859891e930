"""Floor 2. Rows of an XLSX workbook, after caps on what it unpacks to; XML is read by defusedxml alone."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException

from iku_etl.connectors.rows import Row
from iku_etl.errors import ContractError

ENTRIES = 2_000
UNPACKED_BYTES = 512 * 1024**2
STRINGS_BYTES = 96 * 1024**2  # the table of texts is held in memory
RATIO = 200  # sheets pack 10 to 50 to 1
RATIO_FREE = 1024**2
MAX_ROWS, MAX_COLUMNS = 1_048_576, 256  # rows: Excel's; a file may name others and make the reader count for ever

BROKEN = (
    zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, AttributeError, IndexError,
    EOFError, OSError, NotImplementedError, OverflowError, AssertionError, RuntimeError, zlib.error, struct.error,
)  # fmt: skip  # what openpyxl and zipfile raise on damaged files


def workbook_sheets(stream: BinaryIO, *, name_sheets: bool = True) -> Iterator[Iterator[Row]]:
    """The rows of each visible sheet, place `Sheet1!14`; ContractError for a bomb or a damaged file.

    Without `name_sheets` the place is `lembar 1!14`: a sheet's title may be a person's name.
    """
    _check(stream)
    try:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=False, keep_links=False)
    except BROKEN as problem:
        raise _broken(problem) from None
    for number, sheet in enumerate(book.worksheets, 1):
        if sheet.sheet_state == "visible":
            yield _rows(sheet, sheet.title if name_sheets else f"lembar {number}")


def _check(stream: BinaryIO) -> None:
    """Judge the archive by its own table before anything is unpacked (zipfile never unpacks more than it says)."""
    if not openpyxl.DEFUSEDXML:
        raise ContractError("defusedxml is off (OPENPYXL_DEFUSEDXML); workbooks are not read.", code="unsafe_xml")
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
    except BROKEN as problem:
        raise _broken(problem) from None
    finally:
        stream.seek(0)
    dense = any(e.file_size > RATIO_FREE and e.file_size > RATIO * max(e.compress_size, 1) for e in entries)
    strings = sum(e.file_size for e in entries if "sharedstrings" in e.filename.lower())
    if len(entries) > ENTRIES or sum(e.file_size for e in entries) > UNPACKED_BYTES or strings > STRINGS_BYTES or dense:
        raise ContractError(
            "Buku kerja mengembang melebihi batas setelah dibuka. Kirim sebagai CSV UTF-8, atau pecah per bulan.",
            code="zip_bomb",
        )


def _rows(sheet: Any, title: str) -> Iterator[Row]:
    sheet.reset_dimensions()  # what a sheet says of its size is often wrong
    try:
        rows = sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS, values_only=True)
        for number, values in enumerate(rows, 1):
            last = max((place for place, value in enumerate(values, 1) if value is not None), default=0)
            yield f"{title}!{number}", [_text(value) for value in values] if last else []
    except BROKEN as problem:
        raise _broken(problem) from None


def _text(value: Any) -> str:
    """A cell as text that the typed stage reads without doubt: ISO dates, decimal comma, a formula as it stands."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    formula = getattr(value, "text", None)  # an array formula
    return f"={formula}" if formula is not None and not str(formula).startswith("=") else str(formula or value)


def _number(value: float) -> str:
    if value == int(value) if abs(value) < 2**53 else False:
        return str(int(value))
    text = format(Decimal(repr(value)), "f").replace(".", ",")
    whole, comma, decimals = text.partition(",")
    return f"{whole}{comma}{decimals}0" if len(decimals) == 3 else text  # 1,234 could be taken for thousands


def _broken(problem: Exception) -> ContractError:
    cause: BaseException | None = problem
    while cause is not None:  # openpyxl wraps what defusedxml refuses
        if isinstance(cause, DefusedXmlException):
            return ContractError("Buku kerja memuat deklarasi XML yang dilarang (DTD atau entitas).", code="xml_bomb")
        cause = cause.__cause__
    kind = type(problem).__name__  # never its text: that may hold a value
    return ContractError(f"Buku kerja rusak atau terpotong ({kind}). Kirim lagi berkasnya.", code="broken_workbook")
