"""History belongs to a role that nobody logs in as: no login, the owner's neither, can empty, drop or rewrite it."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from conftest import Cluster
from psycopg import sql
from psycopg.conninfo import make_conninfo

from iku_etl import catalogue, settings
from iku_etl.errors import WarehouseError
from iku_etl.stages import views
from iku_etl.warehouse import database, ownership, server, tables
from iku_etl.warehouse.database import Connection, Warehouse

OWNERS = """
    select distinct pg_get_userbyid(owner) as owner
    from (
        select relowner as owner, relnamespace as namespace from pg_class where relkind in ('r', 'p', 'v', 'S')
        union all select proowner, pronamespace from pg_proc
        union all select nspowner, oid from pg_namespace
    ) as things
    inner join pg_namespace on pg_namespace.oid = namespace
    where nspname in ('iku', 'fact', 'staging', 'indicator') or nspname like 'def\\_%'
"""
KEPT = (
    "batch", "source_patience", "payload", "quarantine", "check_result", "left_out", "decision", "definition",
    "publication", "figure",
)  # fmt: skip
FORBIDDEN = (
    "truncate iku.figure",
    "truncate iku.figure, iku.publication cascade",
    "drop table iku.decision cascade",
    "delete from iku.batch",
    "update iku.figure set value = 100",
    "alter table iku.figure disable trigger all",
    "insert into fact.target (indicator) values ('x')",
    "drop schema staging cascade",
    "create or replace function iku.local_zone() returns text language sql as 'select ''UTC'''",
    "select * from iku.decision",
    "select iku.decide('verify', null, null, null, null, null, 'IKU-08', '2026-01', 1, 'alasan', 'saya')",
)


def owners(warehouse: Warehouse) -> set[str]:
    with warehouse.connect("owner") as connection:
        return {row["owner"] for row in connection.execute(OWNERS)}


# ---------------------------------------------------------------- what no login can do


def test_everything_belongs_to_a_role_that_nobody_logs_in_as(warehouse: Warehouse) -> None:
    assert owners(warehouse) == {ownership.HISTORY}
    with warehouse.login("owner") as login:
        logins = login.execute("select rolname from pg_roles where rolcanlogin and rolname = 'iku_history'").fetchall()
    assert logins == []


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_owners_login_has_no_right_to_history(warehouse: Warehouse, statement: str) -> None:
    with warehouse.login("owner") as login, pytest.raises(psycopg.errors.InsufficientPrivilege):
        login.execute(statement)


@pytest.mark.parametrize("table", KEPT)
def test_not_even_a_migration_empties_history_by_mistake(warehouse: Warehouse, table: str) -> None:
    with warehouse.connect("owner") as owner, pytest.raises(psycopg.errors.RestrictViolation, match="insert-only"):
        owner.execute(sql.SQL("truncate {} cascade").format(sql.Identifier("iku", table)))


def test_a_dba_can_take_migrating_away(cluster: Cluster, warehouse: Warehouse) -> None:
    cluster.admin(sql.SQL("revoke iku_history from iku_owner"))
    try:
        with pytest.raises(WarehouseError, match="grant iku_history to iku_owner with inherit false, set true`"):
            with warehouse.connect("owner"):
                pass
    finally:
        cluster.admin(sql.SQL("grant iku_history to iku_owner with inherit false, set true"))


# ---------------------------------------------------------------- servers of one's own


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    """A server on which nobody has heard of us, as a DBA would have it."""
    state = tmp_path_factory.mktemp("bare") / ".iku"
    running = server.ensure_running(state, durable=False)
    with admin(running) as connection:
        connection.execute("drop database iku")
        connection.execute("drop database airflow")
        for role in (*server.ROLES, ownership.HISTORY):
            connection.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))
        connection.execute("create role gudang login createrole password 'sandi'")  # no superuser
        connection.execute("create role tamu login password 'sandi'")
        connection.execute("create database milik_dinas owner gudang")
        connection.execute("create database milik_tamu owner tamu")
    yield running
    server.destroy(state)


def admin(running: server.Server, name: str = "postgres") -> psycopg.Connection:
    return psycopg.connect(running.dsn(server.ADMIN, name), autocommit=True)


def shared(running: server.Server, login: str, name: str) -> Warehouse:
    """A warehouse on somebody else's server: one login for all roles."""
    url = f"postgresql://{login}:sandi@{running.host}:{running.port}/{name}"
    return database.warehouse(settings.load({"IKU_WAREHOUSE_URL": url}))


