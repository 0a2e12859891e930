"""The pages: what officials see, escaped, with nothing from elsewhere, in the visitor's language."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import install_kit as kit
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from web_kit import visitor

from iku_etl import settings
from iku_etl.pipeline import Pipeline
from iku_etl.web.pages import overview


@pytest.fixture
def site_of(pipeline: Pipeline, tmp_path: Path) -> settings.Settings:
    """Settings that reach this test's warehouse by one login per role."""
    return settings.load(kit.environment(pipeline.warehouse, tmp_path / "state"))


@pytest.fixture
def pages(pipeline: Pipeline, site_of: settings.Settings) -> TestClient:
    """The pages over January of IKU-08."""
    kit.settle(pipeline)
    return visitor(site_of)


class Text(HTMLParser):
    """The text and the tags of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def __str__(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def test_the_overview_tells_an_official_what_is_published(pages: TestClient) -> None:
    answer = pages.get("/")
    assert answer.status_code == 200
    text = str(Text(answer.text))
    for part in ("IKU-08", "50,00 % Januari 2026", "cukup", "terbit", "sumber lengkap"):
        assert part in text, part


def test_an_indicator_tells_all_that_its_figures_rest_on(pages: TestClient) -> None:
    text = str(Text(pages.get("/indicator/IKU-08").text))
    for part in (
        "IKU-08",
        "Bulan terakhir Januari 2026",
        "50,00 %",
        "Mutu cukup",
        "Penyebut 4",
        "Batas data 10 Februari 2026",
        "belum ditetapkan",
        "def_",
    ):
        assert part in text, part


def test_a_period_is_chosen_and_one_that_never_began_is_not_found(pages: TestClient) -> None:
    assert "50,00 % Januari 2026" in str(Text(pages.get("/?period=2026-01").text))
    answer = pages.get("/?period=2031-01")
    assert answer.status_code == 404
    assert "bukan periode yang sudah dimulai" in answer.text


def test_the_overview_speaks_english_on_request_and_remembers(pages: TestClient) -> None:
    text = str(Text(pages.get("/?lang=en").text))
    assert "Key performance indicators" in text
    assert "50.00 % January 2026" in text
    assert "sources complete" in str(Text(pages.get("/").text))
    assert "sumber lengkap" in str(Text(pages.get("/?lang=id").text))


def test_a_figure_shows_its_members_and_their_reasons(pages: TestClient) -> None:
    text = str(Text(pages.get("/figure/IKU-08/2026-01").text))
    assert "Anggota angka ini: 2" in text
    assert "sebagian tidak teramati" in text
    assert "1 dari 3 entri belum terbukti" in text


def test_a_figure_says_that_it_was_computed_again_only_when_it_was(pages: TestClient) -> None:
    path = "/figure/IKU-08/2026-01"
    said = str(Text(pages.get(path).text))
    assert "belum, sejak server halaman ini terakhir dinyalakan" in said
    assert "COCOK" not in said.upper()
    for asked in (f"{path}?recompute=1", path):
        said = str(Text(pages.get(asked).text))
        assert "cocok dengan anggotanya" in said
        assert "TIDAK COCOK" not in said


def test_companions_stand_below_their_indicator_and_activities_apart(pages: TestClient, pipeline: Pipeline) -> None:
    kit.publish_beside(pipeline.warehouse, "IKU-08-OPD", "OPD yang dilayani persandian")
    kit.publish_beside(pipeline.warehouse, "KEG-01", "Bimtek peralatan sandi")
    own = pages.get("/indicator/IKU-08").text
    assert "pendamping, tidak pernah resmi" in own
    assert "OPD yang dilayani persandian" in own
    assert "Bimtek peralatan sandi" not in own
    all_of_them = pages.get("/").text
    assert "IKU-08-OPD" not in all_of_them
    assert "Bimtek peralatan sandi" in all_of_them[all_of_them.index("<h2>Kegiatan</h2>") :]


@pytest.mark.parametrize("path", ["/indicator/IKU-08", "/figure/IKU-08/2026-01"])
def test_a_page_says_which_decree_and_definition_are_in_force(pages: TestClient, path: str) -> None:
    text = str(Text(pages.get(path).text))
    said = (
        r"Keputusan 13\.a/2020 melayani periode yang berakhir 2021;"
        r" definisi def_[0-9a-f]{12} berlaku sejak 14 Januari 2020"
    )
    assert re.search(said, text)


def test_values_of_sources_are_escaped(pages: TestClient) -> None:
    page = pages.get("/figure/IKU-08/2026-01").text
    assert "Dinas <b>Kesehatan</b>" not in page
    assert "Dinas &lt;b&gt;Kesehatan&lt;/b&gt;" in page


PATHS = ["/", "/indicator/IKU-08", "/figure/IKU-08/2026-01", "/figure/IKU-08/2031-01"]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_needs_nothing_from_elsewhere(pages: TestClient, path: str) -> None:
    answer = pages.get(path)
    for tag, attributes in Text(answer.text).tags:
        assert tag not in ("iframe", "style"), tag
        assert not {"style", "onclick", "onload"} & attributes.keys()
        for name in ("href", "src", "action"):
            assert (attributes.get(name) or "/").startswith(("/", "?", "#")), attributes
            assert not (attributes.get(name) or "").startswith("//")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_links_stay_below_the_place_where_the_pages_are_mounted(pages: TestClient) -> None:
    outer = FastAPI(openapi_url=None)
    outer.mount("/iku", pages.app)
    page = TestClient(outer).get("/iku/").text
    links = [attributes["href"] for tag, attributes in Text(page).tags if tag in ("a", "link")]
    links = [str(link) for link in links if not str(link).startswith(("?", "#"))]
    assert len(links) > 3
    for link in links:
        assert link.startswith("/iku/")
        assert TestClient(outer).get(link).status_code == 200, link


def test_what_is_not_there_is_said_in_words(pages: TestClient) -> None:
    answer = pages.get("/figure/IKU-08/2031-01")
    assert answer.status_code == 404
    assert "tidak ada angka untuk periode 2031-01" in str(Text(answer.text))


def test_health_follows_the_warehouse(pages: TestClient, tmp_path: Path) -> None:
    assert pages.get("/healthz").json()["status"] == "ok"
    nowhere = "host=127.0.0.1 port=1 user=nobody password=geheim dbname=none connect_timeout=1"
    env = {f"IKU_{role.upper()}_URL": nowhere for role in settings.ROLES}
    lost = visitor(settings.load(env | {"IKU_WAREHOUSE_URL": nowhere, "IKU_STATE": str(tmp_path)}))
    answer = lost.get("/healthz")
    assert answer.status_code == 503
    assert "geheim" not in answer.text


def test_before_the_first_publication_the_page_says_so(site_of: settings.Settings) -> None:
    text = str(Text(visitor(site_of).get("/").text))
    assert "Belum ada angka yang diterbitkan" in text


@pytest.mark.parametrize(
    "path",
    [
        "/figure/IKU-05/%00",
        "/figure/IKU-05/2026-01?revision=99999999999999999999",
        "/figure/%27--/2026",
        "/figure/x/y?revision=-1",
    ],
)
def test_a_name_that_is_none_is_not_found_and_breaks_nothing(pages: TestClient, path: str) -> None:
    answer = pages.get(path)
    assert answer.status_code == 404
    assert "Tidak ditemukan" in answer.text


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/tidak/ada", 404), ("POST", "/", 405)])
def test_an_address_that_is_no_page_is_answered_in_words(
    pages: TestClient, method: str, path: str, status: int
) -> None:
    answer = pages.request(method, path)
    assert answer.status_code == status
    assert answer.headers["Content-Security-Policy"]
    assert "Tidak ada halaman di alamat itu" in str(Text(answer.text))
    assert "Not Found" not in answer.text


def test_what_nobody_foresaw_says_nothing_of_itself(site_of: settings.Settings, monkeypatch: Any) -> None:
    def raises(*_: Any) -> None:
        raise ValueError("isi rahasia")

    monkeypatch.setattr(overview.publications, "select", raises)
    answer = visitor(site_of, raise_server_exceptions=False).get("/")
    assert answer.status_code == 500
    assert "Halaman ini tidak dapat dibuat" in answer.text
    assert "rahasia" not in answer.text


def test_a_chart_is_drawn_once_and_kept_by_what_it_shows(pages: TestClient, site_of: settings.Settings) -> None:
    link = re.search(r'src="(/indicator/IKU-08/chart[^"]+)"', pages.get("/indicator/IKU-08").text)
    assert link
    first = pages.get(link[1])
    assert first.headers["content-type"] == "image/svg+xml"
    assert "Januari 2026" in first.text
    (kept,) = (site_of.state / "charts").iterdir()
    kept.write_text("<svg>kept</svg>", encoding="utf-8")
    assert pages.get(link[1]).text == "<svg>kept</svg>"
    assert "January 2026" in pages.get("/indicator/IKU-08/chart.svg?lang=en").text
