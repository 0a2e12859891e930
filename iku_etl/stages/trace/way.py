"""The way from one published row of a figure to the next: its states in between, each step with its cause.

Rows that were published stand where they stood: between two of them the loads are taken one by one by number, adjacent
ones of one cause together; the clock goes on with the first new data that is no register, else after the loads; the
definition changes last (decision 77). Every state is a reading of the definition's own views, so steps add up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from iku_etl.stages.trace import events
from iku_etl.stages.trace.moved import Reading
from iku_etl.warehouse.database import Connection, Row


@dataclass(frozen=True)
class Place:
    """A state of the figure: the row that was published of it, or None where it is to be read."""

    at: Reading
    row: Row | None = None


@dataclass(frozen=True)
class Stretch:
    """From one state to the next. `is_register`: the cause is another if members come or go."""

    cause: str
    start: Place
    end: Place
    events: tuple[Row, ...] = ()
    is_register: bool = False

    def turned(self) -> "Stretch":
        return Stretch(self.cause, self.end, self.start, self.events[::-1], self.is_register)


def stretches(connection: Connection, rows: Sequence[Row], ends_at: datetime) -> list[Stretch]:
    """All of the way through these published rows of a figure whose period ends at `ends_at`, in the rows' order."""
    found = [one for then, now in pairwise(rows) for one in _between(connection, then, now, ends_at)]
    return found


def reading_of(row: Row) -> Reading:
    return row["definition"], row["as_of"], row["as_of_time"]


def _between(connection: Connection, then: Row, now: Row, ends_at: datetime) -> list[Stretch]:
    """Between two published rows. One stretch goes from row to row; of several the ends are read again."""
    if (now["as_of"], now["as_of_time"]) < (then["as_of"], then["as_of_time"]):  # an earlier state, published later
        return [one.turned() for one in reversed(_between(connection, now, then, ends_at))]
    start, end = Place(reading_of(then), then), Place(reading_of(now), now)
    legs = _legs(connection, start.at, end.at, ends_at)
    if not legs:
        return [Stretch("unexplained", start, end)]
    if len(legs) == 1:
        return [Stretch(legs[0].cause, start, end, tuple(legs[0].events), legs[0].is_register)]
    places = [Place(start.at), *(Place(leg.until) for leg in legs)]
    inner = [
        Stretch(leg.cause, *pair, tuple(leg.events), leg.is_register)
        for leg, pair in zip(legs, pairwise(places), strict=True)
    ]
    return [Stretch("unexplained", start, places[0]), *inner, Stretch("unexplained", places[-1], end)]


@dataclass
class _Leg:
    cause: str
    events: list[Row]
    until: Reading
    is_register: bool = False


def _legs(connection: Connection, start: Reading, end: Reading, ends_at: datetime) -> list[_Leg]:
    found: list[_Leg] = []
    for leg in _each(connection, start, end, ends_at):
        if found and found[-1].cause == leg.cause and not (found[-1].is_register or leg.is_register):
            found[-1] = _Leg(leg.cause, [*found[-1].events, *leg.events], leg.until)
        else:
            found.append(leg)
    return found


def _each(connection: Connection, start: Reading, end: Reading, ends_at: datetime) -> Iterator[_Leg]:
    (definition, after, moment), (new_definition, until, new_moment) = start, end
    for event in events.between(connection, {definition, new_definition}, after, until):
        by = events.cause(event, start[2], ends_at)
        is_register = events.may_move_members(event, by)
        if by == "new" and not is_register:
            moment = new_moment
        after = event["load_no"]
        yield _Leg(by, [event], (definition, after, moment), is_register)
    if moment != new_moment:
        yield _Leg("coverage", [], (definition, until, new_moment))
    if definition != new_definition:
        yield _Leg("definition", [], end)
