"""Figures become rows that are never changed; a row is written only when something differs.

Revision 0 is provisional, 1 is what was known at the cut-off, each later change is one more. A new definition that
gives the same row confirms it and is no revision (decision 44).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import sql

from iku_etl.errors import LoadConflict
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, one

FIGURE_COLUMNS = (
    "value", "low", "high", "numerator", "denominator", "coverage", "is_official", "mutu", "stale_since",
    "reason", "target", "capaian", "predikat", "definition",
)  # fmt: skip
SAYS = tuple(name for name in FIGURE_COLUMNS if name != "definition")  # what a revision differs in

Figure = tuple[str, str, int]  # indicator, period, revision


@dataclass(frozen=True)
class Published:
    """What one call wrote: new rows, and rows that stand by a newer definition; without any there is no publication."""

    publication_ids: tuple[int, ...]
    as_of: int
    as_of_time: datetime
    figures: tuple[Figure, ...]
    confirmed: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class _Said:
    """One figure of a publication: a row of its own, or the row that stands, by a newer definition."""

    publication: int
    figure: Figure
    is_new: bool


def publish(
    connection: Connection,
    as_of: int | None = None,
    as_of_time: datetime | None = None,
    indicators: Collection[str] | None = None,
) -> Published:
    """Publish every figure that differs from its newest row; `connection` is the publisher's.

    Without an as-of it is the nightly call: periods whose cut-off has passed unpublished are first published
    as they were known at their cut-off. With one, everything is published as of that pair; a missing
    half follows from the other. Raises LoadConflict for a pair older than what was published already.
    """
    if as_of_time is not None and as_of_time.tzinfo is None:
        raise ValueError(f"as-of time {as_of_time} has no zone")
    is_nightly = as_of is None and as_of_time is None
    connection.execute("select iku.refresh_statistics()")  # without statistics the views take minutes
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtextextended('iku.publish', 0))")
        moment = as_of_time or one(connection, "select clock_timestamp() as now")["now"]
        load_no = database.load_at(connection, moment) if as_of is None else as_of
        if not is_nightly:
            _refuse_older(connection, load_no, moment)
        chosen = [
            row
            for row in connection.execute(
                "select indicator, definition from indicator.current order by indicator"
            ).fetchall()
            if indicators is None or row["indicator"] in indicators
        ]
        written = [
            done
            for row in chosen
            for done in _publish_one(connection, row["definition"], load_no, moment, is_nightly=is_nightly)
        ]
        database.set_as_of(connection, None, None)
    ids = tuple(dict.fromkeys(said.publication for said in written))
    new, confirmed = (tuple(said.figure for said in written if said.is_new is wanted) for wanted in (True, False))
    return Published(ids, load_no, moment, new, confirmed)


# ---------------------------------------------------------------- one definition


def _publish_one(
    connection: Connection, definition: str, as_of: int, as_of_time: datetime, *, is_nightly: bool
) -> Iterator[_Said]:
    now = _evaluate(connection, definition, as_of, as_of_time)
    if is_nightly:
        written = False
        for cut_off_at, periods in _pending(connection, now, as_of_time).items():
            known = database.load_at(connection, cut_off_at)
            if not _anything_known(connection, definition, known):
                continue
            then = [row for row in _evaluate(connection, definition, known, cut_off_at) if row["period"] in periods]
            for done in _write(connection, then, known, cut_off_at):
                written = True
                yield done
        if written:  # a figure says what came after the state at its cut-off (U16)
            now = _evaluate(connection, definition, as_of, as_of_time)
    yield from _write(connection, now, as_of, as_of_time)


def _evaluate(connection: Connection, definition: str, as_of: int, as_of_time: datetime) -> list[dict[str, Any]]:
    database.set_as_of(connection, as_of, as_of_time)
    query = sql.SQL("select * from {} order by period").format(sql.Identifier(definition, "figure"))
    return connection.execute(query).fetchall()


def _pending(connection: Connection, rows: list[dict[str, Any]], as_of_time: datetime) -> dict[datetime, set[str]]:
    """Cut-offs (U7) that have passed, oldest first, each with the periods that have no row of their state at it."""
    found: dict[datetime, set[str]] = {}
    for row in sorted(rows, key=lambda row: row["cut_off_at"] or as_of_time):
        if row["cut_off_at"] is None or row["cut_off_at"] > as_of_time:
            continue
        newest = _newest(connection, row["indicator"], row["period"])
        if newest is None or newest["revision"] == 0:
            found.setdefault(row["cut_off_at"], set()).add(row["period"])
    return found


def _anything_known(connection: Connection, definition: str, as_of: int) -> bool:
    database.set_as_of(connection, as_of, None)
    found = connection.execute(
        """
        select from iku.batch_in_force
        inner join iku.definition_source using (source)
        where definition_source.definition = %s
        limit 1
        """,
        [definition],
    ).fetchone()
    return found is not None


def _newest(connection: Connection, indicator: str, period: str) -> dict[str, Any] | None:
    return connection.execute(
        """
        select
            figure.*,
            coalesce(
                (
                    select definition from iku.figure_confirmed
                    where figure_id = figure.figure_id
                    order by publication_id desc
                    limit 1
                ),
                figure.definition
            ) as current_definition
        from iku.figure
        where indicator = %s and period = %s
        order by figure_id desc
        limit 1
        """,
        [indicator, period],
    ).fetchone()


def _write(connection: Connection, rows: list[dict[str, Any]], as_of: int, as_of_time: datetime) -> Iterator[_Said]:
    publication: int | None = None
    for row in rows:
        newest = _newest(connection, row["indicator"], row["period"])
        kept = newest["revision"] if newest else 0
        is_past_cut_off = row["cut_off_at"] is not None and as_of_time >= row["cut_off_at"]
        # the state at the cut-off is written even when nothing moved: it is what is approved
        stands = newest is not None and (kept > 0 or not is_past_cut_off) and not _differs(row, newest)
        if newest is not None and stands and row["definition"] == newest["current_definition"]:
            continue
        publication = publication or _publication(connection, as_of, as_of_time)
        if newest is not None and stands:
            _confirm(connection, newest["figure_id"], publication, row["definition"])
            yield _Said(publication, (row["indicator"], row["period"], kept), is_new=False)
            continue
        revision = kept + 1 if is_past_cut_off or kept > 0 else 0
        _insert(connection, row, publication, revision, as_of, as_of_time)
        yield _Said(publication, (row["indicator"], row["period"], revision), is_new=True)


def _differs(row: dict[str, Any], newest: dict[str, Any]) -> bool:
    return any(row[name] != newest[name] for name in SAYS)


def _confirm(connection: Connection, figure_id: int, publication: int, definition: str) -> None:
    connection.execute(
        "insert into iku.figure_confirmed (figure_id, publication_id, definition) values (%s, %s, %s)",
        [figure_id, publication, definition],
    )


def _publication(connection: Connection, as_of: int, as_of_time: datetime) -> int:
    """The publication of this as-of in this transaction; one for all indicators."""
    found = one(
        connection,
        """
        with kept as (
            select publication_id
            from iku.publication
            where as_of = %(as_of)s and as_of_time = %(time)s and published_at >= transaction_timestamp()
        ),

        made as (
            insert into iku.publication (as_of, as_of_time)
            select %(as_of)s, %(time)s
            where not exists (select from kept)
            returning publication_id
        )

        select publication_id from kept
        union all
        select publication_id from made
        """,
        {"as_of": as_of, "time": as_of_time},
    )
    return int(found["publication_id"])


def _insert(
    connection: Connection, row: dict[str, Any], publication: int, revision: int, as_of: int, as_of_time: datetime
) -> None:
    columns = ("publication_id", "indicator", "period", "revision", *FIGURE_COLUMNS, "as_of", "as_of_time")
    values = [
        publication, row["indicator"], row["period"], revision,
        *(row[name] for name in FIGURE_COLUMNS), as_of, as_of_time,
    ]  # fmt: skip
    connection.execute(
        sql.SQL("insert into iku.figure ({}) values ({})").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", ").join(sql.Placeholder() * len(values))
        ),
        values,
    )


def _refuse_older(connection: Connection, as_of: int, as_of_time: datetime) -> None:
    newest = one(connection, "select max(as_of) as as_of, max(as_of_time) as as_of_time from iku.publication")
    if newest["as_of"] is not None and (as_of < newest["as_of"] or as_of_time < newest["as_of_time"]):
        raise LoadConflict(
            f"angka sampai muatan {newest['as_of']} pada {newest['as_of_time']:%Y-%m-%d %H:%M %Z} sudah terbit; muatan"
            f" {as_of} pada {as_of_time:%Y-%m-%d %H:%M %Z} dapat dibaca (--as-of), tetapi tidak diterbitkan sesudahnya."
        )


def has_moved(connection: Connection, computed: int = -1) -> bool:
    """Whether a load or decision came after the newest publication, and after load `computed`, found to move nothing.

    A number that no load has taken yet is of another warehouse, and counts for nothing.
    """
    row = one(
        connection,
        """
        with newest as (
            select greatest(
                (select max(load_no) from iku.batch where ending = 'in_force'),
                (select max(load_no) from iku.decision),
                0
            ) as load_no
        ),

        published as (
            select coalesce(max(as_of), -1) as load_no from iku.publication
        ),

        taken as (
            select greatest(
                newest.load_no,
                (select max(load_no) from iku.batch),
                (select max(load_no) from iku.source_patience)
            ) as load_no
            from newest
        )

        select
            newest.load_no > published.load_no
            and not (%(computed)s >= newest.load_no and %(computed)s <= taken.load_no) as has_moved
        from newest
        cross join published
        cross join taken
        """,
        {"computed": computed},
    )
    return bool(row["has_moved"])
