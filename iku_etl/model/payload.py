"""What a source gives: payloads, their rows, and what could not be read or known of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iku_etl.settings import Endpoint
from iku_etl.window import Window

if TYPE_CHECKING:
    import pyarrow


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
    personal_columns: tuple[str, ...] = ()  # unknown ones, of this piece or before it, with a person's number in it
    warnings: tuple[str, ...] = ()  # of the payload that was just read to its end


Extract = Callable[[Window, Endpoint], Iterable[Payload]]
Parse = Callable[[KeptPayload, Window], Iterator[Rows]]
