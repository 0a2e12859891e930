"""A batch's derived tables: made as it loads, and for what is loaded already where one is declared or raised later."""

from datetime import date

import psycopg
from psycopg import sql
from sqlalchemy import SmallInteger, insert, literal, select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from iku_etl.errors import DeclarationError
from iku_etl.model import RollUp, Source
from iku_etl.warehouse import tables
from iku_etl.warehouse.database import Connection, Row


def make(connection: Connection, source: Source, roll_up: RollUp, batch_id: int, window_on: date) -> None:
    """The rows of a roll-up, of its declared version, from the facts of a batch."""
    facts = tables.fact_table(source)
    table = tables.roll_up_table(source, roll_up)
    columns = (*facts.columns, *(expression.label(column.name) for column, expression in roll_up.derived))
    of_batch = select(*columns).where(facts.c.batch_id == batch_id, facts.c.window_on == window_on)
    records = (of_batch if roll_up.where is None else of_batch.where(roll_up.where)).subquery("records")
    by = [records.c[name] for name in roll_up.by]
    rows = select(
        records.c.batch_id,
        literal(roll_up.version, SmallInteger),
        records.c.window_on,
        *by,
        *(expression.label(measure.name) for measure, expression in roll_up.measures),
    ).group_by(records.c.batch_id, records.c.window_on, *by)
    statement = insert(table).from_select([column.name for column in table.columns], rows)
    compiled = statement.compile(dialect=PGDialect_psycopg())  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    connection.execute(str(compiled), compiled.params)


def make_missing(connection: Connection, source: Source) -> list[str]:
    """The roll-ups of all batches that were loaded before one was declared in this version, as owner, as sentences.

    Raises DeclarationError for one that the facts of a batch can't fill; nothing is written then.
    """
    return [sentence for roll_up in source.roll_ups if (sentence := _make_missing(connection, source, roll_up))]


def _make_missing(connection: Connection, source: Source, roll_up: RollUp) -> str:
    batches = _without(connection, source, roll_up)
    if not batches:
        return ""
    table = sql.Identifier("fact", roll_up.name)
    with connection.transaction():
        # a load only ever writes for an open batch; these have ended, and their facts are what they were
        connection.execute(sql.SQL("alter table {} disable trigger check_provenance").format(table))
        for batch in batches:
            try:
                make(connection, source, roll_up, batch["batch_id"], batch["window_on"])
            except psycopg.errors.NotNullViolation as problem:
                raise DeclarationError(
                    f"source {source.name}: roll-up {roll_up.name} can't be made of batch {batch['batch_id']}, which"
                    f" was loaded before it: {problem.diag.column_name} is empty there. Leave it out of `by`, or"
                    " make the measure nullable."
                ) from problem
        connection.execute(sql.SQL("alter table {} enable trigger check_provenance").format(table))
    return f"{roll_up.name} versi {roll_up.version} dihitung untuk {len(batches)} batch yang sudah termuat"


def _without(connection: Connection, source: Source, roll_up: RollUp) -> list[Row]:
    """Batches with facts, in force now or once, that have no row of this version; older as-ofs read them too."""
    query = sql.SQL(
        """
        select batch_id, window_on
        from iku.batch
        where
            source = %s and ending = 'in_force' and loaded > 0
            and not exists (
                select from {} as made where made.batch_id = batch.batch_id and made.roll_up_version = %s
            )
        order by batch_id
        """
    ).format(sql.Identifier("fact", roll_up.name))
    return connection.execute(query, [source.name, roll_up.version]).fetchall()
