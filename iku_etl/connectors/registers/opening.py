"""What a register file says of itself before its header: `posisi_per` or `periode`. Standard library only."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import BinaryIO

from iku_etl.connectors.registers.rows import HEAD_ROWS, clean
from iku_etl.connectors.registers.sheets import head_lines, is_workbook
from iku_etl.records import spellings
from iku_etl.records.spellings import MONTHS

_POSITION = re.compile(r"^\W*posisi[ _]per\W+(?P<text>.+?)\W*$", re.I)  # Posisi per: 31 Januari 2026
_PERIOD = re.compile(r"^\W*periode\W+(?P<text>.+?)\W*$", re.I)  # periode,2026-01


@dataclass(frozen=True)
class Opening:
    """What a file says of itself: its position date, or the label of its period; `unread` what can't be read."""

    position: date | None = None
    period: str | None = None
    unread: str | None = None


def opening(stream: BinaryIO) -> Opening:
    """Read `posisi_per` and `periode` from the rows before the header; ContractError when it is no register file."""
    if is_workbook(stream):
        from iku_etl.connectors.registers.workbook import workbook_sheets

        rows = next((rows for is_visible, rows in workbook_sheets(stream) if is_visible), iter(()))
        lines = [" ".join(filter(None, map(clean, cells))) for _, cells in islice(rows, HEAD_ROWS)]
        stream.seek(0)
    else:
        lines = head_lines(stream)
    for line in lines:
        if match := _POSITION.match(clean(line)):
            day = read_date(match["text"])
            return Opening(position=day) if day else Opening(unread="posisi_per")
        if match := _PERIOD.match(clean(line)):
            label = read_period(match["text"])
            return Opening(period=label) if label else Opening(unread="periode")
    return Opening()


def read_date(text: str) -> date | None:
    """A day as offices write it (`spellings.read_date`); None for anything else."""
    try:
        return spellings.read_date(text.strip())
    except spellings.Unreadable:
        return None


def read_period(text: str) -> str | None:
    """`2026-01`, `01/2026`, `Januari 2026` or a date, as the label of a month or day; None for anything else."""
    text = text.strip().lower()
    if day := read_date(text):
        return day.isoformat()
    if match := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text):
        return text
    if match := re.fullmatch(r"(0?[1-9]|1[0-2])[/-](\d{4})", text):
        return f"{match[2]}-{int(match[1]):02}"
    if (match := re.fullmatch(r"([a-z]+) (\d{4})", text)) and match[1] in MONTHS:
        return f"{match[2]}-{MONTHS[match[1]]:02}"
    return None
