"""Who owns history: a role that nobody logs in as, so that no login can empty or drop what is kept.

The login of the owner has no right to it. Whoever migrates takes the role on (`set role`), for that session; between
migrations a DBA may take even that away: `revoke iku_history from iku_owner`.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from iku_etl.errors import WarehouseError
from iku_etl.settings import ROLES

if TYPE_CHECKING:
    from iku_etl.warehouse.database import Connection

HISTORY = "iku_history"
LAST = ["iku", "fact", "staging", "indicator"]  # whose functions and tables the definitions rest on
BUILD = {  # what the role needs to make them: schemas, and Alembic's own table in `public`
    "database": sql.SQL("grant create on database {} to {}"),
    "schema": sql.SQL("grant usage, create on schema {} to {}"),
}
KINDS = {"r": "table", "p": "table", "v": "view"}


def ensure_roles(connection: "Connection") -> None:
    """Make the roles that grants name and the one that owns history, where they are missing, and let it build here.

    `connection` is a login that may: CREATEROLE and the database's owner, or a DBA did it once. Raises WarehouseError
    with what to ask the DBA for.
    """
    for name in (*(f"iku_{role}" for role in ROLES), HISTORY):
        if connection.execute("select from pg_roles where rolname = %s", [name]).fetchone() is not None:
            continue
        try:
            connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(name)))
            if name != HISTORY:
                connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(name)))
        except psycopg.errors.InsufficientPrivilege:
            raise WarehouseError(
                f"peran {name} belum ada dan login ini tidak boleh membuatnya. Minta DBA: `create role {name}`."
            ) from None
    _ensure_it_can_be_taken_on(connection)
    _ensure_it_can_build(connection)


def take_on(connection: "Connection") -> None:
    """From here on this session acts as the owner of history; nothing happens where history has none yet.

    Raises WarehouseError where a DBA has taken the right to do so away.
    """
    if not _owns(connection):
        return
    _can_build(connection, "database", connection.info.dbname)  # a copied database has lost what was granted on it
    try:
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(HISTORY)))
    except psycopg.errors.InsufficientPrivilege:
        raise WarehouseError(_ask_for_membership(connection)) from None


def may_begin(connection: "Connection") -> bool:
    """Whether the role of history can run migrations: it owns what is there, or nothing is there yet."""
    return _owns(connection) or connection.execute("select to_regnamespace('iku') as iku").fetchone() == {"iku": None}


def hand_over(connection: "Connection") -> int:
    """Give the role what its maker still owns of a warehouse that was made before there was it; the number of things.

    `connection` is its maker's login. Whatever runs meanwhile goes on: first the role may read and call what views rest
    on, then views go over, one definition at a time, then all else at once.
    """
    if _owns(connection):
        return 0
    definitions = [
        row["name"]
        for row in connection.execute(
            "select nspname as name from pg_namespace"
            " where nspname ~ '^def_[0-9a-f]{12}$' and nspowner <> %s::regrole order by nspname",
            [HISTORY],
        )
    ]
    with connection.transaction():
        for name in (*LAST, *definitions):
            schema = sql.Identifier(name)
            connection.execute(sql.SQL("grant usage, create on schema {} to {}").format(schema, _history()))
            connection.execute(sql.SQL("grant all on all tables in schema {} to {}").format(schema, _history()))
            connection.execute(sql.SQL("grant all on all functions in schema {} to {}").format(schema, _history()))
    return sum(_give(connection, [name]) for name in definitions) + _give(connection, LAST)


def show_migrations(connection: "Connection") -> None:
    """Let the auditor read which migrations ran; `connection` is the owner's login.

    Whoever owns the database may say so: the login or, once it is handed over, the role. Where neither does, nothing
    happens, and the ledger asks for it.
    """
    for is_handed_over in (False, True):
        if is_handed_over:
            take_on(connection)
        with suppress(psycopg.errors.InsufficientPrivilege):
            connection.execute("grant usage on schema public to iku_auditor")
        with suppress(psycopg.errors.InsufficientPrivilege):
            connection.execute("grant select on public.iku_migration to iku_auditor")


# ---------------------------------------------------------------- one step


def _give(connection: "Connection", schemas: list[str]) -> int:
    """All things of these schemas and the schemas themselves, in one transaction."""
    with connection.transaction():
        things = list(_things(connection, schemas))
        if schemas == LAST:
            things.append(("table", sql.Identifier("public", "iku_migration")))
        things += [("schema", sql.Identifier(name)) for name in schemas]  # last: things in it are found through it
        for kind, thing in things:
            connection.execute(sql.SQL(f"alter {kind} {{}} owner to {{}}").format(thing, _history()))
    return len(things)


def _things(connection: "Connection", schemas: list[str]) -> Iterator[tuple[str, sql.Composable]]:
    """(kind, name) of tables, views and functions that the role does not own; sequences go with their tables."""
    relations = connection.execute(
        """
        select nspname as schema, relname as name, relkind as kind
        from pg_class
        inner join pg_namespace on pg_namespace.oid = relnamespace
        where nspname = any(%s) and relkind in ('r', 'p', 'v') and relowner <> %s::regrole
        order by pg_class.oid
        """,
        [schemas, HISTORY],
    ).fetchall()
    for row in relations:
        yield KINDS[row["kind"]], sql.Identifier(row["schema"], row["name"])
    functions = connection.execute(
        """
        select pg_proc.oid::regprocedure::text as signature
        from pg_proc
        inner join pg_namespace on pg_namespace.oid = pronamespace
        where nspname = any(%s) and proowner <> %s::regrole
        order by pg_proc.oid
        """,
        [schemas, HISTORY],
    ).fetchall()
    for row in functions:
        yield "function", sql.SQL(row["signature"])  # as PostgreSQL itself writes and quotes it


def _history() -> sql.Identifier:
    return sql.Identifier(HISTORY)


def _owns(connection: "Connection") -> bool:
    """Whether schema iku, the last that is given, belongs to the role."""
    found = connection.execute(
        "select pg_get_userbyid(nspowner) as owner from pg_namespace where nspname = 'iku'"
    ).fetchone()
    return found == {"owner": HISTORY}


# ---------------------------------------------------------------- what the role needs


def _ensure_it_can_be_taken_on(connection: "Connection") -> None:
    if connection.execute("select from pg_roles where rolname = %s and rolcanlogin", [HISTORY]).fetchone():
        raise WarehouseError(
            f"peran {HISTORY} dapat login, padahal memiliki riwayat. Minta DBA: `alter role {HISTORY} nologin`."
        )
    found = connection.execute("select pg_has_role(current_user, %s, 'SET') as may", [HISTORY]).fetchone()
    if found == {"may": True}:
        return
    try:
        connection.execute(sql.SQL("grant {} to current_user with inherit false, set true").format(_history()))
    except psycopg.errors.InsufficientPrivilege:
        raise WarehouseError(_ask_for_membership(connection)) from None


def _ask_for_membership(connection: "Connection") -> str:
    login = connection.info.user
    return (
        f"login {login} tidak boleh bertindak sebagai {HISTORY}, pemilik riwayat. Minta DBA:"
        f" `grant {HISTORY} to {login} with inherit false, set true`."
    )


def _ensure_it_can_build(connection: "Connection") -> None:
    for kind, name in (("database", connection.info.dbname), ("schema", "public")):
        if not _can_build(connection, kind, name):
            raise WarehouseError(
                f"peran {HISTORY} tidak boleh membuat isi. Minta DBA: `grant create on {kind} {name} to {HISTORY}`."
            )


def _can_build(connection: "Connection", kind: str, name: str) -> bool:
    """Whether the role may make things there, once this login has tried to let it."""
    query = f"select has_{kind}_privilege(%s, %s, 'CREATE') as may"

    def may() -> bool:
        return connection.execute(query, [HISTORY, name]).fetchone() == {"may": True}

    if may():
        return True
    with suppress(psycopg.errors.InsufficientPrivilege):
        connection.execute(BUILD[kind].format(sql.Identifier(name), _history()))
    return may()  # who has nothing to grant is told so by a warning only
