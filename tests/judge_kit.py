"""A source made up for the judge: good records to spoil, a suite over them, and the verdict on a window."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import kit
import pyarrow as pa
from sqlalchemy import Boolean, Column, Date, DateTime, Integer, Numeric, Text

from iku_etl.model import KeptPayload, Rows, Source, quarantine, stop, warn
from iku_etl.records import verdict
from iku_etl.records.verdict import Verdict
from iku_etl.window import Window, window_named

ZONE = ZoneInfo("Asia/Jakarta")
WINDOW = window_named("day", "2026-03-14", ZONE)
NOW = datetime(2026, 3, 16, tzinfo=UTC)
COLUMNS = (
    Column("site", Text, nullable=False, comment="host"),
    Column("checked_at", DateTime(timezone=True), nullable=False, comment="when"),
    Column("latency_ms", Integer, comment="milliseconds"),
    Column("up", Boolean, comment="up"),
    Column("cause", Text, comment="why down"),
    Column("budget", Numeric, comment="rupiah"),
    Column("since", Date, comment="managed from"),
)
SUITE = (
    stop("ExpectTableRowCountToBeBetween", min_value=1),
    quarantine("ExpectColumnValuesToBeBetween", column="latency_ms", min_value=0, max_value=1000),
    quarantine("ExpectColumnValuesToBeInSet", column="cause", value_set=["tls", "dns"]),
    stop("ExpectColumnValuesToMatchRegex", column="site", regex=r"^[a-z.]+$"),
    warn("ExpectColumnValuesToBeBetween", column="budget", min_value=0),
    warn("ExpectColumnValuesToBeBetween", column="since", min_value=date(2020, 1, 1)),
)


def rows(*changes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Good records of the window, one a change."""
    return [
        {
            "site": f"{chr(97 + number)}.go.id", "checked_at": "2026-03-14T08:00:00+07:00", "latency_ms": "100",
            "up": "ya", "cause": "tls", "budget": "5", "since": "2026-01-01",
        }
        | change
        for number, change in enumerate(changes)
    ]  # fmt: skip


def source(*answers: Any, expectations: Any = SUITE, columns: Any = COLUMNS, **more: Any) -> Source:
    """A source whose payload number n gives the n-th answer: records as text, or Rows."""

    def read(payload: KeptPayload, _: Window) -> Iterator[Rows]:
        answer = answers[payload.payload_no - 1]
        if isinstance(answer, Rows):
            yield answer
            return
        names = list(dict.fromkeys(name for row in answer for name in row))
        places = [f"baris {number}" for number in range(2, len(answer) + 2)]
        made = {name: pa.array([row.get(name) for row in answer]) for name in names}
        yield Rows(pa.table({"place": pa.array(places, pa.string()), **made}), {"baris jumlah": 1})

    fields: dict[str, Any] = {
        "title": "Contoh", "owner": "Seksi Contoh", "kind": "events", "since": date(2026, 1, 1), "grid": "day",
        "schedule": "0 1 * * *", "version": 1, "privacy": "public", "key": ("site", "checked_at"), "name": "contoh",
        "columns": columns, "expectations": expectations, "parse": read,
    }  # fmt: skip
    return Source(**(fields | more))


def payload(number: int = 1) -> KeptPayload:
    """The n-th payload of a batch; its bytes are nowhere."""
    return KeptPayload(number, f"berkas{number}.csv", "text/csv", f"{number:064x}", 1, Path("nowhere"))


def judge(out: Path, made: Source, decisions: Any = (), payloads: int = 1, **more: Any) -> Verdict:
    """The verdict on a source's window, and what holds of every verdict."""
    kept = [payload(number) for number in range(1, payloads + 1)]
    found = kit.judge(made, WINDOW, kept, out, now=NOW, decisions=decisions, **more)
    assert verdict.read(out) == found, "what is kept is what was found"
    if found.is_ok:
        assert found.read == found.loaded + found.quarantined + found.declared_out
        assert sum(len(piece) for piece in found.pieces()) == found.loaded
    else:
        assert sum(len(piece) for piece in found.pieces()) == 0
    assert [path.name for path in out.parent.iterdir()] == [out.name], "nothing is left beside the result"
    return found


def check(found: Verdict, name: str, column: str | None = None) -> verdict.CheckResult:
    """What became of a check."""
    return next(one for one in found.checks if one.expectation == name and one.column_name == column)
