"""The tables of a register file, CSV or XLSX, and how it begins; standard library only until a workbook comes,
so that the capped child of `redact` can use it. No message holds a value of the file.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import BinaryIO

from iku_etl.connectors.registers.encoding import encoding_of, head_text
from iku_etl.connectors.registers.rows import HEAD_ROWS, Heading, PlacedRow, Sheet, clean, csv_rows, fold, sheet_of
from iku_etl.errors import ContractError

HEAD_BYTES = 64 * 1024
DELIMITERS = (",", ";", "\t")
NO_HEADER, HIDDEN_SHEET = "lembar tanpa judul kolom", "lembar tersembunyi"


def sheets(stream: BinaryIO, headings: Sequence[Heading], *, name_sheets: bool = True) -> Iterator[Sheet]:
    """The tables of a register file; raises ContractError when it is none. `stream` can seek.

    The last one of a workbook may have no names and no rows: it counts the rows of sheets that were not read.
    """
    if is_workbook(stream):
        from iku_etl.connectors.registers.workbook import workbook_sheets

        missing: ContractError | None = None
        found = 0
        left = Sheet((), {}, iter(()))
        for is_visible, rows in workbook_sheets(stream, name_sheets=name_sheets):
            if not is_visible:
                _count(rows, left.declared_out, HIDDEN_SHEET)
                continue
            head = list(islice(rows, HEAD_ROWS))
            try:
                sheet = sheet_of(chain(head, rows), headings)
            except ContractError as problem:
                if problem.code != "no_header":
                    raise
                missing = problem  # a sheet of notes; an error only if no other has a table
                _count(chain(head, rows), left.declared_out, NO_HEADER)
                continue
            found += 1
            yield sheet
        if not found:
            raise missing or ContractError("Buku kerja tidak berisi lembar yang terlihat.", code="empty")
        if left.declared_out:
            yield left
    else:
        yield sheet_of(csv_rows(stream, _delimiter(stream, headings)), headings)


def _count(rows: Iterator[PlacedRow], out: Counter[str], reason: str) -> None:
    if filled := sum(any(map(clean, cells)) for _, cells in rows):
        out[reason] += filled


def is_workbook(stream: BinaryIO) -> bool:
    """Whether the bytes are a workbook's; ContractError for what is neither workbook nor text."""
    stream.seek(0)
    head = stream.read(1024)
    stream.seek(0)
    encoding = encoding_of(head)
    text = head.removeprefix(encoding.mark).decode(encoding.codec, errors="replace").lstrip().lower()
    if not text:
        raise ContractError("Berkas kosong (0 baris). Kirim berkasnya lagi, atau nyatakan nihil.", code="empty")
    if text.startswith(("<!doctype", "<html", "<head", "<?xml", "<table")):
        hint = "Unduh berkasnya, bukan halamannya, lalu simpan sebagai .xlsx atau .csv."
        raise ContractError(f"Isinya halaman web, bukan berkas register. {hint}", code="html")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        hint = "Buka tanpa kata sandi dan simpan sebagai .xlsx atau .csv."
        raise ContractError(f"Berkas .xls lama atau bersandi. {hint}", code="old_or_locked")
    return head.startswith(b"PK\x03\x04")


def _delimiter(stream: BinaryIO, headings: Sequence[Heading]) -> str:
    """The delimiter with which most headings are found in one row of the file's beginning."""
    known = {name for heading in headings for name in heading.names}
    lines = head_lines(stream)

    def found(delimiter: str) -> int:
        rows = csv.reader(lines, delimiter=delimiter)
        return max((sum(fold(cell) in known for cell in row) for row in rows), default=0)

    return max(DELIMITERS, key=found)


def head_lines(stream: BinaryIO) -> list[str]:
    """The first lines of a CSV file; the stream is back at its start."""
    return [line.replace("\0", "") for line in head_text(stream, HEAD_BYTES).splitlines()[:HEAD_ROWS]]
