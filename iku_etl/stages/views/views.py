"""sql/ as views: `staging` and `indicator` as they read today, and one schema per definition, kept for good."""

from collections.abc import Mapping
from pathlib import Path

from psycopg import sql

from iku_etl import catalogue
from iku_etl.catalogue import SQL
from iku_etl.errors import DeclarationError
from iku_etl.model import MEMBER_COLUMNS, Indicator
from iku_etl.stages.views import dependencies
from iku_etl.stages.views.definitions import define, note_sources
from iku_etl.stages.views.files import ARITHMETIC, READERS, File, create, in_order, read, staging_files
from iku_etl.warehouse.database import Connection


def build(connection: Connection, folder: Path = SQL) -> dict[str, str]:
    """Make all views anew from the files, in one transaction, and a schema for each new definition.

    Returns indicator code -> definition. Raises DeclarationError naming the file and what is wrong with it;
    nothing is changed then.
    """
    staging = staging_files(folder)
    arithmetic = [read(folder / name) for name in ARITHMETIC]
    indicators = {
        found: read(folder / "indicators" / f"{found.name}.sql")
        for found in catalogue.all_indicators(folder / "indicators")
    }
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtextextended('iku.views', 0))")
        _drop_current(connection)
        for file in in_order(staging, staging):
            create(connection, sql.Identifier("staging", file.name), sql.SQL(file.text), file.path)
        each = {file.name: (found, file) for found, file in indicators.items()}  # a file may hold several codes
        for _, file in each.values():
            create(connection, sql.Identifier("indicator", file.name), sql.SQL(file.text), file.path)
        reads = dependencies.reads(connection)
        members, columns = (dependencies.columns(connection, schema) for schema in ("indicator", "staging"))
        for found, _ in each.values():
            _check_members(found, members[found.name])
            _check_evidence(found, staging, reads, columns)
        made = {
            found.code: define(connection, found, file, arithmetic, staging, columns)
            for found, file in indicators.items()
        }
        note_sources(connection)
        _say_current(connection, made)
    return made


# ---------------------------------------------------------------- today's views


def _drop_current(connection: Connection) -> None:
    """Drop all views of the two schemas, never the schemas: the readers' rights stay."""
    rows = connection.execute(
        "select schemaname as schema, viewname as name from pg_views where schemaname in ('staging', 'indicator')"
    ).fetchall()
    if rows:
        names = sql.SQL(", ").join(sql.Identifier(row["schema"], row["name"]) for row in rows)
        connection.execute(sql.SQL("drop view {}").format(names))


def _say_current(connection: Connection, made: Mapping[str, str]) -> None:
    rows = sql.SQL(", ").join(
        sql.SQL("({}::text, {}::text)").format(sql.Literal(code), sql.Literal(definition))
        for code, definition in made.items()
    )
    empty = sql.SQL("select null::text as indicator, null::text as definition where false")
    listed = sql.SQL("select indicator, definition from (values {}) as listed (indicator, definition)").format(rows)
    connection.execute(sql.SQL("create view indicator.current as ") + (listed if made else empty))
    for schema in ("staging", "indicator"):
        connection.execute(
            sql.SQL("grant select on all tables in schema {} to {}").format(sql.Identifier(schema), READERS)
        )


# ---------------------------------------------------------------- checks against pg_depend


def _check_members(found: Indicator, columns: list[str]) -> None:
    if columns != list(MEMBER_COLUMNS):
        raise DeclarationError(
            f"{found.name}.sql: it selects {', '.join(columns)}; an indicator selects {', '.join(MEMBER_COLUMNS)}."
        )


def _holds_records(relation: str) -> bool:
    return relation.startswith("fact.") or relation == "iku.quarantine"


def _check_evidence(
    found: Indicator, staging: Mapping[str, File], reads: Mapping[str, set[str]], columns: Mapping[str, list[str]]
) -> None:
    """The header's evidence is exactly the staging views through which the indicator rests on records.

    Those that read records themselves, or in their place one that puts them together and hands on who they are.
    """
    own = reads.get(f"indicator.{found.name}", set())
    if past := sorted(filter(_holds_records, own)):
        raise DeclarationError(f"{found.name}.sql: it reads {', '.join(past)} past the staging views.")
    bearing = {
        name for name in staging if any(map(_holds_records, reads.get(f"staging.{name}", set())))
    }  # fmt: skip
    named = {evidence.relation for evidence in found.evidence}
    # stop at what is the same for every member: members don't rest on what that was made from
    common = {name for name, file in staging.items() if not file.belongs_to_members}
    stops = {f"staging.{name}" for name in common | (named - bearing)}
    of_members = {name: seen for name, seen in reads.items() if name not in stops}
    reached = {name.removeprefix("staging.") for name in dependencies.all_read(f"indicator.{found.name}", of_members)}
    rests_on = (reached & (bearing | named)) - common
    if unnamed := sorted(rests_on - named):
        raise DeclarationError(
            f"{found.name}.sql: evidence does not name staging.{', staging.'.join(unnamed)}, which it reads."
        )
    if idle := sorted(named - rests_on):
        raise DeclarationError(
            f"{found.name}.sql: evidence names staging.{', staging.'.join(idle)}, which it does not rest on."
        )
    for evidence in found.evidence:
        needed = {evidence.member_column, "period", "batch_id", "record_no"}
        if missing := sorted(needed - set(columns[evidence.relation])):
            raise DeclarationError(f"staging/{evidence.relation}.sql: evidence has no column {', '.join(missing)}.")
