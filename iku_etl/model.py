"""The four nouns and what they are made of: frozen, typed, no I/O.

Source (what is collected), Batch (one attempt at one window of one source), Indicator (what is computed),
Publication (what was said, and when); around them Window, Payload and Records.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Column, ColumnElement

from iku_etl.settings import Endpoint
from iku_etl.window import Grid, Window

if TYPE_CHECKING:
    import pyarrow

Kind = Literal["events", "snapshot"]
Severity = Literal["stop", "quarantine", "warn"]
Ending = Literal["in_force", "unchanged", "rejected", "failed", "waiting"]
Clash = Literal["reject", "aside", "newest"]
Privacy = Literal["public", "internal", "token", "personal"]


# ---------------------------------------------------------------- Source


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
    each record first, from its neighbours too (window functions); `by` may name these. `where`: of which records. A
    changed expression needs a new `version`, which is computed beside the old one.
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

    - `kind`: `events` (what happened in the window) or `snapshot` (a register as it stood).
    - `grid`: the window is one cell of it, in the local zone; `since`: the first cell's first day.
    - `schedule`: cron, local zone. `lookback`: how many earlier cells are collected again each time.
    - `late_by`: a file without a position date belongs to the cell just ended if collected within this.
    - `max_age`: a snapshot older than this proves nothing.
    - `version`: of the contract (columns and parsing); a changed parse must change it.
    - `columns`: SQLAlchemy Columns; `info` may hold `privacy` (default: the source's), `headings` (the names the
      column has in register files), `label` (what people call it where it has none) and `code_list` (cells may be
      names of that list of reference/code_lists.py; `code_list_where`: only in rows that have that text in that
      column). `example`: texts that fit, for the form; a text with a pattern that people type has one or more.
      `proof`: the text names a document (evidence, letter, decree), so words for nothing are none. `decimal`: the
      mark that parts a number's fraction there, `,` or `.`; the other one parts thousands. `settled`: a share, 0.5 say;
      where a count of events falls below that share of what is in force, the batch waits for a person.
    - `free_of_personal_data`: why no file of it names a person; else what is not declared is stripped, not kept.
    - `key`: the columns that name a record within its window. `expectations`: the suite.
    - `clash`: of records that share a key and differ: `reject` the batch, set all `aside`, or all but the `newest` by
      `clash_by` (all where that can't be told). Without it `aside` where people fill it in, else `reject`.
    - `retired`: columns that are no longer delivered, by name: earlier facts keep them.
    - `serves_history`: a snapshot whose system can answer for a past position. `is_register`: people fill it in.
    - `poller`: lands into the open window all day, loads once when it has closed.
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
    retired: tuple[str, ...] = ()
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
    extract: "Extract | None" = None
    parse: "Parse | None" = None

    def column(self, name: str) -> Column[Any]:
        """The declared column of that name; KeyError if there is none."""
        return {column.name: column for column in self.columns}[name]

    def privacy_of(self, column: Column[Any]) -> Privacy:
        privacy: Privacy = column.info.get("privacy", self.privacy)
        return privacy

    @property
    def on_clash(self) -> Clash:
        """What becomes of records that share a key and differ."""
        return self.clash or ("aside" if self.is_register else "reject")

    @property
    def is_redacted(self) -> bool:
        """Whether what is received is stripped to the declared columns before it lands."""
        return self.privacy == "personal" or any(
            self.privacy_of(column) in ("token", "personal") for column in self.columns
        )

    @property
    def is_stripped(self) -> bool:
        """Whether a register file loses what the declaration does not name before it lands."""
        return self.is_redacted or (self.is_register and not self.free_of_personal_data)


# ---------------------------------------------------------------- Payload, Records


@dataclass(frozen=True)
class Payload:
    """What one request or file gave: its description and its bytes, which can be read once.

    `media_type` chooses the parser; `request` holds method, url, parameters and never a secret;
    `position` is the date a register file declares for itself (`posisi_per`).
    """

    name: str
    media_type: str
    request: Mapping[str, Any]
    asked_at: datetime
    answered_at: datetime
    status: int | None
    chunks: Iterable[bytes] = field(repr=False, compare=False)
    position: date | None = None


@dataclass(frozen=True)
class KeptPayload:
    """A payload in the raw store: `path` holds exactly the bytes whose SHA-256 is `sha256` (hex)."""

    payload_no: int
    name: str
    media_type: str
    sha256: str
    size_bytes: int
    path: Path = field(compare=False)
    payload_id: int | None = None


@dataclass(frozen=True)
class Problem:
    """One cell that could not be read as its column declares, or one record that breaks a rule of the parser."""

    record_no: int
    column: str | None
    text: str | None  # as it stood in the payload; shown only of public columns
    message: str


@dataclass(frozen=True)
class Unobserved:
    """A part of what was asked for that can't be known: one record is set aside for it, with this sentence.

    `place`: where in the payload it would stand; `known`: column -> text of the columns that say whom it concerns.
    """

    place: str
    sentence: str
    known: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rows:
    """What a connector's reader yields: a piece of a payload as a table, still as the source says it.

    `table` has the column `place` (`baris 14, byte 803-861`, `/data/result/3/values/17`, `Sheet1!14`) and one
    column per name found in the source: text, or already of the declared type. `declared_out` counts records
    that the source's own rule leaves out (totals row, a sample outside the window), by reason. `unobserved`: what
    was asked and not answered; the rest of the payload counts. `stripped`: undeclared columns that it lost before
    it was kept, by their headings where those are nobody's.
    """

    table: "pyarrow.Table"
    declared_out: Mapping[str, int] = field(default_factory=dict)
    unobserved: tuple[Unobserved, ...] = ()
    stripped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Records:
    """A piece of a batch, typed as declared. `table`: record_no, payload_no, place, then the declared columns."""

    table: "pyarrow.Table"
    problems: tuple[Problem, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    declared_out: Mapping[str, int] = field(default_factory=dict)
    stripped: tuple[str, ...] = ()  # as in Rows
    missing_columns: tuple[str, ...] = ()  # nullable ones that the payload does not have


Extract = Callable[[Window, Endpoint], Iterable[Payload]]
Parse = Callable[[KeptPayload, Window], Iterator[Rows]]


# ---------------------------------------------------------------- Batch


@dataclass(frozen=True)
class Batch:
    """A row of the manifest: one attempt at one window. Times are aware; `ending` None means still open."""

    batch_id: int
    source: str
    window: Window
    contract_version: int
    purpose: Literal["collect", "replay"]
    asked_at: datetime | None
    landed_at: datetime | None
    payload_fingerprint: str | None
    judged_sha256: str | None
    record_fingerprint: str | None
    ending: Ending | None
    load_no: int | None
    revision: int | None
    superseded_by: int | None
    confirms: int | None
    instead_of: int | None
    decision_id: int | None
    records_read: int | None
    loaded: int | None
    quarantined: int | None
    declared_out: int | None
    reason: str | None


@dataclass(frozen=True)
class Decision:
    """What a person decided, with reason and name, about a record (by key and hash), a batch or a figure."""

    decision_id: int
    kind: Literal["release", "correction", "withdraw", "instead_of", "verify", "approve"]
    source: str | None
    record_key: Mapping[str, Any] | None
    record_hash: str | None
    batch_id: int | None
    changes: Mapping[str, Any] | None
    reason: str
    decided_by: str
    load_no: int


# ---------------------------------------------------------------- Indicator

MEMBER_COLUMNS = (
    "period", "member", "member_name", "numerator", "denominator", "numerator_low", "numerator_high",
    "denominator_low", "denominator_high", "seen", "due", "reason",
)  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """A staging relation an indicator rests on, and the column in it that names the member."""

    relation: str  # without `staging.`
    member_column: str


@dataclass(frozen=True)
class Indicator:
    """The header of one SQL file of sql/indicators/, and its text. `form` persen or jumlah, `roll_up` last or sum.

    Without `official_periods` (header: `none`) it is a companion, shown beside the indicator whose code its own
    begins with (IKU-09-TITIK beside IKU-09), and never official.
    """

    code: str
    title: str
    unit: str
    form: Literal["persen", "jumlah"]
    roll_up: Literal["last", "sum"]
    base_period: Literal["month", "triwulan", "semester"]
    official_periods: tuple[str, ...]
    polarity: Literal["naik", "turun"]
    owner: str
    legal_basis: str
    in_force_from: date
    evidence: tuple[Evidence, ...]
    name: str  # the file's stem, say iku_05_website_aktif
    text: str = field(repr=False)
