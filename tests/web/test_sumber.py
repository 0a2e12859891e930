"""Sumber: a card a source, the calendar of its windows, its checks, quarantine, batches and columns."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import install_kit as kit
import pytest
from fastapi.testclient import TestClient
from web_kit import visitor

from iku_etl import settings
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings
from iku_etl.web import windows
from iku_etl.web.login import Role
from iku_etl.web.windows import Cell


@pytest.fixture
def place(pipeline: Pipeline, tmp_path: Path) -> Settings:
    kit.settle(pipeline)
    return settings.load(kit.environment(pipeline.warehouse, tmp_path / "state"))


@pytest.fixture
def pages(place: Settings) -> TestClient:
    return visitor(place)


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def cell_of(page: str, name: str) -> str:
    """The word that the calendar says of a window."""
    found = re.search(rf'aria-label="{name}: ([^"]+)"', page)
    assert found, name
    return found[1]


def test_every_source_has_a_card_with_its_state_in_words(pages: TestClient) -> None:
    answer = pages.get("/sumber")
    assert answer.status_code == 200
    cards = {
        found[1]: plain(found[0])
        for found in re.finditer(r'<article class="source">.*?/sumber/(\w+)".*?</article>', answer.text, re.DOTALL)
    }
    assert len(cards) >= 25
    assert "ada jendela yang belum ada" in cards["persandian_message"]  # February on: never handed in
    assert "Seksi Operasional Pengamanan Persandian" in cards["persandian_message"]
    assert "tiap hari pukul 05.20 WIB" in cards["persandian_message"]
    assert "belum pernah masuk" in cards["website"] or "ada jendela yang belum ada" in cards["website"]
    assert "lengkap" not in cards["website"]


def test_the_calendar_says_what_became_of_each_window_in_a_word_and_a_letter(
    pages: TestClient, pipeline: Pipeline
) -> None:
    page = pages.get("/sumber/persandian_message").text
    assert cell_of(page, "Januari 2026") == "ada yang disisihkan"  # a class that is none
    assert cell_of(page, "Februari 2026") == "belum ada"
    assert re.search(r'class="cal sisih"><a [^>]*>S</a>', page)
    assert cell_of(pages.get("/sumber/parameter").text, "Januari 2026") == "terkumpul"
    kit.collect(pipeline, "parameter")
    assert cell_of(pages.get("/sumber/parameter").text, "Januari 2026") == "dilihat lagi, sama"


def test_a_day_grid_has_a_month_a_table_and_a_year_to_choose(pages: TestClient) -> None:
    page = pages.get("/sumber/website_uptime?year=2026").text
    assert "<caption>Januari 2026</caption>" in page
    assert cell_of(page, "2 Januari 2026") in ("tidak dapat diamati lagi", "belum ada")
    assert page.count('scope="col">Sen<') >= 1
    assert 'scope="col">Mon<' in pages.get("/sumber/website_uptime?lang=en").text


def test_a_window_shows_its_attempts_and_a_foreign_one_nothing(pages: TestClient) -> None:
    page = pages.get("/sumber/persandian_message?window=2026-01-01").text
    assert 'id="jendela"' in page
    assert "Percobaan pada jendela ini" in page
    assert 'id="jendela"' not in pages.get("/sumber/persandian_message?window=1999-01-01").text
    assert pages.get("/sumber/persandian_message?window=kemarin").status_code == 422
    assert pages.get("/sumber/tidak_ada").status_code == 404


def test_checks_quarantine_and_columns_are_those_of_the_source(pages: TestClient, pipeline: Pipeline) -> None:
    page = plain(pages.get("/sumber/persandian_message").text)
    assert "Pemeriksaan dari waktu ke waktu" in page
    assert re.search(r"salah satu dari [^✗]*✗ 1", page)
    assert "Karantina : 1" in page.replace("Karantina:", "Karantina :")
    columns = pages.get("/sumber/persandian_message").text.partition('id="kolom"')[2]
    assert "<code>agenda_no</code>" in columns
    assert "privasi-" in columns


def test_batches_are_paged_from_the_newest(pages: TestClient, pipeline: Pipeline, monkeypatch: Any) -> None:
    from iku_etl.web.pages import sources

    monkeypatch.setattr(sources, "PAGED", 1)
    kit.collect(pipeline, "parameter")
    first = pages.get("/sumber/parameter").text
    older = re.search(r'href="\?before=(\d+)#batch"', first)
    assert older
    second = pages.get(f"/sumber/parameter?before={older[1]}").text
    assert "berlaku" in plain(second.partition('id="batch"')[2].partition('id="kolom"')[0])
    assert "sama" in plain(first.partition('id="batch"')[2].partition('id="kolom"')[0])
    assert "?before=" not in second.partition('id="batch"')[2].partition("</section>")[0]


def test_the_dag_is_linked_only_where_airflow_is_around(place: Settings) -> None:
    browser = visitor(place, Role.VIEWER, root_path="/sub/iku")
    assert "/dags/" not in browser.get("/sumber/website").text
    browser.app.state.below_airflow = "/iku"  # type: ignore[attr-defined]  # as plugins/iku.py says
    assert 'href="/sub/dags/collect_website"' in browser.get("/sumber/website").text


# ---------------------------------------------------------------- the calendar alone


def row(**said: Any) -> dict[str, Any]:
    plainly = {"waiting_batch_id": None, "batch_id": 1, "unobserved": 0, "quarantined": 0, "loaded": 5, "looks": 0}
    return plainly | {"last_ending": "in_force"} | said


@pytest.mark.parametrize(
    ("said", "gap", "state"),
    [
        ({}, None, "terkumpul"),
        ({"looks": 2}, None, "dilihat"),
        ({"loaded": 0}, None, "kosong"),
        ({"quarantined": 3}, None, "sisih"),
        ({"quarantined": 3, "unobserved": 1}, None, "takteramati"),
        ({"waiting_batch_id": 9}, None, "menunggu"),
        ({"batch_id": None, "last_ending": "failed"}, {"untold": None}, "gagal"),
        ({"batch_id": None, "last_ending": "rejected"}, None, "gagal"),
        ({"batch_id": None, "last_ending": None}, {"untold": None}, "belum"),
        ({"batch_id": None, "last_ending": None}, {"untold": "sistemnya tidak menyimpan"}, "hilang"),
        ({"batch_id": None, "last_ending": None}, None, "nanti"),
    ],
)
def test_a_window_has_one_state(said: dict[str, Any], gap: dict[str, Any] | None, state: str) -> None:
    assert windows.state_of(row(**said), gap) == state


def test_a_month_is_laid_out_from_monday_without_days_of_others() -> None:
    cells = {date(2026, 2, 3): Cell(date(2026, 2, 3), "terkumpul")}
    (sheet,) = windows.sheets("day", cells, date(2026, 2, 2), date(2026, 2, 1), date(2026, 2, 28))
    days = [cell.day.day if cell else None for week in sheet.weeks for cell in week]
    assert days[:9] == [None] * 7 + [2, 3]  # the first is a Sunday, and before the source began
    assert [len(week) for week in sheet.weeks] == [7] * 5
    assert [cell.state for week in sheet.weeks for cell in week if cell][:3] == ["nanti", "terkumpul", "nanti"]


def test_a_year_of_months_is_one_row() -> None:
    found = windows.sheets("month", {}, date(2025, 11, 1), date(2025, 11, 1), date(2026, 2, 10))
    assert [sheet.name for sheet in found] == ["2026", "2025"]
    assert [cell is None for cell in found[1].weeks[0]] == [True] * 10 + [False] * 2


def test_every_state_has_a_letter_of_its_own() -> None:
    assert len({letter for letter, _ in windows.STATES.values()}) == len(windows.STATES)
