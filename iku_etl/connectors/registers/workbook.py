"""Rows of an XLSX workbook, sheet by sheet, with what is merged and hidden; XML is read by defusedxml alone."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO

import openpyxl
from defusedxml.ElementTree import iterparse
from openpyxl.worksheet._reader import ROW_TAG, WorkSheetParser

from iku_etl.connectors.registers.archive import BROKEN, Archive, broken, strict
from iku_etl.connectors.registers.headings import HEAD_ROWS, Row
from iku_etl.connectors.registers.merged import MergedCells
from iku_etl.connectors.registers.parts import Bounded, Shown, Texts, listed_sheets, shown_as, unescaped
from iku_etl.connectors.registers.rows import MAX_COLUMNS
from iku_etl.errors import ContractError

MAX_ROWS, ROW_CHARACTERS = 1_048_576, 64 * 1024  # rows: Excel's own end
KEPT_DIGITS = 15  # of a number cell; a spreadsheet makes the others 0
KEPT_BELOW = 10**KEPT_DIGITS

# openpyxl warns of parts that are not read, and shows values; in the redactor's child that stood before the cause
warnings.filterwarnings("ignore", module=r"openpyxl\.")


@dataclass(frozen=True)
class BookSheet:
    """One sheet of a workbook; `label` is what places call it."""

    title: str
    label: str
    is_visible: bool
    book: "_Book"
    part: str

    def head(self) -> list[Row]:
        """The rows that may stand before a table, without what is merged."""
        return list(islice(_rows(self, None), HEAD_ROWS))

    def rows(self) -> Iterator[Row]:
        """Every row, with place `Sheet1!14`; ContractError for damage."""
        try:
            with self.book.archive.open(self.part) as stream:
                merged = MergedCells.of(stream)
        except BROKEN as problem:
            raise broken(problem) from None
        return _rows(self, merged)


@dataclass(frozen=True)
class _Book:
    archive: Archive
    epoch: datetime
    shown: Shown
    texts: Texts


def workbook_sheets(stream: BinaryIO, *, show_names: bool = True) -> list[BookSheet]:
    """The sheets of a workbook in their order; ContractError for a bomb, damage, or what is no workbook.

    Without `show_names` a place is `lembar 1!14`: a sheet's title may be a person's name.
    """
    if not openpyxl.DEFUSEDXML:
        raise ContractError(
            "defusedxml dimatikan; buku kerja tidak dibaca. Hapus variabel OPENPYXL_DEFUSEDXML.", code="unsafe_xml"
        )
    try:
        return _sheets(Archive(stream), show_names=show_names)
    except (*BROKEN, MemoryError) as problem:
        raise broken(problem) from None


def _sheets(archive: Archive, *, show_names: bool) -> list[BookSheet]:
    listed, epoch = listed_sheets(archive)
    book = _Book(archive, epoch, shown_as(archive), Texts.of(archive))
    return [
        BookSheet(one.title, one.title if show_names else f"lembar {number}", one.is_visible, book, one.part)
        for number, one in enumerate(listed, 1)
    ]


def _rows(sheet: BookSheet, merged: MergedCells | None) -> Iterator[Row]:
    """Row by row with openpyxl's parser of rows alone: its own iterators lose styles, or rows that do not rise, and a
    rule of how cells are coloured that it does not know would cost the file.
    """
    book = sheet.book
    try:
        with book.archive.open(sheet.part) as stream:
            parser = WorkSheetParser(
                stream,
                book.texts,
                epoch=book.epoch,
                date_formats=set(book.shown.dates),
                timedelta_formats=set(book.shown.spans),
            )
            widest = 0  # a row is as wide as the widest before it, so that none looks torn off
            for _, element in iterparse(Bounded(stream, b"row"), ("end",), forbid_dtd=True):
                if element.tag != ROW_TAG:
                    if element.tag.endswith("}row"):
                        raise strict()  # it would be a sheet without rows
                    continue
                number, cells = parser.parse_row(element)
                element.clear()
                place = f"{sheet.label}!{number}"
                if not 0 < number <= MAX_ROWS:
                    raise ContractError(f"{sheet.label}: nomor baris di luar batas Excel.", code="broken_workbook")
                how = parser.row_dimensions.pop(str(number), {})
                row = _cells(place, cells, book.shown.percents)
                widest = max(widest, len(row))
                if row:
                    row += [""] * (widest - len(row))
                is_merged = merged is not None and bool(merged) and merged.fill(number, row)
                yield Row(place, row, _is_hidden(how), is_merged)
    except (*BROKEN, MemoryError) as problem:
        raise broken(problem) from None


def _is_hidden(how: Any) -> bool:
    """Whether nobody sees a row: hidden by hand or by a filter, or of no height."""
    return how.get("hidden") in ("1", "true") or how.get("ht") in ("0", "0.0")


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
        return unescaped(value)
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
