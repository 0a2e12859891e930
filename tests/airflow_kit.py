"""Airflow for tests: one metadata database for the whole run, sources of its own, and the REST API."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conftest import Cluster
from patience import PATIENCE, wait

import iku_etl.sources
from iku_etl import settings
from iku_etl.scheduler import home
from iku_etl.settings import PROJECT, Settings

# The sources of these tests: files of the drop folder by name of the window, and what may happen on the way.
LEDGER = '''"""Ledger for tests: one row per entry of a day. Penguji."""

import os
import time
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Column, Integer, Text

from iku_etl.errors import TransientError
from iku_etl.model import Payload, Source, quarantine, stop, warn

SOURCE = Source(
    title="Buku uji {name}", owner="Penguji", kind="events", since=date.fromisoformat("{since}"), grid="day",
    schedule="0 0 1 1 *", version=1, privacy="public", key=("entry",), free_of_personal_data="buku uji",
    columns=(
        Column("entry", Text, nullable=False, comment="what"),
        Column("amount", Integer, comment="how many"),
    ),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        quarantine("ExpectColumnValuesToBeBetween", column="amount", min_value=0),
        quarantine("ExpectColumnValueLengthsToBeBetween", column="entry", min_value=1, max_value=20),
        warn("ExpectColumnValuesToBeBetween", column="amount", max_value=1000),
        warn("ExpectColumnProportionOfNonNullValuesToBeBetween", column="amount", min_value=0.5),
        warn("ExpectTableRowCountToBeBetween", max_value=100),
    ),
)


def extract(window, connection):
    """The file of the window. `stumble`: fails once; `hang`: waits to be killed, once."""
    folder = Path(connection.url)
    for name in ("stumble", "hang"):
        try:
            (folder / name).unlink()
        except FileNotFoundError:
            continue
        if name == "stumble":
            raise TransientError("{name}: the line is down")
        (folder / "hanging.new").write_text(str(os.getpid()))
        (folder / "hanging.new").rename(folder / "hanging")
        while True:  # for however long it takes
            time.sleep(1)
    path = folder / f"{{window.label}}.csv"
    now = datetime.now(UTC)
    if path.exists():
        yield Payload(path.name, "text/csv", {{"path": path.name}}, now, now, None, [path.read_bytes()])
'''


def write_ledgers(folder: Path, names: tuple[str, ...], since: str) -> Path:
    """Make the test sources; the folder to put on PYTHONPATH so that every process finds them."""
    (folder / "ledgers").mkdir(parents=True)
    for name in names:
        (folder / "ledgers" / f"{name}.py").write_text(LEDGER.format(name=name, since=since))
    return finder(folder, folder / "ledgers")


def finder(folder: Path, sources: Path) -> Path:
    """A folder whose sitecustomize.py adds `sources` to where the catalogue looks."""
    (folder / "site").mkdir(exist_ok=True)
    code = f"import iku_etl.sources\niku_etl.sources.__path__.append({str(sources)!r})\n"
    (folder / "site" / "sitecustomize.py").write_text(code)
    return folder / "site"


@contextmanager
def seen_here(sources: Path) -> Iterator[None]:
    """This process finds them too, for a while."""
    iku_etl.sources.__path__.append(str(sources))
    try:
        yield
    finally:
        iku_etl.sources.__path__.remove(str(sources))


def environment(cluster: Cluster, site: Settings, **more: str) -> dict[str, str]:
    """What Airflow's processes of a test get; the metadata is the one database `airflow` of the run's server."""
    metadata = cluster.server.url("airflow", "airflow")
    return home.prepare(site, dict(os.environ) | {home.METADATA: metadata} | more)


def installed(cluster: Cluster, state: Path, database: str) -> Settings:
    """Settings of an installation whose warehouse is a database of the run's server."""
    urls = {f"IKU_{role.upper()}_URL": cluster.server.url(f"iku_{role}", database) for role in settings.ROLES}
    return settings.load(
        {"IKU_STATE": str(state), "IKU_FREE_SPACE_FLOOR_MB": "0", "IKU_WAREHOUSE_URL": urls["IKU_OWNER_URL"]} | urls
    )


def python(code: str, env: dict[str, str], *arguments: str, log: list[str] | None = None) -> Any:
    """Run a script in a process of its own; the JSON of its last line. `log` gets what it wrote beside that."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=env, cwd=PROJECT, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    if log is not None:
        log.append(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


@dataclass
class Api:
    """Airflow's REST API, logged in."""

    address: str
    token: str = ""

    @classmethod
    def login(cls, door: home.Door) -> "Api":
        """Log in at a running installation."""
        api = cls(door.url.removesuffix("/iku/"))
        api.token = api.call("POST", "/auth/token", {"username": door.user, "password": door.password})["access_token"]
        return api

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One request; its JSON. A question that nobody answers is asked again: a loaded server may hang up."""
        request = urllib.request.Request(
            self.address + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {self.token}"} if self.token else {}),
        )
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                    return json.loads(answer.read() or b"null")
            except (urllib.error.URLError, ConnectionError) as problem:
                is_asked_again = method == "GET" and not isinstance(problem, urllib.error.HTTPError)
                if not is_asked_again or time.monotonic() > deadline:
                    raise
                time.sleep(1)

    def trigger(self, dag_id: str, run_id: str, windows: list[str]) -> None:
        """Start a run that collects these windows."""
        body = {"dag_run_id": run_id, "logical_date": None, "conf": {"windows": windows}}
        self.call("POST", f"/api/v2/dags/{dag_id}/dagRuns", body)

    def tasks(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """The newest try of each task."""
        found = self.call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances")
        return {task["task_id"]: task for task in found["task_instances"]}

    def finished(self, dag_id: str, run_id: str) -> str:
        """Wait for a run; its state."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}"
        ended: str = wait(
            lambda: (state := self.call("GET", path)["state"]) in ("success", "failed") and state,
            f"{dag_id} {run_id}",
        )
        return ended


def as_list(value: Any) -> list[Any]:
    """An XCom's value, which the API gives as JSON or as text of it."""
    found = json.loads(value) if isinstance(value, str) else value
    assert isinstance(found, list), value
    return found
