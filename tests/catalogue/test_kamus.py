"""`iku indicator`: the decree's own text, its doubts, our reading, and the rules in force."""

import json
from collections.abc import Iterator
from typing import Any

import install_kit as kit
import pytest
from install_kit import Iku

from iku_etl import catalogue
from iku_etl.catalogue import kamus
from iku_etl.pipeline import Pipeline
from iku_etl.reference import decree
from iku_etl.settings import Settings
from iku_etl.warehouse.database import Warehouse


@pytest.fixture
def iku(
    monkeypatch: pytest.MonkeyPatch, capsys: Any, warehouse: Warehouse, site: Settings, pipeline: Pipeline
) -> Iterator[Iku]:
    """`iku ..` over an installation that knows its parameters."""
    kit.drop(site, "parameter", kit.parameters())
    assert kit.collect(pipeline, "parameter").ending == "in_force"
    with kit.at_hand(monkeypatch, capsys, warehouse, site.state) as call:
        yield call


def test_the_decree_is_whole() -> None:
    assert [sum(row["level"] == level for row in decree.rows().values()) for level in ("program", "kegiatan")] == [
        6,
        36,
    ]
    assert len([code for code in decree.rows() if code.startswith("IKU")]) == 10
    assert [row["no"] for row in decree.activities("IKU-09")] == ["KEG-06"]
    assert [row["no"] for row in decree.programmes("IKU-09")] == ["PRG-01"]


def test_every_indicator_of_the_decree_has_its_doubts_in_indonesian() -> None:
    assert decree.doubts().keys() == {code for code in decree.rows() if code.startswith("IKU")}


def test_an_entry_keeps_print_doubt_and_reading_apart(iku: Iku) -> None:
    code, out, _ = iku("indicator", "iku-08")
    assert code == 0
    printed, ours = out.split("Cara kami membaca")
    assert "(Σ [Informasi yang diamankan]) / (Σ [Informasi yang diterima dan dikirimkan]) × 100 %" in printed
    assert "Namanya menghitung OPD, rumusnya menghitung informasi" in printed
    assert "(catatan, bahasa Inggris)" not in printed
    for part in (
        "adalah satu berita", "Catatan: Nama indikator menghitung OPD", "message_repeat_days", "SK contoh",
        "Sumber datanya", "persandian_message", "belum ada data", "31 Januari 2026",
        "Seksi Operasional Pengamanan Persandian", "berakhir 2021", "KEG-19",
        "triwulan, semester, tahun", "coverage_floor_pct", "predikat_rendah",
    ):  # fmt: skip
        assert part in ours, part
    assert "message_repeat_days" not in iku("indicator", "IKU-05")[1]
    for source in map(catalogue.source, ("persandian_message", "register_submission")):
        assert source.summary.splitlines()[0] not in out  # an engineer's card, in English; --json has it


def test_what_the_decree_does_not_print_is_said(iku: Iku) -> None:
    out = iku("indicator", "IKU-05")[1]
    assert "tidak tercetak" in out
    assert "seperti tercetak" in iku("indicator", "KEG-06")[1]
    assert "4 Titik Akses" in iku("indicator", "KEG-06")[1]


def test_the_list_names_the_ten_and_says_which_are_not_computed(iku: Iku) -> None:
    out = iku("indicator")[1]
    computed = {found.code for found in catalogue.all_indicators()}
    for number in range(10):
        line = next(line for line in out.splitlines() if f"IKU-0{number} " in line)
        assert ("belum dihitung" in line) == (f"IKU-0{number}" not in computed)


def test_json_holds_everything_and_an_unknown_code_its_neighbours(iku: Iku) -> None:
    (entry,) = json.loads(iku("indicator", "IKU-05", "--json")[1])
    assert entry["decree"] == dict(decree.rows()["IKU-05"])
    assert entry["definition"].startswith("def_")
    floor = next(row for row in entry["parameters"] if row["name"] == "uptime_floor_pct")
    assert (floor["value"].rstrip("0").rstrip("."), floor["legal_basis"]) == ("95", "SK contoh")
    assert {row["source"] for row in entry["sources"]} >= {"website", "website_uptime", "website_content"}
    code, _, err = iku("indicator", "IKU-77")
    assert code == 1
    assert "Mungkin: IKU-" in err


@pytest.mark.parametrize("code", [found.code for found in catalogue.all_indicators() if found.code.count("-") == 1])
def test_every_indicator_has_a_reading_in_indonesian(code: str) -> None:
    (found,) = [one for one in catalogue.all_indicators() if one.code == code]
    lines = catalogue.header(catalogue.SQL / "indicators" / f"{found.name}.sql")
    if code.startswith("IKU"):  # an activity is counted as printed
        assert len(lines.get("reading", "")) > 80, f"{found.name}.sql: write `-- reading: ..`, how the decree is read"


@pytest.mark.parametrize(
    ("printed", "plain"),
    [
        ("", ""),
        (
            r"$\frac{(\sum OPD \text{ yang aktif})}{(\sum [OPD])} \times 100 \%$",
            "(Σ OPD yang aktif) / (Σ [OPD]) × 100 %",
        ),
    ],
)
def test_a_formula_is_read_without_its_typesetting(printed: str, plain: str) -> None:
    assert kamus.plain_formula(printed) == plain


@pytest.mark.parametrize(
    ("code", "rules"),
    [
        ("IKU-04", ("tidak menjabat satu hari pun pada tahun laporan", "annual_report_due_months")),
        ("IKU-05", ("dikelola pada hari terakhirnya", "ditutup sebelum hari itu", "sejak hari pertama dikelola")),
        ("IKU-07", ("setengah jam", "daftar bot Matomo", "GET berstatus 2xx atau 304", "Mozilla/")),
        ("IKU-08", ("tidak dapat masuk penyebut", "kedua batasnya tidak diketahui")),
    ],
)
def test_the_rules_that_recomputing_by_hand_needs_are_told(iku: Iku, code: str, rules: tuple[str, ...]) -> None:
    out = " ".join(iku("indicator", code)[1].split())
    assert [rule for rule in rules if rule not in out] == []
