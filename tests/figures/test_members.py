"""Members as people look at them, and as a table that no spreadsheet takes for formulas."""

import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from iku_etl.figures import members
from iku_etl.figures.export import csv_bytes


def member(**changes: Any) -> dict[str, Any]:
    """A member that was seen whole and fulfils, with changes."""
    one = {"period": "2026-01", "member": "a", "member_name": "A", "reason": "", "seen": Decimal(2), "due": Decimal(2)}
    one |= dict.fromkeys(("numerator", "denominator", "numerator_low", "numerator_high"), Decimal(2))
    return one | dict.fromkeys(("denominator_low", "denominator_high"), Decimal(2)) | changes


NONE = dict.fromkeys(("numerator_low", "numerator_high", "denominator_low", "denominator_high"))
ZERO = dict.fromkeys((*NONE, "numerator", "denominator"), Decimal(0))


@pytest.mark.parametrize(
    ("changes", "form", "state", "word"),
    [
        ({}, "persen", "counts", "memenuhi"),
        ({"numerator": 1, "numerator_low": 1, "numerator_high": 1}, "persen", "not", "memenuhi sebagian"),
        (ZERO | {"denominator": 2, "denominator_low": 2, "denominator_high": 2}, "persen", "not", "belum memenuhi"),
        ({"numerator": 1, "numerator_low": 1}, "persen", "unseen", "sebagian tidak teramati"),
        (ZERO | NONE | {"seen": 0}, "persen", "unseen", "tidak teramati"),
        (ZERO | {"seen": 1, "due": 1}, "persen", "nothing", "tidak ada yang perlu dipenuhi"),
        (ZERO | {"denominator_high": 3, "seen": 0}, "persen", "unseen", "tidak teramati"),
        ({}, "jumlah", "counts", "menambah"),
        (ZERO, "jumlah", "not", "tidak menambah"),
        ({"numerator_high": None}, "jumlah", "unseen", "sebagian tidak teramati"),
    ],
)
def test_a_member_counts_or_not_or_was_not_observed(changes: dict[str, Any], form: str, state: str, word: str) -> None:
    row = member(**changes)
    assert (members.state(row, form), members.word(row, form)) == (state, word)


HOSTILE = '=HYPERLINK("http://jahat";1)'


def test_no_text_of_a_table_is_a_formula() -> None:
    cells = members.table("IKU-05", "persen", [member(member=HOSTILE, member_name="+1", reason="@SUM(A1)\x00")])
    sheet = openpyxl.load_workbook(io.BytesIO(members.xlsx_bytes(cells))).active
    assert sheet is not None
    head, row = sheet.iter_rows()
    assert tuple(cell.value for cell in head) == members.COLUMNS
    assert [cell.value for cell in row][2:6] == [f"'{HOSTILE}", "'+1", "memenuhi", 2]
    assert {cell.data_type for cell in row} == {"s", "n"}
    text = csv_bytes(cells, members.COLUMNS).decode("utf-8-sig")
    assert text.split("\r\n")[0] == ";".join(members.COLUMNS)
    assert "'@SUM(A1)" in text
    assert ";=" not in text
