"""Floor 6. Published figures as every door reads them, with what their definition says of them. Needs `iku_reader`."""

import re
from datetime import datetime
from typing import Any

from iku_etl import database
from iku_etl.database import Connection

Row = dict[str, Any]
_NOTE = re.compile(r"^-- note:\s*(.+(?:\n--   .+)*)", re.MULTILINE)  # -- note: the name counts OPD, ..

_SELECT = """
with known as (
    select
        published_figure.*,
        row_number() over (partition by indicator, period order by figure_id desc) as age
    from iku.published_figure
    where
        (%(indicator)s::text is null or indicator = %(indicator)s)
        and (%(period)s::text is null or period = %(period)s)
        and (%(as_of)s::bigint is null or as_of <= %(as_of)s)
        and (%(as_of_time)s::timestamptz is null or as_of_time <= %(as_of_time)s)
)

select
    known.indicator,
    definition.header ->> 'title' as title,
    definition.header ->> 'form' as form,
    definition.header ->> 'unit' as unit,
    definition.header ->> 'base_period' as base_period,
    definition.header ->> 'owner' as owner,
    definition.header ->> 'legal_basis' as legal_basis,
    definition.texts,
    known.period,
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
    known.as_of,
    known.as_of_time,
    publication.published_at
from known
inner join iku.definition on known.definition = definition.definition
inner join iku.publication on known.publication_id = publication.publication_id
where known.age = 1 or %(history)s
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


def note_of(texts: dict[str, str]) -> str:
    """What the header of an indicator's own SQL file wants said beside every figure of it; empty if nothing."""
    own = next((text for name, text in texts.items() if name.startswith("indicators/")), "")
    found = _NOTE.search(own)
    return re.sub(r"\n--\s+", " ", found[1]).strip() if found else ""


def select(
    connection: Connection,
    indicator: str | None = None,
    period: str | None = None,
    as_of: int | None = None,
    as_of_time: datetime | None = None,
    *,
    history: bool = False,
) -> list[Row]:
    """Published rows with the title and form of their definition; the newest of each figure, or all.

    With an as-of also the stages (tahap) are those of then: later decisions are not seen.
    """
    with database.reading(connection, as_of, as_of_time):
        rows = connection.execute(
            _SELECT,
            {"indicator": indicator, "period": period, "as_of": as_of, "as_of_time": as_of_time, "history": history},
        ).fetchall()
    notes: dict[str, str] = {}
    for row in rows:
        texts = row.pop("texts")
        if row["definition"] not in notes:
            notes[row["definition"]] = note_of(texts)
        row["note"] = notes[row["definition"]]
    return rows
