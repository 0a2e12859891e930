"""Floor 6. What the pages show, worked out before the templates: cards, spans, bars, member lists."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from iku_etl.database import Connection
from iku_etl.trace import Trace

Row = dict[str, Any]
EARLIER = 12  # periods in a card's table: a year of months


@dataclass(frozen=True)
class Span:
    """A period's days, and the day whose end is its cut-off (None while the parameter is not set)."""

    grain: str
    first_day: date
    last_day: date
    is_finished: bool
    cut_off_on: date | None


@dataclass(frozen=True)
class Panel:
    """One figure in large: the newest official one, or the one of the running period."""

    name: str
    row: Row
    span: Span | None


@dataclass(frozen=True)
class Card:
    """One indicator: what is large, what stands in the table below, and what it was computed under."""

    head: Row
    panels: tuple[Panel, ...]
    rows: tuple[Row, ...]


def spans(connection: Connection) -> dict[str, Span]:
    """All periods that have begun, with their cut-offs by the parameters in force."""
    rows = connection.execute(
        """
        select
            period.period,
            period.grain,
            period.first_day,
            period.last_day,
            period.is_finished,
            period.last_day + parameter.value::integer as cut_off_on
        from iku.period
        left join staging.parameter
            on period.period = parameter.period and parameter.name = 'cut_off_days_' || period.grain
        """
    )
    return {row.pop("period"): Span(**row) for row in rows}


def cards(rows: Iterable[Row], known: dict[str, Span]) -> list[Card]:
    """One card per indicator; rows are in the order of their periods' ends."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["indicator"], []).append(row)
    return [_card(own, known) for own in found.values()]


def _card(own: list[Row], known: dict[str, Span]) -> Card:
    def ends(row: Row) -> tuple[date, int]:
        span = known.get(row["period"])
        return (span.last_day if span else date.min, -len(row["period"]))

    own = sorted(own, key=ends)
    panels = []
    official = [row for row in own if row["is_official"]]
    if official:
        panels.append(Panel("Resmi terakhir", official[-1], known.get(official[-1]["period"])))
    running = [row for row in own if _is_grain(known.get(row["period"]), own[-1]["base_period"])]
    running = [row for row in running if row["coverage"] is not None] or running  # registers come after the month
    if running:
        span = known.get(running[-1]["period"])
        name = "Periode terakhir" if span and span.is_finished else "Periode berjalan"
        panels.append(Panel(name, running[-1], span))
    return Card(own[-1], tuple(panels), tuple(reversed([row for row in own if row["coverage"] is not None][-EARLIER:])))


def _is_grain(span: Span | None, grain: str) -> bool:
    return span is not None and span.grain == grain


def newest(rows: list[Row]) -> Row | None:
    """The row that was published last: it dates the page."""
    return max(rows, key=lambda row: (row["published_at"], row["as_of"]), default=None)


# ---------------------------------------------------------------- pieces


def bar(row: Row) -> dict[str, float | None] | None:
    """Where value, bounds and target of a percentage lie between 0 and 100; None for anything else."""
    if row["form"] != "persen" or (row["low"] is None and row["high"] is None):
        return None
    low, high = row["low"] or Decimal(0), Decimal(100) if row["high"] is None else row["high"]
    target = row["target"] if row["target"] is not None and 0 <= row["target"] <= 100 else None
    return {"low": _place(low), "width": max(_place(high) - _place(low), 1.0),
            "value": None if row["value"] is None else _place(row["value"]),
            "target": None if target is None else _place(target)}  # fmt: skip


def _place(value: Decimal) -> float:
    return round(float(min(max(value, Decimal(0)), Decimal(100))), 2)  # a place on the screen, not a number


def member_lists(found: Trace) -> list[tuple[str, list[Row]]]:
    """Members that are short of the whole first: what an official asks about; of a count, those with a reason."""
    if found.header["form"] == "persen":
        names = ("Belum memenuhi atau belum terbukti", "Memenuhi")
        short = [row for row in found.members if row["denominator"] == 0 or row["numerator"] != row["denominator"]]
    else:
        names = ("Dengan keterangan", "Lainnya")
        short = [row for row in found.members if row["reason"]]
    others = [row for row in found.members if row not in short]
    return [(name, rows) for name, rows in zip(names, (short, others), strict=True) if rows]
