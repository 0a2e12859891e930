"""Published figures as every door reads them, with what their definition says of them. Needs `iku_reader`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from iku_etl import indonesian
from iku_etl.figures import approvals
from iku_etl.reference import decree
from iku_etl.warehouse import database, sql_text
from iku_etl.warehouse.database import Connection, Row

_SELECT = """
with
newest_publication as (
    select max(as_of_time) as as_of_time
    from iku.publication
    where
        (%(as_of)s::bigint is null or as_of <= %(as_of)s)
        and (%(as_of_time)s::timestamptz is null or as_of_time <= %(as_of_time)s)
        and (%(reported)s::timestamptz is null or published_at <= %(reported)s)
),

known as (
    select
        published_figure.*,
        row_number() over (partition by indicator, period order by figure_id desc) as age,
        row_number() over (
            partition by indicator, period
            order by
                -- as reported: what stood approved, else verified, else the newest
                %(reported)s::timestamptz is not null and tahap <> 'disahkan',
                %(reported)s::timestamptz is not null and not is_verified,
                figure_id desc
        ) as place
    from iku.published_figure
    where
        (
            %(indicator)s::text is null
            or indicator = %(indicator)s
            or (%(companions)s and starts_with(indicator, %(indicator)s || '-'))
        )
        and (%(period)s::text is null or period = %(period)s)
        and (%(as_of)s::bigint is null or as_of <= %(as_of)s)
        and (%(as_of_time)s::timestamptz is null or as_of_time <= %(as_of_time)s)
        and (
            %(reported)s::timestamptz is null
            or publication_id in (select publication_id from iku.publication where published_at <= %(reported)s)
        )
),

-- a row stands until it differs: the newest one was found to be so again by the newest publication
stood as (
    select
        known.*,
        case when known.age = 1 then newest_publication.as_of_time else known.as_of_time end as stood_at
    from known
    cross join newest_publication
)

select
    known.indicator,
    definition.header ->> 'title' as title,
    definition.header ->> 'form' as form,
    definition.header ->> 'unit' as unit,
    definition.header ->> 'base_period' as base_period,
    definition.header ->> 'roll_up' as roll_up,
    definition.header ->> 'owner' as owner,
    definition.header ->> 'legal_basis' as legal_basis,
    definition.header ->> 'in_force_from' as in_force_from,
    known.period,
    known.figure_id,
    known.revision,
    known.is_official,
    known.value,
    known.low,
    known.high,
    known.numerator,
    known.denominator,
    known.coverage,
    known.tahap,
    known.mutu,
    known.stale_since,
    known.reason,
    known.target,
    known.capaian,
    known.predikat,
    known.definition,
    known.current_definition, -- the newest that gives the same row: its words are those of the figure
    known.as_of,
    known.as_of_time,
    publication.published_at,
    iku.local_date(publication.published_at) as published_on,
    known.is_verified,
    known.approved_revision,
    known.approved_official,
    known.approved_letter,
    known.restated_because,
    known.restated_because_publicly,
    known.restated_by,
    known.age,
    known.place,
    known.stood_at < period.ends_at as is_running,
    case
        when known.stood_at < period.ends_at and iku.local_date(known.stood_at) > period.first_day
            then iku.local_date(known.stood_at) - 1
    end as known_until
from stood as known
left join iku.period on known.period = period.period
inner join iku.definition on known.current_definition = definition.definition
inner join iku.publication on known.publication_id = publication.publication_id
where known.place = 1 or known.age = 1 or %(history)s
order by
    known.indicator,
    case
        when known.period like '%%-TW_' then 2
        when known.period like '%%-S_' then 3
        when known.period like '%%-%%' then 1
        else 4
    end,
    known.period,
    known.figure_id
"""

_SPANS = """
select
    period.period,
    period.grain,
    period.first_day,
    period.last_day,
    period.is_finished,
    period.last_day + parameter.value::integer as cut_off_on
from iku.period
left join staging.parameter
    on period.period = parameter.period and parameter.name = 'cut_off_days_' || period.grain
"""


@dataclass(frozen=True)
class Span:
    """A period's days, and the day whose end is its cut-off (None while the parameter is not set)."""

    grain: str
    first_day: date
    last_day: date
    is_finished: bool
    cut_off_on: date | None


def spans(connection: Connection, as_of: int | None = None, as_of_time: datetime | None = None) -> dict[str, Span]:
    """All periods that have begun, with their cut-offs by the parameters in force. Needs `iku_auditor`."""
    with database.reading(connection, as_of, as_of_time):
        rows = connection.execute(_SPANS).fetchall()
    return {row.pop("period"): Span(**row) for row in rows}


def dated(rows: Sequence[Row], known: Mapping[str, Span], zone: ZoneInfo) -> Sequence[Row]:
    """The same rows, each with the day of its cut-off (`cut_off_on`) and the last day of its state (`state_on`)."""
    for row in rows:
        span = known.get(row["period"])
        row["cut_off_on"] = span and span.cut_off_on
        row["state_on"] = (row["as_of_time"].astimezone(zone) - timedelta(microseconds=1)).date()
    return rows


def main_code(code: str) -> str:
    """The code of the indicator beside which a figure stands: IKU-09 of IKU-09-TITIK, its own for any other."""
    return code[:6] if is_companion(code) else code


def is_companion(code: str) -> bool:
    """Whether a figure is shown beside an indicator and is never official."""
    return code.startswith("IKU-") and len(code) > len("IKU-09")


