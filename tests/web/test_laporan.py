"""Laporan: a report is asked for by year or month and comes as a file; what can't be reported is said in words."""

from pathlib import Path

import install_kit as kit
import pytest
import report_kit
from fastapi.testclient import TestClient
from web_kit import visitor

from iku_etl import settings
from iku_etl.figures.report import files
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings
from iku_etl.web.pages import reports


@pytest.fixture
def site_of(pipeline: Pipeline, tmp_path: Path) -> Settings:
    return settings.load(kit.environment(pipeline.warehouse, tmp_path / "state"))


@pytest.fixture
def pages(pipeline: Pipeline, site_of: Settings) -> TestClient:
    """The pages over January of IKU-08 with what the office has entered."""
    report_kit.settle(pipeline)
    return visitor(site_of)


def test_a_report_comes_as_a_file_and_is_kept_by_what_it_says(pages: TestClient, site_of: Settings) -> None:
    page = pages.get("/reports").text
    assert "Januari 2026" in page and "Tahun 2026" in page
    answer = pages.get("/reports/file", params={"kind": "monthly", "period": "2026-01", "format": "xlsx"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == files.MEDIA_TYPES["xlsx"]
    assert answer.headers["content-disposition"] == 'attachment; filename="bulanan_2026-01.xlsx"'
    assert answer.content.startswith(b"PK")
    (kept,) = (site_of.state / "reports").iterdir()
    assert kept.read_bytes() == answer.content
    kept.write_bytes(b"kept")
    again = pages.get("/reports/file", params={"kind": "monthly", "period": "2026-01", "format": "xlsx"})
    assert again.content == b"kept"
    assert pages.get("/reports/file").content.startswith(b"%PDF")  # the newest year


def test_what_is_kept_is_served_without_gathering_until_something_comes(
    pages: TestClient, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"kind": "monthly", "period": "2026-01", "format": "xlsx"}
    before = pages.get("/reports/file", params=asked).content
    gathered: list[str] = []
    gather = reports._gathered
    monkeypatch.setattr(reports, "_gathered", lambda *about: gathered.append("") or gather(*about))
    with reports._making:  # nor does it wait for the report of somebody else
        assert pages.get("/reports/file", params=asked).content == before
    assert gathered == []
    pipeline.verify_figure("IKU-08", "2026-01", 1, reason="sudah diperiksa", by="Kepala Bidang")
    assert pages.get("/reports/file", params=asked).content != before
    assert len(gathered) == 1


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"kind": "lkjip", "period": "2031"}, "Tidak ada angka yang terbit untuk Tahun 2031"),
        ({"kind": "monthly", "period": "2026-TW1"}, "Periode itu tidak dapat dilaporkan"),
        ({"kind": "lkjip", "period": "../../2026"}, "Periode itu tidak dapat dilaporkan"),
        ({"kind": "lain", "period": "2026"}, "Tidak ada laporan dengan jenis"),
        ({"kind": "lkjip", "period": "2026", "format": "exe"}, "Tidak ada laporan dengan jenis"),
    ],
)
def test_what_is_no_report_is_not_found_in_words(pages: TestClient, asked: dict[str, str], told: str) -> None:
    answer = pages.get("/reports/file", params=asked)
    assert answer.status_code == 404
    assert told in answer.text


def test_before_the_first_publication_the_page_says_so(site_of: Settings) -> None:
    browser = visitor(site_of)
    assert "Belum ada angka yang terbit untuk dilaporkan" in browser.get("/reports").text
    assert browser.get("/reports/file").status_code == 404


@pytest.mark.parametrize("format", ["pdf", "docx", "xlsx"])
def test_figures_that_rest_on_nothing_are_reported_as_such(pipeline: Pipeline, site_of: Settings, format: str) -> None:
    kit.publish_on(pipeline.warehouse, 20)
    answer = visitor(site_of).get("/reports/file", params={"period": "2026", "format": format})
    assert answer.status_code == 200


def test_who_comes_while_another_report_is_made_is_told_so(pages: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "WAIT", 0.01)
    with reports._making:
        answer = pages.get("/reports/file")
    assert answer.status_code == 400
    assert "Laporan lain sedang dibuat" in answer.text
    assert pages.get("/reports/file", params={"kind": "monthly", "period": "2026-01"}).status_code == 200


def test_a_report_of_an_older_state_is_asked_for_by_day(pages: TestClient) -> None:
    assert 'name="state_of"' in pages.get("/reports").text
    asked = {"kind": "monthly", "period": "2026-01", "format": "xlsx"}
    for day in ("2199-01-01", "kemarin"):
        answer = pages.get("/reports/file", params=asked | {"state_of": day})
        assert (answer.status_code, "hari yang sudah selesai" in answer.text) == (404, True)
    answer = pages.get("/reports/file", params=asked | {"state_of": "2026-01-15"})  # nothing was published then
    assert answer.status_code == 404
    assert "Belum ada angka" in answer.text or "belum ada angka" in answer.text
