"""How the sample's offices write: CSV files and workbooks as bytes, the same bytes for the same rows."""

import csv
import io
import os
import re
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from openpyxl import Workbook

from iku_etl.sample.regency import last_day_of

Cell = str | int | date | None
Cells = Sequence[Cell]


def yes(value: bool) -> str:
    return "ya" if value else "tidak"


def csv_bytes(month: date, header: Cells, rows: Sequence[Cells], delimiter: str = ",", *, bom: bool = False) -> bytes:
    """A register file with its `posisi_per`, the month's last day."""
    opening: list[Cells] = [("posisi_per", last_day_of(month))]
    return table_bytes([*opening, header, *rows], delimiter=delimiter, bom=bom)


def table_bytes(rows: Sequence[Cells], *, width: int = 0, delimiter: str = ",", bom: bool = False) -> bytes:
    """Rows as they stand; `width` fills short ones up."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\r\n")
    for row in rows:
        cells = ["" if cell is None else str(cell) for cell in row]
        writer.writerow(cells + [""] * (width - len(cells)))
    return stream.getvalue().encode("utf-8-sig" if bom else "utf-8")


_FIXED = datetime(2020, 1, 14)  # noqa: DTZ001  # a workbook's clock has no zone; one moment, so that bytes repeat


def xlsx_bytes(month: date, header: Cells, rows: Sequence[Cells]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Daftar"
    sheet.append(["Posisi per", last_day_of(month)])
    sheet.append([])
    for row in (header, *rows):
        sheet.append(list(row))
    book.properties.creator, book.properties.created = "contoh", _FIXED
    stream = io.BytesIO()
    book.save(stream)
    return _timeless(stream.getvalue())


def _timeless(workbook: bytes) -> bytes:
    """The same workbook without the moment it was saved at."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                fixed = _FIXED.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", fixed, content)
            new.writestr(zipfile.ZipInfo(name, (2020, 1, 14, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def put(path: Path, content: bytes) -> bool:
    """Write a file whole or not at all; False if it holds just that already."""
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    # Beside the folder, not in it: a half-written file is never seen as a register.
    handle, temporary = tempfile.mkstemp(dir=path.parent.parent, prefix=".sample-")
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)
    return True
