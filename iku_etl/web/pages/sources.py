"""Sumber: each source as a card, and one source with its windows, checks, quarantine, batches and columns."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from babel.dates import format_timedelta, get_day_names, get_month_names
from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from iku_etl import catalogue, indonesian
from iku_etl.catalogue import dictionary, sentences
from iku_etl.catalogue.checks import with_sentences
from iku_etl.errors import DeclarationError, NotFound
from iku_etl.manifest import calendar, listing
from iku_etl.model import Source
from iku_etl.pipeline.standing import scheduled_last
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Row
from iku_etl.web import windows
from iku_etl.web.desk import Entry, Visit, at
from iku_etl.web.login import Role
from iku_etl.web.tongue import Tongue, noted
from iku_etl.window import window_at

ENTRY = Entry(25, noted("Sumber"), "/sumber", Role.VIEWER)
router = APIRouter()
JUDGED = 12  # windows of which the checks are shown side by side
PAGED = 30  # batches on one page
MESSAGES = 20  # kinds of what was set aside
STATES = {
    "gagal": noted("percobaan terakhir gagal"),
    "menunggu": noted("menunggu keputusan"),
    "diam": noted("tidak berjalan menurut jadwal"),
    "kurang": noted("ada jendela yang belum ada"),
    "belum": noted("belum pernah masuk"),
    "hilang": noted("ada jendela yang hilang"),
    "utuh": noted("lengkap"),
}
DAILY = re.compile(r"(\d{1,2}) (\d{1,2}) \* \* \*")


@dataclass(frozen=True)
class Card:
    """A source as it stands: what the manifest counts, its declaration where it can be read, its gaps."""

    row: Row
    standing: Row
    declared: Source | None
    missing: int
    lost: int
    is_silent: bool
    now: datetime

    def age(self, tongue: Tongue) -> str:
        """How long ago an attempt last found what is in force; empty if none did."""
        checked = self.standing["checked_at"]
        return "" if checked is None else format_timedelta(checked - self.now, add_direction=True, locale=tongue.code)

    @property
    def state(self) -> str:
        if self.standing["last_ending"] in ("failed", "rejected"):
            return "gagal"
        if self.standing["waiting"]:
            return "menunggu"
        if self.is_silent:
            return "diam"
        if self.missing:
            return "kurang"
        if self.standing["batch_id"] is None:
            return "belum"
        return "hilang" if self.lost else "utuh"

    @property
    def word(self) -> str:
        return STATES[self.state]

    @property
    def clock(self) -> str | None:
        """`05.46` of a daily schedule; None for another."""
        found = DAILY.fullmatch(self.declared.schedule) if self.declared else None
        return f"{int(found[2]):02}.{int(found[1]):02}" if found else None


@router.get("/sumber")
def sources(visit: Annotated[Visit, at(Role.VIEWER)]) -> HTMLResponse:
    """Every source: what it is, whose, its last batch, its age against its schedule, and its state."""
    found = cards(visit)
    order = list(STATES)
    return visit.render(
        "sources.html",
        cards=sorted(found, key=lambda card: (order.index(card.state), card.row["title"])),
        states={state: sum(card.state == state for card in found) for state in STATES},
        STATES=STATES,
    )


def cards(visit: Visit) -> list[Card]:
    """The sources of the manifest, by name; the gaps are read once, so `due` is counted here as `Pipeline.sources`."""
    zone = visit.desk.settings.zone
    with visit.desk.pipeline() as pipeline:
        now, gaps = pipeline.now(), pipeline.gaps()
    with visit.desk.connect("auditor") as connection, database.reading(connection):
        rows = listing.sources(connection)
        known = {row["source"]: row for row in calendar.standings(connection)}
    lost = Counter(row["source"] for row in gaps if row["untold"] is not None)
    missing = Counter(row["source"] for row in gaps if row["untold"] is None)
    found = []
    for row in rows:
        name, source, standing = row["source"], declared(row["source"]), known[row["source"]]
        counted = row | {"due": row["in_force"] + missing[name] + lost[name]}
        is_silent = _is_silent(source, standing, now, zone)
        found.append(Card(counted, standing, source, missing[name], lost[name], is_silent, now))
    return found


def declared(name: str) -> Source | None:
    """The source as its module says; None for one that is gone or broken, whose manifest stays readable."""
    try:
        return catalogue.source(name) if name in catalogue.source_names() else None
    except DeclarationError:
        return None


def _is_silent(source: Source | None, standing: Row, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a system was not asked when its schedule said so; files are looked at when they change."""
    if source is None or source.is_register or standing["last_ended_at"] is None:
        return False
    return bool(standing["last_ended_at"] < scheduled_last(source, now, zone))


