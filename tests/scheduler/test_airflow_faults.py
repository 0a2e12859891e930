"""A backfill by Airflow's own command, through its own scheduler."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import airflow_kit
import pytest
from airflow_kit import Api
from conftest import TEMPLATE, Cluster
from loopback import send, server
from patience import PATIENCE, wait

from iku_etl import catalogue
from iku_etl.sample import servers
from iku_etl.scheduler import home
from iku_etl.settings import PROJECT, Settings
from iku_etl.warehouse import tables
from iku_etl.warehouse.database import Warehouse

pytestmark = pytest.mark.fault

TOLD, STATE, REFUSED, LATER, WATCHED = (
    "website_uptime", "website_content", "sectoral_dataset", "network_link", "ledger_watched",
)  # fmt: skip
SECRET = "k4ta-s4ndi-yang-tak-boleh-terlihat"
LAST = date.today() - timedelta(days=1)  # noqa: DTZ011  # a window that has ended in every zone
FIRST = LAST - timedelta(days=7)
PAST = [FIRST + timedelta(days=days) for days in (1, 2, 3)]
HOUR = 3600


@dataclass
class House:
    """A running installation, and questions to it."""

    site: Settings
    warehouse: Warehouse
    api: Api
    env: dict[str, str]

    def unpause(self, source: str) -> None:
        path = f"/api/v2/dags/collect_{source}"
        wait(lambda: f"collect_{source}" in known(self.api), source)
        self.api.call("PATCH", path, {"is_paused": False})

    def runs(self, source: str, run_type: str) -> list[dict[str, Any]]:
        found = self.api.call("GET", f"/api/v2/dags/collect_{source}/dagRuns?limit=100")["dag_runs"]
        return [run for run in found if run["run_type"] == run_type]

    def windows(self, source: str, after: int = 0) -> list[tuple[int, date]]:
        """The batches of a source in the manifest, by number and window."""
        with self.warehouse.connect("auditor") as connection:
            rows = connection.execute(
                "select batch_id, window_on from iku.batch where source = %s and batch_id > %s order by window_on",
                [source, after],
            ).fetchall()
        return [(row["batch_id"], row["window_on"]) for row in rows]

    def at_rest(self, source: str) -> None:
        """Let the run that unpausing gives end."""
        wait(lambda: (runs := self.runs(source, "scheduled")) and all(has_ended(run) for run in runs), source)

    def backfill(self, source: str) -> list[dict[str, Any]]:
        """Airflow's own command over the three past days; its runs, ended."""
        command = ["backfill", "create", "--dag-id", f"collect_{source}"]
        command += ["--from-date", f"{PAST[0]}T00:00", "--to-date", f"{PAST[-1]}T23:59"]
        done = subprocess.run(
            [sys.executable, "-m", "airflow", *command],
            env=self.env, cwd=PROJECT, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        wait(lambda: len(runs := self.runs(source, "backfill")) == len(PAST) and all(map(has_ended, runs)), source)
        return self.runs(source, "backfill")


def has_ended(run: dict[str, Any]) -> bool:
    return run["state"] in ("success", "failed")


def known(api: Api) -> set[str]:
    return {dag["dag_id"] for dag in api.call("GET", "/api/v2/dags?limit=100")["dags"]}


def refuse(asked: BaseHTTPRequestHandler) -> None:
    """A system that does not know us, and says back what it was sent."""
    send(asked, str(asked.headers).encode(), 401)


def put_off(asked: BaseHTTPRequestHandler) -> None:
    send(asked, b"{}", 503, retry_after=str(HOUR))


@pytest.fixture(scope="module")
def house(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One scheduler and triggerer for all tests of this file."""
    folder = tmp_path_factory.mktemp("airflow")
    on_path = airflow_kit.write_ledgers(folder, (WATCHED,), LAST.isoformat())
    warehouse = cluster.create("airflow_faults", TEMPLATE)
    with airflow_kit.seen_here(folder / "ledgers"), warehouse.connect("owner") as connection:
        tables.declare(connection, [catalogue.source(name) for name in (TOLD, STATE, WATCHED)], FIRST, "Asia/Jakarta")
        connection.execute("update iku.source set since = %s where source <> %s", [FIRST, WATCHED])
    site = airflow_kit.installed(cluster, folder / "state", "airflow_faults")
    (site.drop_dir / WATCHED).mkdir(parents=True)
    with (
        pytest.MonkeyPatch.context() as patch,
        servers.serve(site.state, 1, FIRST, LAST) as sample,
        server(refuse) as refusing,
        server(put_off) as busy,
    ):
        (site.state / "connections.toml").write_text(
            f'[{TOLD}]\nsystem = "prometheus"\nurl = "{sample.url(TOLD)}"\n'
            f'[{STATE}]\nsystem = "wordpress"\nurl = "{sample.url(STATE)}"\n'
            f'sites = {{ dinkes = "{sample.url(STATE)}/dinkes" }}\n'
            f'[{REFUSED}]\nsystem = "ckan"\nurl = "{refusing}"\n[{LATER}]\nsystem = "netbox"\nurl = "{busy}"\n'
        )
        patch.setenv(home.METADATA, cluster.server.url("airflow", "airflow"))
        patch.setenv("PYTHONPATH", str(on_path))
        patch.setenv("IKU_SINCE", FIRST.isoformat())
        patch.setenv(f"IKU_SECRET_{REFUSED.upper()}", SECRET)
        patch.setenv(f"IKU_SECRET_{LATER.upper()}", SECRET)
        patch.setenv("AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION", "true")
        try:
            door = home.up(site)
            yield House(site, warehouse, Api.login(door), home.prepare(site))
        finally:
            home.down(site)
    cluster.drop("airflow_faults")


def test_a_backfill_collects_the_windows_of_its_intervals_and_none_other(house: House) -> None:
    house.unpause(TOLD)
    house.at_rest(TOLD)
    newest = max((number for number, _ in house.windows(TOLD)), default=0)
    runs = house.backfill(TOLD)
    assert [run["state"] for run in runs] == ["success"] * len(PAST)
    assert [day for _, day in house.windows(TOLD, newest)] == PAST
    for run in runs:
        began = datetime.fromisoformat(run["data_interval_start"]).astimezone(house.site.zone)
        assert began.date() in PAST
