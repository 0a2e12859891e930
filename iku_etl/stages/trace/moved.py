"""What a publication moved: a figure against the row before it, its members, and what brought the change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from iku_etl.stages.trace import events, member_rows
from iku_etl.stages.trace.from_figure import base_periods
from iku_etl.stages.trace.member_rows import Kept
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Row

COMPARED = (
    "value", "low", "high", "numerator", "denominator", "coverage", "is_official", "mutu", "stale_since", "reason",
    "target", "capaian", "predikat",
)  # fmt: skip
COUNTED = ("numerator", "denominator", "seen", "due")  # of a member

Reading = tuple[str, int, datetime]  # a definition and the as-of pair under which it is read


@dataclass(frozen=True)
class MemberMove:
    """A member in one base period, before and after; None where there was none."""

    period: str
    member: str
    name: str
    before: Row | None
    after: Row | None

    @property
    def is_counted(self) -> bool:
        """Whether what it adds to the figure moved, not only what was seen of it."""
        return any((self.before or {}).get(name) != (self.after or {}).get(name) for name in COUNTED[:2])


@dataclass(frozen=True)
class Change:
    """One published row and the row that it follows; without `before` it is the first of its figure.

    `columns`: column -> (before, after) of what differs. `batches` are those beneath that came, `gone` those that left;
    `decisions` were made about the figure's sources in between. These and `members` are empty until asked for
    (`is_detailed`). Each of `batches` has its `cause`.
    """

    figure: Row
    header: Row
    before: Row | None
    columns: Mapping[str, tuple[Any, Any]]
    members: tuple[MemberMove, ...] = ()
    batches: tuple[Row, ...] = ()
    gone: tuple[Row, ...] = ()
    decisions: tuple[Row, ...] = ()
    is_detailed: bool = False

    @property
    def is_redefined(self) -> bool:
        """Whether the row is by another definition than the newest that gave the one before it."""
        return self.before is not None and self.before["current_definition"] != self.figure["definition"]

    @property
    def is_of_another_revision(self) -> bool:
        return self.before is not None and self.before["revision"] != self.figure["revision"]


def changes(connection: Connection, publication_ids: Sequence[int], limit: int | None = None) -> list[Change]:
    """All rows of these publications, as auditor: what was final and moved first, then other values, then the rest.

    Only the first `limit` come with their members and what brought the change: that takes a reading each.
    """
    return _told(connection, [_change(*each) for each in _rows(connection, publication_ids)], limit)


def changes_after(connection: Connection, publication_id: int, limit: int | None = None) -> list[Change]:
    """What all publications after this one changed together: one for each figure that is another now, as `changes`."""
    ids = [row["publication_id"] for row in connection.execute(_AFTER, [publication_id])]
    first: dict[tuple[str, str], Row | None] = {}
    newest: dict[tuple[str, str], tuple[Row, Row]] = {}
    for row, before, header in _rows(connection, ids):
        key = (row["indicator"], row["period"])
        first.setdefault(key, before)
        newest[key] = (row, header)
    together = [_change(row, first[key], header) for key, (row, header) in newest.items()]
    moved = [one for one in together if one.before is None or one.columns or one.is_of_another_revision]
    return _told(connection, moved, limit)


_AFTER = "select publication_id from iku.publication where publication_id > %s order by publication_id"


def _told(connection: Connection, found: list[Change], limit: int | None) -> list[Change]:
    found = sorted(found, key=_weight)
    readings = _Readings(connection)
    detailed = len(found) if limit is None else limit
    return [_detailed(connection, readings, change) for change in found[:detailed]] + found[detailed:]


def changes_of_figure(connection: Connection, indicator: str, period: str) -> list[Change]:
    """All published rows of one figure, as auditor, the oldest first; `why` says what brought each."""
    return [_change(*each) for each in _rows(connection, figure=(indicator, period))]


def change_of_row(connection: Connection, indicator: str, period: str, figure_id: int) -> Change:
    """One published row of a figure, as auditor, with its members and what brought it."""
    found = next(
        one for one in changes_of_figure(connection, indicator, period) if one.figure["figure_id"] == figure_id
    )
    return _detailed(connection, _Readings(connection), found)


def _rows(
    connection: Connection,
    publication_ids: Sequence[int] = (),
    figure: tuple[str, str] | None = None,
) -> list[tuple[Row, Row | None, Row]]:
    """The rows of these publications or of a figure, each with the row before it and its definition's header."""
    indicator, period = figure or (None, None)
    rows = connection.execute(
        """
        select
            figure.*,
            publication.published_at,
            definition.header,
            (
                select max(earlier.figure_id) from iku.figure as earlier
                where
                    earlier.indicator = figure.indicator
                    and earlier.period = figure.period
                    and earlier.figure_id < figure.figure_id
            ) as before_id
        from iku.figure
        inner join iku.publication on figure.publication_id = publication.publication_id
        inner join iku.definition on figure.definition = definition.definition
        where
            figure.publication_id = any(%(publications)s)
            or (figure.indicator = %(indicator)s and figure.period = %(period)s)
        order by figure.figure_id
        """,
        {"publications": list(publication_ids), "indicator": indicator, "period": period},
    ).fetchall()
    ids = [row["before_id"] for row in rows if row["before_id"] is not None]
    earlier = {
        row["figure_id"]: row
        for row in connection.execute(
            """
            select published_figure.*, publication.published_at
            from iku.published_figure
            inner join iku.publication on published_figure.publication_id = publication.publication_id
            where
                figure_id = any(%(ids)s)
                -- named too, so that the rows of other figures are not looked into
                and indicator = any(%(indicators)s) and period = any(%(periods)s)
            """,
            {
                "ids": ids,
                "indicators": list({row["indicator"] for row in rows}),
                "periods": list({row["period"] for row in rows}),
            },
        )
    }
    return [(row, earlier.get(row.pop("before_id")), row.pop("header")) for row in rows]


