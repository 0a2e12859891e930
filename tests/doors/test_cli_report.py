"""`iku report`: what `iku figures` shows stands in the document; a file of yours is never overwritten."""

import io
from pathlib import Path

import openpyxl
import pytest
import report_kit
from install_kit import Iku

from iku_etl.figures.report.document import Table, text_of
from iku_etl.pipeline import Pipeline


@pytest.fixture
def reported(pipeline: Pipeline, iku: Iku) -> Iku:
    """`iku ..` over January of IKU-08 with what the office has entered."""
    report_kit.settle(pipeline)
    return iku


def test_numbers_are_those_that_figures_shows(reported: Iku, pipeline: Pipeline) -> None:
    _, out, _ = reported("figures", "--indicator", "IKU-08")
    shown = {line.split("  ")[0].strip(): line.split() for line in out.splitlines() if "2026" in line and " *" in line}
    document = pipeline.lkjip(2026)
    (found,) = [
        block for block in document.blocks if isinstance(block, Table) and block.caption.startswith("IKU-08 menurut")
    ]
    assert len(found.rows) >= 4
    for row in found.rows:
        period, value, _, coverage, target, capaian, stage = (text_of(cell) for cell in row)
        words = shown[period]
        for text in (value, coverage, target, capaian, stage):
            assert " ".join(text.split()) in " ".join(words), (period, text)


def test_a_report_is_a_new_file_and_names_stage_and_load(reported: Iku, tmp_path: Path) -> None:
    path = tmp_path / "bulanan.xlsx"
    ask = ("report", "monthly", "--month", "2026-01", "--format", "xlsx", "--out", str(path))
    code, out, _ = reported(*ask)
    assert code == 0
    assert "Kabupaten Bengkulu Selatan" in out and "muatan" in out
    assert openpyxl.load_workbook(io.BytesIO(path.read_bytes())).sheetnames[0] == "Indikator kinerja utama"
    before = path.read_bytes()
    code, _, err = reported(*ask)
    assert code != 0
    assert "sudah ada" in err
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("monthly", "--month", "2026-TW1"), "bukan bulan"),
        (("monthly", "--month", "Januari"), "bukan periode"),
        (("lkjip", "--year", "2031"), "Tidak ada angka yang terbit untuk Tahun 2031"),
    ],
)
def test_what_cannot_be_reported_is_said(reported: Iku, arguments: tuple[str, ...], told: str) -> None:
    code, _, err = reported("report", *arguments, "--out", "-")
    assert code != 0
    assert told in err
