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
from iku_etl.errors import ContractError


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


@pytest.mark.parametrize(
    ("title", "content", "left_out"),
    [
        (sheets.CHOICES, [["a"], ["b"]], {}),  # the form's own
        ("Daftar", [["a"], ["b"]], {sheets.HIDDEN_SHEET: 2}),
        (sheets.CHOICES, [["site", "count"], ["b", 1]], {sheets.HIDDEN_SHEET: 2}),  # a table is nobody's form
    ],
)
def test_of_hidden_sheets_only_the_forms_own_goes_without_saying(
    tmp_path: Path, title: str, content: list[list[Any]], left_out: dict[str, int]
) -> None:
    body = workbook([["site", "count"], ["a", 1]], content, hidden=2, titles=("Isian", title))
    found = pieces(tmp_path, body, XLSX)
    assert table(iter(found))["site"].to_pylist() == ["a"]
    assert found[-1].declared_out == left_out


def test_what_an_office_typed_below_the_examples_is_counted(tmp_path: Path) -> None:
    ours = [["CONTOH"], ["1. Nama Situs", "2. jumlah kunjungan"], ["contoh-1", 1], ["contoh-2", 2]]
    for typed in ([], [["dinkes", 5]]):
        body = workbook([["site", "count"], ["a", 1]], [*ours, *typed], titles=("Isian", sheets.EXAMPLES))
        found = pieces(tmp_path, body, XLSX)
        assert found[-1].declared_out == ({sheets.NO_HEADER: len(typed)} if typed else {})


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


# ---------------------------------------------------------------- headings


@pytest.mark.parametrize(
    "heading",
    ["is\u200b_open", "is\u00adopen".replace("is", "is_", 1), "\u202dis open\u202c", "is_x000D__open", "Is_x0020_Open",
     "\ufeff\ufeffis open", "is\u00a0\u2060open", "IS\r\nOPEN:", "is_open\ufe0f"],
)  # fmt: skip
def test_what_nobody_sees_makes_no_other_heading(tmp_path: Path, heading: str) -> None:
    body = workbook([["site", "count", heading], ["a", 1, "ya"]])
    (row,) = read(tmp_path, body, XLSX)
    assert row["is_open"] == "ya"


@pytest.mark.parametrize("value", ["x", "2025-12-31", "=A1"])
def test_an_unknown_heading_with_values_beside_a_missing_optional_column_stops_the_file(
    tmp_path: Path, value: str
) -> None:
    body = f"site,count,share,is_open,Dikelola s.d.\na,1,,,-\nb,2,,,{value}\n".encode()
    with pytest.raises(ContractError) as caught:
        read(tmp_path, body)
    assert caught.value.code == "unknown_heading"
    said = str(caught.value)
    assert said.startswith("baris 3, byte ")
    assert '"Dikelola s.d." pada kolom ke-5' in said
    assert 'kolom "managed_from" tidak ada' in said


def test_an_unknown_heading_costs_nothing_where_no_column_is_missing_or_it_says_nothing(tmp_path: Path) -> None:
    whole = b"site,count,share,managed_from,is_open,catatan\na,1,,,,x\n"
    empty = b"site,count,catatan,No,\na,1,-,1.,\nb,2,nihil,2,\n"  # a running number is none of the columns
    assert [row["site"] for body in (whole, empty) for row in read(tmp_path, body)] == ["a", "a", "b"]
    with pytest.raises(ContractError, match="kolom ke-2 "):
        read(tmp_path, b"site,,count\na,x,1\n")


def test_a_running_number_may_be_the_number_that_is_missing(tmp_path: Path) -> None:
    columns = (*COLUMNS, Column("agenda_no", Text, info={"headings": ("nomor agenda",)}))
    with pytest.raises(ContractError, match="nomor agenda"):
        list(folder.read(kept_bytes(tmp_path, b"No,site,count\n1,a,1\n", CSV), JANUARY, columns=columns))


def test_a_required_column_that_is_missing_is_the_cause_and_the_reader_says_it(tmp_path: Path) -> None:
    assert read(tmp_path, b"site,jumlah,share\na,1,2\n")[0]["jumlah"] == "1"


def test_two_unknown_columns_of_one_heading_stay_two(tmp_path: Path) -> None:
    body = b"site,count,share,managed_from,is_open,x (kolom 8),x,x\na,1,,,,p,q,r\n"
    (row,) = read(tmp_path, body)
    assert (row["x (kolom 8)"], row["x"], row["x (kolom 8) (kolom 8)"]) == ("p", "q", "r")


# ---------------------------------------------------------------- sheets of several months


MONTHLY = ["site", "count"]


