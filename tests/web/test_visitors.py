"""Who may open what: every route, walked as each of the five roles; and no form of another site is taken."""

import re
from pathlib import Path
from typing import Annotated

import install_kit as kit
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from web_kit import visitor

from iku_etl import settings
from iku_etl.errors import DeclarationError
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings
from iku_etl.web.alone import alone
from iku_etl.web.app import create_app
from iku_etl.web.desk import Visit, at, role_of
from iku_etl.web.login import Person, Role, always
from iku_etl.web.looks import static_files

FILLED = {"indicator": "IKU-08", "code": "IKU-08", "period": "2026-01", "batch_id": "1", "record_no": "1"}
FILLED |= {"file": "iku.csv"}
FILLED |= {"source": "persandian_message", "window": "2026-01", "ticket": "abcdefghijklmnop"}
FILLED |= {"payload_id": "1", "kind": "csv"}


@pytest.fixture
def site(pipeline: Pipeline, tmp_path: Path) -> Settings:
    """January of IKU-08, published."""
    kit.settle(pipeline)
    return settings.load(kit.environment(pipeline.warehouse, tmp_path / "state"))


def routes(app: FastAPI) -> list[APIRoute]:
    return [route for route in app.routes if isinstance(route, APIRoute)]


def path_of(route: APIRoute) -> str:
    """A route with something real in it; a new kind of parameter has to be named in FILLED."""
    known = FILLED | {"name": next(iter(static_files()))}
    return re.sub(r"{(\w+)(:\w+)?}", lambda found: known[found[1]], route.path)


@pytest.mark.parametrize("role", list(Role))
def test_every_route_lets_in_who_has_its_role_and_nobody_with_less(site: Settings, role: Role) -> None:
    browser = visitor(site, role)
    walked = 0
    for route in routes(browser.app):  # type: ignore[arg-type]  # the app behind a TestClient
        for method in route.methods:
            answer = browser.request(method, path_of(route))
            walked += 1
            if role >= role_of(route):
                assert answer.status_code not in (401, 403), (method, route.path)
            else:
                assert answer.status_code == (401 if role == Role.PUBLIC else 403), (method, route.path)
                assert "IKU-08" not in answer.text
            assert "content-security-policy" in answer.headers
    assert walked >= 5


def test_a_page_that_names_nobody_is_no_page(site: Settings) -> None:
    open_to_all = APIRouter()

    @open_to_all.get("/semua")
    def everybody() -> str:
        return "semua"

    with pytest.raises(DeclarationError, match="/semua tidak menyebut siapa"):
        role_of(next(route for route in open_to_all.routes if isinstance(route, APIRoute)))


@pytest.mark.parametrize(
    ("headers", "is_taken"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"origin": "http://testserver"}, True),
        ({"origin": "http://elsewhere.example"}, False),
        ({"origin": "null"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://testserver"}, False),
        ({}, False),
    ],
)
def test_a_form_of_another_site_changes_nothing(site: Settings, headers: dict[str, str], is_taken: bool) -> None:
    app = create_app(site, always(Person("Penguji", Role.ADMIN)))
    asked: list[str] = []

    @app.post("/ubah")
    def change(visit: Annotated[Visit, at(Role.USER)]) -> str:
        asked.append(visit.person.name)
        return "diubah"

    answer = TestClient(app).post("/ubah", headers=headers)
    assert (answer.status_code == 200, asked == ["Penguji"]) == (is_taken, is_taken)
    if not is_taken:
        assert answer.status_code == 403
        assert "tidak datang dari halaman ini" in answer.text


def test_the_desk_on_its_own_knows_who_has_its_key_alone(site: Settings) -> None:
    app, path = alone(site, Role.OP, 8090)
    browser = TestClient(app)
    assert browser.get("/").status_code == 401
    assert browser.get("/masuk?kunci=salah").status_code == 404
    assert browser.get("/").status_code == 401
    entered = browser.get(path, follow_redirects=False)
    assert entered.status_code == 303
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "kunci" not in str(browser.get("/").url)
    assert browser.get("/").status_code == 200
    assert TestClient(app).get("/").status_code == 401
