"""The way back: a payload, the batches that read it, and every published figure that rests on one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from iku_etl.errors import NotFound
from iku_etl.stages.trace import grounds
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

    A row rests on it when, at its own as-of, its definition named a batch that read it, for a base period of the row or
    for its own: see `grounds`.
    """
    row = payload_row(connection, payload_id)
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


def payload_row(connection: Connection, payload_id: int) -> Row:
    """What the manifest says of a payload. NotFound if there is none of that number."""
    row = connection.execute("select * from iku.payload where payload_id = %s", [payload_id]).fetchone()
    if row is None:
        raise NotFound(f"payload {payload_id} tidak ada. Nomornya ada di keluaran: iku trace .. --member .. .")
    return row


def _resting_on(connection: Connection, readers: Sequence[Row]) -> list[Row]:
    ids = [reader["batch_id"] for reader in readers if reader["ending"] in ("in_force", "waiting")]
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
        )
        order by published_figure.definition, published_figure.as_of, published_figure.as_of_time, figure_id
        """,
        [ids],
    ).fetchall()
    found = []
    for (definition, as_of, as_of_time), group in groupby(
        known, key=lambda row: (row["definition"], row["as_of"], row["as_of_time"])
    ):
        rows = list(group)
        with database.reading(connection, as_of, as_of_time):
            held = grounds.periods(connection, definition, rows[0]["indicator"], ids)
            found += [row for row in rows if grounds.ALWAYS in held or held & _periods_of(connection, row)]
    return sorted(found, key=lambda row: row["figure_id"])


def _periods_of(connection: Connection, figure: Row) -> set[str]:
    return {figure["period"], *base_periods(connection, figure["definition"], figure["header"], figure["period"])}
