"""Register files for tests: a few columns with headings, files made up as bytes, and what is read of them."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
from loopback import JANUARY, kept_bytes, table
from sqlalchemy import Boolean, Column, Date, Integer, Numeric, Text

from iku_etl.connectors.registers import folder

CSV, XLSX = folder.MEDIA_TYPES[".csv"], folder.MEDIA_TYPES[".xlsx"]
COLUMNS = (
    Column("site", Text, nullable=False, info={"headings": ("Nama Situs",)}),
    Column("count", Integer, nullable=False, info={"headings": ("jumlah kunjungan",)}),
    Column("share", Numeric),
    Column("managed_from", Date),
    Column("is_open", Boolean),
)


def pieces(state: Path, body: bytes, media_type: str = CSV) -> list[folder.Rows]:
    """What the reader yields of a file's bytes, the counts of what is declared out among it."""
    return list(folder.read(kept_bytes(state, body, media_type), JANUARY, columns=COLUMNS))


def read(state: Path, body: bytes, media_type: str = CSV) -> list[dict[str, Any]]:
    """The records of a file's bytes, with their places."""
    return list(table(iter(pieces(state, body, media_type))).to_pylist())


def workbook(*sheets: Sequence[Sequence[Any]], hidden: int | None = None, titles: Sequence[str] = ()) -> bytes:
    """A workbook of these sheets, `Lembar1` and so on or of these titles, the `hidden`-th of them hidden."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, content in enumerate(sheets, 1):
        sheet = book.create_sheet(titles[number - 1] if titles else f"Lembar{number}")
        for row in content:
            sheet.append(list(row))
        if number == hidden:
            sheet.sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
