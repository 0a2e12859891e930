"""Tables of facts and roll-ups from the declarations: made and widened, never narrowed; no fact is changed."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from psycopg import sql
from sqlalchemy import BigInteger, Column, Date, Integer, MetaData, PrimaryKeyConstraint, SmallInteger, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from iku_etl.errors import DeclarationError
from iku_etl.model import RollUp, Source
from iku_etl.warehouse import widening
from iku_etl.warehouse.database import Connection

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


def declare(connection: Connection, sources: Iterable[Source], since: date | None, zone: str) -> list[str]:
    """Bring tables and `iku.source` to the declarations, in one transaction as owner; what was done, as sentences.

    A column may come (nullable), be retired, or get a type that holds all its values. Raises DeclarationError for any
    other change: facts outlive declarations.
    """
    done: list[str] = []
    with connection.transaction():
        # begin atomic: the body is parsed now, so that pg_depend and inlining see it
        connection.execute(
            sql.SQL(
                "create or replace function iku.local_zone() returns text language sql immutable parallel safe"
                " begin atomic select {}::text; end"
            ).format(sql.Literal(zone))
        )
        for source in sources:
            _register(connection, source, since)
            facts = fact_table(source)
            derived = [roll_up_table(source, roll_up) for roll_up in source.roll_ups]
            for table in (facts, *derived):
                retired = {column.name for column in source.columns if "retired" in column.info}
                made = _bring(connection, table, retired if table is facts else ())
                if f"tabel {table.name} dibuat" in made:
                    _guard(connection, source, table)
                _grant(connection, table.name)
                done += made
    return done


def _keys() -> tuple[Column[Any], ...]:
    return (
        Column("batch_id", BigInteger, nullable=False),
        Column("record_no", Integer, nullable=False),
        Column("payload_no", SmallInteger, nullable=False),
        Column("window_on", Date, nullable=False),
    )


def _fresh(column: Column[Any]) -> Column[Any]:
    """The same declaration as a column of its own: SQLAlchemy binds a Column to one table."""
    return Column(column.name, column.type, nullable=column.nullable, comment=column.comment)


def fact_table(source: Source) -> Table:
    """`fact.<source>`: provenance first, then the declared columns. Partitioned by the month of the window."""
    return Table(
        source.name,
        MetaData(schema="fact"),
        *_keys(),
        *(_fresh(column) for column in source.columns),
        postgresql_partition_by="range (window_on)",
        comment=source.title,
    )


def roll_up_table(source: Source, roll_up: RollUp) -> Table:
    """`fact.<roll-up>`: one row per batch, roll-up version and `by`."""
    return Table(
        roll_up.name,
        MetaData(schema="fact"),
        Column("batch_id", BigInteger, nullable=False),
        Column("roll_up_version", SmallInteger, nullable=False),
        Column("window_on", Date, nullable=False),
        *(_by(source, roll_up, name) for name in roll_up.by),
        *(_fresh(column) for column, _ in roll_up.measures),
        PrimaryKeyConstraint("batch_id", "roll_up_version", *roll_up.by),
        comment=f"{source.title}, per {', '.join(roll_up.by)}",
    )


def _by(source: Source, roll_up: RollUp, name: str) -> Column[Any]:
    derived = {column.name: column for column, _ in roll_up.derived}
    if name in derived:
        return _fresh(derived[name])
    return Column(name, source.column(name).type, nullable=False)


def member_columns(source: Source) -> list[str]:
    """The columns that a trace looks records up by: the first of the key."""
    return [source.key[0]]


def _register(connection: Connection, source: Source, since: date | None) -> None:
    known = connection.execute(
        "select source.*, allowed.since as begins from iku.source"
        " left join iku.source_allowed as allowed on source.source = allowed.source where source.source = %s",
        [source.name],
    ).fetchone()
    if known:
        _check_kept(source, known)
    begins = _first_day(source, known, since)
    connection.execute(
        """
        insert into iku.source
            (source, title, owner, kind, since, grid, lookback, late_by, max_age, version, is_poller, member_columns,
             declared_since, key)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        on conflict (source) do update set
            title = excluded.title, owner = excluded.owner, lookback = excluded.lookback, late_by = excluded.late_by,
            max_age = excluded.max_age, version = excluded.version, is_poller = excluded.is_poller,
            member_columns = excluded.member_columns, declared_since = excluded.declared_since, key = excluded.key
        """,
        [
            source.name, source.title, source.owner, source.kind, begins, source.grid, source.lookback,
            source.late_by, source.max_age, source.version, source.poller, member_columns(source),
            source.since, list(source.key),
        ],
    )  # fmt: skip
    connection.execute(
        """
        insert into iku.source_patience (source, load_no, late_by, max_age, since)
        select
            declared.source,
            case when newest.source is null then 0 else iku.take_load_no() end, -- what was said before stays readable
            declared.late_by,
            declared.max_age,
            nullif(%(begins)s, declared.since)
        from iku.source as declared
        left join iku.source_allowed as newest on declared.source = newest.source
        where
            declared.source = %(source)s
            and (newest.source is null or (newest.late_by, newest.max_age, newest.since)
                is distinct from (declared.late_by, declared.max_age, %(begins)s))
        """,
        {"source": source.name, "begins": begins},
    )


def _check_kept(source: Source, known: dict[str, Any]) -> None:
    """Raise DeclarationError for what a source that is kept can't become, or not under the same version."""
    if (known["kind"], known["grid"]) != (source.kind, source.grid):
        raise DeclarationError(
            f"source {source.name}: it is kept as {known['kind']} by {known['grid']} and can't become"
            f" {source.kind} by {source.grid}. Make a new source; the old facts stay readable."
        )
    was = known["key"]  # null for a source that was declared before migration 0007
    if was is not None and set(was) != set(source.key) and source.version <= known["version"]:
        raise DeclarationError(
            f"source {source.name}: its key is ({', '.join(source.key)}) and was ({', '.join(was)}) in version"
            f" {known['version']}. Another key names other records: raise version to {known['version'] + 1}, and decide"
            " anew what was decided about records by the old key (iku quarantine)."
        )


