"""Airflow's home: its environment, its metadata database, one night in one process, up and down.

Nothing here imports Airflow: it prepares what the processes need and starts them. Everything lies in
`<state>/airflow`: `secrets.json`, `passwords.json` (both 0600), `ports.json`, `keeper.json`, `logs/`.
"""

import importlib.metadata
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from iku_etl import private
from iku_etl.errors import SettingError, WarehouseError
from iku_etl.scheduler import keeper
from iku_etl.settings import ROLES, Settings
from iku_etl.warehouse import server
from iku_etl.warehouse.server_home import HOST, free_port, is_free, last_words

AIRFLOW = "airflow"  # the role and the database of the embedded server
USER = "admin"
PORTS = ("api", "worker_log", "trigger_log")
NIGHT_SECONDS = 3 * 3600
UP_SECONDS = 1800  # it is given up sooner when a process keeps dying; a loaded machine is only slow
METADATA = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
# Airflow's own limits take a machine that other work holds up for a dead one: a DAG file that is read too slowly
# vanishes, a task whose heartbeat is late is killed, a late scheduler takes its own tasks for orphans.
UNHURRIED = {
    "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "600",
    "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": "900",
    "AIRFLOW__DAG_PROCESSOR__STALE_DAG_THRESHOLD": "900",
    "AIRFLOW__DAG_PROCESSOR__HEALTH_CHECK_THRESHOLD": "120",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "120",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "3600",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "120",
    "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
    "AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS": "20",
}
# Where a transport is configured, tasks tell by OpenLineage what they read and write; without one nothing is told.
LINEAGE = {
    "AIRFLOW__OPENLINEAGE__EXTRACTORS": "lineage.Steps",
    "AIRFLOW__OPENLINEAGE__NAMESPACE": "iku",
    "AIRFLOW__OPENLINEAGE__DISABLE_SOURCE_CODE": "true",
    "AIRFLOW__OPENLINEAGE__EXECUTION_TIMEOUT": "60",  # Airflow gives 10; a loaded machine needs more
}


@dataclass(frozen=True)
class Door:
    """Where the running installation answers, and the login that `iku up` shows once more each time."""

    url: str
    user: str
    password: str = field(repr=False)


def home(settings: Settings) -> Path:
    return settings.state.resolve() / "airflow"


# ---------------------------------------------------------------- environment


