"""One member of an indicator through its periods, and its days where a roll-up tells them."""

from collections.abc import Sequence

from psycopg import sql

from iku_etl.stages.trace import member_rows
from iku_etl.stages.trace.member_rows import NOWHERE, Kept
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Row

_OF_DAYS = frozenset(("window_on", "up_count", "down_count", "unseen_count"))


def periods(
    connection: Connection, indicator: str, member: str, limit: int, skip: int = 0, kept: Kept = NOWHERE
) -> list[Row]:
    """The newest figures of the indicator's base periods, the latest first, as auditor; `skip` of them left out.

    Each with `member`: the member's row as it was when that figure was published; None where the figure does not have
    it as a member; and `approved`: the revision and value of it that stand approved, if any do.
    """
    figures = connection.execute(
        """
        select
            figure.*, publication.published_at, definition.header ->> 'form' as form
        from iku.period
        cross join lateral (
            select * from iku.figure
            where figure.indicator = %(indicator)s and figure.period = period.period
            order by figure_id desc
            limit 1
        ) as figure
        inner join iku.publication on figure.publication_id = publication.publication_id
        inner join iku.definition
            on figure.definition = definition.definition and definition.header ->> 'base_period' = period.grain
        order by period.first_day desc
        limit %(limit)s offset %(skip)s
        """,
        {"indicator": indicator, "limit": limit, "skip": skip},
    ).fetchall()
    with database.reading(connection):  # an approval counts from when it was given, whatever was published since
        rows = connection.execute(
            "select period, revision, value from iku.published_figure where indicator = %s and tahap = 'disahkan'"
            " order by revision",
            [indicator],
        ).fetchall()
    approved = {row["period"]: row for row in rows}
    return [
        row | {"member": _row(connection, row, member, kept), "approved": approved.get(row["period"])}
        for row in figures
    ]


def _row(connection: Connection, figure: Row, member: str, kept: Kept) -> Row | None:
    with database.reading(connection, figure["as_of"], figure["as_of_time"]):
        rows = member_rows.members(connection, figure, [figure["period"]], kept)
    return next((row for row in rows if row["member"] == member), None)


# ---------------------------------------------------------------- days


def days(connection: Connection, figure: Row, header: Row, member: str, wanted: Sequence[str]) -> list[Row]:
    """Each day of some base periods of a published figure, with what its day's roll-up tells of the member.

    `relation` is the roll-up's, whose records are checks: `up_count`, `down_count` and `unseen_count` of them in batch
    `batch_id`, None where no batch tells of the day. `is_ended`: whether the day was over;
    `is_managed`: whether a register says that it is managed that day, None where no register does. Nothing for an
    indicator without such a roll-up.
    """
    definition = figure["definition"]
    columns = {
        relation: (column, _columns(connection, definition, relation)) for relation, column in header["evidence"]
    }
    told = next((name for name, (_, known) in columns.items() if known >= _OF_DAYS), None)
    if told is None:
        return []
    register = next((name for name, (_, known) in columns.items() if "managed_ranges" in known), None)
    managed: sql.Composable = sql.SQL("null::boolean")
    if register is not None:
        managed = sql.SQL(
            "exists (select from {} as held where held.period = span.period and held.{} = %(member)s"
            " and held.managed_ranges @> day.window_on)"
        ).format(sql.Identifier(definition, register), sql.Identifier(columns[register][0]))
    query = sql.SQL(
        """
        select
            span.period, day.window_on, told.up_count, told.down_count, told.unseen_count, told.batch_id,
            %(relation)s as relation,
            day.window_on <= span.last_ended_day as is_ended,
            {managed} as is_managed
        from iku.period as span
        cross join
            lateral (
                select generate_series(span.first_day, span.last_day, interval '1 day')::date as window_on
            ) as day
        left join {told} as told
            on
                span.period = told.period
                and day.window_on = told.window_on
                and told.{column} = %(member)s
        where span.period = %(period)s
        order by day.window_on
        """
    ).format(managed=managed, told=sql.Identifier(definition, told), column=sql.Identifier(columns[told][0]))
    with database.reading(connection, figure["as_of"], figure["as_of_time"]):
        rows = [
            row
            for period in wanted
            for row in connection.execute(query, {"member": member, "period": period, "relation": told})
        ]
    return sorted(rows, key=lambda row: row["window_on"])


def _columns(connection: Connection, definition: str, relation: str) -> frozenset[str]:
    rows = connection.execute(
        """
        select attname::text as name
        from pg_attribute inner join pg_class on attrelid = pg_class.oid
        where relnamespace = %s::regnamespace and relname = %s and attnum > 0 and not attisdropped
        """,
        [definition, relation],
    )
    return frozenset(row["name"] for row in rows)
