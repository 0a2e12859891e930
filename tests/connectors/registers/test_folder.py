"""Register files: which belong to a window, what their rows are and where they stand, and what is refused."""

import io
import os
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest
from loopback import JANUARY, ZONE, kept, kept_bytes, table
from sqlalchemy import Boolean, Column, Date, Integer, Numeric, Text

from iku_etl.connectors.registers import encoding, files, folder, opening, rows
from iku_etl.errors import ContractError, SettingError, TransientError
from iku_etl.settings import Connection
from iku_etl.window import Window, window_at

CSV, XLSX = folder.MEDIA_TYPES[".csv"], folder.MEDIA_TYPES[".xlsx"]
COLUMNS = (
    Column("site", Text, nullable=False, info={"headings": ("Nama Situs",)}),
    Column("count", Integer, nullable=False, info={"headings": ("jumlah kunjungan",)}),
    Column("share", Numeric),
    Column("managed_from", Date),
    Column("is_open", Boolean),
)


def pieces(folder: Path, body: bytes, media_type: str = CSV) -> list[folder.Rows]:
    return list(folder.read(kept_bytes(folder, body, media_type), JANUARY, columns=COLUMNS))


def read(folder: Path, body: bytes, media_type: str = CSV) -> list[dict[str, Any]]:
    return list(table(iter(pieces(folder, body, media_type))).to_pylist())


def workbook(*sheets: Sequence[Sequence[Any]], hidden: int | None = None) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for number, content in enumerate(sheets, 1):
        sheet = book.create_sheet(f"Lembar{number}")
        for row in content:
            sheet.append(list(row))
        if number == hidden:
            sheet.sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def zipped(body: bytes, **changed: bytes) -> bytes:
    """The workbook with parts put in or replaced (`__` for a slash)."""
    parts = {name.replace("__", "/") + ".xml": content for name, content in changed.items()}
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    return stream.getvalue()


# ---------------------------------------------------------------- CSV


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_csv_file_with_titles_totals_and_quotes(tmp_path: Path, bom: bytes, delimiter: str, line_end: str) -> None:
    lines = (
        "posisi_per|2026-01-31",
        "Daftar situs, contoh".replace(delimiter, " "),
        "",
        "Nama\u00a0situs|JUMLAH_KUNJUNGAN|share|catatan",
        f'"a{delimiter} ""b""{line_end}c"|1.234|-|x',
        "",
        "d|2||",
        "Nama\u00a0situs|JUMLAH_KUNJUNGAN|share|catatan",
        "Jumlah|3||",
    )
    body = bom + line_end.join(line.replace("|", delimiter) for line in lines).encode()
    found = pieces(tmp_path, body)
    assert table(iter(found)).select(["site", "count", "share", "catatan"]).to_pylist() == [
        {"site": f'a{delimiter} "b"{line_end}c', "count": "1.234", "share": "-", "catatan": "x"},  # not guessed
        {"site": "d", "count": "2", "share": None, "catatan": None},
    ]
    assert found[-1].declared_out == {rows.TOTAL_ROW: 1, rows.HEADER_AGAIN: 1}
    places = table(iter(found))["place"].to_pylist()
    assert places[0].startswith("baris 5, byte ")
    assert places[1].startswith("baris 8, byte ")
    begin, end = map(int, places[1].split("byte ")[1].split("-"))
    assert body[begin:end].decode() == delimiter.join(("d", "2", "", ""))


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("codec", "mark", "declared"),
    [
        ("utf-8", b"", False), ("utf-8", b"", True), ("utf-8", b"\xef\xbb\xbf", False),
        ("utf-8", b"\xef\xbb\xbf", True),  # the mark decides
        ("utf-16-le", b"\xff\xfe", False), ("utf-16-be", b"\xfe\xff", False), ("cp1252", b"", True),
    ],
)  # fmt: skip
def test_three_encodings_are_read_and_a_place_is_the_files_own_bytes(
    tmp_path: Path, codec: str, mark: bytes, declared: bool, line_end: str
) -> None:
    said = {"cp1252": "windows-1252"}.get(codec, "windows-1252" if mark else "UTF-8")
    lines = [f"encoding;{said}"] * declared
    lines += ["posisi_per;31 Januari 2026", "site;count", "Café\u00a0“A”;1", f'"x{line_end}–";2', ""]
    body = mark + line_end.join(lines).encode(codec)
    found = table(iter(pieces(tmp_path, body)))
    assert found["site"].to_pylist() == ["Café\u00a0“A”", f"x{line_end}–"]
    for place, record in zip(found["place"].to_pylist(), ("Café\u00a0“A”;1", f'"x{line_end}–";2'), strict=True):
        begin, end = map(int, place.split("byte ")[1].split("-"))
        assert body[begin:end].decode(codec) == record
    assert opening.opening(io.BytesIO(body)).position == date(2026, 1, 31)