def _first_day(source: Source, known: dict[str, Any] | None, since: date | None) -> date:
    """The first day that is collected: never later than it was, for what was due stays due.

    It moves earlier when the setting (`since`) or the module says so; that a setting is gone is no such word.
    """
    wanted = max(source.since, since) if since else source.since
    if known is None:
        return wanted
    begins: date = known["begins"] or known["since"]
    declared = known["declared_since"]
    is_moved = declared is not None and source.since < declared
    return min(wanted, begins) if since or is_moved else begins


def _bring(connection: Connection, table: Table, retired: Collection[str]) -> list[str]:
    """Create the table, or add its new nullable columns, widen those of a wider type, and let retired ones be empty."""
    kept = {
        row["column"]: row
        for row in connection.execute(
            """
            select attname as column, format_type(atttypid, atttypmod) as type, attnotnull as is_required
            from pg_attribute
            where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
            """,
            [f"fact.{table.name}"],
        )
    }
    if not kept:
        connection.execute(str(CreateTable(table).compile(dialect=DIALECT)))
        _comment(connection, table, list(table.columns))
        return [f"tabel {table.name} dibuat"]
    added = [column for column in table.columns if column.name not in kept]
    gone = [name for name in retired if name in kept and kept[name]["is_required"]]
    kept |= {name: {**kept[name], "is_required": False} for name in gone}
    wider = [
        column
        for column in table.columns
        if column.name in kept and widening.is_wider(_type_of(column), kept[column.name]["type"])
    ]
    problems = _refusals(table, kept, added, {column.name for column in wider})
    if problems:
        raise DeclarationError(
            f"{table.name}: {'; '.join(problems)}. Only new nullable columns may come, and types become wider; a column"
            ' that is no longer delivered stays, nullable, with info={"retired": ".."}. Else make a new source.'
        )
    done = _retire(connection, table, gone)
    done += _widen(connection, table, wider)
    for column in added:
        connection.execute(
            sql.SQL("alter table {} add column {} {}").format(
                sql.Identifier("fact", table.name),
                sql.Identifier(column.name),
                sql.SQL(column.type.compile(DIALECT)),
            )
        )
    _comment(connection, table, added)
    return [*done, *(f"kolom {table.name}.{column.name} ditambahkan" for column in added)]


def _retire(connection: Connection, table: Table, names: Sequence[str]) -> list[str]:
    """Let columns be empty from now on."""
    for name in names:
        connection.execute(
            sql.SQL("alter table {} alter column {} drop not null").format(
                sql.Identifier("fact", table.name), sql.Identifier(name)
            )
        )
    return [f"kolom {table.name}.{name} tidak lagi diisi" for name in names]


def _widen(connection: Connection, table: Table, columns: Sequence[Column[Any]]) -> list[str]:
    """Give columns wider types, under the views that read them."""
    if not columns:
        return []
    widening.widen(connection, table.name, [(column.name, _type_of(column)) for column in columns])
    return [f"kolom {table.name}.{column.name} menjadi {_type_of(column)}" for column in columns]


def _type_of(column: Column[Any]) -> str:
    """The type as PostgreSQL's format_type names it."""
    named: str = column.type.compile(DIALECT).lower().replace("varchar", "character varying")
    return named


def _refusals(table: Table, kept: dict[str, Any], added: Sequence[Column[Any]], wider: Collection[str]) -> list[str]:
    declared = {column.name: column for column in table.columns}
    problems = [f"new column {column.name} is not nullable" for column in added if not column.nullable]
    problems += [f"column {name} is no longer declared" for name in kept if name not in declared]
    for name in kept.keys() & declared.keys():
        wanted = _type_of(declared[name])
        if name not in wider and not _same_type(wanted, kept[name]["type"]):
            problems.append(f"column {name} is {kept[name]['type']} and can't become {wanted}")
        if kept[name]["is_required"] == declared[name].nullable:
            problems.append(f"column {name} can't change whether it may be null")
    return problems


def _same_type(wanted: str, kept: str) -> bool:
    return wanted.replace(" ", "") == kept.replace(" ", "")


def _comment(connection: Connection, table: Table, columns: Sequence[Column[Any]]) -> None:
    for column in columns:
        if column.comment:
            connection.execute(
                sql.SQL("comment on column {} is {}").format(
                    sql.Identifier("fact", table.name, column.name), sql.Literal(column.comment)
                )
            )


def _guard(connection: Connection, source: Source, table: Table) -> None:
    """Facts and roll-ups are insert-only, and a statement's rows name open batches of this source and window."""
    facts = sql.Identifier("fact", table.name)
    connection.execute(
        sql.SQL(
            "create trigger check_provenance after insert on {} referencing new table as inserted"
            " for each statement execute function iku.check_provenance({})"
        ).format(facts, sql.Literal(source.name))
    )
    connection.execute(
        sql.SQL(
            "create trigger refuse_change before update or delete or truncate on {}"
            " for each statement execute function iku.refuse_change()"
        ).format(facts)
    )


def _grant(connection: Connection, name: str) -> None:
    connection.execute(sql.SQL("grant select, insert on {} to iku_loader").format(sql.Identifier("fact", name)))
    connection.execute(sql.SQL("grant select on {} to iku_auditor").format(sql.Identifier("fact", name)))
