"""The pages in Airflow's UI: not one route without a login, every route with one."""

import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import airflow_kit
import hand_in_kit
import pytest
from airflow_kit import Api
from conftest import TEMPLATE, Cluster
from fastapi.routing import APIRoute
from patience import PATIENCE, wait

from iku_etl.scheduler import home, keeper
from iku_etl.settings import PROJECT
from iku_etl.stages import publish
from iku_etl.web.app import create_app
from iku_etl.web.desk import role_of
from iku_etl.web.login import NOBODY, Role, always
from iku_etl.web.looks import static_files

TICKET = "abcdefghijklmnop"  # of a hand-in
UI_SHELL = '<div id="root"'  # what Airflow answers, with 200, for a path that nobody has


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass
class Served:
    """A running api-server, and a figure that the pages can show."""

    api: Api
    routes: dict[str, Role]
    figure: tuple[str, str]

    def get(self, path: str, *, login: bool, accept: str = "application/json") -> tuple[int, str, str]:
        """Status, body and Location of one GET."""
        headers = {"Accept": accept} | ({"Authorization": f"Bearer {self.api.token}"} if login else {})
        request = urllib.request.Request(self.api.address + path, headers=headers)
        try:
            with urllib.request.build_opener(_Stay).open(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode(errors="replace"), ""  # some answer with a workbook
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode(), refused.headers.get("Location", "")


@pytest.fixture(scope="module")
def served(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Airflow's api-server alone, over a warehouse in which nothing is loaded and the figures are published."""
    folder: Path = tmp_path_factory.mktemp("plugin")
    warehouse = cluster.create("plugin", TEMPLATE)
    with warehouse.connect("publisher") as connection:
        indicator, period, _ = publish.publish(connection).figures[0]
    site = airflow_kit.installed(cluster, folder, "plugin")
    hand_in_kit.kept(site, TICKET)
    found = [route for route in create_app(site, always(NOBODY)).routes if isinstance(route, APIRoute)]
    routes = {route.path: role_of(route) for route in found if "GET" in route.methods}
    env = airflow_kit.environment(cluster, site)
    home.migrate_metadata(site, env)
    address = f"http://127.0.0.1:{env['AIRFLOW__API__PORT']}"
    with (folder / "api-server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "airflow", "api-server"],
            env=env, cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        wait(lambda: process.poll() is not None or keeper.fetch_health(address), "the api-server")
        yield Served(Api.login(home.door(site)), routes, (indicator, period))
    finally:
        process.terminate()
        process.wait(PATIENCE)
    cluster.drop("plugin")


def paths(served: Served) -> dict[str, Role]:
    """Every page with something real in it, and whom it lets in; a new kind of parameter has to be named here."""
    values = {
        "{indicator}": quote(served.figure[0]),
        "{code}": quote(served.figure[0]),
        "{period}": quote(served.figure[1]),
        "{batch_id}": "1",
        "{record_no}": "1",
        "{name}": next(iter(static_files())),
        "{source}": "website",
        "{window}": "2026-01",
        "{ticket}": TICKET,
        "{payload_id}": "1",
        "{kind}": "csv",
        "{file}": "iku.csv",
    }
    filled = {}
    for route, role in served.routes.items():
        for name, value in values.items():
            route = route.replace(name, value)
        assert "{" not in route, f"{route}: give the parameter a value in this test"
        filled[f"/iku{route}"] = role
    return filled


def test_every_page_that_is_not_public_is_closed_to_whoever_is_not_logged_in(served: Served) -> None:
    assert sum(role > Role.PUBLIC for role in paths(served).values()) >= 3
    for path, role in paths(served).items():
        status, body, _ = served.get(path, login=False)
        assert status == 200 if role == Role.PUBLIC else status in (401, 403), path
        assert role == Role.PUBLIC or served.figure[0] not in body
    # the framework's own pages must not be there at all
    for path in ("/iku/docs", "/iku/redoc", "/iku/openapi.json", "/iku/no-such-page"):
        status, body, _ = served.get(path, login=False)
        assert status in (401, 403, 404), path
        assert UI_SHELL not in body


def test_a_browser_is_sent_to_the_login_and_back(served: Served) -> None:
    status, _, location = served.get("/iku/?a=b", login=False, accept="text/html")
    assert status == 303
    assert location.startswith("/auth/login?next=")
    assert quote("/iku/?a=b", safe="") in location


def test_every_route_shows_its_content_after_login(served: Served) -> None:
    for path in paths(served):
        if any(part in path for part in ("/batch/", "/record/", "/payload/", "/member/")):  # nothing is loaded here
            continue
        status, body, _ = served.get(path, login=True)
        assert status == 200, path
        assert UI_SHELL not in body, path
    assert served.figure[0] in served.get("/iku/", login=True)[1]
    assert served.figure[0] in served.get(f"/iku/figure/{'/'.join(served.figure)}", login=True)[1]


def test_an_unknown_path_is_the_shell_of_the_ui_so_a_status_proves_nothing(served: Served) -> None:
    status, body, _ = served.get("/ikun", login=True, accept="text/html")
    assert (status, UI_SHELL in body) == (200, True)
    assert served.get("/iku/figure/IKU-99/2026-01", login=True)[0] == 404


def test_the_menu_has_an_entry(served: Served) -> None:
    plugins = served.api.call("GET", "/api/v2/plugins")["plugins"]
    (ours,) = [plugin for plugin in plugins if plugin["name"] == "iku"]
    assert [(view["name"], view["href"], view["destination"]) for view in ours["external_views"]] == [
        ("IKU", "/iku/", "nav")
    ]
    assert [app["url_prefix"] for app in ours["fastapi_apps"]] == ["/iku"]
    assert served.api.call("GET", "/api/v2/plugins/importErrors")["import_errors"] == []


def test_a_process_that_serves_no_pages_does_not_build_them(tmp_path: Path, cluster: Cluster) -> None:
    env = airflow_kit.environment(cluster, airflow_kit.installed(cluster, tmp_path, "plugin"))
    code = (
        "import json, sys; from airflow import plugins_manager as found; found._get_plugins();"
        "print(json.dumps(['iku' in {p.name for p in found._get_plugins()[0]}, 'iku_etl.web' in sys.modules]))"
    )
    assert airflow_kit.python(code, env) == [True, False]