def test_in_utf_16_a_line_ends_only_at_a_whole_character(tmp_path: Path) -> None:
    ends = "\u0a00\u000a".encode("utf-16-be")  # GURMUKHI block: 0A 00, then the line feed 00 0A
    assert ends == b"\x0a\x00\x00\x0a"
    many = "".join(f"a\u0a05{number},{number}\n" for number in range(20_000))  # across many reads
    for name, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
        found = read(tmp_path, mark + f"site,count\n\u0a05\u0a0a,1\n{many}".encode(name))
        assert [found[0]["site"], found[-1]["site"], len(found)] == ["\u0a05\u0a0a", "a\u0a0519999", 20_001]


def test_a_line_without_an_end_is_refused_in_utf_16_too(tmp_path: Path) -> None:
    with pytest.raises(ContractError) as caught:
        read(tmp_path, "site,count\n".encode("utf-16") + "x".encode("utf-16-le") * encoding.LINE_BYTES)
    assert caught.value.code == "long_line"


def test_a_column_may_stand_before_the_header(tmp_path: Path) -> None:
    assert read(tmp_path, b"Nama situs:,dinkes\nis_open,ya\ncount,share,managed_from\n1,2,2026-01-01\n") == [
        {
            "place": "baris 4, byte 55-69",
            "count": "1",
            "share": "2",
            "managed_from": "2026-01-01",
            "site": "dinkes",
            "is_open": "ya",
        }
    ]


def test_a_file_with_a_header_alone_has_its_columns_and_no_rows(tmp_path: Path) -> None:
    found = table(iter(pieces(tmp_path, b"site,count\n")))
    assert (found.num_rows, found.column_names) == (0, ["place", "site", "count"])


HEADER = b"site,count\na,1\n"


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"", "empty", "kosong"),
        (b"\xef\xbb\xbf \r\n", "empty", "kosong"),
        (b"<!DOCTYPE html><html>login</html>", "html", "halaman web"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old_or_locked", "kata sandi"),
        (HEADER + b"caf\xe9,2\n", "encoding", "baris 3, byte 18:"),
        (HEADER + b"caf\xc3", "encoding", "byte 18:"),
        ("site,count\na,1\n".encode("utf-16-le"), "nul", "byte 1:"),  # no byte order mark: nothing is guessed
        ("site,count\na,1\nb".encode("utf-16") + b"c", "encoding", "baris 3, byte 34: bukan UTF-16"),
        ("site,count\n\ud83d,1\n".encode("utf-16", "surrogatepass"), "encoding", "baris 2, byte 24"),
        (b"\xff\xfe", "empty", "kosong"),
        (b"encoding,windows-1252\nsite,count\ncaf\x81,2\n", "encoding", "baris 3, byte 36: bukan windows-1252"),
        (b"encoding,windows-1252\nsite,count\ncaf\xc3\xa9,2\n", "encoding", "isinya UTF-8"),
        (b"encoding,latin-9\nsite,count\na,2\n", "encoding", "tidak dikenal"),
        (HEADER + b"b\0,2\n", "nul", "byte 16:"),
        (HEADER + b'"b,2\n', "truncated", "baris 3, byte 15:"),
        (HEADER + b'"b"x,2\n', "csv", "baris 3, byte 15:"),
        (HEADER + b"b", "truncated", "baris 3, byte 15-16: 1 sel"),
        (HEADER + b"b,2,3\n", "ragged", "3 sel, seharusnya 2"),
        (b"satu,dua\n1,2\n", "no_header", "site, count"),
        (b"site,count,Nama situs\n", "header_twice", "site"),
        (HEADER + b"x" * (encoding.LINE_BYTES + 1), "long_line", "baris 3"),
    ],
)
def test_what_is_no_register_is_refused_by_place(tmp_path: Path, body: bytes, code: str, words: str) -> None:
    with pytest.raises(ContractError) as caught:
        read(tmp_path, body)
    assert caught.value.code == code
    assert words in str(caught.value)


