"""Rows of an XLSX workbook, sheet by sheet, with what is merged and hidden; XML is read by defusedxml alone."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO

import openpyxl
from openpyxl.reader.workbook import WorkbookParser
from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.worksheet._reader import WorkSheetParser

from iku_etl.connectors.registers.archive import BOOKS, BROKEN, Archive, bomb, broken, incomplete
from iku_etl.connectors.registers.headings import HEAD_ROWS, Row
from iku_etl.connectors.registers.merged import MergedCells
from iku_etl.connectors.registers.rows import MAX_COLUMNS
from iku_etl.connectors.registers.texts import Bounded, Texts, unescaped
from iku_etl.errors import ContractError

SHEETS = 256
MAX_ROWS, ROW_CHARACTERS = 1_048_576, 64 * 1024  # rows: Excel's own end
KEPT_DIGITS = 15  # of a number cell; a spreadsheet makes the others 0
KEPT_BELOW = 10**KEPT_DIGITS

warnings.filterwarnings("ignore", module=r"openpyxl\.")  # it warns of parts that are not read, and shows values


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
    book: Any
    texts: Texts
    percents: frozenset[int]


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
    """With openpyxl's own readers, one by one: as a whole it unpacks pictures and passes over a sheet that is lost."""
    names = set(archive.namelist())
    part_name = next(iter(archive.parts(*BOOKS)), "xl/workbook.xml")
    parser = WorkbookParser(archive, part_name, keep_links=False)
    parser.parse()
    apply_stylesheet(archive, parser.wb)
    if len(parser.sheets) > SHEETS:
        raise bomb()
    book = _Book(archive, parser.wb, Texts.of(archive), _percents(parser.wb))
    found = []
    for number, sheet in enumerate(parser.sheets, 1):
        relation = parser.rels[sheet.id]
        if not relation.Type.endswith("/worksheet"):
            continue  # a chart or an old macro
        if relation.target not in names:
            raise incomplete(f"lembar {number}")
        label = sheet.name if show_names else f"lembar {number}"
        found.append(BookSheet(sheet.name, label, sheet.state == "visible", book, relation.target))
    if len({one.part for one in found}) < len(found):
        raise bomb()
    return found


def _percents(book: Any) -> frozenset[int]:
    """The cell styles that show a number a hundredfold; a sign that is mere text (`0"%"`) does not."""

    def shown(number: int) -> str:
        return BUILTIN_FORMATS.get(number) or (book._number_formats[number - 164] if number >= 164 else "")

    literal = re.compile(r'"[^"]*"|\\.')
    return frozenset(
        place for place, style in enumerate(book._cell_styles) if "%" in literal.sub("", shown(style.numFmtId))
    )


def _rows(sheet: BookSheet, merged: MergedCells | None) -> Iterator[Row]:
    """Row by row with openpyxl's parser itself: its own iterators lose styles, or rows that do not rise."""
    book = sheet.book.book
    try:
        with sheet.book.archive.open(sheet.part) as stream:
            parser = WorkSheetParser(
                Bounded(stream, b"row"),
                sheet.book.texts,
                epoch=book.epoch,
                date_formats=book._date_formats,
                timedelta_formats=book._timedelta_formats,
            )
            widest = 0  # a row is as wide as the widest before it, so that none looks torn off
            for number, cells in parser.parse():
                place = f"{sheet.label}!{number}"
                if not 0 < number <= MAX_ROWS:
                    raise ContractError(f"{sheet.label}: nomor baris di luar batas Excel.", code="broken_workbook")
                how = parser.row_dimensions.pop(str(number), {})
                row = _cells(place, cells, sheet.book.percents)
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
