"""What a figure rests on, asked from either end: which batches a published figure names, which figures name a batch.

A view of the definition that has `batch_id` says so row by row: in its `period`, or in all periods where it has none.
Beside them every batch of events of the figure's own days: an event that is not there is known from the batch that
lacks it.
"""

from collections.abc import Collection, Iterator, Sequence
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


def of_periods(periods: Sequence[str]) -> sql.SQL:
    """The condition on `%(period)s` of one period, on `%(periods)s` of several: see `member_rows`."""
    return sql.SQL("period = %(period)s" if len(periods) == 1 else "period = any(%(periods)s)")


def batch_ids(connection: Connection, definition: str, code: str, periods: Sequence[str]) -> dict[str, list[int]]:
    """The batches that the definition's figure of each of these periods rests on, at the as-of of the transaction."""
    parameters: Row = {"definition": definition, "code": code, "periods": list(periods), "period": periods[0]}
    found: dict[str, set[int]] = {period: set() for period in periods}
    for view in _views(connection, definition):
        if "period" in view.columns:
            for row in connection.execute(view.asked(sql.SQL("period, batch_id"), of_periods(periods)), parameters):
                found[row["period"]].add(row["batch_id"])
        else:
            rows = connection.execute(view.asked(sql.SQL("batch_id"), sql.SQL("true")), parameters).fetchall()
            for own in found.values():
                own.update(row["batch_id"] for row in rows)
    events = sql.SQL("select distinct period, batch_id {} and period = any(%(periods)s)").format(_EVENTS)
    for row in connection.execute(events, parameters):
        found[row["period"]].add(row["batch_id"])
    return {period: sorted(own) for period, own in found.items()}


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