def test_a_large_file_is_read_in_bounded_pieces(tmp_path: Path) -> None:
    body = b"site,count\n" + b"".join(b"situs-%07d,%d\n" % (number, number) for number in range(120_000))
    found = pieces(tmp_path, body)
    assert [piece.table.num_rows for piece in found] == [*[10_000] * 12, 0]
    assert found[-2].table["site"][-1].as_py() == "situs-0119999"


# ---------------------------------------------------------------- XLSX


def test_a_workbook(tmp_path: Path) -> None:
    body = workbook(
        [["Posisi per", date(2026, 1, 31)], [], ["Petunjuk"]],  # no table on it
        [
            ["REKAP SITUS", None, None],
            [],
            ["Nama situs", "Jumlah kunjungan", "share", "managed_from", "is_open", None],
            ["a", 1234, 1.234, datetime(2026, 1, 5), True, None],  # noqa: DTZ001
            ["b", "=SUM(B4:B4)", 12.5, "5 Januari 2026", "ya", None],
            ["Jumlah", 2468],
            [None, None],
            ["c", 2**40, None, datetime(2026, 1, 5, 7, 30), False, None],  # noqa: DTZ001
        ],
    )
    found = pieces(tmp_path, body, XLSX)
    assert table(iter(found)).to_pylist() == [
        dict(zip(("place", *(column.name for column in COLUMNS)), row, strict=True))
        for row in (
            ("Lembar2!4", "a", "1234", "1,2340", "2026-01-05", "true"),  # 1,234 could be taken for thousands
            ("Lembar2!5", "b", "=SUM(B4:B4)", "12,5", "5 Januari 2026", "ya"),
            ("Lembar2!8", "c", str(2**40), None, "2026-01-05 07:30:00", "false"),
        )
    ]
    assert found[-2].declared_out == {rows.TOTAL_ROW: 1}
    assert found[-1].declared_out == {rows.NO_HEADER: 2}  # the first sheet


def test_a_percentage_is_handed_on_as_one(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["site", "count", "share"], ["a", 1, 0.95], ["b", 1, 0.955], ["c", 1, 95], ["d", 0.07, 0.95]):
        sheet.append(row)
    formats = {"C2": "0%", "C3": "0.00%;-0.00%", "C4": '0"%"', "B5": "0%"}
    for cell, number_format in formats.items():
        sheet[cell].number_format = number_format
    stream = io.BytesIO()
    book.save(stream)
    found = [(row["count"], row["share"]) for row in read(tmp_path, stream.getvalue(), XLSX)]
    assert found == [("1", "95%"), ("1", "95,5%"), ("1", "95"), ("7%", "0,95")]  # of C4 the sign is mere text


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
    assert found["managed_from"].to_pylist() == ["2026-01-05", None]
    assert out[-1].declared_out == {rows.HEADER_AGAIN: len(header)}  # on the next printed page
    assert found["place"][0].as_py() == f"Sheet!{len(header) + 1}"


def test_two_rows_of_a_table_about_the_columns_are_no_header(tmp_path: Path) -> None:
    about = [["No", "Kolom", "Wajib", "Lain"], [1, "Id situs", "ya", "situs"], [2, "sejak", "ya", "nama situs"]]
    out = list(folder.read(kept_bytes(tmp_path, workbook([["Id situs", "Nama situs"], ["a", "A"]], about), XLSX),
                             JANUARY, columns=GROUPED))  # fmt: skip
    assert table(iter(out))["site"].to_pylist() == ["a"]
    assert out[-1].declared_out == {rows.NO_HEADER: 3}


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
    assert found[-1].declared_out == {rows.HIDDEN_SHEET: 2}  # said, not passed over


def test_a_sheet_without_a_header_is_counted(tmp_path: Path) -> None:
    body = workbook([["site", "count"], ["a", 1]], [["b", 1], [], ["c", 1]])
    found = pieces(tmp_path, body, XLSX)
    assert table(iter(found))["site"].to_pylist() == ["a"]
    assert found[-1].declared_out == {rows.NO_HEADER: 2}


