"""Why a figure is another than it was: the difference of two published rows, parted by cause, exactly."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from psycopg import sql

from iku_etl.errors import NotFound
from iku_etl.figures.causes import MEASURES, NAMES, SAYINGS
from iku_etl.model import MEMBER_COLUMNS
from iku_etl.stages.trace import amounts, redefined, way
from iku_etl.stages.trace.amounts import NOTHING, Amount
from iku_etl.stages.trace.from_figure import base_periods, published
from iku_etl.stages.trace.moved import MemberMove, Reading
from iku_etl.stages.trace.redefined import Redefinition
from iku_etl.stages.trace.way import Place, Stretch
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Row

SAID = (*MEASURES, *SAYINGS)
NUMBERS = tuple(
    name for name in MEMBER_COLUMNS if name not in ("period", "member", "member_name", "reason")
)  # of a member
Told = Callable[[int, int], None]  # how many readings are done, of how many


@dataclass(frozen=True)
class End:
    """One end of a difference: the newest row of a revision, or the row that stood at a publication."""

    revision: int | None = None
    publication_id: int | None = None


@dataclass(frozen=True)
class Step:
    """One step of the way: what the figure said before and after, what brought it, whom it moved."""

    cause: str
    before: Row
    after: Row
    start: Reading
    end: Reading
    events: tuple[Row, ...]
    members: tuple[MemberMove, ...] = ()

    @property
    def amounts(self) -> dict[str, Amount]:
        """Of each measure how much it moved; exact."""
        return {name: amounts.between(self.before[name], self.after[name]) for name in MEASURES}

    @property
    def columns(self) -> dict[str, tuple[object, object]]:
        """What differs, numbers and words: column -> (before, after)."""
        return {name: (self.before[name], self.after[name]) for name in SAID if self.before[name] != self.after[name]}


@dataclass(frozen=True)
class Part:
    """All steps of one cause, in the order in which they were taken."""

    cause: str
    steps: tuple[Step, ...]

    @property
    def amounts(self) -> dict[str, Amount]:
        """Of each measure how much the steps moved it together; exact."""
        return {name: reduce(Amount.__add__, (step.amounts[name] for step in self.steps), NOTHING) for name in MEASURES}

    @property
    def events(self) -> tuple[Row, ...]:
        """The loads and decisions it rests on."""
        return tuple(event for step in self.steps for event in step.events)

    @property
    def is_wording(self) -> bool:
        """Whether it moved no number, only what is said beside them."""
        return not any(name in MEASURES for step in self.steps for name in step.columns)


@dataclass(frozen=True)
class Why:
    """Two published rows of a figure and the parts of their difference; without `before` it was published once.

    `redefined` are the definitions that changed on the way. `unproven` are the ends that don't come out again.
    """

    after: Row
    header: Row
    before: Row | None
    parts: tuple[Part, ...] = ()
    redefined: tuple[Redefinition, ...] = ()
    unproven: tuple[Row, ...] = ()

    @property
    def amounts(self) -> dict[str, Amount]:
        """The whole difference, which the parts add up to."""
        if self.before is None:
            return dict.fromkeys(MEASURES, NOTHING)
        return {name: amounts.between(self.before[name], self.after[name]) for name in MEASURES}


def why(
    connection: Connection,
    indicator: str,
    period: str,
    between: tuple[End, End] | None = None,
    told: Told = lambda done, of: None,
) -> Why:
    """The difference of two published rows of a figure by cause, as auditor; of the newest two if none are named.

    Raises NotFound for a figure or end that is not there.
    """
    if between is None:
        after = published(connection, indicator, period)
        before = _before(connection, after)
    else:
        before, after = sorted(
            (_row(connection, indicator, period, end) for end in between), key=lambda row: int(row["figure_id"])
        )
    return why_rows(connection, before, after, told)


def why_rows(connection: Connection, before: Row | None, after: Row, told: Told = lambda done, of: None) -> Why:
    """The same of two rows of `iku.figure` of one figure, the older one first."""
    header = redefined.header(connection, after["definition"])
    if before is None:
        return Why(after, header, None, redefined=redefined.on_the_way(connection, [after]))
    rows = _rows(connection, before, after)
    readings = _Readings(connection, after["period"])
    found = way.stretches(connection, rows, _ends_at(connection, after["period"]))
    steps = _steps(readings, found, told)
    unproven = [row for row in (before, after) if _says(readings.figure(Place(way.reading_of(row)))) != _says(row)]
    moved = [step for step in steps if step.columns]
    parts = [Part(name, own) for name in NAMES if (own := tuple(step for step in moved if step.cause == name))]
    return Why(after, header, before, tuple(parts), redefined.on_the_way(connection, rows), tuple(unproven))


# ---------------------------------------------------------------- ends


def _row(connection: Connection, indicator: str, period: str, end: End) -> Row:
    if end.publication_id is None:
        return published(connection, indicator, period, end.revision)
    newest = published(connection, indicator, period)  # NotFound names what exists
    row = connection.execute(
        """
        select * from iku.published_figure
        where indicator = %s and period = %s and publication_id <= %s
        order by figure_id desc
        limit 1
        """,
        [indicator, period, end.publication_id],
    ).fetchone()
    if row is None:
        raise NotFound(
            f"{newest['indicator']} {newest['period']} belum terbit pada terbitan {end.publication_id}."
            f" Lihat: iku figures --indicator {indicator} --period {period} --history."
        )
    return row


def _before(connection: Connection, row: Row) -> Row | None:
    return connection.execute(
        """
        select * from iku.published_figure
        where indicator = %(indicator)s and period = %(period)s and figure_id < %(figure_id)s
        order by figure_id desc
        limit 1
        """,
        row,
    ).fetchone()


def _rows(connection: Connection, before: Row, after: Row) -> list[Row]:
    return connection.execute(
        """
        select * from iku.published_figure
        where
            indicator = %(indicator)s and period = %(period)s
            and figure_id between %(first)s and %(last)s
        order by figure_id
        """,
        {**after, "first": before["figure_id"], "last": after["figure_id"]},
    ).fetchall()


def _ends_at(connection: Connection, period: str) -> datetime:
    found: datetime = database.one(connection, "select ends_at from iku.period where period = %s", [period])["ends_at"]
    return found


# ---------------------------------------------------------------- steps


class _Readings:
    """What definitions give of one period under an as-of pair, each read once."""

    def __init__(self, connection: Connection, period: str) -> None:
        self.connection = connection
        self.period = period
        self._figures: dict[Reading, Row] = {}
        self._members: dict[Reading, dict[tuple[str, str], Row]] = {}

    def figure(self, place: Place) -> Row:
        """What it says there; all missing where there is none of the period."""
        if place.row is not None:
            return place.row
        if (at := place.at) not in self._figures:
            query = sql.SQL("select {} from {} where period = %s").format(_names(SAID), sql.Identifier(at[0], "figure"))
            with database.reading(self.connection, at[1], at[2]):
                found = self.connection.execute(query, [self.period]).fetchone()
            self._figures[at] = found or dict.fromkeys(SAID)
        return self._figures[at]

    def gives(self, one: Stretch) -> bool:
        """Whether a published row is what is read at its place; if so it stands for it, with the reason of its time."""
        if one.start.row is not None and one.end.row is not None:
            return _says(one.start.row) == _says(one.end.row)
        published_row = one.start.row or one.end.row or {}
        is_same = _says(self.figure(Place(one.start.at))) == _says(published_row)
        if is_same:  # a reason may tell of what was published since
            self._figures[one.start.at] = published_row
        return is_same

    def members(self, at: Reading) -> dict[tuple[str, str], Row]:
        """(base period, member) -> its row."""
        if at not in self._members:
            query = sql.SQL("select {} from {} where period = any(%s)").format(
                _names(MEMBER_COLUMNS), sql.Identifier(at[0], "member")
            )
            header = redefined.header(self.connection, at[0])
            with database.reading(self.connection, at[1], at[2]):
                periods = base_periods(self.connection, at[0], header, self.period)
                rows = self.connection.execute(query, [list(periods)])
                self._members[at] = {(row["period"], row["member"]): row for row in rows}
        return self._members[at]


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _says(row: Row) -> Row:
    return {name: row[name] for name in SAID if name != "reason"}  # it may tell of what was published since


def _steps(readings: _Readings, found: Sequence[Stretch], told: Told) -> list[Step]:
    """The stretches as steps: those that moved nothing fall away where nothing happened, neighbours become one."""
    steps: list[Step] = []
    for number, one in enumerate(found):
        told(number, len(found))
        step = Step(
            one.cause, readings.figure(one.start), readings.figure(one.end), one.start.at, one.end.at, one.events
        )
        if one.cause == "unexplained" and readings.gives(one):
            continue
        if one.is_register and step.columns and _come_or_go(readings, step):
            step = _of(step, cause="membership")
        if steps and steps[-1].cause == step.cause:
            last = steps.pop()
            step = Step(step.cause, last.before, step.after, last.start, step.end, (*last.events, *step.events))
        steps.append(step)
    told(len(found), len(found))
    return [_of(step, members=_moves(readings, step)) if step.columns else step for step in steps]


def _of(step: Step, cause: str | None = None, members: tuple[MemberMove, ...] = ()) -> Step:
    return Step(cause or step.cause, step.before, step.after, step.start, step.end, step.events, members)


def _come_or_go(readings: _Readings, step: Step) -> bool:
    """Whether the members of the base periods that are there before and after are others."""
    then, now = (readings.members(at).keys() for at in (step.start, step.end))
    both = {period for period, _ in then} & {period for period, _ in now}
    return any(period in both for period, _ in then ^ now)


def _moves(readings: _Readings, step: Step) -> tuple[MemberMove, ...]:
    if step.start == step.end:  # what was published against what is read of the same
        return ()
    return moves(readings.members(step.start), readings.members(step.end))


def moves(then: Mapping[tuple[str, str], Row], now: Mapping[tuple[str, str], Row]) -> tuple[MemberMove, ...]:
    """Members of which a number differs, those first of which it counts."""
    found = []
    for key in sorted(then.keys() | now.keys()):
        was, is_now = then.get(key), now.get(key)
        if was is None or is_now is None or any(was[name] != is_now[name] for name in NUMBERS):
            found.append(MemberMove(*key, str((is_now or was or {})["member_name"]), was, is_now))
    return tuple(sorted(found, key=lambda move: not move.is_counted))
