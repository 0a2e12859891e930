"""The rows that were set aside as a workbook in the form of the register's own template, the reason beside each.

Mended, it is handed in as it is: the two columns of ours are not declared and not loaded.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from openpyxl.styles import PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from iku_etl.catalogue import form, sentences
from iku_etl.model import Source
from iku_etl.records.spellings import HIDDEN

REASON, PLACE = "Alasan disisihkan", "Tempat semula"
FAULT = PatternFill("solid", fgColor="FBE4DD")
WIDTH = 70  # characters of the column of reasons


def workbook(source: Source, said: date | str, rows: Iterable[tuple[Mapping[str, str], str, str]]) -> bytes:
    """Rows as (cells by column, reason, place); `said`: the position date of a snapshot, the label of a period.

    A cell that was not kept, a token or one that was hidden, is left to be filled in again.
    """
    made = form.book(source)
    for name in (form.EXAMPLES, form.RULES):  # who mends has the reasons
        made.remove(made[name])
    sheet = made.worksheets[0]
    assert isinstance(sheet, Worksheet)
    sheet["B1"].value = said
    asked = replace(source, columns=source.delivered).columns
    beside = len(asked) + 1
    for number, title in enumerate((REASON, PLACE), beside):
        form.header(sheet.cell(form.HEADER_ROW, number), title, required=False)
        sheet.column_dimensions[get_column_letter(number)].width = WIDTH if title == REASON else 24
    for line, (cells, reason, place) in enumerate(rows, form.HEADER_ROW + 1):
        for number, column in enumerate(asked, 1):
            text = cells.get(column.name)
            cell = sheet.cell(line, number)
            if text is not None and text != HIDDEN and not sentences.is_dropped(source, column):
                form.put(cell, text.removesuffix("T00:00:00"))  # as a workbook says a day
            else:
                cell.fill = form.TO_FILL
        for number, text in enumerate((reason, place), beside):
            cell = form.put(sheet.cell(line, number), text)
            cell.fill, cell.alignment = FAULT, form.WRAP
    return form.saved(made)
