"""Rows of a register file (CSV or XLSX) with their places, in bounded memory; standard library only,
so that the capped child of `redact` can use it. No message holds a value of the file.
"""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import BinaryIO

from iku_etl.connectors.registers.encoding import Lines
from iku_etl.errors import ContractError
from iku_etl.records.spellings import BLANKS, NIHIL, NOTHING

PlacedRow = tuple[str, list[str]]  # place, cells

HEAD_ROWS = 60  # title rows an office may put before the header
TOTALS = ("jumlah", "total", "jumlah_total", "grand_total")
TOTAL_ROW, HEADER_AGAIN, NIL_ROW = "baris jumlah", "judul berulang", "baris nihil"


@dataclass(frozen=True)
class Heading:
    """A declared column, and the folded names it may have in a file."""

    name: str
    names: frozenset[str]
    required: bool
    is_text: bool = False

    @classmethod
    def of(cls, name: str, others: Sequence[str], *, required: bool, is_text: bool = False) -> "Heading":
        """The heading of a column: its name and its other names, folded."""
        return cls(name, frozenset(fold(text) for text in (name, *others)), required, is_text)


@dataclass
class Sheet:
    """One table of a file. `names` per cell: the declared name, else the heading as it stands.

    `constants` are declared columns that stand before the header (`unit,diskominfo`), one value for all rows.
    `declared_out` is complete once `rows` is exhausted.
    """

    names: tuple[str, ...]
    constants: dict[str, str]
    rows: Iterator[PlacedRow]
    declared_out: Counter[str] = field(default_factory=Counter)


def fold(text: str) -> str:
    """A heading without case, and with blanks of any kind and underscores as one underscore."""
    return re.sub(r"[\s_]+", "_", unicodedata.normalize("NFKC", text).strip(" \t\r\n_:*")).casefold()


def clean(text: str) -> str:
    return text.strip(BLANKS)


# ---------------------------------------------------------------- a table


def sheet_of(rows: Iterator[PlacedRow], headings: Sequence[Heading]) -> Sheet:
    """The table whose header names most of the headings; ContractError `no_header` if none of the first rows does."""
    known = {name: heading.name for heading in headings for name in heading.names}
    needed = min(len(headings), max(2, sum(heading.required for heading in headings) // 2))
    constants: dict[str, str] = {}
    above: list[str] = []
    for place, cells in islice(rows, HEAD_ROWS):
        header, used = cells, [cells]
        joined = _joined(above, cells, known)
        if len(_matched(joined, known)) > len(_matched(cells, known)) and _is_header(joined, headings, known):
            header, used = joined, [above, cells]
        if len(_matched(header, known)) >= needed:
            below = next(rows, None)
            if below is not None and _is_second_row(header, below[1], known):
                header, used = _joined(header, below[1], known), [*used, below[1]]
            elif below is not None:
                rows = chain([below], rows)
        else:
            above = cells
            filled = [clean(cell) for cell in cells if clean(cell)]
            if len(filled) == 2 and fold(filled[0]) in known:
                constants[known[fold(filled[0])]] = filled[1]
            continue
        matched = [known[fold(cell)] for cell in header if fold(cell) in known]
        if twice := {name for name in matched if matched.count(name) > 1}:
            raise ContractError(f"{place}: dua judul untuk kolom {', '.join(sorted(twice))}.", code="header_twice")
        sheet = Sheet(_names(header, known), {}, iter(()))
        sheet.constants = {name: text for name, text in constants.items() if name not in sheet.names}
        texts = {heading.name for heading in headings if heading.required and heading.is_text}
        at = [number for number, name in enumerate(sheet.names) if name in texts]
        sheet.rows = _data(rows, used, sheet, at)
        return sheet
    expected = ", ".join(heading.name for heading in headings if heading.required)
    raise ContractError(
        f"Tidak ada baris judul dalam {HEAD_ROWS} baris pertama; diharapkan: {expected}.", code="no_header"
    )


def _matched(cells: Sequence[str], known: dict[str, str]) -> set[str]:
    return {known[fold(cell)] for cell in cells if fold(cell) in known}


def _joined(above: Sequence[str], cells: Sequence[str], known: dict[str, str]) -> list[str]:
    """Two rows of headings as one: merged cells hold their text in the first cell alone, right and down.

    `Dikelola` over `sejak` and `sampai` are `Dikelola sejak` and `Dikelola sampai` where those are declared.
    """
    joined: list[str] = []
    group = ""
    for number in range(max(len(above), len(cells))):
        upper = clean(above[number]) if number < len(above) else ""
        lower = clean(cells[number]) if number < len(cells) else ""
        group = upper or group
        both = f"{group} {lower}"
        joined.append(both if lower and fold(both) in known else lower or upper)
    return joined


def _is_header(joined: Sequence[str], headings: Sequence[Heading], known: dict[str, str]) -> bool:
    """Whether two rows make a header only together: joined they name all required columns, and little else."""
    matched, filled = _matched(joined, known), sum(bool(clean(cell)) for cell in joined)
    return {heading.name for heading in headings if heading.required} <= matched and 2 * len(matched) >= filled


def _is_second_row(first: Sequence[str], second: Sequence[str], known: dict[str, str]) -> bool:
    """Whether the row below a header is its second half: empty below each known heading, and only headings."""
    filled = [number for number, cell in enumerate(second) if clean(cell)]
    if any(fold(first[number]) in known for number in filled if number < len(first)):
        return False
    joined = _joined(first, second, known)
    return bool(filled) and all(fold(joined[number]) in known for number in filled)


def _names(cells: Sequence[str], known: dict[str, str]) -> tuple[str, ...]:
    """A name per cell, unique; trailing cells without heading are cut."""
    width = max(number for number, cell in enumerate(cells, 1) if clean(cell))
    names: list[str] = []
    for number, cell in enumerate(cells[:width], 1):
        name = known.get(fold(cell)) or clean(cell) or f"kolom {number}"
        names.append(name if name not in names and name != "place" else f"{name} (kolom {number})")
    return tuple(names)


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
    rows: Iterator[PlacedRow], again: Sequence[Sequence[str]], sheet: Sheet, texts: Sequence[int]
) -> Iterator[PlacedRow]:
    width = len(sheet.names)
    headers = [_trimmed(row) for row in again]
    begins = {next(text for cell in row if (text := cell.strip(BLANKS))) for row in again}
    for place, cells in rows:
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
        else:
            yield place, cells[:width]


# ---------------------------------------------------------------- CSV


def csv_rows(stream: BinaryIO, delimiter: str) -> Iterator[PlacedRow]:
    """Every record of a CSV file with its place: `baris 14, byte 803-861`, where bytes[803:861] are the record."""
    lines = Lines(stream)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        number, begin = lines.number + 1, lines.end
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            torn = "unexpected end" in str(problem)
            what = "berkas terpotong, tanda kutip tidak ditutup" if torn else "tanda kutip atau baris rusak"
            raise ContractError(f"baris {number}, byte {begin}: {what}.", code="truncated" if torn else "csv") from None
        yield f"baris {number}, byte {begin}-{lines.last_byte}", cells
