"""Where the table of a register begins, and which of its rows are records."""

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from loopback import JANUARY, kept_bytes, table
from register_kit import COLUMNS, CSV, XLSX, pieces, read, workbook
from sqlalchemy import Column, Date, Text

from iku_etl.connectors.registers import folder, rows, sheets


def test_merged_title_cells_do_not_hide_the_header(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["DAFTAR SITUS"], ["site", "count"], ["a", 1]):
        sheet.append(row)
    sheet.merge_cells("A1:E1")
    stream = io.BytesIO()
    book.save(stream)
    assert read(tmp_path, stream.getvalue(), XLSX) == [{"place": "Sheet!3", "site": "a", "count": "1"}]


def merged(*ranges: str, content: Sequence[Sequence[Any]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in content:
        sheet.append(list(row))
    for cells_merged in ranges:
        sheet.merge_cells(cells_merged)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


GROUPED = (
    Column("site", Text, nullable=False, info={"headings": ("id situs",)}),
    Column("name", Text, nullable=False, info={"headings": ("nama situs",)}),
    Column("managed_from", Date, info={"headings": ("dikelola sejak",)}),
    Column("managed_to", Date, info={"headings": ("dikelola sampai",)}),
)
DATA = ["a", "A", date(2026, 1, 5), None]


@pytest.mark.parametrize(
    ("ranges", "header"),
    [
        # the upper row is a header already; below it stand the halves of the merged one
        (("A1:A2", "B1:B2", "C1:D1"), [["Id situs", "Nama situs", "Dikelola", None], [None, None, "sejak", "sampai"]]),
        # only the lower row is one
        (("A1:B1", "C1:D1"), [["Situs", None, "Dikelola", None], ["Id situs", "Nama situs", "sejak", "sampai"]]),
        # neither is one without the other
        (("C1:D1",), [["Id", "Nama", "Dikelola", None], ["situs", "situs", "sejak", "sampai"]]),
        ((), [["Id situs", "Nama situs", "Dikelola sejak", "Dikelola sampai"]]),
    ],
)
def test_merged_headings_over_two_rows_are_one_header(
    tmp_path: Path, ranges: tuple[str, ...], header: list[list[Any]]
) -> None:
    body = merged(*ranges, content=[*header, DATA, *header, ["b", "B", None, None]])
    out = list(folder.read(kept_bytes(tmp_path, body, XLSX), JANUARY, columns=GROUPED))
    found = table(iter(out))
    assert found["site"].to_pylist() == ["a", "b"]
    assert found.column_names == ["place", "site", "name", "managed_from", "managed_to"]
    assert found["managed_from"].to_pylist() == ["2026-01-05T00:00:00", None]  # a date cell
    assert out[-1].declared_out == {rows.HEADER_AGAIN: len(header)}  # on the next printed page
    assert found["place"][0].as_py() == f"Sheet!{len(header) + 1}"


def test_two_rows_of_a_table_about_the_columns_are_no_header(tmp_path: Path) -> None:
    about = [["No", "Kolom", "Wajib", "Lain"], [1, "Id situs", "ya", "situs"], [2, "sejak", "ya", "nama situs"]]
    out = list(folder.read(kept_bytes(tmp_path, workbook([["Id situs", "Nama situs"], ["a", "A"]], about), XLSX),
                             JANUARY, columns=GROUPED))  # fmt: skip
    assert table(iter(out))["site"].to_pylist() == ["a"]
    assert out[-1].declared_out == {sheets.NO_HEADER: 3}


def test_a_first_record_is_never_taken_for_half_a_header(tmp_path: Path) -> None:
    for record in (b"site,count,ya", b",,count", b",,", b"x,,share"):  # words that are headings, too
        body = b"site,count,is_open\n" + record + b"\nb,2,ya\n"
        found = table(iter(pieces(tmp_path, body)))
        assert found.column_names == ["place", "site", "count", "is_open"], record
        assert found["site"].to_pylist()[-1] == "b"


def test_a_row_that_says_nihil_is_no_record(tmp_path: Path) -> None:
    found = pieces(tmp_path, "site,count,share\nNIHIL,-,–\n1,nihil,\na,nihil,\n".encode())
    assert table(iter(found))["site"].to_pylist() == ["a"]
    assert found[-1].declared_out == {rows.NIL_ROW: 2}


def test_a_hidden_sheet_is_not_read(tmp_path: Path) -> None:
    body = workbook([["site", "count"], ["a", 1]], [["site", "count"], ["b", 1]], hidden=2)
    found = pieces(tmp_path, body, XLSX)
    assert table(iter(found))["site"].to_pylist() == ["a"]
    assert found[-1].declared_out == {sheets.HIDDEN_SHEET: 2}  # said, not passed over


def test_a_sheet_without_a_header_is_counted(tmp_path: Path) -> None:
    body = workbook([["site", "count"], ["a", 1]], [["b", 1], [], ["c", 1]])
    found = pieces(tmp_path, body, XLSX)
    assert table(iter(found))["site"].to_pylist() == ["a"]
    assert found[-1].declared_out == {sheets.NO_HEADER: 2}


def test_a_row_that_only_begins_like_a_total_is_a_row(tmp_path: Path) -> None:
    columns = (Column("no", Text), *COLUMNS, Column("owner", Text, nullable=False))
    body = b"no,site,count,owner\nTotal,situs-total,1,dinkes\nTotal,,1,\n,total,1,dinkes\nJumlah,2\n"
    found = list(folder.read(kept_bytes(tmp_path, body, CSV), JANUARY, columns=columns))
    assert table(iter(found))["site"].to_pylist() == ["situs-total", "total"]
    assert found[-1].declared_out == {rows.TOTAL_ROW: 2}
