"""Source, and what it is declared of: its checks, roll-ups and columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import Column, ColumnElement

from iku_etl.model.payload import Extract, Parse
from iku_etl.window import Grid

Kind = Literal["events", "snapshot"]
Severity = Literal["stop", "quarantine", "warn"]
Clash = Literal["reject", "aside", "newest"]
Privacy = Literal["public", "internal", "token", "personal"]
COLUMN_INFO = frozenset({
    "privacy", "headings", "label", "code_list", "code_list_where", "values", "example", "pattern", "proof", "retired",
    "decimal", "event_time", "settled",
})  # fmt: skip
"""What `info` of a column may hold, see `Source.columns`. Another word is refused: nothing would read it."""


@dataclass(frozen=True)
class Expectation:
    """One check of a suite: a Great Expectations class by name, its arguments, and what a failure means.

    `stop` rejects the batch, `quarantine` sets the failing records aside, `warn` only says so. `words`: what it asks of
    the columns, in Indonesian, where the catalogue has no sentence for the class or a better one is known.
    """

    name: str
    severity: Severity
    arguments: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""


def stop(name: str, *, words: str = "", **arguments: Any) -> Expectation:
    """A failure rejects the whole batch."""
    return Expectation(name, "stop", arguments, words)


def quarantine(name: str, *, words: str = "", **arguments: Any) -> Expectation:
    """Failing records are set aside, counted and kept; the others load."""
    return Expectation(name, "quarantine", arguments, words)


def warn(name: str, *, words: str = "", **arguments: Any) -> Expectation:
    """A failure is reported and nothing else."""
    return Expectation(name, "warn", arguments, words)


@dataclass(frozen=True)
class Unregistered:
    """Say which values of `column` the newest register batch of `register` does not name.

    It looks at another source, so it can only warn: else the order of windows would change a figure.
    """

    column: str
    register: str
    register_column: str
    where: tuple[str, str] | None = None


def warn_unregistered(
    column: str, register: str, register_column: str | None = None, where: tuple[str, str] | None = None
) -> Unregistered:
    """Report values of `column` that the register does not name; facts about them load all the same. `where`: (another
    column, the text in it that makes a value one of that register's)."""
    return Unregistered(column, register, register_column or column, where)


@dataclass(frozen=True)
class RollUp:
    """A derived table of a batch: `measures` of the facts per `by`, made in the load transaction.

    `measures` pairs each column with an expression over the source's own and those of `derived`: what is computed for
    each record first, from its neighbours too (window functions); `by` may name these. `where`: of which records. An
    expression that says something else needs a new `version`, which is computed beside the old one (`iku migrate`).
    """

    name: str
    version: int
    by: tuple[str, ...]
    measures: tuple[tuple[Column[Any], ColumnElement[Any]], ...]
    derived: tuple[tuple[Column[Any], ColumnElement[Any]], ...] = ()
    where: ColumnElement[bool] | None = None


@dataclass(frozen=True)
class Source:
    """One source, as its module declares it; `name`, `summary`, `is_register`, `extract`, `parse` the catalogue fills.

    - `kind`: `events` (what happened in the window) or `snapshot` (a register as it stood). `grid`: the window is one
      cell of it, in the local zone; `since`: the first cell's first day.
    - `schedule`: cron, local zone. `lookback`: how many earlier cells are collected again each time. `late_by`: a file
      without a position date belongs to the cell just ended if collected within this. `max_age`: a snapshot older than
      this proves nothing. `version`: of the contract (columns and parsing).
    - `columns`: SQLAlchemy Columns; `info` may hold `privacy` (default: the source's), `headings` (the names the
      column has in register files), `label` (what people call it where it has none) and `code_list` (cells may be
      names of that list of reference/code_lists.py; `code_list_where`: only in rows that have that text in that
      column). `example`: texts that fit, for the form; a text with a pattern that people type has one or more.
      `proof`: the text names a document (evidence, letter, decree), so words for nothing are none. `decimal`: the
      mark that parts a number's fraction there, `,` or `.`; the other one parts thousands. `settled`: a share, 0.5 say;
      where a count of events falls below that share of what is in force, the batch waits for a person. `retired`: why
      a nullable column is delivered no more; earlier facts and files keep it, nobody misses it.
    - `free_of_personal_data`: why no file of it names a person; else what is not declared is stripped, not kept.
    - `key`: the columns that name a record within its window. `expectations`: the suite. `clash`: of records that share
      a key and differ: `reject` the batch, set all `aside`, or leave out all but the `newest` by `clash_by` (`aside`
      where that can't be told). Without it `aside` for registers, else `reject`.
    - `serves_history`: a snapshot whose system can answer for a past position. `is_register`: people fill it in.
      `poller`: lands into the open window all day, loads once when it has closed.
    """

    title: str
    owner: str
    kind: Kind
    since: date
    grid: Grid
    schedule: str
    version: int
    columns: tuple[Column[Any], ...]
    privacy: Privacy
    key: tuple[str, ...]
    expectations: tuple[Expectation | Unregistered, ...]
    clash: Clash | None = None
    clash_by: str = ""
    lookback: int = 0
    late_by: timedelta | None = None
    max_age: timedelta | None = None
    free_of_personal_data: str = ""
    roll_ups: tuple[RollUp, ...] = ()
    serves_history: bool = False
    poller: bool = False
    name: str = ""
    summary: str = ""
    is_register: bool = False
    extract: Extract | None = None
    parse: Parse | None = None

    def column(self, name: str) -> Column[Any]:
        """The declared column of that name; KeyError if there is none."""
        return {column.name: column for column in self.columns}[name]

    def privacy_of(self, column: Column[Any]) -> Privacy:
        privacy: Privacy = column.info.get("privacy", self.privacy)
        return privacy

    @property
    def delivered(self) -> tuple[Column[Any], ...]:
        """The columns that are asked for."""
        return tuple(column for column in self.columns if "retired" not in column.info)

    @property
    def on_clash(self) -> Clash:
        """What becomes of records that share a key and differ."""
        return self.clash or ("aside" if self.is_register else "reject")

    @property
    def is_redacted(self) -> bool:
        """Whether what is received is stripped to the declared columns before it lands."""
        classes = {self.privacy_of(column) for column in self.columns}
        return self.privacy == "personal" or not classes.isdisjoint(("token", "personal"))

    @property
    def is_stripped(self) -> bool:
        """Whether a register file loses what the declaration does not name before it lands."""
        return self.is_redacted or (self.is_register and not self.free_of_personal_data)