def activities_in_force(rows: Sequence[Row]) -> list[str]:
    """Which decree activities are under, in one line whatever the number of their definitions."""
    said = (decree.in_force(row["legal_basis"], "tiap kegiatan", row["in_force_from"]) for row in rows)
    return list(dict.fromkeys(said))


def is_activity(code: str) -> bool:
    """Whether a figure is of an activity (kegiatan) of the decree's appendix."""
    return code.startswith("KEG")


def note_of(texts: dict[str, str]) -> str:
    """What the header of an indicator's own SQL file wants said beside every figure of it; empty if nothing."""
    own = next((text for name, text in texts.items() if name.startswith("indicators/")), "")
    return sql_text.head(own).get("note", "")


def codes(connection: Connection) -> list[str]:
    """The indicators of which something was published."""
    rows = connection.execute("select distinct indicator from iku.published_figure order by 1")
    return [row["indicator"] for row in rows]


def periods(connection: Connection) -> set[str]:
    """The periods of which a main indicator was published."""
    rows = connection.execute(
        "select distinct period from iku.published_figure where indicator ~ '^IKU-[0-9]{2}$'"
    ).fetchall()
    return {row["period"] for row in rows}


def reading(connection: Connection, source: str) -> set[str]:
    """The indicators of which a definition reads a source. Needs `iku_auditor`."""
    rows = connection.execute(
        """
        select distinct definition.indicator
        from iku.definition
        inner join iku.definition_source on definition.definition = definition_source.definition
        where definition_source.source = %s
        """,
        [source],
    )
    return {row["indicator"] for row in rows}


def newest_id(connection: Connection) -> int | None:
    """The newest publication; None before the first."""
    row = connection.execute("select max(publication_id) as newest from iku.publication").fetchone()
    return row["newest"] if row else None


def select(
    connection: Connection,
    indicator: str | None = None,
    period: str | None = None,
    as_of: int | None = None,
    as_of_time: datetime | None = None,
    *,
    history: bool = False,
    companions: bool = False,
    reported: datetime | None = None,
) -> list[Row]:
    """Published rows with the title and form of their definition; the newest of each figure, or all.

    `companions`: those of `indicator` too. Each row has what `approvals` says of it.

    With an as-of the stages (tahap) are also those of that time: later decisions are ignored.

    `reported` is a moment of its own kind and goes with no as-of: the row that stood approved then, else the newest
    verified one, else the newest, of what had been *published and decided* by then. An as-of time says what had been
    *loaded*, whenever a figure of it was published.
    """
    asked: dict[str, object] = {
        "indicator": indicator, "period": period, "as_of": as_of, "as_of_time": as_of_time,
        "history": history, "companions": companions, "reported": reported,
    }  # fmt: skip
    with database.reading(connection, as_of, as_of_time or reported):
        rows = _read(connection, asked)
        _aim(connection, rows, asked)
        approvals.beside(connection, rows)
        # once a definition: its texts are longer than all else of its rows
        texts = connection.execute(
            "select definition, texts from iku.definition where definition = any(%s)",
            [list({row["current_definition"] for row in rows})],
        )
        notes = {row["definition"]: note_of(row["texts"]) for row in texts}
    for row in rows:
        definition = row["current_definition"]
        row["note"] = notes[definition]
        row["in_force"] = decree.in_force(row["legal_basis"], definition, row["in_force_from"])
    return rows


def _read(connection: Connection, asked: Mapping[str, object]) -> list[Row]:
    """The rows; of those that were reported one a figure, with `newer`: the newest of that day, if that is another."""
    rows = connection.execute(_SELECT, asked).fetchall()
    newest = {(row["indicator"], row["period"]): row for row in rows if row.pop("age") == 1}
    is_first = [row.pop("place") == 1 for row in rows]
    if asked["reported"] is None or asked["history"]:
        return rows
    chosen = [row for row, is_chosen in zip(rows, is_first, strict=True) if is_chosen]
    for row in chosen:
        last = newest[row["indicator"], row["period"]]
        row["newer"] = None if last is row else last
    return chosen


def _aim(connection: Connection, rows: Sequence[Row], asked: dict[str, object]) -> None:
    """Give each row `running_target`: None unless it is the newest of a period that still runs.

    Then the target of the period, else of the shortest period around it that has one, with the capaian of *that*
    period's own figure so far, for no target is held against another period's value (U5).
    """
    newest = {(row["indicator"], row["period"]): row for row in rows}
    for row in rows:
        row["running_target"] = None
    running = [row for row in newest.values() if row["is_running"]]
    around = newest
    if asked["period"] is not None and any(row["target"] is None for row in running):
        others = _read(connection, asked | {"period": None, "history": False})
        around = {(row["indicator"], row["period"]): row for row in others}
    for row in running:
        for period in (row["period"], *indonesian.containing(row["period"])):
            of = around.get((row["indicator"], period))
            if of is not None and of["target"] is not None:
                row["running_target"] = {"period": period, "target": of["target"], "capaian": of["capaian"]}
                break


def one_of(rows: Sequence[Row], figure: Row) -> Row:
    """Of rows of `select` with all history, the one that a trace shows."""
    names = ("indicator", "period", "revision", "definition", "as_of", "as_of_time")
    return next(row for row in reversed(rows) if all(row[name] == figure[name] for name in names))
