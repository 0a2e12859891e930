"""Keeps Airflow's four processes: api-server first, the others when it answers; all end together.

`python -m iku_etl.scheduler.keeper FOLDER PORT` runs in the foreground, with the environment of
`airflow_home.prepare`; `start` runs it in a session of its own. Whatever Airflow forks stays in that
session (tasks change their process group, not their session), so `stop` finds orphans too, and nobody
else's process.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from iku_etl import private
from iku_etl.errors import WarehouseError
from iku_etl.sample.state import sample_of
from iku_etl.warehouse import server
from iku_etl.warehouse.server_home import HOST

STOP_SECONDS = 20  # a task that still runs then is killed: its batch is collected by the next run
KILL_SECONDS = 120  # what was killed is gone at once, if the machine lets it end
DEATHS = 5  # so often one after the other is no accident
AIRFLOW = {
    "api-server": ("airflow", "api-server"),
    # logs are read from the shared folder; the log servers would listen on every interface
    "scheduler": ("airflow", "scheduler", "--skip-serve-logs"),
    "dag-processor": ("airflow", "dag-processor"),
    "triggerer": ("airflow", "triggerer", "--skip-serve-logs"),
}
FIRST = ("sample", "api-server")  # who may start at once
SERVER_SECONDS = 5
LOG_BYTES = 20 * 1024**2


def components(folder: Path) -> dict[str, tuple[str, ...]]:
    """What is kept: name -> module and arguments; the sample's servers where the installation has them."""
    sample = sample_of(folder.parent)
    if sample is None:
        return AIRFLOW
    return {"sample": ("iku_etl.sample", "--state", str(folder.parent), "--seed", str(sample["seed"])), **AIRFLOW}