# ---------------------------------------------------------------- one source


@router.get("/sumber/{source}")
def source(
    visit: Annotated[Visit, at(Role.VIEWER)], source: str, year: int | None = None, window: date | None = None,
    before: int | None = None,
) -> HTMLResponse:  # fmt: skip
    """One source; `year` of the calendar, `window` (its first day) in detail, batches from below `before` on."""
    card = next((one for one in cards(visit) if one.row["source"] == source), None)
    if card is None:
        raise NotFound("Tidak ada sumber dengan nama itu. Pilih dari halaman Sumber.")
    with visit.desk.connect("auditor") as connection, database.reading(connection):
        results = with_sentences(calendar.judged(connection, source, JUDGED))
        aside = calendar.set_aside(connection, source, MESSAGES)
        batches = calendar.attempts(connection, source, before, PAGED + 1)
        shown = _calendar(visit, connection, card, year)
    columns = list(dict.fromkeys((row["batch_id"], row["window_on"]) for row in results))
    return visit.render(
        "source.html",
        card=card,
        declared=card.declared,
        facts=list(dictionary.facts(card.declared)) if card.declared else [],
        columns=dictionary.columns(card.declared) if card.declared else [],
        judged=columns,
        lines=windows.check_lines(results, [batch_id for batch_id, _ in columns]),
        OUTCOMES=sentences.OUTCOMES,
        aside=aside,
        batches=batches[:PAGED],
        older=batches[PAGED - 1]["batch_id"] if len(batches) > PAGED else None,
        before=before,
        dag=_dag(visit, source),
        **shown,
        **_window(visit, card, window),
    )


def _dag(visit: Visit, source: str) -> str | None:
    """The source's DAG in the Airflow in which the pages are mounted; None where they stand alone."""
    below = getattr(visit.request.app.state, "below_airflow", None)
    return None if below is None else f"{visit.root.removesuffix(below)}/dags/collect_{source}"


def _calendar(visit: Visit, connection: Connection, card: Card, year: int | None) -> dict[str, Any]:
    """The sheets of a year, or of all years of a month grid, with the words of its columns."""
    with visit.desk.pipeline() as pipeline:
        today, gaps = pipeline.now().astimezone(visit.desk.settings.zone).date(), pipeline.gaps(card.row["source"])
    grid, since = card.row["grid"], card.row["since"]
    chosen = min(max(year or today.year, since.year), today.year)
    first, last = since.replace(day=1), today
    if grid != "month":
        first, last = max(first, date(chosen, 1, 1)), min(last, date(chosen, 12, 31))
    rows = calendar.cells(connection, card.row["source"], first, last)
    cells = windows.by_day(rows, gaps)
    code = visit.tongue.code
    names = (
        get_month_names("abbreviated", locale=code) if grid == "month" else get_day_names("abbreviated", locale=code)
    )
    return {
        "sheets": windows.sheets(grid, cells, first if grid == "month" else since, first, last),
        "heads": [names[number] for number in sorted(names)],
        "counted": {name: sum(cell.state == name for cell in cells.values()) for name in windows.STATES},
        "STATES": windows.STATES,
        "year": chosen,
        "years": [] if grid == "month" else list(range(since.year, today.year + 1)),
    }


def _window(visit: Visit, card: Card, day: date | None) -> dict[str, Any]:
    """The attempts at one window, newest first; nothing where none was asked for or it is not one of the source's."""
    source = card.declared
    if day is None or source is None or day < card.row["since"].replace(day=1):
        return {"window": None, "attempts": (), "label": ""}
    cell = window_at(source.grid, day, visit.desk.settings.zone)
    with visit.desk.pipeline() as pipeline:
        attempts: Sequence[Row] = pipeline.attempts(source, cell)
    return {"window": indonesian.window(cell.first_day, source.grid), "attempts": attempts, "label": cell.label}
