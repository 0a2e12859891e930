"""Ringkasan: what the numbers are, whether they can be trusted, and what moved, on one screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from iku_etl import indonesian
from iku_etl.errors import NotFound
from iku_etl.figures import publications
from iku_etl.figures.publications import Span
from iku_etl.pipeline import Change, told_change
from iku_etl.warehouse.database import Row
from iku_etl.web import cards
from iku_etl.web.cards import Card
from iku_etl.web.desk import Entry, Visit, at
from iku_etl.web.login import Role
from iku_etl.web.night import night
from iku_etl.web.tongue import noted
from iku_etl.window import moment_of

ENTRY = Entry(10, noted("Ringkasan"), "/", Role.VIEWER)
router = APIRouter()


@dataclass(frozen=True)
class Line:
    """One indicator: `official` is its newest official figure, `running` the one of its newest base period."""

    card: Card
    official: Row | None
    running: Row | None
    moved: str

    @property
    def shown(self) -> Row:
        """The row whose target, capaian, coverage and quality stand in the line: the official one, if there is one."""
        return self.official or self.running or self.card.head


@router.get("/")
def overview(visit: Annotated[Visit, at(Role.VIEWER)], period: str | None = None, reported: str = "") -> HTMLResponse:
    """Every indicator in a line; `period` shows the figures of that period instead of the newest.

    `reported`, a day, shows what the office had reported by its end.
    """
    moment = _day(reported, visit) if reported else None
    if moment is None:
        rows = visit.desk.figures()
    else:
        with visit.desk.connect("reader") as connection:
            rows = publications.select(connection, reported=moment)
    spans = visit.desk.dated(rows)
    if period and period not in spans:
        raise NotFound(f"{period} bukan periode yang sudah dimulai. Pilih dari daftar periode di halaman ringkasan.")
    tonight = night(visit.desk)
    found = cards.cards(rows, spans)
    changes = () if moment else tonight.changes  # what moved tonight had not been reported then
    moved = {(one.figure["indicator"], one.figure["period"]): one for one in changes}
    return visit.render(
        "overview.html",
        lines=[_line(card, moved, rows, period) for card in found],
        activities=cards.activities(rows, spans),
        newest=cards.newest(rows),
        night=tonight,
        periods=_periods(spans, rows),
        chosen=period,
        reported=reported,
        reported_on=moment and moment.astimezone(visit.desk.settings.zone).date(),
    )


def _day(text: str, visit: Visit) -> datetime:
    """The end of a day that has come, or now where it is today; NotFound for anything else."""
    zone = visit.desk.settings.zone
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        asked = date.max
    if asked > datetime.now(zone).date() or asked.year < 2000:
        raise NotFound("Tulis hari yang sudah ada, seperti 2026-03-14: apa yang saat itu dilaporkan.")
    return moment_of(asked.isoformat(), zone, datetime.now(zone))


def _line(card: Card, moved: dict[tuple[str, str], Change], rows: Sequence[Row], period: str | None) -> Line:
    code = card.head["indicator"]
    if period:
        chosen = next((row for row in rows if row["indicator"] == code and row["period"] == period), None)
        official = chosen if chosen and chosen["is_official"] else None
        running = None if official else chosen
    else:
        official = next((panel.row for panel in card.panels if panel.row["is_official"]), None)
        running = next((panel.row for panel in card.panels if not panel.row["is_official"]), None)
    changes = [moved[code, row["period"]] for row in (official, running) if row and (code, row["period"]) in moved]
    return Line(card, official, running, "; ".join(told_change(change) for change in changes if change.before))


def _periods(spans: dict[str, Span], rows: Sequence[Row]) -> dict[str, list[str]]:
    """The periods that have a figure, the newest first, by the word for their kind."""
    known = {row["period"] for row in rows} & spans.keys()
    newest_first = sorted(known, key=lambda name: (spans[name].last_day, name), reverse=True)
    return {
        word: [name for name in newest_first if spans[name].grain == grain]
        for grain, word in reversed(indonesian.GRAINS.items())
    }