def test_a_row_that_only_begins_like_a_total_is_a_row(tmp_path: Path) -> None:
    columns = (Column("no", Text), *COLUMNS, Column("owner", Text, nullable=False))
    body = b"no,site,count,owner\nTotal,situs-total,1,dinkes\nTotal,,1,\n,total,1,dinkes\nJumlah,2\n"
    found = list(folder.read(kept_bytes(tmp_path, body, CSV), JANUARY, columns=columns))
    assert table(iter(found))["site"].to_pylist() == ["situs-total", "total"]
    assert found[-1].declared_out == {rows.TOTAL_ROW: 2}


BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c t="str">
<v>&b;</v></c></row></sheetData></worksheet>"""
SHEETML = b"application/vnd.openxmlformats-officedocument.spreadsheetml"
TYPES = b"""<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Override PartName="/xl/sharedStrings.xml" ContentType="%s.sharedStrings+xml"/>
<Override PartName="/xl/workbook.xml" ContentType="%s.sheet.main+xml"/></Types>""" % (SHEETML, SHEETML)
FAR = b"""<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="str"><v>site</v></c><c r="B1" t="str"><v>count</v></c></row>
<row r="99999999999"><c r="A99999999999"><v>1</v></c></row></sheetData></worksheet>"""

WIDE = b"""<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="str"><v>site</v></c><c r="B1" t="str"><v>count</v></c></row>
<row r="2">%s</row></sheetData></worksheet>"""
LONG = WIDE % b'<c r="A2" t="str"><v>%s</v></c>'


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"xl__worksheets__sheet1": BOMB}, "xml_bomb"),
        ({"xl__workbook": BOMB}, "xml_bomb"),
        ({"xl__sharedStrings": BOMB, "[Content_Types]": TYPES}, "xml_bomb"),
        ({"xl__media__x": bytes(4 * 1024**2)}, "zip_bomb"),
        ({"xl__worksheets__sheet1": b"<worksheet><sheetData><row"}, "broken_workbook"),
        ({"xl__styles": b"<styleSheet>" + os.urandom(6 * 1024**2).hex().encode() + b"</styleSheet>"}, "zip_bomb"),
        ({"xl__worksheets__x": os.urandom(6 * 1024**2).hex().encode()}, "zip_bomb"),  # no sheet by its type
        ({"xl__worksheets__sheet1": WIDE % b'<c r="AMN2" t="str"><v>x</v></c>'}, "long_row"),
        ({"xl__worksheets__sheet1": WIDE % (b"<c/>" * 20_000)}, "long_row"),
        ({"xl__worksheets__sheet1": WIDE % (b"<c/>" * 1_000_000)}, "zip_bomb"),
        ({"xl__worksheets__sheet1": LONG % (b"a" * 70_000)}, "long_row"),
        ({f"xl__x{number}": b"" for number in range(2100)}, "zip_bomb"),
    ],
)
def test_a_bomb_or_damaged_workbook_is_refused(tmp_path: Path, changed: dict[str, bytes], code: str) -> None:
    body = zipped(workbook([["site", "count"], ["a", 1]]), **changed)
    with pytest.raises(ContractError) as caught:
        read(tmp_path, body, XLSX)
    assert caught.value.code == code


def test_a_damaged_workbook_never_gives_another_error(tmp_path: Path) -> None:
    good = workbook([["site", "count"], ["a", 1], ["b", datetime(2026, 1, 5)]])  # noqa: DTZ001
    dice = Random(5)
    for _ in range(150):
        body = bytearray(good)
        for _ in range(dice.randrange(1, 4)):
            body[dice.randrange(len(body))] = dice.randrange(256)
        try:
            read(tmp_path, bytes(body), XLSX)
        except ContractError:
            pass


def test_a_truncated_workbook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError) as caught:
        read(tmp_path, workbook([["site", "count"], ["a", 1]])[:-200], XLSX)
    assert caught.value.code == "broken_workbook"


def test_a_row_beyond_excels_last_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError) as caught:
        read(tmp_path, zipped(workbook([["site"]]), xl__worksheets__sheet1=FAR), XLSX)
    assert caught.value.code == "broken_workbook"


def test_memory_that_runs_out_is_a_contract_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("iku_etl.connectors.registers.workbook.openpyxl.load_workbook", full)
    with pytest.raises(ContractError) as caught:
        read(tmp_path, workbook([["site", "count"]]), XLSX)
    assert caught.value.code == "zip_bomb"


# ---------------------------------------------------------------- which files


def drop(folder: Path, **contents: bytes) -> Connection:
    for name, content in contents.items():
        (folder / name.replace("__", ".")).write_bytes(content)
    return Connection("register", str(folder))


def just_ended() -> Window:
    this_month = datetime.now(ZONE).date().replace(day=1)
    return window_at("month", this_month - timedelta(days=1), ZONE)


def taken(
    window: Window, connection: Connection, late_by: timedelta | None = None
) -> Iterator[tuple[str, date | None]]:
    return ((payload.name, payload.position) for payload in folder.extract(window, connection, late_by=late_by))


def test_a_snapshot_is_the_newest_position_of_its_window(tmp_path: Path) -> None:
    where = drop(
        tmp_path,
        a__csv=b"posisi_per,2026-01-15\nsite,count\n",
        b__csv=b"Posisi per;31 Januari 2026;;\nsite;count\n",
        c__csv=b'"Posisi per: 31/01/2026"\nsite,count\n',
        d__xlsx=workbook([["Posisi per", date(2026, 2, 28)], ["site", "count"]]),
        e__csv=b"site,count\n",
        f__txt=b"posisi_per,2026-01-31\n",
    )
    (tmp_path / "~$d.xlsx").write_bytes(b"lock")
    late_by = timedelta(days=14)
    assert list(taken(JANUARY, where, late_by)) == [("b.csv", date(2026, 1, 31)), ("c.csv", date(2026, 1, 31))]
    february = window_at("month", date(2026, 2, 1), ZONE)
    assert list(taken(february, where, late_by)) == [("d.xlsx", date(2026, 2, 28))]
    assert list(taken(window_at("month", date(2026, 3, 1), ZONE), where, late_by)) == []


def test_a_snapshot_without_position_counts_for_the_month_just_ended(tmp_path: Path) -> None:
    where = drop(tmp_path, e__csv=b"site,count\n")
    assert list(taken(just_ended(), where, timedelta(days=40))) == [("e.csv", None)]
    assert list(taken(JANUARY, where, timedelta(days=40))) == []


def test_a_register_of_events_names_its_period(tmp_path: Path) -> None:
    where = drop(
        tmp_path,
        a__csv=b"Agenda\nperiode,2026-01\nsite,count\n",
        b__csv=b"Periode: Januari 2026\nsite,count\n",
        c__csv=b"periode;02/2026\nsite;count\n",
        d__csv=b"periode,31 Januari 2026\nsite,count\n",
        **{"agenda_2026-01__csv": b"site,count\n", "agenda_2026-01-31__csv": b"site,count\n"},
    )
    expected = ["a.csv", "agenda_2026-01-31.csv", "agenda_2026-01.csv", "b.csv", "d.csv"]
    assert [name for name, _ in taken(JANUARY, where)] == expected


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("x.csv", b"site,count\n", "no_period"),
        ("x.csv", b"periode,kemarin\n", "no_period"),
        ("x.csv", b"periode,2999-01\n", "no_period"),
        ("x_2026-13.csv", b"site,count\n", "no_period"),
        ("x.xls", b"\xd0\xcf\x11\xe0", "file_type"),
    ],
)
def test_a_file_that_cannot_be_placed_troubles_the_newest_window_alone(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    (tmp_path / name).write_bytes(content)
    where = Connection("register", str(tmp_path))
    window = just_ended()
    with pytest.raises(ContractError, match="x") as caught:
        list(taken(window, where))
    assert caught.value.code == code
    assert list(taken(window_at("month", window.first_day - timedelta(days=40), ZONE), where)) == []


def test_an_undated_or_impossible_file_beside_dated_ones_is_named(tmp_path: Path) -> None:
    window = just_ended()
    day = window.last_day.isoformat().encode()
    where = drop(tmp_path, a__csv=b"posisi_per,%s\nsite,count\n" % day, b__csv=b"site,count\n")
    with pytest.raises(ContractError, match=r"b\.csv") as caught:
        list(taken(window, where, timedelta(days=40)))
    assert caught.value.code == "no_period"
    with pytest.raises(ContractError, match=r"b\.csv"):  # it came too late to be taken for what just ended
        list(taken(window, where, timedelta(0)))
    drop(tmp_path, b__csv=b"posisi_per,2999-01-31\nsite,count\n")
    with pytest.raises(ContractError, match=r"b\.csv"):
        list(taken(window, where, timedelta(days=40)))


def test_a_position_before_the_first_cell_is_named(tmp_path: Path) -> None:
    where = drop(tmp_path, b__csv=b"posisi_per,2016-01-31\nsite,count\n")
    found = folder.extract(just_ended(), where, late_by=timedelta(days=40), since=date(2026, 1, 1))
    with pytest.raises(ContractError, match=r"b\.csv"):
        list(found)


def test_the_name_of_a_file_is_not_said_where_it_may_be_a_persons(tmp_path: Path) -> None:
    drop(tmp_path, **{"Budi__csv": b"site,count\n"})
    where = Connection("register", str(tmp_path))
    with pytest.raises(ContractError, match=r"^berkas #[0-9a-f]{6}: ") as caught:
        list(folder.extract(just_ended(), where, show_names=False))
    assert "Budi" not in str(caught.value)
    drop(tmp_path, **{"Budi__csv": b"periode,2026-01\nsite,count\n"})
    (payload,) = folder.extract(JANUARY, where, show_names=False)
    assert "Budi" not in repr(payload)
    (tmp_path / "Budi.csv").write_bytes(b"")
    with pytest.raises(TransientError, match=r"^berkas #[0-9a-f]{6} ") as moved:
        list(payload.chunks)
    assert "Budi" not in str(moved.value)


def test_an_opening_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where, read_so_far = drop(tmp_path, a__csv=b"periode,2026-01\n"), []
    real = folder.opening
    monkeypatch.setattr(folder, "opening", lambda stream: read_so_far.append(1) or real(stream))
    for _ in range(3):
        assert len(list(taken(JANUARY, where))) == 1
    assert len(read_so_far) == 1
    drop(tmp_path, a__csv=b"periode,2026-02-01\n")
    assert list(taken(JANUARY, where)) == []


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_links_and_pipes_are_refused(tmp_path: Path, kind: str) -> None:
    folder, secret = tmp_path / "drop", tmp_path / "secret"
    folder.mkdir()
    secret.write_bytes(b"periode,2026-01\n")
    path = folder / "x_2026-01.csv"
    path.symlink_to(secret) if kind == "link" else os.mkfifo(path)
    where = Connection("register", str(folder))
    assert list(taken(JANUARY, where)) == []
    with pytest.raises(ContractError, match="x_2026-01") as caught:
        list(taken(just_ended(), where))
    assert caught.value.code == "no_file"
    with pytest.raises(ContractError) as caught:
        list(files.payload(path, CSV).chunks)
    assert caught.value.code == "no_file"


def test_a_file_that_is_still_written_is_left_for_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = drop(tmp_path, a__csv=b"periode,2026-01\nsite", b__csv=b"periode,2026-01\nsite,count\n")

    def meanwhile(_: float) -> None:
        with (tmp_path / "a.csv").open("ab") as stream:
            stream.write(b",count\n")

    monkeypatch.setattr("iku_etl.connectors.registers.files.time.sleep", meanwhile)
    assert [name for name, _ in taken(JANUARY, where)] == ["b.csv"]


def test_a_file_is_landed_as_it_is(tmp_path: Path) -> None:
    body = b"posisi_per,2026-01-31\r\nsite,count\r\n\xff\n"
    (payload,) = folder.extract(JANUARY, drop(tmp_path, a__csv=body), late_by=timedelta(days=14))
    assert kept(tmp_path, payload).path.read_bytes() == body
    assert payload.request["file"] == "a.csv"
    assert str(tmp_path) not in repr(payload)
    assert payload.asked_at.tzinfo is UTC


def test_a_file_that_changes_while_it_is_read_is_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"posisi_per,2026-01-31\n")
    payload = files.payload(path, CSV)
    with path.open("ab") as stream:
        stream.write(b"site,count\n")
    with pytest.raises(TransientError, match=r"a\.csv"):
        list(payload.chunks)


def test_a_folder_that_is_not_there_holds_nothing_but_a_named_file_must_be(tmp_path: Path) -> None:
    assert files.listed(str(tmp_path / "none"), (".csv",)) == []
    with pytest.raises(SettingError):
        files.listed(str(tmp_path / "none.csv"), (".csv",))
    assert os.listdir(tmp_path) == []
