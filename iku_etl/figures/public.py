"""What the public is shown: figures and counts of periods that are over, and no small count of persandian.

A count that is small tells of single messages or people, so a figure of a persandian section is closed where one of its
counts is between 1 and `least - 1`: value, bounds, counts, coverage, capaian and predikat together, for each gives the
others. A sum that holds a closed period is closed too, up to the year, so no total gives back what was closed, nor does
the total of an earlier publication (decision 66), nor one that was approved and restated since. Reasons and members
are not public: they name whom they are about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from iku_etl.figures import approvals, publications
from iku_etl.figures.publications import Span
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Row

LEAST = 5  # while the register `parameter` says nothing: the least count that is told
PARAMETER = "public_least_count"
SECTION = "persandian"  # in the name of the section that owns a figure
CLOSED = ("value", "low", "high", "numerator", "denominator", "coverage", "capaian", "predikat")
TOLD = (  # of a row of `publications.select`; what is not named here is not public
    "indicator", "title", "form", "unit", "base_period", "owner", "legal_basis", "period", "figure_id", "revision",
    "is_official", *CLOSED, "target", "tahap", "mutu", "stale_since", "definition", "as_of", "as_of_time",
    "published_at", "published_on", "is_running", "restated_because_publicly",
)  # fmt: skip


@dataclass(frozen=True)
class Public:
    """Figures as the public may read them; a row has `is_closed`. `least` is the least count of persandian told.

    `titles` are those of every indicator by its code, also of one whose periods all run.
    """

    rows: tuple[Row, ...]
    spans: Mapping[str, Span]
    least: int
    titles: Mapping[str, str] = field(default_factory=dict)


def public(
    connection: Connection, as_of: int | None = None, as_of_time: datetime | None = None,
    reported: datetime | None = None,
) -> Public:  # fmt: skip
    """The newest row of every figure whose period is over. Needs `iku_auditor`: the threshold is a parameter.

    With `reported` the row that stood as the office's word at that moment, as `publications.select` has it.
    All figures at once, never one alone: what is closed hangs on the others.
    """
    rows = publications.select(connection, as_of=as_of, as_of_time=as_of_time, reported=reported)
    spans, least = publications.spans(connection, as_of, as_of_time or reported), _least(connection)
    closed = closed_cells(rows, spans, least)
    frozen = [row | row["approved"] if row["approved"] else row for row in rows]  # as they were approved
    hidden = closed | closed_cells(frozen, spans, least)
    told = [
        _told(row, (row["indicator"], row["period"]) in closed, (row["indicator"], row["period"]) in hidden)
        for row in rows
        if not row["is_running"]
    ]
    return Public(tuple(told), spans, least, {row["indicator"]: row["title"] for row in rows})


def _least(connection: Connection) -> int:
    """The strictest threshold that the register states now: what is closed today is closed of earlier days too."""
    with database.reading(connection):
        row = database.one(connection, "select max(value) as least from staging.parameter where name = %s", [PARAMETER])
    return LEAST if row["least"] is None else int(row["least"])


def closed_cells(rows: Sequence[Row], spans: Mapping[str, Span], least: int) -> set[tuple[str, str]]:
    """Indicator and period of each figure that is closed, running ones too; `rows` hold all periods of an indicator."""
    small = {(row["indicator"], row["period"]) for row in rows if _is_small(row, least)}
    within: dict[str, list[Span]] = {}
    for code, period in small:
        if period in spans:
            within.setdefault(code, []).append(spans[period])
    sums = {
        (row["indicator"], row["period"])
        for row in rows
        if row["roll_up"] == "sum" and _holds(spans.get(row["period"]), within.get(row["indicator"], ()))
    }
    return small | sums


def _is_small(row: Row, least: int) -> bool:
    if SECTION not in (row["owner"] or "").lower():
        return False
    numerator, denominator = row["numerator"], row["denominator"]
    rest = None if numerator is None or denominator is None else denominator - numerator
    return any(count is not None and Decimal(0) < count < least for count in (numerator, denominator, rest))


def _holds(span: Span | None, closed: Sequence[Span]) -> bool:
    return span is not None and any(span.first_day <= one.first_day and one.last_day <= span.last_day for one in closed)


def _told(row: Row, is_closed: bool, is_approved_closed: bool) -> Row:
    told = {name: None if is_closed and name in CLOSED else row[name] for name in TOLD}
    return told | {"is_closed": is_closed, "approved": _approved(row["approved"], is_approved_closed)}


def _approved(approved: Row | None, is_closed: bool) -> Row | None:
    """What was approved, by which official and letter; who typed it is not told."""
    if approved is None:
        return None
    told = {name: None if is_closed and name in CLOSED else approved[name] for name in approvals.KEPT}
    return told | {"is_closed": is_closed, "approved_by": None}


def evidence(row: Row) -> str:
    """The name of a published row: the same for ever, and of no other; `iku trace` starts from its parts."""
    return f"{row['indicator']}:{row['period']}:{row['revision']}:{row['figure_id']}"
