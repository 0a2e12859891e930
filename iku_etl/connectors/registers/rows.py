"""Rows of a register file (CSV or XLSX) with their places, in bounded memory; standard library only,
so that the capped child of `redact` can use it. No message holds a value of the file.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from iku_etl.connectors.registers.encoding import Lines
from iku_etl.connectors.registers.headings import Header, Heading, Row, Unclaimed, clean, fold, header_of
from iku_etl.connectors.registers.statements import Statement
from iku_etl.errors import ContractError
from iku_etl.records.spellings import BLANKS, NIHIL, NOTHING

PlacedRow = tuple[str, list[str]]  # place, cells

MAX_COLUMNS = 1_024
MAX_HIDDEN = 10_000  # rows of one table: each is set aside by its place
TOTALS = ("jumlah", "total", "jumlah_total", "grand_total")
TOTAL_ROW, HEADER_AGAIN, NIL_ROW = "baris jumlah", "judul berulang", "baris nihil"
MERGED = "(sel gabungan)"


class Merged(str):
    """A cell of several that are merged: `whole` is what stands in the first of them, `is_beside`: it is right of that.

    As a text it is what the file holds: the first has the text, the others nothing.
    """

    whole: str
    is_beside: bool

    @classmethod
    def of(cls, text: str, whole: str, *, is_beside: bool) -> "Merged":
        """The cell that holds `text` of its own; `is_beside`: not in the column of the first one."""
        cell = cls(text)
        cell.whole, cell.is_beside = whole, is_beside
        return cell


@dataclass
class Sheet:
    """One table of a file. `names` per cell: the declared name, else the heading as it stands.

    `constants` are declared columns that stand before the header (`unit,diskominfo`), one value for all rows.
    `declared_out` and `hidden`, the places of rows that nobody sees, are complete once `rows` is exhausted.
    `stripped` names undeclared columns that the kept file no longer has; complete as those are.
    `said` is what stands above the header, `label` what places call the table (nothing for a file with one alone).
    """

    names: tuple[str, ...]
    constants: dict[str, str]
    rows: Iterator[PlacedRow]
    said: Statement = field(default_factory=Statement)
    label: str = ""
    declared_out: Counter[str] = field(default_factory=Counter)
    hidden: list[str] = field(default_factory=list)
    stripped: list[str] = field(default_factory=list)


# ---------------------------------------------------------------- a table


def sheet_of(
    rows: Iterator[Row], headings: Sequence[Heading], said: Statement | None = None, *, show_names: bool = True
) -> Sheet:
    """The table whose header names most of the headings; ContractError `no_header` if none of the first rows does.

    Without `show_names` no message says a heading that nobody declared.
    """
    header, below = header_of(rows, headings)
    sheet = Sheet(header.names, header.constants, iter(()), said or Statement())
    sheet.rows = _data(below, header, sheet, headings, Unclaimed(header, headings, show=show_names))
    return sheet


def _is_total(cells: Sequence[str], texts: Sequence[int]) -> bool:
    """Whether the row begins with `Jumlah` and has none of the texts that a record must have (columns `texts`).

    A number, such as the count itself, is not a text.
    """
    first, word = next((number, text) for number, cell in enumerate(cells) if (text := clean(cell)))
    others = (cells[at] for at in texts if at != first and at < len(cells))
    return fold(word) in TOTALS and not any(letter.isalpha() for text in others for letter in text)


def _trimmed(cells: Sequence[str]) -> list[str]:
    """The cells without blanks around them and without the empty ones at the end."""
    texts = [clean(cell) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _is_nil(cells: Sequence[str]) -> bool:
    """Whether the row says only that there is nothing: `1, NIHIL, -`."""
    texts = [text for cell in cells if (text := clean(cell)) and text not in NOTHING]
    return all(text in NIHIL or text.strip(".").isdigit() for text in texts)


def _data(
    rows: Iterator[Row], header: Header, sheet: Sheet, headings: Sequence[Heading], unclaimed: Unclaimed
) -> Iterator[PlacedRow]:
    by_name = {heading.name: heading for heading in headings}
    columns = [by_name.get(name) for name in sheet.names]
    texts = [number for number, column in enumerate(columns) if column and column.required and column.is_text]
    width = len(columns)
    headers = [_trimmed(row) for row in header.used]
    begins = {next(text for cell in row if (text := cell.strip(BLANKS))) for row in header.used}
    for row in rows:
        place, cells = row.place, row.cells
        first = next((text for cell in cells if (text := cell.strip(BLANKS))), None)
        if first is None:
            continue
        if first[0] in "JjTtGg" and _is_total(cells, texts):
            sheet.declared_out[TOTAL_ROW] += 1
        elif first in begins and _trimmed(cells) in headers:
            sheet.declared_out[HEADER_AGAIN] += 1
        elif not NIHIL.isdisjoint(cells) and _is_nil(cells):
            sheet.declared_out[NIL_ROW] += 1
        elif len(cells) < width:
            hint = "Berkas terpotong, atau ada baris yang tidak lengkap."
            raise ContractError(f"{place}: {len(cells)} sel, seharusnya {width}. {hint}", code="truncated")
        elif any(clean(cell) for cell in cells[width:]):
            hint = "Apit teks yang memuat pemisah dengan tanda kutip."
            raise ContractError(f"{place}: {len(cells)} sel, seharusnya {width}. {hint}", code="ragged")
        elif row.is_hidden:
            _hide(sheet, place)
        else:
            cells = cells[:width]
            if row.is_merged:
                cells = [_whole(cell, column) for cell, column in zip(cells, columns, strict=True)]
            if unclaimed:
                unclaimed.check(place, cells)
            yield place, cells


def _hide(sheet: Sheet, place: str) -> None:
    if len(sheet.hidden) >= MAX_HIDDEN:
        raise ContractError(
            f"{place}: lebih dari {MAX_HIDDEN} baris tersembunyi. Tampilkan semuanya (hapus filter), lalu kirim lagi.",
            code="hidden_rows",
        )
    sheet.hidden.append(place)


def _whole(cell: str, column: Heading | None) -> str:
    """What a cell of merged ones says in this row and column: one cell speaks for each of its rows.

    But a number would be counted in each, and a cell that is merged sideways speaks for the column where it begins:
    those become a text that no number and no date is, so that the record is set aside with these words.
    """
    if not isinstance(cell, Merged) or column is None:
        return cell
    if cell.is_beside:
        return "" if column.is_text else MERGED
    return f"{cell.whole} {MERGED}" if column.is_number else cell.whole


# ---------------------------------------------------------------- CSV


def csv_rows(stream: BinaryIO, delimiter: str, *, within: str | None = None) -> Iterator[Row]:
    """Every record of a CSV file with its place: `baris 14, byte 803-861`, where bytes[803:861] are the record.

    `within`: the delimiter of the records where each of them is one quoted cell of the file.
    """
    lines = Lines(stream)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        number, begin = lines.number + 1, lines.end
        try:
            cells = next(reader)
            if within and is_one_cell(cells):
                cells = next(csv.reader([cells[0]], delimiter=within, strict=True), [])
        except StopIteration:
            return
        except csv.Error as problem:
            torn = "unexpected end" in str(problem)
            what = "berkas terpotong, tanda kutip tidak ditutup" if torn else "tanda kutip atau baris rusak"
            raise ContractError(f"baris {number}, byte {begin}: {what}.", code="truncated" if torn else "csv") from None
        if len(cells) > MAX_COLUMNS:  # spreadsheets write separators as far as somebody once set a format
            if any(map(clean, cells[MAX_COLUMNS:])):
                raise ContractError(
                    f"baris {number}, byte {begin}: lebih dari {MAX_COLUMNS} kolom berisi.", code="long_row"
                )
            del cells[MAX_COLUMNS:]
        yield Row(f"baris {number}, byte {begin}-{lines.last_byte}", cells)


def is_one_cell(cells: Sequence[str]) -> bool:
    """Whether a row holds something in its first cell alone."""
    return bool(cells and cells[0]) and not any(cells[1:])