def prepare(settings: Settings, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """The whole environment of Airflow's processes; makes folder, secrets and ports where they are missing.

    What `given` (default: this process's environment) says as `AIRFLOW__..` wins, so that executor, database
    or ports can be set from outside. It holds passwords: hand it to a child process, never print it.
    """
    env = dict(os.environ if given is None else given)
    folder = home(settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = _secrets(folder)
    ports = _once(folder / "ports.json", lambda: {name: free_port() for name in PORTS})
    address = f"http://{HOST}:{ports['api']}"
    ours = {
        "AIRFLOW__CORE__DAGS_FOLDER": str(settings.project / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(settings.project / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",  # LocalExecutor starts all its workers at once
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": settings.zone.key,
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "false",  # paused only by a person
        "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "60",
        "AIRFLOW__CORE__FERNET_KEY": kept["fernet"],
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(folder / "passwords.json"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(ports["api"]),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__INSTANCE_NAME": "IKU Kominfo Bengkulu Selatan",
        "AIRFLOW__API__SECRET_KEY": kept["api"],
        "AIRFLOW__API_AUTH__JWT_SECRET": kept["jwt"],
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "60",  # a new source is seen within a minute
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(folder / "logs"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(folder / "logs" / "dag_processor"),
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(ports["worker_log"]),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(ports["trigger_log"]),
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "false",
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "false",
        **UNHURRIED,
        **LINEAGE,
    }
    url = env.get(METADATA) or _metadata_url(settings)
    ours |= {METADATA: url, f"{METADATA}_ASYNC": url}  # psycopg does both; left alone, Airflow wants asyncpg
    quiet = {"SCARF_ANALYTICS": "false", "DO_NOT_TRACK": "1", "GX_ANALYTICS_ENABLED": "false"}
    path = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{env.get('PATH', '/usr/bin:/bin')}"}
    made = {**ours, **env, **quiet, **path, **_installation(settings), "AIRFLOW_HOME": str(folder)}
    return {**made, "IKU_DESK_URL": settings.desk_url or f"{made['AIRFLOW__API__BASE_URL'].rstrip('/')}/iku/"}


def _metadata_url(settings: Settings) -> str:
    if settings.warehouse_url is not None:
        raise SettingError(
            f"IKU_WAREHOUSE_URL menyebut server Anda sendiri; sebut juga basis data Airflow di {METADATA}"
            " (postgresql+psycopg://..), dengan kredensialnya sendiri."
        )
    return server.ensure_running(settings.state).url(AIRFLOW, AIRFLOW)


def _installation(settings: Settings) -> dict[str, str]:
    """The settings as the variables that `settings.load` reads, so that a task sees the same installation."""
    told = {
        "IKU_PROJECT": str(settings.project.resolve()),
        "IKU_STATE": str(settings.state.resolve()),
        "IKU_ZONE": settings.zone.key,
        "IKU_SINCE": settings.since.isoformat() if settings.since else "",
        "IKU_PAYLOAD_CAP_MB": str(settings.payload_cap_bytes >> 20),
        "IKU_FREE_SPACE_FLOOR_MB": str(settings.free_space_floor_bytes >> 20),
        "IKU_WAREHOUSE_URL": settings.warehouse_url or "",
    }
    return told | {f"IKU_{role.upper()}_URL": settings.role_urls.get(role, "") for role in ROLES}


def _secrets(folder: Path) -> dict[str, str]:
    """Keys and the first password, made once. The fernet key is 32 random bytes in URL-safe base64."""
    passwords = _once(folder / "passwords.json", lambda: {USER: secrets.token_urlsafe(12)})
    if USER not in passwords:
        raise SettingError(f"{folder / 'passwords.json'} tidak menyebut {USER}. Hapus; iku up membuat yang baru.")
    return _once(
        folder / "secrets.json",
        lambda: {
            "fernet": secrets.token_urlsafe(32) + "=",
            "jwt": secrets.token_urlsafe(48),
            "api": secrets.token_urlsafe(32),
        },
    )


def _once(path: Path, make: Any) -> dict[str, Any]:
    """The JSON object in `path`, 0600; made by whoever comes first."""
    found: dict[str, Any] = json.loads(private.make_once(path, lambda: json.dumps(make())))
    return found


# ---------------------------------------------------------------- metadata


def migrate_metadata(settings: Settings, environment: Mapping[str, str] | None = None) -> bool:
    """Bring Airflow's metadata database to the installed release; False if it is there already.

    The database itself says at which revision it is; `migrated.json` remembers to which release that belongs.
    """
    env = dict(environment or prepare(settings))
    stamp = home(settings) / "migrated.json"
    release = importlib.metadata.version("apache-airflow-core")
    known = json.loads(stamp.read_text()) if stamp.exists() else {}
    revision = _revision(env[METADATA])
    if revision is not None and known == {"release": release, "revision": revision}:
        return False
    log = home(settings) / "migrate.log"
    with log.open("w") as stream:
        done = subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"],
            env=env,
            cwd=env["AIRFLOW_HOME"],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            check=False,
        )
    if done.returncode != 0:
        raise WarehouseError(f"airflow db migrate berakhir dengan {done.returncode}: {last_words(log)}")
    stamp.write_text(json.dumps({"release": release, "revision": _revision(env[METADATA])}))
    return True


def _revision(url: str) -> str | None:
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1)) as connection:
        if connection.execute("select to_regclass('alembic_version')").fetchone() == (None,):
            return None
        row = connection.execute("select version_num from alembic_version").fetchone()
    return str(row[0]) if row else None


# ---------------------------------------------------------------- one night, without a scheduler


@contextmanager
def night(
    settings: Settings, environment: Mapping[str, str] | None = None
) -> Iterator[Callable[[Mapping[str, Iterable[str]]], dict[str, str]]]:
    """One night in one process: every collect DAG and then `refresh`, as real DagRuns; DAG id -> state.

    The process starts at once: metadata, imports and the reading of the DAGs cost ten seconds or more, and need
    nothing of what is collected meanwhile. The function that is handed out runs the night. It takes source ->
    labels; a source without an entry collects what is due. A failed window is tried by the next night, not here:
    a night in one process must not wait minutes for one source.
    """
    env = dict(environment or prepare(settings))
    log = home(settings) / "night.log"
    with (
        log.open("w") as stream,
        subprocess.Popen(
            [sys.executable, str(settings.project / "dags" / "once.py")],
            env=env,
            cwd=home(settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stream,
            text=True,
        ) as process,
    ):

        def run(windows: Mapping[str, Iterable[str]]) -> dict[str, str]:
            asked = json.dumps({name: list(labels) for name, labels in windows.items()})
            try:
                said, _ = process.communicate(asked, timeout=NIGHT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            if process.returncode != 0:
                told = last_words(log)
                raise SettingError(f"malam itu berakhir dengan {process.returncode}: {told} Selengkapnya di {log}.")
            states: dict[str, str] = json.loads(said.splitlines()[-1])
            return states

        yield run


# ---------------------------------------------------------------- a message, by the connections that Airflow has


def try_message(settings: Settings, message: Mapping[str, str]) -> dict[str, str]:
    """Send a message to everybody who is told of a night: recipient -> what stands in the way, empty if nothing does.

    Empty where no channel is switched on. Nothing is noted: who was told of the night and who was not stays as it is.
    """
    env = prepare(settings)
    migrate_metadata(settings, env)
    done = subprocess.run(
        [sys.executable, str(settings.project / "plugins" / "couriers.py")],
        input=json.dumps(dict(message)), env=env, cwd=home(settings), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise SettingError(f"pesan percobaan berakhir dengan {done.returncode}. Periksa sambungan Airflow: iku up.")
    said: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return said


def desk_url(settings: Settings) -> str | None:
    """Under which address people open the desk, as far as this installation knows."""
    started = settings.warehouse_url is None and (home(settings) / "ports.json").exists()
    return settings.desk_url or (door(settings).url if started else None)


# ---------------------------------------------------------------- up and down


def up(settings: Settings, environment: Mapping[str, str] | None = None) -> Door:
    """Start Airflow in the background and wait until it is healthy; where it answers.

    `environment`: that of its processes, if not what `prepare` says. Raises SettingError if it runs already, or
    did not become healthy.
    """
    folder = home(settings)
    if keeper.running(folder) is not None:
        raise SettingError(f"Airflow untuk {settings.state} sudah berjalan. Hentikan dulu: iku down.")
    keeper.stop(folder)  # what a killed one may have left
    _free_ports(folder)
    env = dict(environment or prepare(settings))
    migrate_metadata(settings, env)
    started = keeper.start(folder, env)
    deadline = time.monotonic() + UP_SECONDS
    address = f"http://{HOST}:{env['AIRFLOW__API__PORT']}"
    while not keeper.is_healthy(address):
        dying = keeper.dying(folder)
        if started.poll() is not None or dying or time.monotonic() > deadline:
            keeper.stop(folder)
            logs = folder / "logs" / "keeper"
            which = f"Bagiannya {' dan '.join(dying)} mati berulang kali. " if dying else ""
            raise SettingError(f"Airflow tidak kunjung sehat. {which}Kata terakhirnya ada di {logs}.")
        time.sleep(0.5)
    started.returncode = 0  # it outlives this process: a set return code keeps Popen from warning
    return door(settings)


def door(settings: Settings) -> Door:
    """Address and login of this installation, whether it runs or not."""
    folder = home(settings)
    ports = json.loads((folder / "ports.json").read_text())
    passwords = json.loads((folder / "passwords.json").read_text())
    return Door(f"http://{HOST}:{ports['api']}/iku/", USER, passwords[USER])


def kept_elsewhere() -> str | None:
    """Where an Airflow answers whose parts somebody else keeps, as Docker does; None if the environment names none."""
    return os.environ.get("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", "").partition("/execution")[0] or None


def down(settings: Settings) -> bool:
    """Stop Airflow with everything it started, orphans too; False if nothing ran."""
    return keeper.stop(home(settings))


def _free_ports(folder: Path) -> None:
    """Choose new ports if somebody else has taken one since."""
    path = folder / "ports.json"
    if path.exists() and not all(is_free(port) for port in json.loads(path.read_text()).values()):
        path.unlink()