def _change(row: Row, before: Row | None, header: Row) -> Change:
    columns = {name: (before[name], row[name]) for name in COMPARED if before[name] != row[name]} if before else {}
    return Change(row, header, before, columns)


def _weight(change: Change) -> tuple[bool, bool, bool, str, str]:
    row = change.figure
    is_final = change.before is not None and row["revision"] > 1
    return (not is_final, "value" not in change.columns, change.before is None, row["indicator"], row["period"])


# ---------------------------------------------------------------- members, and what brought it


class _Readings:
    """What definitions give under an as-of pair, each period of it read once for all changes."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.kept = connection, Kept(held={})

    def members(self, of: Row, periods: Sequence[str]) -> dict[tuple[str, str], Row]:
        """(period, member) -> its row."""
        with database.reading(self.connection, of["as_of"], of["as_of_time"]):
            rows = member_rows.members(self.connection, of, periods, self.kept)
        return {(row["period"], row["member"]): row for row in rows}

    def batches(self, of: Row, header: Row, periods: Sequence[str]) -> set[int]:
        """The batches behind the evidence and the rules of these periods."""
        relations = sorted({*(name for name, _ in header["evidence"]), *header.get("common", ())})
        with database.reading(self.connection, of["as_of"], of["as_of_time"]):
            found = member_rows.evidence_batches(self.connection, of, relations, periods, self.kept)
        return {batch_id for own in found.values() for batch_id in own}


def _detailed(connection: Connection, readings: _Readings, change: Change) -> Change:
    row, before = change.figure, change.before
    if before is None:
        return change
    earlier = database.one(
        connection, "select header from iku.definition where definition = %s", [before["definition"]]
    )
    with database.reading(connection, row["as_of"], row["as_of_time"]):
        periods = base_periods(connection, row["definition"], change.header, row["period"])
    with database.reading(connection, before["as_of"], before["as_of_time"]):
        earlier_periods = base_periods(connection, before["definition"], earlier["header"], row["period"])
    own = (row["period"],)  # targets and thresholds are of the figure's own period
    now = readings.batches(row, change.header, (*periods, *own))
    then = readings.batches(before, earlier["header"], (*earlier_periods, *own))
    members = moves(readings.members(before, earlier_periods), readings.members(row, periods))
    ends_at = database.one(connection, "select ends_at from iku.period where period = %s", [row["period"]])["ends_at"]
    return replace(
        change,
        is_detailed=True,
        members=members,
        batches=tuple(
            batch | {"cause": _cause(batch, before["as_of_time"], ends_at, members)}
            for batch in _named(connection, now - then, beside=then - now)
        ),
        gone=_named(connection, then - now, beside=set()),
        decisions=_decisions(connection, row, before),
    )


def _cause(batch: Row, since: datetime, ends_at: datetime, members: Sequence[MemberMove]) -> str:
    """By what a batch moves a figure, as `why` parts it, without reading what it did alone."""
    by = events.cause(batch, since, ends_at)
    come_or_go = any(move.before is None or move.after is None for move in members)
    return "membership" if come_or_go and events.may_move_members(batch, by) else by


def moves(then: Mapping[tuple[str, str], Row], now: Mapping[tuple[str, str], Row]) -> tuple[MemberMove, ...]:
    """The members that differ between two readings, (period, member) -> row; those that count first."""
    found = []
    for key in sorted(then.keys() | now.keys()):
        was, is_now = then.get(key), now.get(key)
        if was is None or is_now is None or any(was[name] != is_now[name] for name in COUNTED):
            named = is_now or was or {}
            found.append(MemberMove(*key, str(named["member_name"]), was, is_now))
    return tuple(sorted(found, key=lambda move: not move.is_counted))


def _named(connection: Connection, batch_ids: set[int], *, beside: set[int]) -> tuple[Row, ...]:
    """Batches, the newest first, with their `files` that the batches `beside` did not hold.

    The files of a replay lie with the first batch.
    """
    return tuple(
        connection.execute(
            """
            with recursive origin as (
                select batch_id as of_batch, batch_id, instead_of from iku.batch where batch_id = any(%(batches)s)
                union all
                select origin.of_batch, earlier.batch_id, earlier.instead_of
                from origin inner join iku.batch as earlier on origin.instead_of = earlier.batch_id
            )

            select
                batch.batch_id, batch.source, source.title, source.grid, source.kind, batch.window_on, batch.load_no,
                batch.revision, upper(batch.win) as ended_at, batch.contract_version,
                earlier.contract_version as earlier_version, batch.decision_id, decision.kind as decision_kind,
                array(
                    select payload.name
                    from origin inner join iku.payload on origin.batch_id = payload.batch_id
                    where
                        origin.of_batch = batch.batch_id
                        and not exists (
                            select from iku.payload as held
                            where held.batch_id = any(%(beside)s) and held.sha256 = payload.sha256
                        )
                    order by payload.payload_id
                ) as files
            from iku.batch
            inner join iku.source on batch.source = source.source
            left join iku.decision on batch.decision_id = decision.decision_id
            left join iku.batch as earlier
                on
                    batch.source = earlier.source
                    and batch.win = earlier.win
                    and batch.revision - 1 = earlier.revision
                    and earlier.ending = 'in_force'
            where batch.batch_id = any(%(batches)s)
            order by batch.load_no desc
            """,
            {"batches": list(batch_ids), "beside": list(beside)},
        )
    )


def _decisions(connection: Connection, row: Row, before: Row) -> tuple[Row, ...]:
    """Decisions about records and batches of the figure's sources that were made between the two rows."""
    return tuple(
        connection.execute(
            """
            select decision_id, kind, decision.source, batch_id, reason, decided_by
            from iku.decision
            inner join iku.definition_source on decision.source = definition_source.source
            where
                definition_source.definition = %s
                and decision.load_no > %s
                and decision.load_no <= %s
            order by decision.load_no
            """,
            [row["definition"], before["as_of"], row["as_of"]],
        )
    )
