"""One member of an indicator through its periods, and its days where a roll-up tells them."""

from collections.abc import Sequence

from psycopg import sql

from iku_etl.model import MEMBER_COLUMNS
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Row

_OF_DAYS = frozenset(("window_on", "up_count", "down_count", "unseen_count"))


def periods(connection: Connection, indicator: str, member: str, limit: int, skip: int = 0) -> list[Row]:
    """The newest figures of the indicator's base periods, the latest first, as auditor; `skip` of them left out.

    Each with `member`: the member's row by the figure's definition, at the newest publication; None where the figure
    does not have it as a member; and `approved`: the revision and value of it that stand approved, if any do.
    """
    newest = connection.execute(
        "select as_of, as_of_time from iku.publication order by publication_id desc limit 1"
    ).fetchone()
    if newest is None:
        return []
    with database.reading(connection, newest["as_of"], newest["as_of_time"]):
        figures = connection.execute(
            """
            select
                published_figure.indicator, published_figure.period, published_figure.value, published_figure.mutu,
                published_figure.tahap, published_figure.current_definition, definition.header ->> 'form' as form,
                published_figure.revision
            from iku.published_figure
            inner join iku.definition on published_figure.current_definition = definition.definition
            inner join iku.period
                on
                    published_figure.period = period.period
                    and definition.header ->> 'base_period' = period.grain
            where published_figure.indicator = %(indicator)s and published_figure.is_newest
            order by period.first_day desc
            limit %(limit)s offset %(skip)s
            """,
            {"indicator": indicator, "limit": limit, "skip": skip},
        ).fetchall()
        own: dict[tuple[str, str], Row] = {}
        for definition in dict.fromkeys(row["current_definition"] for row in figures):
            wanted = [row["period"] for row in figures if row["current_definition"] == definition]
            own |= {(definition, row["period"]): row for row in _rows(connection, definition, member, wanted)}
    with database.reading(connection):  # an approval counts from when it was given, whatever was published since
        rows = connection.execute(
            "select period, revision, value from iku.published_figure where indicator = %s and tahap = 'disahkan'"
            " order by revision",
            [indicator],
        ).fetchall()
    approved = {row["period"]: row for row in rows}
    return [
        row | {"member": own.get((row["current_definition"], row["period"])), "approved": approved.get(row["period"])}
        for row in figures
    ]


def _rows(connection: Connection, definition: str, member: str, wanted: Sequence[str]) -> list[Row]:
    query = sql.SQL("select {} from {} where member = %s and period = any(%s)").format(
        sql.SQL(", ").join(map(sql.Identifier, MEMBER_COLUMNS)), sql.Identifier(definition, "member")
    )
    return connection.execute(query, [member, list(wanted)]).fetchall()


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
        where span.period = any(%(periods)s)
        order by day.window_on
        """
    ).format(managed=managed, told=sql.Identifier(definition, told), column=sql.Identifier(columns[told][0]))
    with database.reading(connection, figure["as_of"], figure["as_of_time"]):
        return connection.execute(query, {"member": member, "periods": list(wanted), "relation": told}).fetchall()


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
