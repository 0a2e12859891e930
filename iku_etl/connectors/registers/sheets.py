"""The tables of a register file, CSV or XLSX, and how it begins; standard library only until a workbook comes,
so that the capped child of `redact` can use it. No message holds a value of the file.
"""

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, BinaryIO

from iku_etl.connectors.registers.encoding import MARK, encoding_of, head_text
from iku_etl.connectors.registers.headings import HEAD_ROWS, Heading, Row, clean, fold, header_of
from iku_etl.connectors.registers.rows import Sheet, csv_rows, is_one_cell, sheet_of
from iku_etl.connectors.registers.statements import Statement, statement
from iku_etl.errors import ContractError

if TYPE_CHECKING:
    from iku_etl.connectors.registers.workbook import BookSheet

HEAD_BYTES = 64 * 1024
DELIMITERS = (",", ";", "\t", "|")
NO_HEADER, HIDDEN_SHEET = "lembar tanpa judul kolom", "lembar tersembunyi"
EXAMPLES, RULES, CHOICES = "Contoh", "Aturan", "Pilihan"  # of the form of `iku template`, beside the sheet to fill in
EXAMPLE_ROWS = 2
# how many filled rows of such a sheet are ours, if it holds no table; what an office typed below the examples is not
ROWS_OF_OURS = {EXAMPLES: 2 + EXAMPLE_ROWS, RULES: sys.maxsize, CHOICES: sys.maxsize}
SIGNATURES = (
    (b"%PDF", "PDF"), (b"\x89PNG", "gambar"), (b"\xff\xd8\xff", "foto"), (b"GIF8", "gambar"),
    (b"\x1f\x8b", "arsip gzip"), (b"Rar!", "arsip RAR"), (b"7z\xbc\xaf\x27\x1c", "arsip 7z"),
    (b"{\\rtf", "dokumen RTF"), (b"SQLite format 3\0", "basis data SQLite"),
)  # fmt: skip  # what is no register, whatever the file is called


@dataclass(frozen=True)
class Contents:
    """What a register file holds: what each of its visible tables says of itself, and the tables, to be read in order.

    The last table of a workbook may have no names and no rows: it counts the rows of sheets that were not read.
    """

    said: tuple[Statement, ...]
    sheets: Iterator[Sheet]


def contents(stream: BinaryIO, headings: Sequence[Heading], *, show_names: bool = True) -> Contents:
    """The tables of a register file; raises ContractError when it is none. `stream` can seek."""
    if not is_workbook(stream):
        said = statement(head_lines(stream))
        return Contents((said,), iter([sheet_of(_csv(stream, headings), headings, said, show_names=show_names)]))
    from iku_etl.connectors.registers.workbook import workbook_sheets

    book = workbook_sheets(stream, show_names=show_names)
    each = [_said(sheet) if sheet.is_visible else Statement() for sheet in book]
    visible = tuple(one for one, sheet in zip(each, book, strict=True) if sheet.is_visible)
    return Contents(visible, _tables(book, each, headings, show_names=show_names))


def statements_of(stream: BinaryIO) -> tuple[Statement, ...]:
    """What each visible table of a register file says of itself; ContractError when it is no register file."""
    if not is_workbook(stream):
        return (statement(head_lines(stream)),)
    from iku_etl.connectors.registers.workbook import workbook_sheets

    return tuple(_said(sheet) for sheet in workbook_sheets(stream) if sheet.is_visible)


def _said(sheet: "BookSheet") -> Statement:
    return statement((" ".join(filter(None, map(clean, row.cells))) for row in sheet.head()), sheet.title)


