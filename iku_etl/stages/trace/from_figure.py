"""Figure -> members -> records -> payload -> bytes, and back: every number to a place in a file.

A figure is read under its own definition, load number and time, so it says today what it said when it was published.
The raw store and the parser are other stages: whoever calls hands them in as `Originals`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from psycopg import sql

from iku_etl.errors import NotFound
from iku_etl.stages.trace import evidence, member_rows
from iku_etl.stages.trace.confirmed import Confirmation, confirmation
from iku_etl.stages.trace.evidence import EvidenceUse
from iku_etl.stages.trace.member_rows import NOWHERE, Kept
from iku_etl.stages.trace.payloads import BatchUse, Originals, batch_uses, left_out
from iku_etl.stages.trace.set_aside import quarantined
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Row

RECOMPUTED = ("value", "low", "high", "numerator", "denominator", "coverage", "mutu", "target", "capaian", "predikat")
RECORDS_SHOWN = 10  # of each evidence relation; the count is always that of all
COMMON_SHOWN = 100  # rules, days off: few, and read whole


@dataclass(frozen=True)
class MemberTrace:
    """The rows of one member (one a base period), what they rest on, and what of it was set aside."""

    rows: tuple[Row, ...]
    evidence: tuple[EvidenceUse, ...]
    quarantined: tuple[Row, ...]


@dataclass(frozen=True)
class Trace:
    """A published figure, its members, and the figure computed once more from them."""

    figure: Row
    header: Mapping[str, Any]
    base_periods: tuple[str, ...]
    members: tuple[Row, ...]
    differences: Mapping[str, tuple[Any, Any]]  # column -> (published, computed now)
    batches: tuple[BatchUse, ...]
    member: MemberTrace | None = None
    confirmation: Confirmation | None = None  # a newer definition that gave the same row
    is_recomputed: bool = True  # else nobody looked whether it differs

    @property
    def agrees(self) -> bool | None:
        """Whether the published figure is what its members give, by the definition that confirmed it too.

        None where it was not computed again.
        """
        if not self.is_recomputed:
            return None
        return not self.differences and not (self.confirmation and self.confirmation.differences)

    @property
    def left_out(self) -> dict[str, Counter[str]]:
        """What the rules of the sources leave out of the batches beneath: source -> reason -> records."""
        return left_out(self.batches)

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong with the bytes beneath, as sentences."""
        used = [*self.batches, *(use for part in (self.member.evidence if self.member else ()) for use in part.batches)]
        return tuple(dict.fromkeys(kept.fault for use in used for kept in use.payloads if kept.fault))


# ---------------------------------------------------------------- figure -> members


def published(
    connection: Connection,
    indicator: str,
    period: str,
    revision: int | None = None,
    as_of: int | None = None,
    as_of_time: datetime | None = None,
) -> Row:
    """The newest published row of a figure: of a revision, or as it was known at a load. NotFound names what exists."""
    with database.reading(connection, as_of, as_of_time):  # later decisions are not seen
        row = connection.execute(
            """
            select published_figure.*, publication.published_at
            from iku.published_figure
            inner join iku.publication on published_figure.publication_id = publication.publication_id
            where
                indicator = %(indicator)s and period = %(period)s
                and (%(revision)s::integer is null or revision = %(revision)s)
                and (%(as_of)s::bigint is null or published_figure.as_of <= %(as_of)s)
                and (%(as_of_time)s::timestamptz is null or published_figure.as_of_time <= %(as_of_time)s)
            order by figure_id desc
            limit 1
            """,
            {"indicator": indicator, "period": period, "revision": revision, "as_of": as_of, "as_of_time": as_of_time},
        ).fetchone()
    if row is None:
        raise NotFound(_what_exists(connection, indicator, period, revision))
    return row


def _what_exists(connection: Connection, indicator: str, period: str, revision: int | None) -> str:
    rows = connection.execute(
        "select distinct indicator, period, max(revision) as revision from iku.published_figure group by 1, 2"
    ).fetchall()
    known = sorted({row["indicator"] for row in rows})
    if not known:
        return "belum ada angka yang diterbitkan. Jalankan: iku publish."
    if indicator not in known:
        near = get_close_matches(indicator.upper(), known, n=3, cutoff=0.5)
        return f"indikator {indicator} belum pernah diterbitkan. Yang ada: {', '.join(near or known)}."
    periods = {row["period"]: row["revision"] for row in rows if row["indicator"] == indicator}
    if period not in periods:
        near = get_close_matches(period, periods, n=4, cutoff=0.5)
        return f"{indicator}: tidak ada angka untuk periode {period}. Yang ada: {', '.join(sorted(near or periods))}."
    return (
        f"{indicator} {period}: tidak ada baris dengan revisi atau muatan itu; nomor terbaru {periods[period]}."
        f" Lihat: iku figures --indicator {indicator} --period {period} --history."
    )


