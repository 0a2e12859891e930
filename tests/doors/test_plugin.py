"""The pages in Airflow's UI: not one route without a login, each with one as far as its role goes."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import airflow_kit
import hand_in_kit
import httpx
import publish_kit
import pytest
from airflow_kit import Api
from conftest import TEMPLATE, Cluster
from fastapi.routing import APIRoute
from install_kit import publish_as_known
from patience import PATIENCE, wait

from iku_etl.scheduler import home, keeper
from iku_etl.settings import PROJECT
from iku_etl.warehouse.database import Warehouse
from iku_etl.web.app import create_app
from iku_etl.web.desk import role_of
from iku_etl.web.login import NOBODY, Role, always
from iku_etl.web.looks import static_files

TICKET = "abcdefghijklmnop"  # of a hand-in
UI_SHELL = '<div id="root"'  # what Airflow answers, with 200, for a path that nobody has
PEOPLE = {Role.VIEWER: "inspektur", Role.USER: "operator", Role.OP: "sekretaris", Role.ADMIN: home.USER}
OURS = {"sec-fetch-site": "same-origin"}  # what a browser says of a form of our own pages


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass
class Served:
    """A running api-server, and a figure that the pages can show."""

    api: Api
    warehouse: Warehouse
    routes: dict[str, Role]
    asked: list[tuple[str, str, Role]]
    figure: tuple[str, str]
    passwords: dict[str, str]

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

    @contextmanager
    def browser(self, role: Role, *, by_cookie: bool = True) -> Iterator[httpx.Client]:
        """Somebody who has logged in to Airflow, as its own login page and its programs do; PUBLIC has not."""
        once = httpx.Limits(max_keepalive_connections=0)  # one that is kept may be lost on a busy machine
        with httpx.Client(base_url=self.api.address, timeout=PATIENCE, limits=once) as found:
            if role != Role.PUBLIC:
                body = {"username": PEOPLE[role], "password": self.passwords[PEOPLE[role]]}
                token = found.post("/auth/token", json=body).raise_for_status().json()["access_token"]
                if by_cookie:
                    found.cookies.set("_token", token)
                else:
                    found.headers["Authorization"] = f"Bearer {token}"
            yield found

    def decisions(self) -> list[tuple[str, str]]:
        """Kind and name of every decision, oldest first."""
        with self.warehouse.connect("auditor") as connection:
            rows = connection.execute("select kind, decided_by from iku.decision order by decision_id").fetchall()
        return [(row["kind"], row["decided_by"]) for row in rows]


@pytest.fixture(scope="module")
def served(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Airflow's api-server alone, over a warehouse of the parameters alone, its figures published."""
    folder: Path = tmp_path_factory.mktemp("plugin")
    warehouse = cluster.create("plugin", TEMPLATE)
    with warehouse.connect("owner") as owner:
        publish_kit.rules(owner)
    publish_as_known(warehouse, datetime.now(UTC))
    site = airflow_kit.installed(cluster, folder, "plugin")
    hand_in_kit.kept(site, TICKET)
    with warehouse.connect("auditor") as connection:
        row = connection.execute(
            "select indicator, period from iku.published_figure where revision = 1 and is_official limit 1"
        ).fetchone()
    assert row
    found = [route for route in create_app(site, always(NOBODY)).routes if isinstance(route, APIRoute)]
    routes = {route.path: role_of(route) for route in found if "GET" in route.methods}
    asked = [(method, route.path, role_of(route)) for route in found for method in sorted(route.methods)]
    passwords = {name: f"kata sandi {name}" for name in PEOPLE.values()}
    home.home(site).mkdir(parents=True)
    (home.home(site) / "passwords.json").write_text(json.dumps(passwords))
    users = ",".join(f"{name}:{role.name.lower()}" for role, name in PEOPLE.items())
    env = airflow_kit.environment(cluster, site, AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS=users)
    home.migrate_metadata(site, env)
    address = f"http://127.0.0.1:{env['AIRFLOW__API__PORT']}"
    with (folder / "api-server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "airflow", "api-server"],
            env=env, cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        wait(lambda: process.poll() is not None or keeper.fetch_health(address), "the api-server")
        figure = (row["indicator"], row["period"])
        yield Served(Api.login(home.door(site)), warehouse, routes, asked, figure, passwords)
    finally:
        process.terminate()
        process.wait(PATIENCE)
    cluster.drop("plugin")


def filled(served: Served, route: str) -> str:
    """The path of a route with something real in it; a new kind of parameter has to be named here."""
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
    for name, value in values.items():
        route = route.replace(name, value)
    assert "{" not in route, f"{route}: give the parameter a value in this test"
    return f"/iku{route}"


def paths(served: Served) -> dict[str, Role]:
    """Every page, and whom it lets in."""
    return {filled(served, route): role for route, role in served.routes.items()}


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
        if any(
            part in path for part in ("/batch/", "/record/", "/payload/", "/member/", "/foresee/")
        ):  # no bytes are kept here
            continue
        status, body, _ = served.get(path, login=True)
        assert status == 200, path
        assert UI_SHELL not in body, path
    assert served.figure[0] in served.get("/iku/", login=True)[1]
    assert served.figure[0] in served.get(f"/iku/figure/{'/'.join(served.figure)}", login=True)[1]


# ---------------------------------------------------------------- five roles, by Airflow's own login


@pytest.mark.parametrize("role", list(Role))
def test_each_role_of_airflows_login_may_do_what_its_routes_say_and_no_more(served: Served, role: Role) -> None:
    """Every route as whoever just may and as everybody who may not; `test_visitors` walks what is beyond that."""
    walked = 0
    with served.browser(role) as browser:
        for method, route, least in served.asked:
            if role > least:
                continue
            path = filled(served, route)
            answer = browser.request(method, path, headers=OURS)
            walked += 1
            if role == least:
                assert answer.status_code not in (401, 403), (method, path)
            else:
                assert answer.status_code == (401 if role == Role.PUBLIC else 403), (method, path)
                assert served.figure[0] not in answer.text
            assert UI_SHELL not in answer.text, path
            assert "content-security-policy" in answer.headers, path
    assert walked >= sum(least >= role for _, _, least in served.asked) > 0
    assert not [kind for kind, _ in served.decisions() if kind not in ("verify", "approve")]


def test_a_wrong_password_is_nobody(served: Served) -> None:
    body = {"username": PEOPLE[Role.ADMIN], "password": "bukan ini"}
    assert httpx.post(f"{served.api.address}/auth/token", json=body).status_code == 401
    with httpx.Client(base_url=served.api.address, cookies={"_token": "bukan.token.kita"}) as stranger:
        assert stranger.get("/iku/decisions").status_code == 401
        assert stranger.get("/iku/publik").status_code == 200


def test_who_verifies_and_who_approves_stand_in_the_manifest_by_the_name_of_their_login(served: Served) -> None:
    indicator, period = served.figure
    form = {"indicator": indicator, "period": period, "revision": "1", "reason": "diperiksa bersama bidang"}
    form["letter"] = "045/12/KOMINFO/2026"
    before = len(served.decisions())
    with served.browser(Role.USER) as user, served.browser(Role.OP) as op, served.browser(Role.ADMIN) as admin:
        for browser, kind, status in ((user, "verify", 403), (op, "approve", 403), (op, "verify", 303),
                                      (admin, "approve", 303)):  # fmt: skip
            answer = browser.post(f"/iku/decisions/{kind}", data=form, headers=OURS)
            assert answer.status_code == status, answer.text
        # the same forms from a page of somebody else, and from what says nothing of where it comes from
        for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "http://elsewhere.example"}, {}):
            answer = admin.post("/iku/decisions/approve", data=form, headers=headers)
            assert answer.status_code == 403, headers
    assert served.decisions()[before:] == [("verify", PEOPLE[Role.OP]), ("approve", PEOPLE[Role.ADMIN])]


