"""What a decision would move: the figures that read a source, on both sides of a load number that is not kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from iku_etl.stages.trace.from_figure import base_periods
from iku_etl.stages.trace.moved import COMPARED, COUNTED, MemberMove, moves
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Row


@dataclass(frozen=True)
class Foreseen:
    """A figure that would be another: its rows before and after as publishing would write them, None where none is.

    `members` are those of its base periods that move. `header` is that of its definition.
    """

    indicator: str
    period: str
    header: Row
    before: Row | None
    after: Row | None
    members: tuple[MemberMove, ...]

    @property
    def row(self) -> Row:
        """The row that names it: afterwards, else before."""
        return self.after or self.before or {}

    @property
    def is_value(self) -> bool:
        """Whether its value moves, and not only what is said of it."""
        return (self.before or {}).get("value") != (self.after or {}).get("value")


def foreseen(
    connection: Connection, source: str, before: int, after: int, moment: datetime
) -> tuple[int, list[Foreseen]]:
    """How many figures read the source, and those that load `after` makes others than load `before` does.

    What is official and moves comes first. `connection` holds the transaction in which `after` was taken; its as-of is
    set, and left at `after`.
    """
    definitions = connection.execute(
        """
        select current.indicator, current.definition, definition.header
        from indicator.current
        inner join iku.definition on current.definition = definition.definition
        inner join iku.definition_source on current.definition = definition_source.definition
        where definition_source.source = %s
        order by current.indicator
        """,
        [source],
    ).fetchall()
    compared, found = 0, []
    for one in definitions:
        read = _Read(connection, one["definition"], one["header"], moment)
        then, now = read.figures(before), read.figures(after)
        compared += len(then.keys() | now.keys())
        differ = [period for period in sorted(then.keys() | now.keys()) if _differs(then.get(period), now.get(period))]
        if differ:
            found += [
                Foreseen(one["indicator"], period, one["header"], then.get(period), now.get(period), own)
                for period, own in read.members(differ, before, after)
            ]
    return compared, sorted(found, key=lambda each: (not each.row["is_official"], not each.is_value))


def _differs(then: Row | None, now: Row | None) -> bool:
    return then is None or now is None or any(then[name] != now[name] for name in COMPARED)


@dataclass(frozen=True)
class _Read:
    """One definition, read at load numbers."""

    connection: Connection
    definition: str
    header: Row
    moment: datetime

    def figures(self, as_of: int) -> dict[str, Row]:
        database.set_as_of(self.connection, as_of, self.moment)
        query = sql.SQL("select * from {}").format(sql.Identifier(self.definition, "figure"))
        return {row["period"]: row for row in self.connection.execute(query)}

    def members(self, periods: Sequence[str], before: int, after: int) -> list[tuple[str, tuple[MemberMove, ...]]]:
        """The members that move beneath each of these periods."""
        then = self._members(before)
        now = self._members(after)
        found = []
        for period in periods:
            beneath = base_periods(self.connection, self.definition, self.header, period)
            own = ({key: row for key, row in side.items() if key[0] in beneath} for side in (then, now))
            found.append((period, moves(*own)))
        return found

    def _members(self, as_of: int) -> dict[tuple[str, str], Row]:
        """(base period, member) -> its row."""
        database.set_as_of(self.connection, as_of, self.moment)
        names = sql.SQL(", ").join(map(sql.Identifier, ("period", "member", "member_name", *COUNTED)))
        query = sql.SQL("select {} from {}").format(names, sql.Identifier(self.definition, "member"))
        return {(row["period"], row["member"]): row for row in self.connection.execute(query)}
