"""Register files as workbooks: what cells say, and bombs and damage that are refused."""

import io
import os
import struct
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from random import Random

import openpyxl
import pytest
from loopback import table
from register_kit import COLUMNS, XLSX, pieces, read, workbook

from iku_etl.connectors.registers import archive, merged, rows, sheets
from iku_etl.errors import ContractError


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


def test_a_workbook(tmp_path: Path) -> None:
    body = workbook(
        [["Posisi per", date(2026, 1, 31)], [], ["Petunjuk"]],  # no table on it
        [
            ["REKAP SITUS", None, None],
            [],
            ["Nama situs", "Jumlah kunjungan", "share", "managed_from", "is_open", None],
            ["a", 1234, 1.234, datetime(2026, 1, 5), True, None],  # noqa: DTZ001  # a workbook has no zones
            ["b", "=SUM(B4:B4)", 12.5, "5 Januari 2026", "ya", None],
            ["Jumlah", 2468],
            [None, None],
            ["c", 2**40, None, datetime(2026, 1, 5, 7, 30), False, None],  # noqa: DTZ001  # a workbook has no zones
        ],
    )
    found = pieces(tmp_path, body, XLSX)
    assert table(iter(found)).to_pylist() == [
        dict(zip(("place", *(column.name for column in COLUMNS)), row, strict=True))
        for row in (
            ("Lembar2!4", "a", "1234", "1,2340", "2026-01-05T00:00:00", "true"),  # 1,234: thousands?
            ("Lembar2!5", "b", "=SUM(B4:B4)", "12,5", "5 Januari 2026", "ya"),
            ("Lembar2!8", "c", str(2**40), None, "2026-01-05 07:30:00", "false"),
        )
    ]
    assert found[-2].declared_out == {rows.TOTAL_ROW: 1}
    assert found[-1].declared_out == {sheets.NO_HEADER: 2}  # the first sheet


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


DTD = b"""<?xml version="1.0"?><!DOCTYPE Types SYSTEM "http://127.0.0.1/x.dtd">"""


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"[Content_Types]": DTD + TYPES}, "xml_bomb"),  # refused without any entity in it
        ({"xl__worksheets__sheet1": BOMB}, "xml_bomb"),
        ({"xl__workbook": BOMB}, "xml_bomb"),
        ({"xl__sharedStrings": BOMB, "[Content_Types]": TYPES}, "xml_bomb"),
        ({"xl__worksheets__sheet1": FAR.replace(b"schemas.openxmlformats.org", b"purl.oclc.org")}, "strict_workbook"),
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
    good = workbook([["site", "count"], ["a", 1], ["b", datetime(2026, 1, 5)]])  # noqa: DTZ001  # a workbook has no zones
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

    monkeypatch.setattr("iku_etl.connectors.registers.workbook.listed_sheets", full)
    with pytest.raises(ContractError) as caught:
        read(tmp_path, workbook([["site", "count"]]), XLSX)
    assert caught.value.code == "zip_bomb"


# ---------------------------------------------------------------- parts


GOOD = [["site", "count"], ["a", 1]]
PICTURES = ("xl/media/image1.jpeg", "xl/media/image2.PNG", "xl/embeddings/oleObject1.bin", "xl/printerSettings/1.bin")


