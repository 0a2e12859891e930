"""What a figure rests on, asked from either end: which batches a published figure names, which figures name a batch.

A view of the definition that has `batch_id` says so row by row: in its `period`, or in all periods where it has none.
Beside them every batch of events of the figure's own days: an event that is not there is known from the batch that
lacks it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from psycopg import sql

from iku_etl.warehouse.database import Connection, Row

ALWAYS = None  # instead of a period: what holds in all of them


@dataclass(frozen=True)
class _View:
    """A view of a definition whose rows name batches; `columns`: of `period`, `indicator`, `source` those it has."""

    definition: str
    name: str
    columns: frozenset[str]

    def asked(self, select: sql.Composable, condition: sql.Composable) -> sql.Composed:
        """A query for rows of the definition's own indicator and sources."""
        own = [sql.SQL("batch_id is not null"), condition]
        if "indicator" in self.columns:
            own.append(sql.SQL("indicator = %(code)s"))
        if "source" in self.columns:
            own.append(
                sql.SQL("source in (select source from iku.definition_source where definition = %(definition)s)")
            )
        return sql.SQL("select distinct {} from {} where {}").format(
            select, sql.Identifier(self.definition, self.name), sql.SQL(" and ").join(own)
        )


def _views(connection: Connection, definition: str) -> Iterator[_View]:
    rows = connection.execute(
        """
        select relname as name, array_agg(attname::text) as columns
        from pg_attribute inner join pg_class on attrelid = pg_class.oid
        where
            relnamespace = %s::regnamespace and attnum > 0 and not attisdropped
            and attname in ('batch_id', 'period', 'indicator', 'source')
        group by relname
        order by relname
        """,
        [definition],
    )
    for row in rows:
        if "batch_id" in row["columns"]:
            yield _View(definition, row["name"], frozenset(row["columns"]))


def batch_ids(connection: Connection, definition: str, code: str, periods: Collection[str]) -> set[int]:
    """The batches that the definition's figure of these periods rests on, at the as-of of the transaction."""
    parameters = {"definition": definition, "code": code, "periods": list(periods)}
    found: set[int] = set()
    for view in _views(connection, definition):
        of_periods = sql.SQL("period = any(%(periods)s)" if "period" in view.columns else "true")
        query = view.asked(sql.SQL("batch_id"), of_periods)
        found |= {row["batch_id"] for row in connection.execute(query, parameters)}
    events = connection.execute(sql.SQL("select distinct batch_id {} and period = any(%(periods)s)").format(_EVENTS),
                                parameters)  # fmt: skip
    return found | {row["batch_id"] for row in events}


def periods(connection: Connection, definition: str, code: str, of_batches: Collection[int]) -> set[str | None]:
    """The periods whose figures by the definition rest on one of the batches; ALWAYS among them: all."""
    parameters: Row = {"definition": definition, "code": code, "batches": list(of_batches)}
    found: set[str | None] = set()
    of_these = sql.SQL("batch_id = any(%(batches)s)")
    for view in _views(connection, definition):
        period = sql.SQL("period" if "period" in view.columns else "null as period")
        found |= {row["period"] for row in connection.execute(view.asked(period, of_these), parameters)}
    events = connection.execute(sql.SQL("select distinct period {} and {}").format(_EVENTS, of_these), parameters)
    return found | {row["period"] for row in events}


_EVENTS = sql.SQL(
    """
    from iku.definition_source
    inner join iku.source on definition_source.source = source.source
    inner join iku.batch_in_force on source.source = batch_in_force.source
    inner join iku.period on tstzrange(period.starts_at, period.ends_at) && batch_in_force.win
    where definition_source.definition = %(definition)s and source.kind = 'events'
    """
)
