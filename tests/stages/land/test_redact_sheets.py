"""Workbooks with personal data: several tables, hidden rows, merged cells."""

import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from loopback import ZONE, kept, table
from redact_kit import CSV, HEADER, KEY, PERSONAL, ROW, SOURCE, received

from iku_etl.connectors.registers import folder
from iku_etl.model import Rows
from iku_etl.stages.land import redact, redactor
from iku_etl.window import window_at


def typed(*sheets: tuple[str, str, list[str]], hidden: int | None = None, merged: str | None = None) -> bytes:
    """A workbook with a sheet per title, month and rows; row `hidden` of the first is hidden."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, month, records in sheets:
        sheet = book.create_sheet(title)
        for line in (f"periode;{month}", HEADER, *records):
            sheet.append(line.split(";"))
    if hidden:
        book.worksheets[0].row_dimensions[hidden].hidden = True
    if merged:
        book.worksheets[0].merge_cells(merged)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def read_as(tmp_path: Path, body: bytes, month: int = 1) -> list[Rows]:
    found = redact.redact(SOURCE, received(body), KEY)
    assert found.payload is not None, found.error
    payload = kept(tmp_path, found.payload)
    assert not [word for word in PERSONAL if word in payload.path.read_text()]
    window = window_at("month", date(2026, month, 1), ZONE)
    return list(folder.read(payload, window, columns=SOURCE.columns))


def test_of_several_months_in_one_workbook_only_the_windows_own_counts(tmp_path: Path) -> None:
    other = ROW.replace("05/01/2026", "05/02/2026").replace("1;setda", "7;setda")
    january = [ROW, "Jumlah;1" + ";" * 12]
    body = typed(("Budi Santoso", "2026-01", january), ("Operasi Senyap", "2026-02", [other, other]))
    for month, numbers, left in ((1, ["1"], 2), (2, ["7", "7"], 1)):
        found = read_as(tmp_path, body, month)
        assert table(iter(found))["agenda_no"].to_pylist() == numbers
        assert sum(piece.declared_out.get(folder.OTHER_MONTH, 0) for piece in found) == left
    assert sum(piece.declared_out.get("baris jumlah", 0) for piece in found) == 1


def test_a_hidden_row_of_a_personal_register_is_not_observed(tmp_path: Path) -> None:
    found = read_as(tmp_path, typed(("Agenda", "2026-01", [ROW, ROW]), hidden=4))
    assert table(iter(found))["agenda_no"].to_pylist() == ["1"]
    assert [one.place for piece in found for one in piece.unobserved] == ["lembar 1!4"]


def test_a_merged_number_of_a_personal_register_is_hidden_and_a_merged_text_stands_for_all(tmp_path: Path) -> None:
    rest = ROW.replace("1;setda", ";", 1)
    found = read_as(tmp_path, typed(("Agenda", "2026-01", [ROW, rest]), merged="B3:B4"))
    assert table(iter(found))["unit"].to_pylist() == ["setda", "setda"]
    found = read_as(tmp_path, typed(("Agenda", "2026-01", [ROW, rest.replace(";;", ";setda;", 1)]), merged="A3:A4"))
    assert table(iter(found))["agenda_no"].to_pylist() == [redactor.HIDDEN, redactor.HIDDEN]


@pytest.mark.parametrize(("value", "is_refused"), [("email_sandi", True), ("0812-3456-7890", False), ("-", False)])
def test_a_column_that_nobody_declared_stops_the_file_only_if_it_could_be_one_that_is_missing(
    value: str, is_refused: bool
) -> None:
    body = CSV.replace("Sarana", "Budi Santoso").replace("JKS", value).encode()
    found = redact.redact(SOURCE, received(body), KEY)
    assert (found.payload is None) is is_refused
    if found.payload is not None:
        assert b"".join(found.payload.chunks).count(b"\n") == 2
    else:
        assert found.error_code == "unknown_heading"
        assert "judul pada kolom ke-9 tidak dikenal dan berisi" in str(found.error)
        assert not [word for word in (*PERSONAL, value) if word in repr(found)]


def test_the_file_is_named_by_the_hash_of_its_name_alone() -> None:
    for name, shown in (("berkas #ab12cd", {"file": "berkas #ab12cd"}), ("berkas #ab12cd Budi Santoso", {})):
        payload = replace(received(b""), request={"file": name, "size_bytes": 1})
        assert redact.redact(SOURCE, payload, KEY).described.request == {**shown, "size_bytes": 1}


def test_what_openpyxl_warns_of_hides_no_cause() -> None:
    book = openpyxl.load_workbook(io.BytesIO(typed(("Agenda", "2026-01", [ROW]))))
    sheet = book.worksheets[0]
    sheet["C3"] = 10**9
    sheet["C3"].number_format = "yyyy-mm-dd"  # outside the calendar: a warning that shows the value
    sheet.append(["x"] * 20)
    stream = io.BytesIO()
    book.save(stream)
    assert redact.redact(SOURCE, received(stream.getvalue()), KEY).error_code == "ragged"