@pytest.mark.parametrize(
    ("sheets_of_it", "expected"),
    [
        ([("a", "posisi_per", "2026-01-31"), ("b", "posisi_per", "2025-12-31")], ["s0"]),
        ([("a", "posisi_per", "2026-01-15"), ("b", "posisi_per", "2026-01-31")], ["s1"]),  # the newest stands
        ([("a", "posisi_per", "2026-01-31"), ("b", "posisi_per", "2026-01-31")], ["s0", "s1"]),
        ([("a", "periode", "2025-12"), ("b", "periode", "Januari 2026")], ["s1"]),
        ([("Januari", "posisi_per", "2026-01-31"), ("Desember", None, None)], ["s0"]),
        ([("Jan 2026", None, None), ("Jan 2025", None, None), ("2026-02", None, None)], ["s0"]),
        ([("Desember", "posisi_per", "2026-01-31"), ("Lain", None, None)], ["s0", "s1"]),  # an old title on a new sheet
        ([("Jan-Mar", "posisi_per", "2026-01-31"), ("Lembar", None, None)], ["s0", "s1"]),
    ],
)
def test_only_the_sheets_of_the_month_count(
    tmp_path: Path, sheets_of_it: list[tuple[str, str | None, str | None]], expected: list[str]
) -> None:
    body = workbook(
        *(
            [*([[word, day]] if word else []), MONTHLY, [f"s{number}", 1]]
            for number, (_, word, day) in enumerate(sheets_of_it)
        ),
        titles=[title for title, _, _ in sheets_of_it],
    )
    found = pieces(tmp_path, body, XLSX)
    assert table(iter(found))["site"].to_pylist() == expected
    left = sum(piece.declared_out.get(folder.OTHER_MONTH, 0) for piece in found)
    assert left == len(sheets_of_it) - len(expected)


@pytest.mark.parametrize(
    ("third", "why"), [([], "tidak menyebut posisi_per atau periode"), (["posisi_per", "kemarin"], "posisi_per tidak")]
)
def test_a_sheet_whose_month_nobody_can_tell_is_not_observed(tmp_path: Path, third: list[str], why: str) -> None:
    body = workbook(
        [["posisi_per", "2026-01-31"], MONTHLY, ["a", 1]],
        [["posisi_per", "2025-12-31"], MONTHLY, ["b", 1]],
        [third, MONTHLY, ["c", 1], ["d", 1]],
    )
    found = pieces(tmp_path, body, XLSX)
    assert table(iter(found))["site"].to_pylist() == ["a"]
    (said,) = [one for piece in found for one in piece.unobserved]
    assert said.sentence.startswith(f"Lembar3: {why}")
    assert "2 barisnya tidak dihitung" in said.sentence


# ---------------------------------------------------------------- merged and hidden

DAY = "2026-01-05T00:00:00"  # a date cell


def test_a_merged_text_or_date_stands_for_all_its_rows_and_a_merged_number_for_none(tmp_path: Path) -> None:
    header = ["site", "count", "share", "managed_from", "is_open"]
    content = [
        header,
        ["a", 25, 1, date(2026, 1, 5), "ya"],
        [None, None, 2, None, None],
        [None, None, 3, None, "tidak"],
    ]
    for row in read(tmp_path, merged("A2:A4", "B2:B3", "D2:D4", content=content), XLSX)[:2]:
        assert (row["site"], row["count"], row["managed_from"]) == ("a", "25 (sel gabungan)", DAY)
    rows_of_it = read(tmp_path, merged("A2:A4", "E2:E3", content=content), XLSX)
    assert [row["count"] for row in rows_of_it] == ["25", None, None]
    assert [row["is_open"] for row in rows_of_it] == ["ya", "ya", "tidak"]


def test_a_cell_merged_sideways_speaks_for_the_column_where_it_begins(tmp_path: Path) -> None:
    columns = (*COLUMNS, Column("note", Text))
    content = [["site", "count", "share", "managed_from", "is_open", "note"], ["a", 1, 2, date(2026, 1, 5), None, None]]
    body = merged("D2:F2", content=content)
    (row,) = table(folder.read(kept_bytes(tmp_path, body, XLSX), JANUARY, columns=columns)).to_pylist()
    assert (row["managed_from"], row["is_open"], row["note"]) == (DAY, rows.MERGED, None)


def test_titles_totals_and_empty_rows_that_are_merged_stay_what_they_are(tmp_path: Path) -> None:
    content = [
        ["DAFTAR", None],
        [None, None],
        ["site", "count"],
        ["a", 1],
        [None, None],
        ["NIHIL", None],
        ["Jumlah", 1],
    ]
    found = pieces(tmp_path, merged("A1:E2", "A4:A5", "B4:B5", "A6:B6", content=content), XLSX)
    assert table(iter(found))["site"].to_pylist() == ["a"]
    assert found[-1].declared_out == {rows.NIL_ROW: 1, rows.TOTAL_ROW: 1}


def hidden(*numbers: int, content: Sequence[Sequence[Any]]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(workbook(content)))
    for number in numbers:
        book.active.row_dimensions[number].hidden = True
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_hidden_row_is_set_aside_unless_it_is_no_record(tmp_path: Path) -> None:
    content = [["Rahasia"], ["site", "count"], ["a", 1], ["b", 1], [], ["Jumlah", 2], ["c", 1]]
    found = pieces(tmp_path, hidden(1, 4, 5, 6, content=content), XLSX)
    assert table(iter(found))["site"].to_pylist() == ["a", "c"]
    assert [one.place for one in found[-1].unobserved] == ["Lembar1!4"]
    assert found[-1].declared_out == {rows.TOTAL_ROW: 1}


def test_too_many_hidden_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MAX_HIDDEN", 1)
    with pytest.raises(ContractError) as caught:
        read(tmp_path, hidden(2, 3, content=[["site", "count"], ["a", 1], ["b", 1]]), XLSX)
    assert caught.value.code == "hidden_rows"
