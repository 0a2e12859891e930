"""A backfill, a 401 and a Retry-After through Airflow's own command, scheduler and triggerer."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import airflow_kit
import psycopg
import pytest
from airflow_kit import Api
from conftest import TEMPLATE, Cluster
from loopback import send, server
from patience import PATIENCE, wait

from iku_etl import catalogue
from iku_etl.sample import servers
from iku_etl.scheduler import home, notices
from iku_etl.settings import PROJECT, Settings
from iku_etl.warehouse import tables
from iku_etl.warehouse.database import Warehouse

pytestmark = pytest.mark.fault

TOLD, STATE, REFUSED, LATER = "website_uptime", "uptime_now", "uptime_refused", "uptime_later"
SECRET = "k4ta-s4ndi-yang-tak-boleh-terlihat"
LAST = date.today() - timedelta(days=1)  # noqa: DTZ011  # a window that has ended in every zone
FIRST = LAST - timedelta(days=7)
PAST = [FIRST + timedelta(days=days) for days in (1, 2, 3)]
HOUR = 3600

# Another source of the same system, so that each test has its own DAG: a day's grid, so that something is due.
ALIKE = '''"""Situs web uji: sistem yang menolak. Penguji."""

from dataclasses import replace
from datetime import timedelta

from iku_etl.sources import website_uptime
from iku_etl.sources.website_uptime import extract, parse

SOURCE = replace(website_uptime.SOURCE, roll_ups=(){more})
'''


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

    def backfill(self, source: str, days: list[date]) -> list[dict[str, Any]]:
        """Airflow's own command over past days; its runs, ended."""
        command = ["backfill", "create", "--dag-id", f"collect_{source}"]
        command += ["--from-date", f"{days[0]}T00:00", "--to-date", f"{days[-1]}T23:59"]
        done = subprocess.run(
            [sys.executable, "-m", "airflow", *command],
            env=self.env, cwd=PROJECT, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        wait(lambda: len(runs := self.runs(source, "backfill")) == len(days) and all(map(has_ended, runs)), source)
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
    (folder / "sources").mkdir()
    present = ", kind='snapshot', late_by=timedelta(days=2), max_age=timedelta(days=3)"
    for name in (STATE, REFUSED, LATER):
        (folder / "sources" / f"{name}.py").write_text(ALIKE.format(more=present if name == STATE else ""))
    on_path = airflow_kit.finder(folder, folder / "sources")
    warehouse = cluster.create("airflow_faults", TEMPLATE)
    with airflow_kit.seen_here(folder / "sources"), warehouse.connect("owner") as connection:
        tables.declare(connection, [catalogue.source(name) for name in (STATE, REFUSED, LATER)], FIRST, "Asia/Jakarta")
        connection.execute("update iku.source set since = %s", [FIRST])
    site = airflow_kit.installed(cluster, folder / "state", "airflow_faults")
    with (
        pytest.MonkeyPatch.context() as patch,
        servers.serve(site.state, 1, FIRST, LAST) as sample,
        server(refuse) as refusing,
        server(put_off) as busy,
    ):
        (site.state / "connections.toml").write_text(
            f'[{TOLD}]\nsystem = "prometheus"\nurl = "{sample.url(TOLD)}"\n'
            f'[{STATE}]\nsystem = "prometheus"\nurl = "{sample.url(TOLD)}"\n'
            f'[{REFUSED}]\nsystem = "prometheus"\nurl = "{refusing}"\n'
            f'[{LATER}]\nsystem = "prometheus"\nurl = "{busy}"\n'
        )
        patch.setenv(home.METADATA, cluster.server.url("airflow", "airflow"))
        patch.setenv("PYTHONPATH", str(on_path))
        patch.setenv("IKU_SINCE", FIRST.isoformat())
        patch.setenv(f"IKU_SECRET_{REFUSED.upper()}", SECRET)
        patch.setenv(f"IKU_SECRET_{LATER.upper()}", SECRET)
        patch.setenv("AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION", "true")
        try:
            house = House(site, warehouse, Api.login(home.up(site)), home.prepare(site))
            for source in (TOLD, STATE, REFUSED, LATER):  # their first runs go on beside each other
                house.unpause(source)
            yield house
        finally:
            home.down(site)
    cluster.drop("airflow_faults")


def test_a_backfill_collects_the_windows_of_its_intervals_and_none_other(house: House) -> None:
    house.at_rest(TOLD)
    newest = max((number for number, _ in house.windows(TOLD)), default=0)
    runs = house.backfill(TOLD, PAST)
    assert [run["state"] for run in runs] == ["success"] * len(PAST)
    assert [day for _, day in house.windows(TOLD, newest)] == PAST
    for run in runs:
        began = datetime.fromisoformat(run["data_interval_start"]).astimezone(house.site.zone)
        assert began.date() in PAST


def test_a_backfill_of_what_only_tells_its_present_is_red_and_says_why(house: House) -> None:
    house.at_rest(STATE)
    newest = max((number for number, _ in house.windows(STATE)), default=0)
    (run,) = house.backfill(STATE, PAST[:1])
    assert run["state"] == "failed"
    extract = house.api.tasks(f"collect_{STATE}", run["dag_run_id"])["extract"]
    assert (extract["state"], extract["try_number"]) == ("failed", 1)
    told = [notice.reason for notice in notices.read(house.site.state) if notice.run == run["dag_run_id"]]
    assert any("sistemnya hanya menunjukkan keadaan kini" in reason for reason in told), told
    with house.warehouse.connect("auditor") as connection:
        count = "select count(*) from iku.batch where source = %s and batch_id > %s and ending = 'in_force'"
        assert connection.execute(count, [STATE, newest]).fetchone() == {"count": 0}


def test_a_401_is_red_is_told_and_the_secret_stays(house: House) -> None:
    house.at_rest(REFUSED)
    (run,) = house.runs(REFUSED, "scheduled")
    extract = house.api.tasks(f"collect_{REFUSED}", run["dag_run_id"])["extract"]
    assert (run["state"], extract["state"], extract["try_number"]) == ("failed", "failed", 1)
    (told,) = notices.open_failures(house.site.state, f"collect_{REFUSED}")
    assert "menjawab 401" in told.reason
    said = subprocess.run(
        [str(Path(sys.executable).parent / "iku"), "status"],
        env=house.env, cwd=PROJECT, capture_output=True, text=True, timeout=PATIENCE, check=False,
    ).stdout  # fmt: skip
    assert f"collect_{REFUSED}" in said
    assert "menjawab 401" in " ".join(said.split())
    kept = [path for path in house.site.state.rglob("*") if path.suffix in (".log", ".jsonl") and path.is_file()]
    assert any("attempt=1.log" in path.name for path in kept)
    assert not [path for path in kept if SECRET in path.read_text(errors="replace")]
    entries = f"/api/v2/dags/collect_{REFUSED}/dagRuns/{run['dag_run_id']}/taskInstances/~/xcomEntries"
    for entry in house.api.call("GET", entries)["xcom_entries"]:
        assert entry["key"] == "batch_ids"


def test_who_asks_for_an_hour_is_left_alone_for_one_and_holds_no_worker(house: House, cluster: Cluster) -> None:
    def waiting() -> Any:
        runs = house.runs(LATER, "scheduled")
        found = runs and house.api.tasks(f"collect_{LATER}", runs[0]["dag_run_id"])["extract"]
        return found and found["state"] == "up_for_retry" and found

    extract = wait(waiting, LATER)
    assert extract["try_number"] == 1
    assert extract["duration"] < HOUR / 10
    url = cluster.server.url("airflow", "airflow").replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select retry_delay_override from task_instance where id = %s", [extract["id"]]
        ).fetchone()
    assert row == (HOUR,)
    wait(lambda: house.api.call("GET", "/api/v2/pools/default_pool")["occupied_slots"] == 0, "the slots")
    assert waiting()
