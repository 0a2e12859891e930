"""docker-compose.yaml collects: from an empty server to a first night with figures, by nothing but what it says."""

import fcntl
import json
import os
import re
import secrets
import shlex
import shutil
import tempfile
import time
import urllib.request
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import compose_kit
import loopback
import psycopg
import pytest
from airflow_kit import Api
from compose_kit import HOST, Machine
from patience import wait
from psycopg.rows import dict_row

from iku_etl import catalogue
from iku_etl.sample import servers
from iku_etl.sample.feeds import web_visits
from iku_etl.sample.regency import ZONE
from iku_etl.settings import PROJECT

pytestmark = [
    pytest.mark.fault,
    pytest.mark.skipif(os.geteuid() != 0, reason="prepare gives folders away: root, as in its container"),
]
TOKEN = secrets.token_hex(16)
UNUSED, HELD, BROKEN_OFF = "0" * 64, "1" * 64, "2" * 64  # locks of earlier releases
HANDED_IN_LATE = "ppid_report"


@dataclass
class Matomo:
    """The sample's Matomo, behind an address that keeps the tokens it was given."""

    running: servers.Running
    tokens: list[str | None] = field(default_factory=list)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        parameters = dict(parse_qsl(urlsplit(handler.path).query)) | dict(parse_qsl(body))
        self.tokens.append(parameters.get("token_auth"))
        status, headers, content = web_visits.answer(self.running, urlsplit(handler.path).path, parameters)
        loopback.send(handler, content, status, **headers)