def figure(
    connection: Connection,
    indicator: str,
    period: str,
    *,
    revision: int | None = None,
    as_of: int | None = None,
    as_of_time: datetime | None = None,
    member: str | None = None,
    originals: Originals | None = None,
    limit: int = RECORDS_SHOWN,
    skip: Mapping[str, int] = MappingProxyType({}),
    recompute: bool = True,
    kept: Kept = NOWHERE,
) -> Trace:
    """A published figure with its members, as auditor; with `member` down to places in payloads.

    Of each evidence relation the first `limit` records are told, after the first `skip[relation]` of them.
    Without `originals` no byte is looked at (the web page). Without `recompute`, which takes seconds, the figure is not
    computed again, and its members may be those that `kept` holds. Raises NotFound for a figure or member that is not
    there.
    """
    row = published(connection, indicator, period, revision, as_of, as_of_time)
    header = database.one(connection, "select header from iku.definition where definition = %s", [row["definition"]])[
        "header"
    ]
    confirmed = confirmation(connection, row, _differences) if recompute else None
    anew = NOWHERE if recompute else kept
    with database.reading(connection, row["as_of"], row["as_of_time"]):
        periods = base_periods(connection, row["definition"], header, period)
        members = member_rows.members(connection, row, periods, anew)
        found = None
        used: tuple[BatchUse, ...] = ()
        if member is not None:
            found = _member(connection, row, header, periods, _of_member(members, member), originals, limit, skip)
        else:
            used = _batches_beneath(connection, row, periods, originals, anew)
        differences = _differences(connection, row) if recompute else {}
        return Trace(row, header, periods, members, differences, used, found, confirmed, recompute)


def base_periods(connection: Connection, definition: str, header: Row, period: str) -> tuple[str, ...]:
    """The base periods whose members the figure sums; of a `last` indicator only the one that ends it.

    None of which no day has ended, and none that had passed before anything was collected: whatever registers say of
    it, the figure does not count it.
    """
    rows = connection.execute(
        """
        select base.period
        from iku.period as span
        inner join iku.period as base on base.first_day >= span.first_day and base.last_day <= span.last_day
        where
            span.period = %(period)s
            and base.grain = %(grain)s
            and base.first_day <= base.last_ended_day
            and base.ends_at > (
                select iku.local_midnight(min(source.since))
                from iku.definition_source inner join iku.source on definition_source.source = source.source
                where definition_source.definition = %(definition)s
            )
        order by base.first_day
        """,
        {"period": period, "grain": header["base_period"], "definition": definition},
    ).fetchall()
    periods = tuple(row["period"] for row in rows)
    return periods if header["roll_up"] == "sum" else periods[-1:]


def _of_member(members: Sequence[Row], member: str) -> tuple[Row, ...]:
    rows = tuple(row for row in members if row["member"] == member)
    if not rows:
        known = sorted({row["member"] for row in members})
        near = get_close_matches(member, known, n=3, cutoff=0.4) or known[:3]
        raise NotFound(
            f"anggota {member} tidak ada dalam angka ini. Mungkin: {', '.join(near) or 'tidak ada anggota'}."
        )
    return rows


def _differences(connection: Connection, row: Row) -> dict[str, tuple[Any, Any]]:
    """Published against computed now, by the definition's own arithmetic over its own members."""
    query = sql.SQL("select * from {} where period = %s").format(sql.Identifier(row["definition"], "figure"))
    now = connection.execute(query, [row["period"]]).fetchone()
    if now is None:
        return {"period": (row["period"], None)}
    return {name: (row[name], now[name]) for name in RECOMPUTED if row[name] != now[name]}


def _batches_beneath(
    connection: Connection, figure: Row, periods: Sequence[str], originals: Originals | None, kept: Kept
) -> tuple[BatchUse, ...]:
    """Every batch that the figure rests on, its bytes hashed anew."""
    found = member_rows.batch_ids(connection, figure, list(dict.fromkeys([*periods, figure["period"]])), kept)
    return batch_uses(connection, {batch_id: {} for batch_id in sorted(found)}, originals)


# ---------------------------------------------------------------- member -> records


def _member(
    connection: Connection,
    figure: Row,
    header: Row,
    periods: Sequence[str],
    rows: tuple[Row, ...],
    originals: Originals | None,
    limit: int,
    skip: Mapping[str, int],
) -> MemberTrace:
    name, definition = rows[0]["member"], figure["definition"]
    parts = tuple(
        evidence.evidence(
            connection, definition, relation, column, name, periods, originals, limit, skip.get(relation, 0)
        )
        for relation, column in header["evidence"]
    )
    everywhere = tuple(
        evidence.common(
            connection, definition, relation, about, _of_all(figure, relation, periods), originals, COMMON_SHOWN
        )
        for relation in header.get("common", ())  # older definitions have none
        for about in (_about(header, relation),)
    )
    used = [use.row["batch_id"] for part in parts for use in part.batches]
    columns = {column for _, column in header["evidence"]}
    found = (*parts, *(part for part in everywhere if part.batches))
    return MemberTrace(rows, found, quarantined(connection, definition, used, columns, name, periods, originals))


def _of_all(figure: Row, relation: str, periods: Sequence[str]) -> list[str]:
    """The periods to read in a relation of all members; of targets and thresholds also the figure's own period."""
    return [*periods, figure["period"]] if relation in ("parameter", "target") else list(periods)


def _about(header: Row, relation: str) -> tuple[str, Sequence[str]] | None:
    """The column and values by which the indicator's own rules and targets are found among all in force."""
    own = {"parameter": ("name", header["parameters"]), "target": ("indicator", [header["code"]])}
    return own.get(relation)