def _tables(
    book: Sequence["BookSheet"], said: Sequence[Statement], headings: Sequence[Heading], *, show_names: bool
) -> Iterator[Sheet]:
    missing: ContractError | None = None
    found = 0
    left = Sheet((), {}, iter(()))
    for one, statement_of_it in zip(book, said, strict=True):
        rows = one.rows()
        head = list(islice(rows, HEAD_ROWS))
        if not one.is_visible:
            ours = ROWS_OF_OURS.get(one.title, 0) if _has_no_table(head, headings) else 0
            _count(chain(head, rows), left.declared_out, HIDDEN_SHEET, ours)
            continue
        try:
            sheet = sheet_of(chain(head, rows), headings, statement_of_it, show_names=show_names)
        except ContractError as problem:
            if problem.code != "no_header":
                raise
            missing = problem  # a sheet of notes; an error only if no other has a table
            _count(chain(head, rows), left.declared_out, NO_HEADER, ROWS_OF_OURS.get(one.title, 0))
            continue
        found += 1
        sheet.label = one.label
        yield sheet
    if not found:
        raise missing or ContractError("Buku kerja tidak berisi lembar yang terlihat.", code="empty")
    if left.declared_out:
        yield left


def _has_no_table(head: Sequence[Row], headings: Sequence[Heading]) -> bool:
    try:
        header_of(iter(head), headings)
    except ContractError as problem:
        return problem.code == "no_header"
    return False


def _count(rows: Iterator[Row], out: Counter[str], reason: str, ours: int) -> None:
    """How many filled rows were not read, but for as many as are the form's own."""
    if (filled := sum(any(map(clean, row.cells)) for row in rows)) > ours:
        out[reason] += filled - ours


def is_workbook(stream: BinaryIO) -> bool:
    """Whether the bytes are a workbook's; ContractError for what is neither workbook nor text."""
    stream.seek(0)
    head = stream.read(1024)
    stream.seek(0)
    for begins, what in SIGNATURES:
        if head.startswith(begins):
            hint = "Kirim registernya sebagai .xlsx atau CSV UTF-8."
            raise ContractError(f"Isinya {what}, bukan berkas register. {hint}", code="file_type")
    text = head.decode(encoding_of(head).codec, errors="replace").lstrip(MARK).lstrip().lower()
    if not text:
        raise ContractError("Berkas kosong (0 baris). Kirim berkasnya lagi, atau nyatakan nihil.", code="empty")
    if text.startswith("<?xml") and "schemas-microsoft-com" in text:
        hint = "Buka dengan Excel, lalu simpan sebagai .xlsx atau .csv."
        raise ContractError(f'Isinya "XML Spreadsheet 2003", bukan buku kerja .xlsx. {hint}', code="html")
    if text.startswith(("<!doctype", "<html", "<head", "<?xml", "<table", "<meta", "<style", "<body")):
        hint = "Unduh berkasnya, bukan halamannya, lalu simpan sebagai .xlsx atau .csv."
        raise ContractError(f"Isinya halaman web, bukan berkas register. {hint}", code="html")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        hint = "Buka tanpa kata sandi dan simpan sebagai .xlsx atau .csv."
        raise ContractError(f"Berkas .xls lama atau bersandi. {hint}", code="old_or_locked")
    return head.startswith(b"PK\x03\x04")


def _csv(stream: BinaryIO, headings: Sequence[Heading]) -> Iterator[Row]:
    """The rows, with the delimiter by which most headings are found in one row of the file's beginning.

    If none is found by any, each record may be one quoted cell: Excel writes that when a text was pasted into a sheet.
    """
    known = {name for heading in headings for name in heading.names}
    lines = head_lines(stream)

    def found(delimiter: str, lines: Sequence[str]) -> int:
        rows = csv.reader(lines, delimiter=delimiter)
        return max((sum(fold(cell) in known for cell in row) for row in rows), default=0)

    best = max(DELIMITERS, key=lambda delimiter: found(delimiter, lines))
    if found(best, lines) < 2:
        for outer in DELIMITERS:
            cells = [row[0] for row in csv.reader(lines, delimiter=outer) if is_one_cell(row)]
            count, within = max((found(delimiter, cells), delimiter) for delimiter in DELIMITERS)
            if count >= 2:
                return csv_rows(stream, outer, within=within)
    return csv_rows(stream, best)


def head_lines(stream: BinaryIO) -> list[str]:
    """The first lines of a CSV file; the stream is back at its start."""
    lines = re.split(r"\r\n|\r|\n", head_text(stream, HEAD_BYTES), maxsplit=HEAD_ROWS)
    return [line.replace("\0", "") for line in lines[:HEAD_ROWS]]