@dataclass
class Night:
    """The machine after its first night."""

    machine: Machine
    tokens: list[str | None]
    held_back: bytes
    api: Api
    seconds: float

    def rows(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        """Asked as the auditor, by the login that the file gives to `iku`."""
        url = self.machine.environment("iku")["IKU_AUDITOR_URL"].replace("+psycopg", "")
        with psycopg.connect(url, row_factory=dict_row) as connection:
            return connection.execute(query, parameters).fetchall()  # type: ignore[call-overload, no-any-return]  # any query

    @property
    def state(self) -> Path:
        return self.machine.root / "var/lib/iku"


def filled(root: Path, since: date) -> dict[str, str]:
    """`.env` as the example says to fill it in."""
    text = (PROJECT / "docs" / "production.env.example").read_text()
    given = compose_kit.variables(text)
    given |= {name: secrets.token_hex(24) for name, value in given.items() if not value}
    fernet = urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return given | {
        "IKU_SINCE": since.isoformat(), "AIRFLOW_FERNET_KEY": fernet, "IKU_STATE_FOLDER": f"{root}/var/lib/iku"
    }  # fmt: skip


@pytest.fixture(scope="module")
def night() -> Iterator[Night]:
    """Everything the file starts, until every source was collected once and the figures are out."""
    root = Path(
        tempfile.mkdtemp(prefix="iku-compose-", dir="/var/tmp")
    )  # others enter neither root's home nor pytest's
    root.chmod(0o755)
    first, last = servers.default_days(datetime.now(ZONE).date())
    machine = Machine(root, filled(root, first), f"# Matomo\nIKU_SECRET_WEB_VISITS={TOKEN}\n")
    begun = time.monotonic()
    try:
        machine.install()
        state = root / "var/lib/iku"
        with held_programs(root), servers.serve(state, 1, first, last) as running:
            shutil.move(state / "connections.toml", root / "connections.toml")
            late = next(iter(sorted((state / "drop" / HANDED_IN_LATE).iterdir())))
            shutil.move(state / "drop", root / "drop")
            machine.up("prepare")
            was_made = (state / "connections.toml").read_text()
            assert was_made == (PROJECT / "docs" / "connections.example.toml").read_text()
            matomo = Matomo(running)
            with loopback.server(matomo.answer) as address:
                told = (root / "connections.toml").read_text().replace(running.url("web_visits"), address)
                (state / "connections.toml").write_text(was_made + told)
                held_back = (root / "drop" / late.relative_to(state / "drop")).read_bytes()
                (root / "drop" / late.relative_to(state / "drop")).unlink()
                for folder in (root / "drop").iterdir():
                    shutil.copytree(folder, state / "drop" / folder.name)
                machine.up()
                api = login(machine)
                wait(lambda: first_night_is_over(api), "the first night", 2)
                yield Night(machine, matomo.tokens, held_back, api, time.monotonic() - begun)
    finally:
        machine.down()
        shutil.rmtree(root, ignore_errors=True)


def held_programs(root: Path) -> Any:
    """Programs of earlier locks: nobody's, those of a service that runs, and an installation that was broken off."""
    for lock in (UNUSED, HELD, BROKEN_OFF):
        (root / "opt/programs" / lock / "bin").mkdir(parents=True)
    (root / f"opt/programs/installed-{UNUSED}").touch()
    mark = (root / f"opt/programs/installed-{HELD}").open("w")
    fcntl.flock(mark, fcntl.LOCK_SH)
    return mark


def login(machine: Machine) -> Api:
    """At the pages, by the password that Airflow has put into the state folder."""
    (user, password), *_ = json.loads((machine.root / "var/lib/iku/passwords.json").read_text()).items()
    api = Api(f"http://{HOST}:{machine.ports['8080']}")
    api.token = api.call("POST", "/auth/token", {"username": user, "password": password})["access_token"]
    return api


def runs(api: Api, dag_id: str = "~") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.call("GET", f"/api/v2/dags/{dag_id}/dagRuns?limit=100")["dag_runs"]
    return found


def first_night_is_over(api: Api) -> bool:
    """Every source has a run that ended, and all that waited to be published is."""
    states: dict[str, set[str]] = {}
    for run in runs(api):
        states.setdefault(run["dag_id"], set()).add(run["state"])
    expected = {f"collect_{name}" for name in catalogue.source_names()} | {"refresh"}
    return expected <= states.keys() and not {"queued", "running"} & set().union(*states.values())


def test_the_first_night_has_figures(night: Night) -> None:
    print(f"first night: {night.seconds:.0f} s")
    dags = night.api.call("GET", "/api/v2/dags?limit=100")["dags"]
    assert {dag["dag_id"] for dag in dags if dag["is_paused"]} == set()
    failed = {run["dag_id"] for run in runs(night.api) if run["state"] != "success"}
    assert failed == set()
    figures = night.rows("select indicator, period from iku.figure where value is not null")
    assert len({row["indicator"] for row in figures}) >= 2, figures


def test_a_token_of_secrets_env_reaches_the_system_and_nobody_else(night: Night) -> None:
    assert night.tokens
    assert set(night.tokens) == {TOKEN}
    assert night.rows("select batch_id from iku.batch_in_force where source = 'web_visits'")
    holders = {name for name in night.machine.services if TOKEN in night.machine.environment(name).values()}
    assert holders == {"scheduler", "iku"}
    logs = [path for path in (night.machine.root / "var/log/airflow").rglob("*") if path.is_file()]
    assert len(logs) > len(catalogue.source_names())
    for path in (*logs, *(night.machine.root / "log").iterdir()):
        assert TOKEN.encode() not in path.read_bytes(), path


def test_a_file_put_into_drop_is_collected(night: Night) -> None:
    in_force = "select window_on from iku.batch_in_force where source = %s"
    before = night.rows(in_force, HANDED_IN_LATE)
    folder = night.state / "drop" / HANDED_IN_LATE
    (folder / "susulan.csv").write_bytes(night.held_back)
    wait(lambda: len(night.rows(in_force, HANDED_IN_LATE)) > len(before), "the file to be collected", 2)
    assert any(run["run_type"] == "asset_triggered" for run in runs(night.api, f"collect_{HANDED_IN_LATE}"))


def test_prepare_makes_what_people_fill_in(night: Night) -> None:
    for name, mode in (("", 0o750), ("drop", 0o750), ("connections.toml", 0o640), ("secrets.toml", 0o600)):
        there = (night.state / name).stat()
        assert (there.st_uid, there.st_mode & 0o777) == (50000, mode), name


def test_programs_of_earlier_locks_go_unless_somebody_runs_them(night: Night) -> None:
    there = {path.name for path in (night.machine.root / "opt/programs").iterdir()}
    lock = night.machine.lock
    assert there == {HELD, f"installed-{HELD}", lock, f"installed-{lock}"}
    with (night.machine.root / f"opt/programs/installed-{lock}").open() as mark, pytest.raises(BlockingIOError):
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the services hold theirs


def test_commands_by_hand_and_the_pages_answer(night: Night) -> None:
    run = night.machine.run
    assert "IKU-" in run("iku", "figures")
    assert re.search(r"^Airflow +berjalan *$", run("iku", "status"), re.MULTILINE)
    assert "decide" in run("decide", "--help")
    told = (PROJECT / "docs" / "admin.md").read_text().replace("\\\n", " ")
    cleaning = re.findall(r"docker compose run --rm --no-deps scheduler (.*)", told)
    assert len(cleaning) == 3
    for command in cleaning:
        run("scheduler", *shlex.split(command.replace("/var/log", f"{night.machine.root}/var/log")))
    logged_in = {"Authorization": f"Bearer {night.api.token}"}
    request = urllib.request.Request(f"{night.api.address}/iku/", headers=logged_in)
    with urllib.request.urlopen(request) as answer:
        assert "IKU-05" in answer.read().decode()