def repacked(body: bytes, change: Callable[[str, bytes], tuple[str, bytes] | None], **more: bytes) -> bytes:
    """The workbook with each part changed, renamed or, for None, left out."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            changed = change(name, old.read(name))
            if changed is not None:
                new.writestr(*changed)
        for name, content in more.items():
            new.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize("name", PICTURES)
def test_a_photograph_is_no_bomb_for_it_is_never_unpacked(tmp_path: Path, name: str) -> None:
    for picture in (os.urandom(9 * 1024**2), bytes(9 * 1024**2)):  # also one that packs like a bomb
        body = repacked(workbook(GOOD), lambda part, content: (part, content), **{name: picture})
        assert [row["site"] for row in read(tmp_path, body, XLSX)] == ["a"]


def test_what_a_workbook_carries_beside_its_cells_may_be_large(tmp_path: Path) -> None:
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.pivotCacheRecords+xml"

    def declared(part: str, content: bytes) -> tuple[str, bytes]:
        override = b'<Override PartName="/xl/pivotCache/x.xml" ContentType="%s"/></Types>' % kind
        return part, content.replace(b"</Types>", override) if part == "[Content_Types].xml" else content

    body = repacked(workbook(GOOD), declared, **{"xl/pivotCache/x.xml": os.urandom(6 * 1024**2).hex().encode()})
    assert [row["site"] for row in read(tmp_path, body, XLSX)] == ["a"]


def test_a_part_that_is_declared_twice_is_refused(tmp_path: Path) -> None:
    """As a sheet it may be larger than as texts, which are held in memory."""

    def twice(part: str, content: bytes) -> tuple[str, bytes]:
        override = (
            b'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="%s.sharedStrings+xml"/></Types>' % SHEETML
        )
        return part, content.replace(b"</Types>", override) if part == "[Content_Types].xml" else content

    with pytest.raises(ContractError) as caught:
        read(tmp_path, repacked(workbook(GOOD), twice), XLSX)
    assert caught.value.code == "zip_bomb"


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        ("xl/worksheets/sheet1.xml", "lembar 1 tidak ada di dalamnya"),
        ("xl/sharedStrings.xml", "teks sel (sharedStrings) tidak ada di dalamnya"),
        ("xl/workbook.xml", "rusak atau terpotong"),
        ("[Content_Types].xml", "bukan buku kerja Excel"),
    ],
)
def test_a_workbook_that_lacks_a_part_is_refused_and_a_lost_sheet_is_not_passed_over(
    tmp_path: Path, lost: str, words: str
) -> None:
    def shared(part: str, content: bytes) -> tuple[str, bytes] | None:
        override = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s.sharedStrings+xml"/></Types>' % SHEETML
        is_declared = part == "[Content_Types].xml" and "shared" in lost
        return None if part == lost else (part, content.replace(b"</Types>", override) if is_declared else content)

    with pytest.raises(ContractError) as caught:
        read(tmp_path, repacked(workbook(GOOD, GOOD), shared), XLSX)
    assert words in str(caught.value)


def test_a_text_number_below_nought_is_no_text_from_the_end(tmp_path: Path) -> None:
    shared = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>x</t></si></sst>'
    sheet = WIDE % b'<c r="A2" t="s"><v>-1</v></c>'
    override = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s.sharedStrings+xml"/></Types>' % SHEETML
    parts = {"xl/worksheets/sheet1.xml": sheet}

    def change(part: str, content: bytes) -> tuple[str, bytes]:
        content = parts.get(part, content)
        return part, content.replace(b"</Types>", override) if part == "[Content_Types].xml" else content

    with pytest.raises(ContractError, match=r"teks sel \(sharedStrings\)"):
        read(tmp_path, repacked(workbook(GOOD), change, **{"xl/sharedStrings.xml": shared}), XLSX)


def test_other_archives_are_named_as_what_they_are_not(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    with pytest.raises(ContractError, match=r"bukan buku kerja Excel \(\.xlsx\)"):
        read(tmp_path, stream.getvalue(), XLSX)


def test_an_archives_own_table_is_not_read_beyond_that_of_any_workbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2,000,000 entries of 47 bytes took 30 seconds and 930 MB before any was looked at."""
    monkeypatch.setattr(archive, "ENTRIES", 10**9)  # which is asked afterwards
    entries = 100_000
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    table_of_it = entry * entries
    wide = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, len(table_of_it), 4)
    where = struct.pack("<4sLQL", b"PK\x06\x07", 0, 4 + len(table_of_it), 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    with pytest.raises(ContractError) as caught:
        read(tmp_path, b"PK\x03\x04" + table_of_it + wide + where + end, XLSX)
    assert caught.value.code == "zip_bomb"


MERGES = b"<mergeCells>%s</mergeCells>"


@pytest.mark.parametrize(
    ("areas", "rows_below"),
    [
        (b"".join(b'<mergeCell ref="A%d:A%d"/>' % (n, n + 1) for n in range(2, 60_000, 2)), 1),
        (b"".join(b'<mergeCell ref="A2:B%d"/>' % (90_000 + n) for n in range(2_000)), 1),
        (b'<mergeCell ref="A2:A1048576"/>', 30_000),
    ],
)
def test_merged_areas_are_bounded(
    tmp_path: Path, areas: bytes, rows_below: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merged, "FILLED_CELLS", 20_000)
    below = b"".join(b'<row r="%d"><c r="B%d"><v>1</v></c></row>' % (n, n) for n in range(3, 3 + rows_below))
    sheet = (WIDE % b'<c r="A2" t="str"><v>x</v></c>').replace(
        b"</sheetData>", below + b"</sheetData>" + MERGES % areas
    )
    body = zipped(workbook(GOOD), xl__worksheets__sheet1=sheet)
    with pytest.raises(ContractError) as caught:
        read(tmp_path, body, XLSX)
    assert caught.value.code == "zip_bomb"


def test_a_sheet_that_is_listed_many_times_is_refused(tmp_path: Path) -> None:
    def many(part: str, content: bytes) -> tuple[str, bytes]:
        again = b"".join(b'<sheet name="x%d" sheetId="%d" r:id="rId1"/>' % (n, n + 5) for n in range(3)) + b"</sheets>"
        return part, content.replace(b"</sheets>", again) if part == "xl/workbook.xml" else content

    with pytest.raises(ContractError) as caught:
        read(tmp_path, repacked(workbook(GOOD), many), XLSX)
    assert caught.value.code == "zip_bomb"


def test_a_workbook_is_read_by_defusedxml_whatever_else_is_installed() -> None:
    assert (openpyxl.LXML, openpyxl.DEFUSEDXML) == (False, True)


def test_a_rule_of_colours_that_nobody_knows_costs_nothing(tmp_path: Path) -> None:
    rule = b'</sheetData><conditionalFormatting sqref="A1"><cfRule type="x" priority="y"/></conditionalFormatting>'
    sheet = (WIDE % b'<c r="A2" t="str"><v>x</v></c>').replace(b"</sheetData>", rule)
    assert read(tmp_path, zipped(workbook(GOOD), xl__worksheets__sheet1=sheet), XLSX)[0]["site"] == "x"


def test_how_xml_writes_line_ends_is_no_part_of_a_text(tmp_path: Path) -> None:
    body = workbook([["site", "count"], ["a_x000D_\nb_x005F_x0041__x0000_", 1]])
    assert read(tmp_path, body, XLSX)[0]["site"] == "a\r\nb_x0041__x0000_"
