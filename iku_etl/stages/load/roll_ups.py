"""A batch's derived tables: made as it loads, and for what is loaded already where one is declared or raised later."""

from datetime import date
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Select, SmallInteger, Table, insert, literal, select, union_all
from sqlalchemy.sql import ClauseElement

from iku_etl.errors import DeclarationError
from iku_etl.model import RollUp, Source
from iku_etl.stages.load import expressions
from iku_etl.warehouse import tables
from iku_etl.warehouse.database import Connection, Row


def make_all(connection: Connection, source: Source, batch_id: int, window_on: date) -> None:
    """The roll-ups of a batch that is being loaded.

    Raises DeclarationError for one whose expression is not the one that the rows kept of its version were made by.
    """
    for roll_up in source.roll_ups:
        if expressions.is_other(connection, roll_up):
            raise DeclarationError(
                f"source {source.name}: roll-up {roll_up.name} version {roll_up.version} was made by another expression"
                f" so far. Batch {batch_id} is not loaded: run iku migrate, which says what to do, then"
                f" iku load {batch_id}."
            )
        make(connection, source, roll_up, batch_id, window_on)


def make(connection: Connection, source: Source, roll_up: RollUp, batch_id: int, window_on: date) -> int:
    """Write the rows of a roll-up, of its declared version, from the facts of a batch; how many."""
    table = tables.roll_up_table(source, roll_up)
    rows = _rows(source, roll_up, batch_id, window_on)
    return _execute(connection, insert(table).from_select([column.name for column in table.columns], rows)).rowcount


def _rows(source: Source, roll_up: RollUp, batch_id: int, window_on: date) -> Select[Any]:
    """What the expressions make of the facts of a batch, in the order of the table's columns."""
    facts = tables.fact_table(source)
    columns = (*facts.columns, *(expression.label(column.name) for column, expression in roll_up.derived))
    of_batch = select(*columns).where(facts.c.batch_id == batch_id, facts.c.window_on == window_on)
    records = (of_batch if roll_up.where is None else of_batch.where(roll_up.where)).subquery("records")
    by = [records.c[name] for name in roll_up.by]
    return select(
        records.c.batch_id,
        literal(roll_up.version, SmallInteger).label("roll_up_version"),
        records.c.window_on,
        *by,
        *(expression.label(measure.name) for measure, expression in roll_up.measures),
    ).group_by(records.c.batch_id, records.c.window_on, *by)


def _execute(connection: Connection, statement: ClauseElement) -> psycopg.Cursor[Row]:
    text, parameters = expressions.compiled(statement)
    return connection.execute(text, parameters)


def make_missing(connection: Connection, source: Source) -> list[str]:
    """The roll-ups of all batches that were loaded before one was declared in this version, as owner, as sentences.

    Raises DeclarationError for one that the facts of a batch can't fill, and for one that by a changed expression says
    other than it said under the same version; nothing of it is written then.
    """
    done = []
    for roll_up in source.roll_ups:
        with connection.transaction():
            done += [_confirm(connection, source, roll_up), _make_missing(connection, source, roll_up)]
            expressions.keep(connection, roll_up)
    return [sentence for sentence in done if sentence]


def _confirm(connection: Connection, source: Source, roll_up: RollUp) -> str:
    """Look whether a changed expression, or one that nothing is known of, says what is kept of its version."""
    is_other = expressions.is_other(connection, roll_up)
    if is_other is False:
        return ""
    table = tables.roll_up_table(source, roll_up)
    # of an expression that was kept all batches are made; before that, those that have rows
    batches = [batch for batch in _loaded(connection, source, roll_up) if batch["is_made"] or is_other]
    differing = [batch for batch in batches if _differs(connection, source, roll_up, table, batch)]
    if differing:
        raise DeclarationError(
            f"source {source.name}: roll-up {roll_up.name} gives other rows than those kept of its version"
            f" {roll_up.version}, for {len(differing)} of {len(batches)} batches (first: batch"
            f" {differing[0]['batch_id']} of {differing[0]['window_on']}). Figures rest on those rows, so they stay."
            f" Raise its version to {roll_up.version + 1} and read roll_up_version = {roll_up.version + 1} in"
            " sql/staging; then iku migrate computes it for all batches."
        )
    if not is_other:
        return ""
    return f"{roll_up.name} versi {roll_up.version}: ungkapannya berganti, isi {len(batches)} batch tetap sama"


def _differs(connection: Connection, source: Source, roll_up: RollUp, table: Table, batch: Row) -> bool:
    made = _rows(source, roll_up, batch["batch_id"], batch["window_on"]).cte("made")
    kept = (
        select(table)
        .where(table.c.batch_id == batch["batch_id"], table.c.roll_up_version == roll_up.version)
        .cte("kept")
    )
    more, less = select(made).except_(select(kept)), select(kept).except_(select(made))
    difference = union_all(select(more.subquery()), select(less.subquery())).limit(1)
    return _execute(connection, difference).fetchone() is not None


def _make_missing(connection: Connection, source: Source, roll_up: RollUp) -> str:
    batches = [batch for batch in _loaded(connection, source, roll_up) if not batch["is_made"]]
    if not batches:
        return ""
    table = sql.Identifier("fact", roll_up.name)
    # a load only ever writes for an open batch; these have ended, and their facts are what they were
    connection.execute(sql.SQL("alter table {} disable trigger check_provenance").format(table))
    filled = 0
    for batch in batches:
        try:
            filled += make(connection, source, roll_up, batch["batch_id"], batch["window_on"]) > 0
        except psycopg.errors.NotNullViolation as problem:
            raise DeclarationError(
                f"source {source.name}: roll-up {roll_up.name} can't be made of batch {batch['batch_id']}, which"
                f" was loaded before it: {problem.diag.column_name} is empty there. Leave it out of `by`, or"
                " make the measure nullable."
            ) from problem
    connection.execute(sql.SQL("alter table {} enable trigger check_provenance").format(table))
    return f"{roll_up.name} versi {roll_up.version} dihitung untuk {filled} batch yang sudah termuat" if filled else ""


def _loaded(connection: Connection, source: Source, roll_up: RollUp) -> list[Row]:
    """Batches with facts, in force now or once, for older as-ofs read them too; whether they have rows of this version
    (`is_made`)."""
    query = sql.SQL(
        """
        select
            batch_id,
            window_on,
            exists (
                select from {} as made where made.batch_id = batch.batch_id and made.roll_up_version = %s
            ) as is_made
        from iku.batch
        where source = %s and ending = 'in_force' and loaded > 0
        order by batch_id
        """
    ).format(sql.Identifier("fact", roll_up.name))
    return connection.execute(query, [roll_up.version, source.name]).fetchall()
