"""The embedded PostgreSQL: one server per state folder, from the wheel's programs, on 127.0.0.1.

Makes it, starts it, prepares its roles and databases, stops it. Where things lie: `server_home.py`.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from iku_etl.errors import WarehouseError
from iku_etl.warehouse import leftovers
from iku_etl.warehouse.ownership import HISTORY
from iku_etl.warehouse.server_home import HOST, ROOT_HOME, START_SECONDS, Home

ADMIN = "iku_admin"
ROLES = ("iku_owner", "iku_loader", "iku_publisher", "iku_decider", "iku_reader", "iku_auditor", "airflow")
DATABASES = {"iku": HISTORY, "airflow": "airflow"}  # database: its owner
STOP_SECONDS = 600  # it writes down what it holds in memory first
PREPARED = "iku-etl: roles and databases, version 2"


@dataclass(frozen=True)
class Server:
    """A running embedded server: where it listens, where its data is, how each role logs in."""

    host: str
    port: int
    data_dir: Path
    passwords: dict[str, str] = field(repr=False, hash=False)

    def url(self, role: str, database: str) -> str:
        """The login of `role` as a SQLAlchemy URL; it holds the password: never print it."""
        return f"postgresql+psycopg://{role}:{self.passwords[role]}@{self.host}:{self.port}/{database}"

    def dsn(self, role: str, database: str) -> str:
        """The login of `role` for psycopg; it holds the password: never print it."""
        return (
            f"host={self.host} port={self.port} dbname={database} user={role} password={self.passwords[role]}"
            " require_auth=scram-sha-256 connect_timeout=60"  # never hand a password to a stranger's server
        )


def ensure_running(state: Path, *, durable: bool = True) -> Server:
    """The running server of this state folder: made, started, recovered after a crash as needed.

    `durable=False` switches fsync off and is for tests only. Raises WarehouseError.
    """
    state = state.resolve()
    with _alone(state):
        home = Home.read(state) or Home.make(state, (ADMIN, *ROLES))
        home.complete((ADMIN, *ROLES))
        home.refuse_strangers()
        if not home.data.exists():
            home.initialise(ADMIN)
        leftovers.claim(home)
        return _reach(home, durable)


def status(state: Path) -> Server | None:
    """The running server of this state folder, or None. Starts and changes nothing."""
    home = Home.read(state.resolve())
    port = home.running_port() if home else None
    return Server(HOST, port, home.data, home.passwords) if home and port else None


def stop(state: Path) -> bool:
    """Stop the server; transactions under way are rolled back. False if it did not run."""
    state = state.resolve()
    home = Home.read(state)
    if home is None:
        return False
    with _alone(state):
        return _stop(home)


def destroy(state: Path) -> Path | None:
    """Stop the server and delete its home with all data; the deleted folder, None if there was none."""
    state = state.resolve()
    home = Home.read(state)
    if home is None:
        return None
    home.refuse_strangers()
    with _alone(state):
        _stop(home)
        if home.folder.exists():
            shutil.rmtree(home.folder)
        (state / "server.json").unlink(missing_ok=True)
        if home.folder.parent == ROOT_HOME and ROOT_HOME.exists() and not any(ROOT_HOME.iterdir()):
            ROOT_HOME.rmdir()
    return home.folder


def _reach(home: Home, durable: bool) -> Server:
    """Start the server unless it runs, and prepare it. Waits while it recovers; starts it again if it died."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        port = home.running_port() or home.start(durable)
        if port != home.port:
            home.port = port
            home.write()
        server = Server(HOST, port, home.data, home.passwords)
        try:
            _prepare(server)
            return server
        except psycopg.OperationalError as problem:  # recovering, or killed a moment ago
            if "authentication" in str(problem) or time.monotonic() > deadline:
                raise WarehouseError(f"PostgreSQL di {home.data} menolak {ADMIN}: {problem}") from None
            time.sleep(0.2)


def _stop(home: Home) -> bool:
    if home.running_port() is None:
        return False
    home.run("pg_ctl", "stop", "-D", home.data, "-m", "fast", "-w", "-t", str(STOP_SECONDS))
    return True


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    """Hold the state folder's lock, so that two starts at once make one server."""
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(state / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as problem:
        raise WarehouseError(f"{problem}. Jalankan iku sebagai pemilik {state}, atau isi IKU_STATE.") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _prepare(server: Server) -> None:
    """Make roles, databases and extensions that are missing, after proving that the server is ours."""
    with _admin(server, "postgres") as connection:
        told = connection.execute(
            "select current_setting('data_directory'), shobj_description(oid, 'pg_database')"
            " from pg_database right join (values ('iku')) as wanted (name) on datname = name"
        ).fetchone()
        if told is None or told[0] != str(server.data_dir):
            raise WarehouseError(f"Porta {server.port} menjawab untuk folder data lain. Jalankan: iku down.")
        if told[1] == PREPARED:
            return
        for role in ROLES:
            _make_role(connection, role, server.passwords[role])
        _make_owner_of_history(connection)
        for database, owner in DATABASES.items():
            _make_database(connection, database, owner)
        with _admin(server, "iku") as inside:
            inside.execute("create extension if not exists btree_gist")
        connection.execute(sql.SQL("comment on database iku is {}").format(PREPARED))  # last: all is there


def _admin(server: Server, database: str) -> psycopg.Connection:
    return psycopg.connect(server.dsn(ADMIN, database), autocommit=True)


def _make_role(connection: psycopg.Connection, role: str, password: str) -> None:
    """Create the login, or give it its password again; only the SCRAM verifier goes over the wire."""
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    known = connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone()
    verb = sql.SQL("alter" if known else "create")
    statement = sql.SQL("{} role {} login password {}").format(verb, sql.Identifier(role), verifier)
    connection.execute(statement)


def _make_owner_of_history(connection: psycopg.Connection) -> None:
    """The role that nobody logs in as; the owner's login may take it on, and has none of its rights until then."""
    name = sql.Identifier(HISTORY)
    if not connection.execute("select 1 from pg_roles where rolname = %s", [HISTORY]).fetchone():
        connection.execute(sql.SQL("create role {} nologin").format(name))
    connection.execute(sql.SQL("grant {} to iku_owner with inherit false, set true").format(name))


def _make_database(connection: psycopg.Connection, database: str, owner: str) -> None:
    """Create the database in UTC; only its owner's family may connect."""
    name = sql.Identifier(database)
    if not connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone():
        options = "encoding 'UTF8' locale_provider builtin builtin_locale 'C.UTF-8' locale 'C'"
        create = sql.SQL("create database {} template template0 " + options)
        connection.execute(create.format(name))
    connection.execute(sql.SQL("alter database {} owner to {}").format(name, sql.Identifier(owner)))
    connection.execute(sql.SQL("alter database {} set timezone = 'UTC'").format(name))
    connection.execute(sql.SQL("revoke all on database {} from public").format(name))
    family = [role for role in ROLES if role.split("_")[0] == owner.split("_")[0]]
    for role in family:
        grant = sql.SQL("grant connect, temporary on database {} to {}")
        connection.execute(grant.format(name, sql.Identifier(role)))
