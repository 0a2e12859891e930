"""Publik: anybody reads figures and counts, nobody a member; small counts of persandian are closed and it says so."""

import json
from datetime import UTC, datetime
from pathlib import Path

import install_kit as kit
import pytest
from fastapi.testclient import TestClient
from web_kit import visitor

from iku_etl import settings
from iku_etl.figures import open_data
from iku_etl.figures.public import public
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings
from iku_etl.web.login import Role
from iku_etl.web.pages import publik


@pytest.fixture
def site_of(pipeline: Pipeline, tmp_path: Path) -> Settings:
    """January of IKU-08, and the same as IKU-97 with a companion, of a section that closes nothing."""
    kit.settle(pipeline)
    kit.publish_beside(pipeline.warehouse, "IKU-97", "Situs <b>aktif</b>", owner="Seksi Uji")
    kit.publish_beside(pipeline.warehouse, "IKU-97-UJI", "Pendamping uji", owner="Seksi Uji")
    return settings.load(kit.environment(pipeline.warehouse, tmp_path / "state"))


@pytest.fixture
def anybody(site_of: Settings) -> TestClient:
    return visitor(site_of, Role.PUBLIC)


def test_anybody_reads_the_figures_and_no_name_of_a_member(anybody: TestClient) -> None:
    page = anybody.get("/publik")
    assert page.status_code == 200
    for part in ("50,00 %", "2 dari 4", "Januari 2026", "sementara", "Situs &lt;b&gt;aktif", "iku_sdmx.csv"):
        assert part in page.text, part
    for path in ("/publik", "/publik/IKU-97", "/publik/IKU-08", "/publik/data/iku.csv", "/publik/data/iku.json"):
        assert "Kesehatan" not in anybody.get(path).text, path
        assert "Bappeda" not in anybody.get(path).text, path


def test_a_small_count_of_persandian_is_closed_and_the_page_says_so(anybody: TestClient) -> None:
    page = anybody.get("/publik/IKU-08").text
    assert "ditutup" in page
    assert "di bawah 5" in page
    assert "50,00" not in page
    assert "2 dari 4" not in page
    closed_none = anybody.get("/publik/IKU-97").text
    assert "2 dari 4" in closed_none
    assert "di bawah 5" not in closed_none
    assert "pendamping, tidak pernah resmi" in closed_none


def test_an_indicator_that_is_none_is_not_found(anybody: TestClient) -> None:
    assert anybody.get("/publik/IKU-99").status_code == 404
    assert anybody.get("/publik/data/secrets.toml").status_code == 404


def test_the_files_are_those_of_the_command_and_are_sent_once(anybody: TestClient, pipeline: Pipeline) -> None:
    with pipeline.warehouse.connect("auditor") as connection:
        made = open_data.files(public(connection), None)
    assert set(made) == set(publik.FILES)
    for name, content in made.items():
        answer = anybody.get(f"/publik/data/{name}")
        assert answer.content == content
        again = anybody.get(f"/publik/data/{name}", headers={"If-None-Match": f'"x", {answer.headers["etag"]}'})
        assert (again.status_code, again.content) == (304, b"")
    before = anybody.get("/publik/data/iku.json").headers["etag"]
    kit.publish_as_known(pipeline.warehouse, datetime(2026, 3, 20, 5, tzinfo=UTC))
    answer = anybody.get("/publik/data/iku.json", headers={"If-None-Match": before})
    assert answer.status_code == 200
    assert json.loads(answer.content)["angka"]


def test_before_anything_is_published_the_page_says_so(pipeline: Pipeline, tmp_path: Path) -> None:
    site = settings.load(kit.environment(pipeline.warehouse, tmp_path / "state"))
    page = visitor(site, Role.PUBLIC).get("/publik")
    assert page.status_code == 200
    assert "Belum ada angka yang diterbitkan" in page.text


def test_the_page_is_english_for_who_asks(anybody: TestClient) -> None:
    page = anybody.get("/publik?lang=en").text
    assert "Figures for the public" in page
    assert "2 of 4" in page
