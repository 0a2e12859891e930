"""`iku export`: the table that offices upload; numbers to the last digit, no cell a formula, companions marked."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import install_kit as kit
import openpyxl
import pytest
from install_kit import Iku

from iku_etl import indonesian
from iku_etl.figures import export, publications
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings
from iku_etl.warehouse.database import Warehouse


@pytest.fixture
def iku(
    monkeypatch: pytest.MonkeyPatch, capsys: Any, warehouse: Warehouse, site: Settings, pipeline: Pipeline
) -> Iterator[Iku]:
    """`iku ..` over January of IKU-08, published."""
    kit.settle(pipeline)
    with kit.at_hand(monkeypatch, capsys, warehouse, site.state) as call:
        yield call


def test_an_export_says_what_is_published_to_the_last_digit(iku: Iku, tmp_path: Path) -> None:
    path = tmp_path / "iku.csv"
    assert iku("export", "--csv", "machine", "--out", str(path), "--year", "2026")[0] == 0
    lines = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    published = {(row["indicator"], row["period"]): row for row in json.loads(iku("figures", "--json")[1])}
    assert len(lines) == len(published)
    line = next(one for one in lines if one["kode"] == "IKU-08" and one["periode"] == "Januari 2026")
    row = published["IKU-08", "2026-01"]
    assert line["realisasi"] == "50"
    assert Decimal(line["cakupan"]) == Decimal(row["coverage"])  # 83.3333333333333333
    assert line["cut_off"] == "2026-02-10"
    assert (line["tahun"], line["target"], line["capaian"], line["mutu"]) == ("2026", "", "", "cukup")
    assert line["tautan_bukti"] == "/iku/figure/IKU-08/2026-01"
    assert line["versi_definisi"].startswith("def_")
    since = f"definisi {row['definition']} berlaku sejak 14 Januari 2020"
    assert line["keberlakuan"] == f"Keputusan 13.a/2020 melayani periode yang berakhir 2021; {since}"
    assert iku(*line["perintah_bukti"].split()[1:])[0] == 0


def test_a_csv_for_offices_opens_in_an_indonesian_spreadsheet(iku: Iku, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one.csv", "two.csv")]
    assert iku("export", "--csv", "office", "--out", str(paths[0]))[0] == 0
    assert iku("export", "--format", "csv", "--out", str(paths[1]))[0] == 0
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].read_bytes().startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(paths[0].read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    line = next(one for one in lines if one["kode"] == "IKU-08" and one["periode"] == "Januari 2026")
    assert (line["realisasi"], line["cakupan"], line["cut_off"]) == ("50", "83,33", "2026-02-10")
    code, _, err = iku("export", "--csv", "office", "--format", "xlsx")
    assert code == 2
    assert "buang --format xlsx" in err


def test_in_a_workbook_numbers_are_numbers_and_days_are_days(iku: Iku, tmp_path: Path) -> None:
    path = tmp_path / "iku.xlsx"
    assert iku("export", "--out", str(path))[0] == 0
    book = openpyxl.load_workbook(path)
    rows = [dict(zip(export.COLUMNS, row, strict=True)) for row in book["IKU"].iter_rows(min_row=2, values_only=True)]
    row = next(one for one in rows if one["kode"] == "IKU-08" and one["periode"] == "Januari 2026")
    assert (row["realisasi"], row["tahun"], row["cut_off"]) == (50, 2026, datetime(2026, 2, 10))  # noqa: DTZ001  # a workbook has no zones
    assert row["cakupan"] == pytest.approx(250 / 3, abs=1e-13)
    place = export.COLUMNS.index("keterangan") + 1
    assert book["IKU"].cell(2, place).alignment.wrap_text  # a reason is read, not cut
    assert book["IKU"].auto_filter.ref is not None
    assert any("berakhir 2021" in str(cell.value) for cell in book["Keterangan"]["A"])


def test_a_file_that_is_there_is_not_overwritten_and_other_years_are_left_out(iku: Iku, tmp_path: Path) -> None:
    path = tmp_path / "iku.csv"
    path.write_bytes(b"mine")
    code, _, err = iku("export", "--format", "csv", "--out", str(path))
    assert code == 1
    assert "sudah ada" in err
    assert path.read_bytes() == b"mine"
    assert iku("export", "--format", "csv", "--out", str(tmp_path / "none.csv"), "--year", "2031")[0] == 0
    assert len((tmp_path / "none.csv").read_text().splitlines()) == 1


ROW = {
    "indicator": "IKU-09-TITIK", "period": "2026-TW1", "form": "jumlah", "is_running": False, "known_until": None,
    "title": "@SUM(1)", "unit": "=1+1", "target": None,
    "value": Decimal("-3.0000000000000000001"),
    "numerator": Decimal(2), "denominator": Decimal(4), "low": None, "high": None, "coverage": Decimal(100),
    "capaian": Decimal("-20.5"), "predikat": None, "is_official": False, "tahap": "sementara", "revision": 0,
    "mutu": "basi", "stale_since": date(2026, 1, 3), "reason": "=HYPERLINK(1) tidak teramati", "definition": "def_1",
    "legal_basis": "-1+1", "in_force": "\tx",
}  # fmt: skip


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1"])
def test_no_text_of_a_source_begins_a_formula(text: str) -> None:
    assert export.safe(text) == f"'{text}"


def test_cells_are_safe_and_numbers_stay_numbers(tmp_path: Path) -> None:
    cells = export.table([ROW], {})
    (line,) = csv.DictReader(export.csv_bytes(cells, for_machines=True).decode().splitlines())
    assert line["realisasi"] == "-3.0000000000000000001"
    assert line["capaian"] == "-20.5"
    dangerous = ("=", "+", "-", "@", "\t", "\r")
    texts = [text for name, text in line.items() if name not in ("realisasi", "capaian")]
    assert not [text for text in texts if text.startswith(dangerous)]
    book = openpyxl.load_workbook(io.BytesIO(export.xlsx_bytes(cells)))
    sheet = book["IKU"]
    assert not [cell.value for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert sheet.cell(2, export.COLUMNS.index("capaian") + 1).value == -20.5


def test_companions_and_activities_are_marked() -> None:
    (cells,) = export.table([ROW], {})
    line = dict(zip(export.COLUMNS, cells, strict=True))
    assert line["jenis"] == "pendamping IKU-09, tidak pernah resmi"
    assert line["mutu"] == "basi sejak 3 Januari 2026"
    assert [export.kind(code) for code in ("IKU-09", "KEG-19")] == ["utama", "kegiatan"]
    assert publications.main_code("IKU-09-TITIK") == "IKU-09"


@pytest.mark.parametrize(
    ("value", "text"),
    [("80.000000000000", "80"), ("0", "0"), ("86.6666666666666667", "86.6666666666666667"), ("-0.50", "-0.5"),
     ("100", "100"), ("1E+2", "100"), ("86." + "6" * 38 + "70", "86." + "6" * 38 + "7")],
)  # fmt: skip
def test_a_number_has_every_digit_and_no_empty_ones(value: str, text: str) -> None:
    assert indonesian.exact(Decimal(value)) == text