class Keeper:
    """The running components; restarts one that dies, with a pause that grows."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.address = address
        self.components = components(folder)
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.failures: dict[str, int] = {}
        self.not_before: dict[str, float] = {}
        self.is_ending = False

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        while not self.is_ending:
            self._keep_server()
            for name in self.components:
                if name not in FIRST and not self._answers():
                    break  # a task that starts before the api-server answers would fail
                self._keep(name)
            time.sleep(0.5)
        self._stop()

    def _keep_server(self) -> None:
        """Start the embedded PostgreSQL again after it was killed: Airflow's own memory is in it."""
        state, now = self.folder.parent, time.monotonic()
        if now < self.not_before.get("server", 0) or not (state / "server.json").exists():
            return
        self.not_before["server"] = now + SERVER_SECONDS
        if server.status(state) is None:
            print(f"PostgreSQL of {state} is gone: starting it.", flush=True)
            try:
                server.ensure_running(state)
            except WarehouseError as problem:
                print(problem, flush=True)

    def _end(self, *_: object) -> None:
        self.is_ending = True

    def _answers(self) -> bool:
        return "scheduler" in self.children or fetch_health(self.address) is not None

    def _keep(self, name: str) -> None:
        child, now = self.children.get(name), time.monotonic()
        if child is not None:
            if child.poll() is None:
                return
            del self.children[name]
            self.failures[name] = self.failures.get(name, 0) + 1
            private.replace(self.folder / "deaths.json", json.dumps(self.failures))
            self.not_before[name] = now + min(2.0 ** self.failures[name], 60)
        if now >= self.not_before.get(name, 0):
            with _log(self.folder, name) as log:
                self.children[name] = subprocess.Popen(
                    [sys.executable, "-m", *self.components[name]],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                )  # fmt: skip

    def _stop(self) -> None:
        """The api-server last, so that ending tasks can still say how they ended."""
        for names in ([name for name in self.children if name != "api-server"], ["api-server"]):
            ending = [self.children[name] for name in names if name in self.children]
            for child in ending:
                child.terminate()
            deadline = time.monotonic() + STOP_SECONDS / 2
            for child in ending:
                try:
                    child.wait(max(0.1, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    child.kill()
            self._clear(names)

    def _clear(self, ended: list[str]) -> None:
        """Kill what ended components have left behind; only in a session that is ours alone."""
        if os.getsid(0) != os.getpid():
            return
        staying = {child.pid for name, child in self.children.items() if name not in ended}
        for member in members(os.getpid()) - staying:
            try:
                os.kill(member, signal.SIGKILL)
            except ProcessLookupError:
                continue


def main() -> None:
    """Keep Airflow in the foreground; ends with status 1 if another keeper has this home."""
    folder, port = Path(sys.argv[1]), sys.argv[2]
    lock = os.open(folder / "keeper.lock", os.O_RDWR | os.O_CREAT, 0o600)  # not inherited by children
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"Airflow of {folder} runs already.")
    pid = os.getpid()
    said = {"pid": pid, "started": _started(pid), "session": os.getsid(0), "boot": _boot()}
    (folder / "keeper.json").write_text(json.dumps(said))
    Keeper(folder, f"http://{HOST}:{port}").run()
    (folder / "keeper.json").unlink(missing_ok=True)


def start(folder: Path, env: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    (folder / "deaths.json").unlink(missing_ok=True)  # those of an earlier start
    with _log(folder, "keeper") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "iku_etl.scheduler.keeper", str(folder), env["AIRFLOW__API__PORT"]],
            env=dict(env), cwd=folder, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip


def running(folder: Path) -> int | None:
    """The process id of the living keeper of this home."""
    said = _read(folder)
    return int(said["pid"]) if said and _started(int(said["pid"])) == said["started"] else None


def dying(folder: Path) -> list[str]:
    """The parts of Airflow that die again and again under the keeper of this home."""
    try:
        deaths: dict[str, int] = json.loads((folder / "deaths.json").read_text())
    except FileNotFoundError:
        return []
    return sorted(name for name, count in deaths.items() if name in AIRFLOW and count >= DEATHS)


def stop(folder: Path) -> bool:
    """End the keeper of this home and all processes of its session; False if there were none."""
    said = _read(folder)
    if said is None:
        return False
    pid, session = int(said["pid"]), int(said["session"])
    lives = running(folder) is not None
    if lives:
        os.kill(pid, signal.SIGTERM)
        _wait(lambda: running(folder) is None, STOP_SECONDS + KILL_SECONDS)
    elif _started(pid) is not None:
        session = 0  # the number is somebody else's now, so the session has no member of ours
    left = members(session) if pid == session else {pid} if running(folder) else set()
    for number, seconds in ((signal.SIGTERM, 5), (signal.SIGKILL, KILL_SECONDS)):
        for member in left & members(session):
            try:
                os.kill(member, number)
            except ProcessLookupError:
                continue
        if _wait(lambda: not left & members(session), seconds):
            break
    (folder / "keeper.json").unlink(missing_ok=True)
    return lives or bool(left)


def members(session: int) -> set[int]:
    """The living processes of a session that belong to this user."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, fields = _stat(int(entry.name))
            if int(fields[3]) == session and state != "Z" and entry.stat().st_uid == os.geteuid():
                found.add(int(entry.name))
        except (OSError, ValueError):  # it ended meanwhile
            continue
    return found - {os.getpid()} if session else set()


def fetch_health(address: str) -> dict[str, dict[str, str | None]] | None:
    """What /api/v2/monitor/health says; None while nobody answers."""
    try:
        with urllib.request.urlopen(f"{address}/api/v2/monitor/health", timeout=5) as answer:
            found: dict[str, dict[str, str | None]] = json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return None
    return found


def is_healthy(address: str) -> bool:
    """Whether database, scheduler, DAG processor and triggerer are all alive."""
    health = fetch_health(address)
    parts = ("metadatabase", "scheduler", "dag_processor", "triggerer")
    return health is not None and all((health.get(part) or {}).get("status") == "healthy" for part in parts)


def _read(folder: Path) -> dict[str, Any] | None:
    """The record of the newest keeper; None if there is none or the machine was started anew since."""
    path = folder / "keeper.json"
    try:
        said: dict[str, Any] = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return said if said["boot"] == _boot() else None


def _stat(pid: int) -> tuple[str, list[str]]:
    """State and the fields of /proc/<pid>/stat after the command, which may hold spaces and parentheses."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return fields[0], fields


def _started(pid: int) -> str | None:
    """When a living process started, in ticks since boot."""
    try:
        state, fields = _stat(pid)
    except OSError:
        return None
    return None if state == "Z" else fields[19]


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _wait(is_done: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _log(folder: Path, name: str) -> IO[bytes]:
    path = folder / "logs" / "keeper" / f"{name}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".old"))
    return path.open("ab")


if __name__ == "__main__":
    main()
