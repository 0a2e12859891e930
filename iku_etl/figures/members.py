"""Members of a figure as people look at them: which count, which do not, which were not observed; and as a table."""

import io
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from iku_etl import indonesian
from iku_etl.figures import wording
from iku_etl.figures.export import COUNT, SHARE, Cell, safe
from iku_etl.warehouse.database import Row

State = Literal["not", "unseen", "counts", "nothing"]
STATES: tuple[State, ...] = ("not", "unseen", "counts", "nothing")  # what somebody may have to do something about first
COLUMNS = (
    "indikator", "periode", "anggota", "nama", "keadaan", "pembilang", "penyebut", "pembilang_terendah",
    "pembilang_tertinggi", "teramati", "seharusnya_teramati", "alasan",
)  # fmt: skip
WIDTHS = {"periode": 19, "anggota": 34, "nama": 40, "keadaan": 24, "alasan": 70}
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_ALL: dict[State, str] = {"unseen": "tidak teramati", "nothing": "tidak ada yang perlu dipenuhi"}
WORDS: dict[str, dict[State, str]] = {
    "persen": {"counts": "memenuhi", "not": "belum memenuhi", **_ALL},
    "jumlah": {"counts": "menambah", "not": "tidak menambah", **_ALL},
}
IN_PART: dict[State, str] = {"unseen": "sebagian tidak teramati", "not": "memenuhi sebagian"}


def state(row: Row, form: str) -> State:
    """Of a member: `unseen` while what was not observed leaves open what it adds, `nothing` where nothing was due."""
    bounds = [row["numerator_low"], row["numerator_high"]]
    if form == "persen":
        if row["denominator_high"] == 0 and 0 < row["due"] <= row["seen"]:
            return "nothing"
        if row["denominator_low"] != row["denominator_high"]:
            return "unseen"
    if None in bounds or bounds[0] != bounds[1]:
        return "unseen"
    if form == "persen":
        return "counts" if row["numerator"] == row["denominator"] and row["denominator"] else "not"
    return "counts" if row["numerator"] else "not"


def word(row: Row, form: str) -> str:
    """The same in a word; of a member that was seen, or fulfils, in part that it does."""
    found = state(row, form)
    is_part = row["seen"] if found == "unseen" else row["numerator"]
    return IN_PART[found] if found in IN_PART and is_part else WORDS[form][found]


def table(indicator: str, form: str, rows: Iterable[Row]) -> list[tuple[Cell, ...]]:
    """One row per member and base period, in COLUMNS; texts can't be formulas, None is an empty cell."""
    found: list[tuple[Cell, ...]] = []
    for row in rows:
        texts = (
            indicator, indonesian.period(row["period"]), row["member"], row["member_name"], word(row, form),
        )  # fmt: skip
        numbers = (
            row["numerator"], row["denominator"], row["numerator_low"], row["numerator_high"], row["seen"], row["due"],
        )  # fmt: skip
        reason = wording.told(row["reason"]) if row["reason"] else None
        found.append((*map(_safe, texts), *numbers, _safe(reason)))
    return found


def _safe(text: str | None) -> str | None:
    return None if text is None else safe(indonesian.plain(text))


def xlsx_bytes(cells: Iterable[tuple[Cell, ...]]) -> bytes:
    """A workbook with one sheet; numbers are numbers, and no text is a formula."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)  # a new workbook has one
    sheet.title, sheet.freeze_panes = "Anggota", "A2"
    for number, row in enumerate((COLUMNS, *cells), 1):
        for place, value in enumerate(row, 1):
            cell = sheet.cell(number, place)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
            elif isinstance(value, Decimal):
                cell.number_format = COUNT if value == value.to_integral_value() else SHARE
    for place, name in enumerate(COLUMNS, 1):
        sheet.cell(1, place).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(place)].width = WIDTHS.get(name, 14)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
