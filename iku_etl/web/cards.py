"""What the pages show, worked out before the templates: cards, spans, bars."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from iku_etl import indonesian
from iku_etl.figures.publications import Span, activities_in_force, is_activity, is_companion, main_code
from iku_etl.warehouse.database import Row
from iku_etl.web.tongue import noted

EARLIER = 12  # periods in a card's table: a year of months


@dataclass(frozen=True)
class Panel:
    """One figure in large: the newest official one, or the one of the running period."""

    name: str
    row: Row
    span: Span | None


@dataclass(frozen=True)
class Card:
    """One indicator: what is large, what stands in the table below, and what it was computed under.

    `base` are the last of its base periods that are over or run, oldest first: what a sparkline shows.
    `companions` are cards of figures that are shown beside it and never official.
    """

    head: Row
    panels: tuple[Panel, ...]
    rows: tuple[Row, ...]
    base: tuple[Row, ...] = ()
    companions: "tuple[Card, ...]" = ()


def overview(rows: list[Row], known: dict[str, Span]) -> dict[str, Any]:
    counted = activities(rows, known)
    return {
        "cards": cards(rows, known),
        "activities": counted,
        "activities_in_force": activities_in_force(counted),
        "newest": newest(rows),
    }


def cards(rows: Iterable[Row], known: dict[str, Span]) -> list[Card]:
    """One card per indicator with its companions; rows are in the order of their periods' ends.

    A companion whose indicator has no figure yet has a card of its own.
    """
    found: dict[str, list[Row]] = {}
    for row in rows:
        if not is_activity(row["indicator"]):
            found.setdefault(row["indicator"], []).append(row)
    made = {code: _card(own, known) for code, own in found.items()}
    beside: dict[str, list[Card]] = {}
    for code, card in made.items():
        if is_companion(code) and main_code(code) in made:
            beside.setdefault(main_code(code), []).append(card)
    below = {card.head["indicator"] for cards_of_one in beside.values() for card in cards_of_one}
    return [replace(card, companions=tuple(beside.get(code, ()))) for code, card in made.items() if code not in below]


def activities(rows: Iterable[Row], known: dict[str, Span]) -> list[Row]:
    """The figure of each activity's longest and latest period, by code."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if is_activity(row["indicator"]):
            found.setdefault(row["indicator"], []).append(row)
    return [_by_end(own, known)[-1] for _, own in sorted(found.items())]


def _by_end(own: list[Row], known: dict[str, Span]) -> list[Row]:
    """The rows in the order in which their periods end, the shortest last among those that end together."""

    def ends(row: Row) -> tuple[date, int]:
        span = known.get(row["period"])
        return (span.last_day if span else date.min, -len(row["period"]))

    return sorted(own, key=ends)


def _card(own: list[Row], known: dict[str, Span]) -> Card:
    own = _by_end(own, known)
    panels = []
    official = [row for row in own if row["is_official"]]
    if official:
        panels.append(Panel(noted("Resmi terakhir"), official[-1], known.get(official[-1]["period"])))
    running = [row for row in own if _is_grain(known.get(row["period"]), own[-1]["base_period"])]
    running = [row for row in running if row["coverage"] is not None] or running  # registers come after the month
    if running:
        span = known.get(running[-1]["period"])
        kind = indonesian.GRAINS[own[-1]["base_period"]].capitalize()
        name = f"{kind} terakhir" if span and span.is_finished else f"{kind} berjalan"
        panels.append(Panel(name, running[-1], span))
    base = [row for row in own if _is_grain(known.get(row["period"]), row["base_period"])]
    seen = [row for row in own if row["coverage"] is not None]
    return Card(own[-1], tuple(panels), tuple(reversed(seen[-EARLIER:])), tuple(base[-EARLIER:]))


def _is_grain(span: Span | None, grain: str) -> bool:
    return span is not None and span.grain == grain


def newest(rows: list[Row]) -> Row | None:
    """The row that was published last: it dates the page."""
    return max(rows, key=lambda row: (row["published_at"], row["as_of"]), default=None)


def newest_of_each(rows: Iterable[Row]) -> dict[tuple[str, str], Row]:
    """The rows by indicator and period; of several the last."""
    return {(row["indicator"], row["period"]): row for row in rows}


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
