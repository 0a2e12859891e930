"""The whole sample night under Airflow's scheduler: every source once, with something new, then the publication.

History is collected without Airflow but for each source's newest window; then all DAGs are triggered at once. Wall time
from the first trigger to the end of the last publication, and where the tasks' time went; with the scheduler warmed
(plugins/airflow_local_settings.py) and cold, so that the difference is what Great Expectations' import costs.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests
from world import told

from iku_etl import catalogue, pipeline, settings
from iku_etl.sample import servers
from iku_etl.sample.__main__ import begin
from iku_etl.scheduler import home
from iku_etl.warehouse import database, server

DEADLINE_S = 900


class Api:
    """Airflow's REST interface, logged in."""

    def __init__(self, door: home.Door) -> None:
        self.address = door.url.removesuffix("/iku/")
        login = {"username": door.user, "password": door.password}
        token = requests.post(f"{self.address}/auth/token", json=login, timeout=30).json()["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON of one GET."""
        answer = requests.get(f"{self.address}/api/v2{path}", parameters, headers=self.headers, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: Any) -> None:
        """One POST."""
        requests.post(f"{self.address}/api/v2{path}", json=body, headers=self.headers, timeout=60).raise_for_status()


@contextmanager
def installation(folder: Path) -> Iterator[settings.Settings]:
    """A sample installation with all its history but the newest window of each source."""
    site = settings.load({"IKU_STATE": str(folder)})
    _, first, last = begin(folder, 1, None, datetime.now(site.zone).date())
    site = replace(site, since=first)
    made = pipeline.Pipeline(site, database.warehouse(site))
    made.migrate()
    with servers.serve(folder, 1, first, last):
        for source in catalogue.all_sources():
            made.collect(source, made.missing(source)[:-1])
    try:
        yield site
    finally:
        home.down(site)
        server.destroy(folder)


def night(site: settings.Settings, environment: dict[str, str]) -> dict[str, float]:
    """Seconds of one night, as a whole and by task."""
    api = Api(home.up(site, environment))
    names = [f"collect_{name}" for name in catalogue.source_names()]
    while api.get("/dags", limit=200)["total_entries"] < len(names) + 1:
        time.sleep(1)
    started = time.perf_counter()
    for name in names:
        api.post(f"/dags/{name}/dagRuns", {"dag_run_id": "night", "logical_date": None, "conf": {"windows": []}})
    while True:
        runs = [api.get(f"/dags/{name}/dagRuns/night") for name in names]
        runs += api.get("/dags/refresh/dagRuns", limit=100)["dag_runs"]
        if len(runs) > len(names) and all(run["state"] in ("success", "failed") for run in runs):
            break
        assert time.perf_counter() - started < DEADLINE_S, [run["dag_id"] for run in runs if run["state"] == "running"]
        time.sleep(1)
    found = defaultdict(float, {"night": time.perf_counter() - started})
    for name in [*names, "refresh"]:
        for task in api.get(f"/dags/{name}/dagRuns/~/taskInstances", limit=100)["task_instances"]:
            found[task["task_id"]] += task["duration"] or 0
    found["failed runs"] = sum(run["state"] == "failed" for run in runs)
    home.down(site)
    return found


def main() -> dict[str, str]:
    """Both nights; the summary as label -> sentence."""
    summary = {}
    for label in ("warm", "cold"):
        with TemporaryDirectory(prefix="iku-bench-") as folder, TemporaryDirectory() as empty:
            Path(folder).chmod(0o755)
            with installation(Path(folder)) as site:
                cold = {"AIRFLOW__CORE__PLUGINS_FOLDER": empty} if label == "cold" else {}
                found = night(site, home.prepare(site) | cold)
        summary |= {f"{label}: {name}": told([value], "s") for name, value in found.items()}
        print(summary, flush=True)
    return summary


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    for name, sentence in main().items():
        print(f"{name}: {sentence}")
