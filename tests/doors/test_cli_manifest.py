"""What the lists of batches say of one that waits, was killed, or set aside what no check was asked about."""

import json
from collections.abc import Iterator
from typing import Any

import given
import install_kit as kit
import pytest
from install_kit import Iku
from kit import ZONE

from iku_etl import catalogue
from iku_etl.manifest import batches
from iku_etl.settings import Settings
from iku_etl.warehouse.database import Warehouse
from iku_etl.window import window_named

SITE = {"site": "satu", "host": "satu.example", "name": "Satu", "opd": "Dinas", "kind": "informasi"}
SITE |= {"is_media_information": False, "managed_from": "2024-01-01"}
CLASH = "parse:key_twice"


@pytest.fixture
def iku(monkeypatch: pytest.MonkeyPatch, capsys: Any, warehouse: Warehouse, site: Settings) -> Iterator[Iku]:
    with kit.at_hand(monkeypatch, capsys, warehouse, site.state) as call:
        yield call


def test_batches_that_are_not_in_force_say_why(iku: Iku, warehouse: Warehouse) -> None:
    website = catalogue.source("website")
    january, february, march = (window_named("month", f"2026-0{month}", ZONE) for month in (1, 2, 3))
    with warehouse.connect("owner") as owner:
        killed = batches.open_batch(owner, website, january)
        alone = batches.open_batch(owner, website, march)
        taken = given.batch(owner, "website", "2026-01-01", [SITE])
        waits = given.batch(owner, "website", "2026-02-01", ending="waiting", reason="2 rekaman hilang.")
        running = batches.open_batch(owner, website, february)
    rows = {row["batch_id"]: row for row in json.loads(iku("batches", "--json")[1])}
    assert {number: rows[number]["is_over"] for number in (killed, alone, running, taken)} == {
        killed: True, alone: False, running: False, taken: False,
    }  # fmt: skip
    assert rows[killed]["ending"] is None, "history is not rewritten"
    lines = {int(cells[0]): line for line in iku("batches")[1].splitlines() if (cells := line.split())[:1]
             and cells[0].isdigit()}  # fmt: skip
    assert "terhenti" in lines[killed]
    assert f"diambil lagi oleh batch {taken}" in lines[killed]
    assert "terbuka" in lines[alone]
    assert "sedang diambil" in lines[running]
    told = iku("quarantine", "--batch", str(waits))[1]
    assert f"batch {waits} menunggu, isinya tidak berlaku: 2 rekaman hilang. " in told
    assert f"iku decide instead-of --batch {waits}" in told
    assert "karantina kosong" in iku("quarantine", "--batch", str(taken))[1]


def test_checks_count_what_was_set_aside_before_any_check(iku: Iku, warehouse: Warehouse) -> None:
    aside = [{"site": "dua", "rule": rule} for rule in (CLASH, CLASH, "parse:managed_from", "parse:unobserved")]
    with warehouse.connect("owner") as owner:
        given.batch(owner, "website", "2026-01-01", [SITE], quarantined=aside)
    code, out, _ = iku("checks")
    assert code == 0
    lines = [line for line in out.splitlines() if "baris itu disisihkan" in line]
    assert len(lines) == 3
    (clash,) = [line for line in lines if "tidak dua kali dengan isi yang berbeda" in line]
    assert "yang pertama: baris 2" in clash
    assert any("dapat dibaca" in line for line in lines)
    assert any("dapat diamati" in line for line in lines)
    found = json.loads(iku("checks", "--json", "--failed")[1])
    assert {row["column_name"]: row["unexpected"] for row in found} == {
        "key_twice": 2, "managed_from": 1, "unobserved": 1,
    }  # fmt: skip


def test_the_quarantine_of_all_sources_is_what_waits_newest_first_and_how_much_there_is(
    iku: Iku, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iku_etl.cli.manifest.QUARANTINE_SHOWN", 2)
    with warehouse.connect("owner") as owner:
        for month in ("2026-01-01", "2026-02-01"):
            aside = [{"site": month, "rule": rule} for rule in (CLASH, CLASH, "parse:unobserved")]
            given.batch(owner, "website", month, [SITE], quarantined=aside)
    out = iku("quarantine")[1]
    assert "Februari 2026" in out
    assert "Januari 2026" not in out
    assert "2 terbaru dari 4 rekaman menunggu keputusan: website 4. Persempit: --source atau --batch." in out
    assert "2 lagi tidak teramati" in out
    assert iku("quarantine", "--all")[1].count("Januari 2026") == 3
    assert len(json.loads(iku("quarantine", "--json")[1])) == 6