def test_a_register_is_handed_in_under_the_name_of_the_login(served: Served) -> None:
    file = ("situs_2026-01-31.csv", hand_in_kit.SITES.encode(), "text/csv")
    form = {"bulan": "2026-01", **hand_in_kit.LETTER}
    with served.browser(Role.VIEWER) as viewer, served.browser(Role.USER, by_cookie=False) as user:
        assert viewer.post("/iku/serah/website", data=form, files={"berkas": file}, headers=OURS).status_code == 403
        answer = user.post("/iku/serah/website", data=form, files={"berkas": file}, headers=OURS)
        assert answer.status_code == 303, answer.text
        path = answer.headers["location"]
        wait(lambda: "refresh" not in user.get(path).headers, "the verdict")
        answer = user.get(path)
        assert answer.status_code == 200, answer.text
        assert "Tidak selesai" not in answer.text, answer.text
        assert f"Diserahkan oleh {PEOPLE[Role.USER]}" in answer.text
    with served.warehouse.connect("auditor") as connection:
        row = connection.execute(
            "select request -> 'handed_in' ->> 'by' as by from iku.payload inner join iku.batch using (batch_id)"
            " where source = 'website' order by payload_id desc limit 1"
        ).fetchone()
    assert row == {"by": PEOPLE[Role.USER]}


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
