"""The way back: a payload, the batches that read it, and every published figure that rests on one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from psycopg import sql

from iku_etl.errors import NotFound
from iku_etl.stages.trace.from_figure import base_periods
from iku_etl.stages.trace.payloads import Originals, fault
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Row


@dataclass(frozen=True)
class PayloadTrace:
    """A payload, the batches that read it, and every published figure that rests on one of them."""

    payload: Row
    fault: str | None
    batches: tuple[Row, ...]
    figures: tuple[Row, ...]


def payload(connection: Connection, payload_id: int, originals: Originals | None = None) -> PayloadTrace:
    """The way back: every published row that rests on a payload. NotFound if there is no payload of that number.

    A row rests on it when, at its own as-of, a relation of its definition held records of a batch that read it,
    for a base period of the row.
    """
    row = connection.execute("select * from iku.payload where payload_id = %s", [payload_id]).fetchone()
    if row is None:
        raise NotFound(f"payload {payload_id} tidak ada. Nomornya ada di keluaran: iku trace .. --member .. .")
    readers = connection.execute(
        """
        with recursive reader as (
            select batch.* from iku.batch where batch_id = %s
            union
            select later.* from reader inner join iku.batch as later on reader.batch_id = later.instead_of
        )

        -- a look rests on the batch that it confirmed
        select batch.* from iku.batch
        where batch_id in (select batch_id from reader union select confirms from reader)
        order by batch_id
        """,
        [row["batch_id"]],
    ).fetchall()
    torn = fault(row["sha256"], originals)
    return PayloadTrace(row, torn, tuple(readers), tuple(_resting_on(connection, readers)))


def _resting_on(connection: Connection, readers: Sequence[Row]) -> list[Row]:
    ids = [reader["batch_id"] for reader in readers if reader["ending"] == "in_force"]
    known = connection.execute(
        """
        select published_figure.*, publication.published_at, definition.header
        from iku.published_figure
        inner join iku.publication on published_figure.publication_id = publication.publication_id
        inner join iku.definition on published_figure.definition = definition.definition
        where exists (
            select from iku.batch
            inner join iku.definition_source on batch.source = definition_source.source
            where
                batch.batch_id = any(%s)
                and definition_source.definition = published_figure.definition
                and batch.load_no <= published_figure.as_of
                and (batch.superseded_by is null or batch.superseded_by > published_figure.as_of)
        )
        order by published_figure.definition, published_figure.as_of, published_figure.as_of_time, figure_id
        """,
        [ids],
    ).fetchall()
    found = []
    for (definition, as_of, as_of_time), group in groupby(
        known, key=lambda row: (row["definition"], row["as_of"], row["as_of_time"])
    ):
        with database.reading(connection, as_of, as_of_time):
            held = _periods_holding(connection, definition, ids)
            found += [row for row in group if held & set(base_periods(connection, row["header"], row["period"]))]
    return sorted(found, key=lambda row: row["figure_id"])


def _periods_holding(connection: Connection, definition: str, batch_ids: Sequence[int]) -> set[str]:
    """The periods for which a relation of the definition holds records of one of the batches."""
    relations = connection.execute(
        """
        select relname as name
        from pg_attribute inner join pg_class on attrelid = pg_class.oid
        where relnamespace = %s::regnamespace and attname in ('batch_id', 'period') and not attisdropped
        group by attrelid, relname
        having count(*) = 2
        """,
        [definition],
    ).fetchall()
    periods: set[str] = set()
    for relation in relations:
        query = sql.SQL("select distinct period from {} where batch_id = any(%s)").format(
            sql.Identifier(definition, relation["name"])
        )
        periods |= {row["period"] for row in connection.execute(query, [list(batch_ids)])}
    return periods