def test_a_login_that_may_make_roles_is_enough(bare: server.Server) -> None:
    found = shared(bare, "gudang", "milik_dinas")
    for _ in range(2):  # the second time everything is there
        database.upgrade_core(found)
        with found.connect("owner") as connection:
            tables.declare(connection, [catalogue.source("target")], None, "Asia/Jakarta")
    assert owners(found) == {ownership.HISTORY}
    with found.login("owner") as login, pytest.raises(psycopg.errors.InsufficientPrivilege):
        login.execute("truncate iku.figure")
    with found.connect("decider") as decider:
        decided = decider.execute(
            "select iku.decide('release', 'target', '[\"IKU-08\"]', repeat('0', 64), null, null, null, null, null,"
            " 'nilainya benar', 'saya')"
        )
        assert decided.fetchone() is not None
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            decider.execute("select * from iku.decision")
    with found.connect("loader") as loader:
        loader.execute("select iku.make_partition('target', '2026-01-01')")
    assert owners(found) == {ownership.HISTORY}


def test_a_login_that_may_not_is_told_what_to_ask_for(bare: server.Server) -> None:
    """The last of this server: the roles are there by now, or are not."""
    with pytest.raises(WarehouseError, match=r"Minta DBA: `(create role|grant) iku_"):
        database.upgrade_core(shared(bare, "tamu", "milik_tamu"))


def test_the_embedded_server_of_an_earlier_release_is_brought_up(tmp_path: Path) -> None:
    state = tmp_path / "project" / ".iku"
    running = server.ensure_running(state, durable=False)
    try:
        with admin(running) as connection:  # as that release left it
            connection.execute("alter database iku owner to iku_owner")
            connection.execute("revoke create on database iku from iku_history")
            for role in ("iku_history", "iku_decider"):
                connection.execute(sql.SQL("revoke all on database iku from {}").format(sql.Identifier(role)))
                connection.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))
            connection.execute("comment on database iku is 'iku-etl: roles and databases, version 1'")
        record = state / "server.json"
        record.write_text(record.read_text().replace('"iku_decider"', '"iku_nobody"'))
        again = server.ensure_running(state, durable=False)
        with psycopg.connect(again.dsn("iku_decider", "iku")) as decider:
            assert decider.execute("select current_user").fetchone() == ("iku_decider",)
        found = Warehouse({role: again.dsn(f"iku_{role}", "iku") for role in settings.ROLES})
        database.upgrade_core(found)
        assert owners(found) == {ownership.HISTORY}
        dsn = make_conninfo(again.dsn("iku_owner", "postgres"))
        with psycopg.connect(dsn, autocommit=True) as login, pytest.raises(psycopg.errors.InsufficientPrivilege):
            login.execute("drop database iku with (force)")
    finally:
        server.destroy(state)


def test_a_hand_over_that_was_broken_off_is_taken_up_again(cluster: Cluster) -> None:
    """A warehouse as its login made it; the first try ends after a definition has gone over."""
    name = "made_before"
    found = cluster.create(name)
    try:
        with found.login("owner") as login:
            ownership.ensure_roles(login)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ownership, "may_begin", lambda connection: False)
            patch.setattr(ownership, "hand_over", lambda connection: 0)
            database.upgrade_core(found)
        with found.login("owner") as login:
            tables.declare(login, catalogue.all_sources(), None, "Asia/Jakarta")
            views.build(login)
            assert "iku_owner" in {row["owner"] for row in login.execute(OWNERS)}
            give, given = ownership._give, []

            def break_off(connection: Connection, schemas: list[str]) -> int:
                given.append(schemas)
                if len(given) == 4:
                    raise InterruptedError
                return give(connection, schemas)

            with pytest.MonkeyPatch.context() as patch, pytest.raises(InterruptedError):
                patch.setattr(ownership, "_give", break_off)
                ownership.hand_over(login)
            half = {row["owner"] for row in login.execute(OWNERS)}
            assert half == {"iku_owner", ownership.HISTORY}
        database.upgrade_core(found)
        assert owners(found) == {ownership.HISTORY}
        with found.connect("publisher") as publisher:
            (current,) = publisher.execute("select definition from indicator.current where indicator = 'IKU-08'")
            publisher.execute(sql.SQL("select * from {}.figure").format(sql.Identifier(current["definition"])))
    finally:
        cluster.drop(name)
