"""Register files as workbooks: what cells say, and bombs and damage that are refused."""

import io
import os
import zipfile
from datetime import date, datetime
from pathlib import Path
from random import Random

import openpyxl
import pytest
from loopback import table
from register_kit import COLUMNS, XLSX, pieces, read, workbook

from iku_etl.connectors.registers import rows, sheets
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

    monkeypatch.setattr("iku_etl.connectors.registers.workbook.openpyxl.load_workbook", full)
    with pytest.raises(ContractError) as caught:
        read(tmp_path, workbook([["site", "count"]]), XLSX)
    assert caught.value.code == "zip_bomb"
