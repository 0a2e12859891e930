"""The warehouse: who logs in as whom, sessions in UTC, the as-of pair, the core migration."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import DictRow, dict_row

from iku_etl.errors import SettingError, WarehouseError
from iku_etl.settings import ROLES, Settings
from iku_etl.warehouse import older_core, ownership, server

if TYPE_CHECKING:
    from sqlalchemy import Engine

MIGRATIONS = Path(__file__).parent / "migrations"
DATABASE = "iku"

Connection = psycopg.Connection[DictRow]
Row = dict[str, Any]  # as a query gives it: column -> value


@dataclass(frozen=True)
class Warehouse:
    """How each role reaches the warehouse; the values hold passwords, so they are never shown."""

    dsn_by_role: dict[str, str] = field(repr=False)

    @contextmanager
    def connect(self, role: str) -> Iterator[Connection]:
        """One connection of a role, closed at the end; autocommit, so every transaction is an explicit block.

        Rows are dicts. As owner it acts for the role that owns history, which nobody logs in as. Raises WarehouseError
        when the server can't be reached, without its password.
        """
        with self.login(role) as connection:
            if role == "owner":
                ownership.take_on(connection)
            yield connection

    @contextmanager
    def login(self, role: str) -> Iterator[Connection]:
        """The same with the login's own rights; the owner's has none to what is kept."""
        with self.open(role) as connection:
            yield connection

    def open(self, role: str) -> Connection:
        """The same for whoever closes it."""
        try:
            connection = psycopg.connect(
                self.dsn_by_role[role], row_factory=dict_row, autocommit=True, application_name=f"iku {role}"
            )
        except psycopg.OperationalError as problem:
            reason = str(problem).split("\n", 1)[0]
            next_step = "Jalankan: iku up."
            if "permission denied to set role" in reason:  # one login for all, and it may not take on this role
                next_step = f"Isi IKU_{role.upper()}_URL dengan login iku_{role}."
            raise WarehouseError(f"gudang data tidak dapat dihubungi sebagai {role}: {reason}. {next_step}") from None
        connection.execute("set timezone to 'UTC'")
        return connection

    def engine(self, role: str) -> "Engine":
        """A SQLAlchemy engine of a role, without a pool: for Alembic."""
        import sqlalchemy  # half of a reading command's start would be this import

        return sqlalchemy.create_engine(
            "postgresql+psycopg://",
            creator=lambda: psycopg.connect(self.dsn_by_role[role]),
            poolclass=sqlalchemy.NullPool,
        )


def warehouse(settings: Settings) -> Warehouse:
    """The warehouse of this installation; starts the embedded server unless IKU_WAREHOUSE_URL names another."""
    if settings.warehouse_url is None:
        running = server.ensure_running(settings.state)
        return Warehouse({role: running.dsn(f"iku_{role}", DATABASE) for role in ROLES})
    dsn_by_role = {}
    for role in ROLES:
        own = settings.role_urls.get(role)
        shared = settings.warehouse_url.replace("postgresql+psycopg://", "postgresql://", 1)
        if own is not None:
            dsn_by_role[role] = own.replace("postgresql+psycopg://", "postgresql://", 1)
        elif role == "owner":
            dsn_by_role[role] = shared
        else:  # one login for all roles: the session starts by taking on the role
            dsn_by_role[role] = make_conninfo(shared, options=f"-c role=iku_{role}")
    return Warehouse(dsn_by_role)


def upgrade_core(found: Warehouse) -> None:
    """Bring the core tables to the newest Alembic revision, as owner; nothing happens if they are there.

    Afterwards all of it belongs to the role that owns history; a warehouse made before there was one is handed over.
    Raises WarehouseError with the way out for one that can't be brought here.
    """
    from alembic import command  # alembic takes 0.3 s to import: only this command needs it
    from alembic.config import Config

    with found.login("owner") as connection:
        _check_version(connection)
        older_core.refuse(connection)
        ownership.ensure_roles(connection)
        try:
            connection.execute("create extension if not exists btree_gist")
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile):
            raise WarehouseError(
                f"basis data {connection.info.dbname} belum punya ekstensi btree_gist, dan iku_owner tidak dapat"
                " membuatnya. Minta pengelola server menjalankan di basis data itu: create extension btree_gist; lalu"
                " iku migrate lagi."
            ) from None
        is_ours_to_begin = ownership.may_begin(connection)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with found.engine("owner").begin() as engine_connection:
        if is_ours_to_begin:
            driver: Any = engine_connection.connection.driver_connection
            driver.execute(sql.SQL("set role {}").format(sql.Identifier(ownership.HISTORY)))
        config.attributes["connection"] = engine_connection
        command.upgrade(config, "head")
    with found.login("owner") as connection:
        ownership.hand_over(connection)
        ownership.show_migrations(connection)


def _check_version(connection: Connection) -> None:
    if connection.info.server_version < 160000:
        raise SettingError(
            f"PostgreSQL {connection.info.server_version // 10000} terlalu tua: perlu 16 atau lebih baru. "
            "Sebut server lain di IKU_WAREHOUSE_URL, atau kosongkan untuk server bawaan."
        )


@contextmanager
def reading(connection: Connection, as_of: int | None = None, as_of_time: datetime | None = None) -> Iterator[None]:
    """One repeatable, read-only transaction that sees what was known then; None means newest and now.

    Raises ValueError for a naive `as_of_time`.
    """
    if as_of_time is not None and as_of_time.tzinfo is None:
        raise ValueError(f"as-of time {as_of_time} has no zone")
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        set_as_of(connection, as_of, as_of_time)
        yield


def set_as_of(connection: Connection, as_of: int | None, as_of_time: datetime | None) -> None:
    """Set the as-of pair for the transaction under way; the only writer of these two settings."""
    connection.execute(
        "select set_config('iku.as_of', %s, true), set_config('iku.as_of_time', %s, true)",
        ["" if as_of is None else str(as_of), "" if as_of_time is None else as_of_time.isoformat()],
    )


def load_at(connection: Connection, moment: datetime) -> int:
    """The newest load number that had been taken by a moment; 0 if none had."""
    found = one(
        connection,
        """
        select coalesce(greatest(
            (select max(load_no) from iku.batch where ended_at < %(moment)s),
            (select max(load_no) from iku.decision where decided_at < %(moment)s),
            (select max(load_no) from iku.source_patience where declared_at < %(moment)s)
        ), 0) as load_no
        """,
        {"moment": moment},
    )
    return int(found["load_no"])


def one(connection: Connection, query: str, parameters: Any = None) -> DictRow:
    """The only row of a query that always gives one."""
    row = connection.execute(query, parameters).fetchone()
    if row is None:
        raise WarehouseError(f"kueri yang selalu memberi satu baris tidak memberi apa pun: {query.strip()[:80]}")
    return row
