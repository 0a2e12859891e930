"""Serah: a register is handed in, judged, mended from the workbook that comes back, and the figure moves."""

import io
from pathlib import Path

import install_kit as kit
import openpyxl
import pytest
from hand_in_kit import handed_in
from web_kit import visitor

from iku_etl import settings
from iku_etl.catalogue import mending
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings
from iku_etl.web.login import Role

MESSAGES = kit.MESSAGES.encode()


@pytest.fixture
def site(pipeline: Pipeline, tmp_path: Path) -> Settings:
    """An installation that knows who has to hand in, and nothing else of January."""
    kit.drop(pipeline.settings, "parameter", kit.parameters())
    kit.drop(pipeline.settings, "register_submission", kit.SUBMISSIONS)
    for source in ("parameter", "register_submission"):
        assert kit.collect(pipeline, source).ending == "in_force"
    return settings.load(kit.environment(pipeline.warehouse, tmp_path / "state"))


def filled(body: bytes, **cells: str) -> bytes:
    """The workbook that came back, its one row mended."""
    book = openpyxl.load_workbook(io.BytesIO(body))
    sheet = book["Isian"]
    names = {str(cell.value): cell.column for cell in sheet[3]}
    assert sheet.max_row == 4
    for name, text in cells.items():
        sheet.cell(4, names[name.replace("_", " ")], text)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_faulty_register_is_mended_from_the_workbook_that_comes_back_and_the_figure_moves(
    site: Settings, pipeline: Pipeline
) -> None:
    browser = visitor(site, Role.USER)
    path, page = handed_in(browser, "persandian_message", ("agenda Budi.csv", MESSAGES))
    for part in ("diterima sebagian", "baris 5", "Pegawai user", "800/12/KOMINFO/2026", "agenda Januari"):
        assert part in page, part
    assert "Budi" not in page
    returned = browser.get(f"{path}/perbaikan.xlsx").content
    sheet = openpyxl.load_workbook(io.BytesIO(returned))["Isian"]
    titles = [str(cell.value) for cell in sheet[3]]
    row = dict(zip(titles, [cell.value for cell in sheet[4]], strict=True))
    assert row["ID unit"] == "dinkes"
    assert "Klasifikasi" in row[mending.REASON]
    assert row[mending.PLACE].startswith("baris 5")
    assert sheet["B1"].value == "2026-01"

    with pipeline.warehouse.connect("auditor") as connection:
        (batch,) = connection.execute(
            "select batch_id from iku.batch where source = 'persandian_message' and ending = 'in_force'"
        ).fetchall()
    form = browser.get(f"/serah/persandian_message?bulan=2026-01&perbaiki={batch['batch_id']}").text
    assert "mengambil tempat 1 baris yang disisihkan" in form
    mended = filled(returned, Klasifikasi="biasa", Pengirim="Dinkes", Nomor="003/A")
    _, page = handed_in(
        browser, "persandian_message", ("perbaikan.xlsx", mended), cara="perbaiki", perbaiki=str(batch["batch_id"])
    )
    assert 'serah-utuh">diterima<' in page, page
    assert "IKU-08 Januari 2026" in page
    assert "3/3" in page or "anggota" in page, page
    with pipeline.warehouse.connect("auditor") as connection:
        rows = connection.execute(
            """
            select payload.request -> 'handed_in' as note, batch.loaded from iku.batch_in_force
            inner join iku.payload on batch_in_force.batch_id = payload.batch_id
            inner join iku.batch on batch_in_force.batch_id = batch.batch_id
            where batch_in_force.source = 'persandian_message'
            """
        ).fetchall()
    assert [row["loaded"] for row in rows] == [4, 4]
    assert {row["note"]["by"] for row in rows} == {"Pegawai user"}
    assert any("diperbaiki lewat" in row["note"].get("emptied", "") for row in rows)
