"""The workbook of rows to mend is read as the register it is, whatever the register declares."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from kit import ZONE
from loopback import kept_bytes
from register_kit import XLSX
from sqlalchemy import Column

from iku_etl import catalogue
from iku_etl.catalogue import examples, form, mending, sentences
from iku_etl.connectors.registers import folder
from iku_etl.model import Source
from iku_etl.records.spellings import HIDDEN
from iku_etl.window import window_at

JANUARY = window_at("month", date(2026, 1, 1), ZONE)
REGISTERS = [source for source in catalogue.all_sources() if source.is_register]


def cell(source: Source, column: Column[Any]) -> str:
    return str(examples.example(source, column, 0) or "x")


@pytest.mark.parametrize("source", REGISTERS, ids=lambda source: source.name)
def test_what_comes_back_is_read_with_its_rows_and_without_our_columns(source: Source, tmp_path: Path) -> None:
    cells = {column.name: cell(source, column) for column in source.delivered}
    said = JANUARY.label if source.kind == "events" else JANUARY.last_day
    body = mending.workbook(source, said, [(cells, "tidak ada di daftar", "baris 5, byte 1-2")])
    pieces = list(folder.read(kept_bytes(tmp_path, body, XLSX), JANUARY, columns=source.columns))
    (row,) = [row for piece in pieces for row in piece.table.to_pylist()]
    kept = {name: text for name, text in cells.items() if not sentences.is_dropped(source, source.column(name))}
    assert {name: row[name] for name in kept} == kept
    assert row["place"] == f"{form.SHEET}!{form.HEADER_ROW + 1}"


def test_what_was_not_kept_is_left_to_be_filled_in_and_nothing_is_a_formula(tmp_path: Path) -> None:
    source = catalogue.source("persandian_message")
    cells = {"unit": "=1+1", "class": HIDDEN, "sender": "0f" * 16, "recorded_on": "2026-01-05T00:00:00"}
    body = mending.workbook(source, "2026-01", [(cells, "alasan \x07=x", "baris 5")])
    sheet = openpyxl.load_workbook(io.BytesIO(body))[form.SHEET]
    titles = [entry.value for entry in sheet[form.HEADER_ROW]]
    row = dict(zip(titles, sheet[form.HEADER_ROW + 1], strict=True))
    assert (row["ID unit"].value, row["ID unit"].data_type) == ("=1+1", "s")
    assert row["Klasifikasi"].value is None
    assert row["Pengirim"].value is None
    assert row["Tanggal"].value == "2026-01-05"
    assert row[mending.REASON].value == "alasan =x"
    assert sheet["B1"].value == "2026-01"
