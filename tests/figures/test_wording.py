"""What is said of a figure at every door: bounds, the state it is, a period that still runs, reasons in Indonesian."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import install_kit as kit
import pytest
from install_kit import Iku
from web_kit import visitor

from iku_etl import settings
from iku_etl.figures import export, publications, wording
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings
from iku_etl.warehouse.database import Warehouse

FIGURE: dict[str, Any] = {
    "period": "2026-03", "low": None, "high": None, "denominator": 4, "coverage": Decimal(100), "is_running": False,
    "known_until": None, "tahap": "sementara", "capaian": Decimal(90), "reason": "", "mutu": "cukup",
    "stale_since": None, "value": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "form", "low", "high", "both"),
    [
        ({}, "persen", "tidak diketahui", "tidak diketahui", "tidak diketahui"),
        ({"low": 5}, "jumlah", "5", "tidak diketahui", "5 s.d. tidak diketahui"),
        ({"low": 50, "high": 60}, "persen", "50,00", "60,00", "50,00 s.d. 60,00"),
        ({"low": 50, "high": 50}, "persen", "50,00", "50,00", "tepat 50,00"),
        ({"denominator": 0}, "persen", "–", "–", "–"),  # nobody has anything to count
        ({"denominator": 0, "coverage": 80}, "persen", "tidak diketahui", "tidak diketahui", "tidak diketahui"),
        ({"coverage": None}, "persen", "–", "–", "–"),  # no members
    ],
)
def test_an_open_bound_has_one_word(changed: dict[str, Any], form: str, low: str, high: str, both: str) -> None:
    row = FIGURE | changed
    assert wording.bound(row["low"], row, form) == low
    assert wording.bound(row["high"], row, form) == high
    assert wording.bounds(row, form) == both


def test_a_state_says_its_days_and_nothing_is_called_revised_before_something_was_replaced() -> None:
    cut_off, later = date(2026, 11, 10), date(2026, 11, 27)
    rows = [{"revision": number, "cut_off_on": cut_off, "state_on": later} for number in range(4)]
    said = [
        "sebelum batas data 10 November 2026, keadaan 27 November 2026",
        "pertama sejak batas data 10 November 2026, keadaan 27 November 2026",  # collecting began later (decision 4)
        "revisi ke-1 (nomor 2), keadaan 27 November 2026",
        "revisi ke-2 (nomor 3), keadaan 27 November 2026",
    ]
    assert [wording.revision(row) for row in rows] == said
    assert wording.revision(rows[1] | {"state_on": cut_off}) == "keadaan pada batas data 10 November 2026"
    without = {"cut_off_on": None}  # no parameter says it
    assert wording.revision(rows[1] | without) == "pertama sejak batas data, keadaan 27 November 2026"


def test_the_state_at_a_cut_off_ends_with_its_day() -> None:
    zone = ZoneInfo("Asia/Jakarta")
    span = publications.Span("month", date(2026, 10, 1), date(2026, 10, 31), True, date(2026, 11, 10))
    rows = [
        {"period": "2026-10", "revision": 1, "as_of_time": datetime(2026, 11, 11, hour, tzinfo=zone)} for hour in (0, 1)
    ]
    publications.dated(rows, {"2026-10": span}, zone)
    assert [row["state_on"].day for row in rows] == [10, 11]
    assert wording.revision(rows[0]) == "keadaan pada batas data 10 November 2026"


def test_of_a_running_period_its_reach_is_said_and_no_capaian() -> None:
    row = FIGURE | {"is_running": True, "known_until": date(2026, 3, 14), "reason": "A 2026-03 tidak teramati"}
    assert wording.reason(row) == "periode masih berjalan (s.d. 14 Maret 2026); A tidak teramati"
    assert (wording.capaian(row), wording.tahap(row)) == (None, "masih berjalan")
    assert wording.reason(row | {"known_until": None, "reason": None}) == "periode masih berjalan"
    failing = FIGURE | {"reason": "A 2026-03: konten tua; B 2026-03-14 2026-02"}
    assert wording.reasons(failing) == ["A: konten tua", "B 14 Maret 2026 Februari 2026"]
    over = FIGURE | {"reason": None}
    of_some = FIGURE | {"reason": None, "value": 80, "low": None, "high": None}
    assert (
        wording.reason(of_some) == "nilainya dari yang teramati saja, sebab besar yang tidak teramati tidak diketahui"
    )
    assert wording.reason(of_some | {"low": 80, "high": 80}) == ""
    assert (wording.reason(over), wording.capaian(over), wording.tahap(over)) == ("", 90, "sementara")


YEAR = {"period": "2026", "target": Decimal(95), "capaian": Decimal("96.491")}


@pytest.mark.parametrize(
    ("own", "aim", "told", "cells", "sentence"),
    [
        (None, YEAR, ("95,00 persen (Tahun 2026)", "sementara 96,49 % (Tahun 2026)"), ("~95,00", "~96,49 %"),
         "target Tahun 2026 95,00 persen, capaian sementara 96,49 %"),
        (None, YEAR | {"capaian": None}, ("95,00 persen (Tahun 2026)", "–"), ("~95,00", "–"),
         "target Tahun 2026 95,00 persen, belum ada capaian sementara"),
        (80, {"period": "2026-03", "target": 80, "capaian": Decimal(90)}, ("80,00 persen", "sementara 90,00 %"),
         ("80,00", "~90,00 %"), "capaian sementara 90,00 %"),
        (None, None, ("belum ditetapkan", "–"), ("–", "–"), ""),
    ],
)  # fmt: skip
def test_a_running_period_shows_the_target_around_it_and_a_capaian_that_is_called_provisional(
    own: int | None, aim: dict[str, Any] | None, told: tuple[str, str], cells: tuple[str, str], sentence: str
) -> None:
    row = FIGURE | {"is_running": True, "form": "persen", "unit": "persen", "target": own, "running_target": aim}
    row |= {"value": None}
    assert (wording.target(row), wording.attainment(row)) == told
    assert (wording.target_cell(row), wording.capaian_cell(row)) == cells
    assert wording.reasons(row) == [*filter(None, ("periode masih berjalan", sentence))]
    without = wording.reasons(row | {"reason": f"A tidak teramati; {wording.NO_TARGET}"})
    assert without[-1] == ("A tidak teramati" if aim else wording.NO_TARGET)  # one of the two is true
    assert wording.capaian(row) is None  # of the period itself there is none yet


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("A 2026-03 dan 2026-TW1 tidak teramati", "A Maret 2026 dan Triwulan I 2026 tidak teramati"),
        ("DIP dimutakhirkan 2025-01-09, lebih", "DIP dimutakhirkan 9 Januari 2025, lebih"),
        ("surat 045/2026-03 dan SK-2026-03-01", "surat 045/2026-03 dan SK-2026-03-01"),  # numbers of letters
        ("2026-02-30", "2026-02-30"),
        ("def_2026-03", "def_2026-03"),
    ],
)
def test_days_and_periods_are_said_in_indonesian(stored: str, said: str) -> None:
    assert wording.told(stored) == said


# ---------------------------------------------------------------- the doors


@pytest.fixture
def iku(
    monkeypatch: pytest.MonkeyPatch, capsys: Any, warehouse: Warehouse, site: Settings, pipeline: Pipeline
) -> Iterator[Iku]:
    """`iku ..` over January of IKU-08 and a target of the year, published in February."""
    kit.drop(
        site, "target",
        "posisi_per,2026-01-31\nkode,periode target,tahun,target,target sampai,satuan,dasar hukum,berlaku sejak\n"
        "IKU-08,2026,2026,40,-,persen,PK 2026,2026-01-01\n",
    )  # fmt: skip
    target = kit.collect(pipeline, "target")
    assert target.ending == "in_force", target.reason
    kit.settle(pipeline)
    with kit.at_hand(monkeypatch, capsys, warehouse, site.state) as call:
        yield call


def rows_of(warehouse: Warehouse) -> dict[str, Any]:
    with warehouse.connect("reader") as connection:
        return {row["period"]: row for row in publications.select(connection, "IKU-08")}


def test_a_year_is_running_until_a_publication_after_its_end(iku: Iku, warehouse: Warehouse) -> None:
    rows = rows_of(warehouse)
    assert rows["2026"]["capaian"] is not None  # stored, for whoever computes with it
    assert [rows[name]["is_running"] for name in ("2026-01", "2026-02", "2026")] == [False, True, True]
    assert rows["2026"]["known_until"] == date(2026, 2, 19)
    kit.publish_on(warehouse, 22)  # nothing moved: no row is written, and the figure reaches to the 21st
    assert rows_of(warehouse)["2026"]["known_until"] in (date(2026, 2, 19), date(2026, 2, 21))


def test_no_door_shows_a_running_year_as_final(iku: Iku, warehouse: Warehouse, tmp_path: Any) -> None:
    said = "periode masih berjalan (s.d. 19 Februari 2026)"
    out = iku("figures", "--indicator", "IKU-08", "--period", "2026")[1]
    assert said in out
    assert "Semua anggota dan alasannya: iku trace IKU-08 2026" in out
    line = next(line for line in out.splitlines() if line.lstrip().startswith("Tahun 2026 *"))
    assert "~125,00 %" in line  # provisional: against the year's own target, so far
    assert wording.PROVISIONAL in out
    assert "masih berjalan" in line
    assert said in iku("trace", "IKU-08", "2026")[1]
    page = visitor(settings.load(kit.environment(warehouse, tmp_path)))
    for path in ("/indicator/IKU-08", "/figure/IKU-08/2026"):
        text = page.get(path).text
        assert said in text
        assert not re.search(r"(?<!~)(?<!sementara )125,00", text)  # nowhere as if it were one
        assert re.search(r"(~|sementara )125,00 %", text)
    rows = publications.dated([rows_of(warehouse)["2026"]], {}, ZoneInfo("Asia/Jakarta"))
    cells = export.table(rows, {})
    line_of = dict(zip(export.COLUMNS, cells[0], strict=True))
    assert (line_of["capaian"], line_of["predikat"], line_of["tahap"]) == (None, None, "masih berjalan")
    provisional = ("target_berjalan", "capaian_sementara", "periode_target")
    assert [line_of[name] for name in provisional] == [40, 125, "Tahun 2026"]
    assert str(line_of["keterangan"]).startswith(said)


def test_a_running_month_names_the_target_of_the_year_around_it(iku: Iku, warehouse: Warehouse) -> None:
    with warehouse.connect("reader") as connection:
        alone = publications.select(connection, "IKU-08", "2026-02")
        history = publications.select(connection, "IKU-08", "2026-02", history=True)
    for row in (rows_of(warehouse)["2026-02"], alone[-1], history[-1]):
        assert row["target"] is None
        assert row["running_target"] == {"period": "2026", "target": 40, "capaian": 125}
    assert rows_of(warehouse)["2026-01"]["running_target"] is None  # it is over
    out = iku("figures", "--indicator", "IKU-08", "--period", "2026-02")[1]
    assert "~40,00" in out
    assert "target Tahun 2026 40,00 persen, capaian sementara 125,00 %" in out


def test_an_open_bound_is_the_same_word_at_every_door(iku: Iku, warehouse: Warehouse, tmp_path: Any) -> None:
    row = rows_of(warehouse)["2026"] | {"low": None, "high": None, "denominator": 4, "coverage": Decimal(50)}
    (cells,) = export.table([row], {})
    line = dict(zip(export.COLUMNS, cells, strict=True))
    assert (line["batas_bawah"], line["batas_atas"]) == (wording.UNKNOWN, wording.UNKNOWN)
    assert str(line["revisi"]).startswith("sebelum batas data")


def test_a_running_year_of_an_activity_says_so_too(iku: Iku, warehouse: Warehouse, tmp_path: Any) -> None:
    kit.publish_beside(warehouse, "KEG-01", "Bimtek peralatan sandi")
    out = iku("figures", "--indicator", "KEG-01")[1]
    page = visitor(settings.load(kit.environment(warehouse, tmp_path))).get("/").text
    for text in (out[out.index("Kegiatan (KEG)") :], page[page.index("<h2>Kegiatan</h2>") :]):
        assert "masih berjalan" in text
        assert "~125,00 %" in text  # provisional
