"""Malam ini: what a night did, on one screen: sources in, failed and late, figures moved and why, who owes what."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from iku_etl.errors import NotFound
from iku_etl.manifest import calendar, listing
from iku_etl.pipeline import Change, told_change
from iku_etl.pipeline.standing import scheduled_last
from iku_etl.warehouse.database import Row
from iku_etl.web import deadline
from iku_etl.web.desk import Entry, Visit, at
from iku_etl.web.login import Role
from iku_etl.web.pages.sources import declared
from iku_etl.web.tongue import noted

ENTRY = Entry(15, noted("Malam ini"), "/malam", Role.VIEWER)
router = APIRouter()
SHOWN = 200  # figures that moved, of a night that moved very many
KEPT = 40  # publications whose changes are remembered; a publication never changes
READ = 10  # publications of one night that are told in full, the newest
DETAILED = 12  # changes of each with their members: a reading each
STATES = {
    "gagal": noted("gagal"),
    "diam": noted("tidak berjalan"),
    "terlambat": noted("masuk sesudah 06.00"),
    "menunggu": noted("menunggu keputusan"),
    "terbuka": noted("masih berjalan"),
    "masuk": noted("masuk"),
    "sama": noted("sama seperti sebelumnya"),
    "tiada": noted("tidak ada berkas baru"),
    "nanti": noted("belum waktunya"),
}
PUBLISHED = {
    "tepat": noted("tepat waktu"),
    "terlambat": noted("sesudah 06.00"),
    "tetap": noted("tidak ada yang berubah, jadi tidak ada penerbitan baru"),
    "belum": noted("belum terbit"),
    "nanti": noted("belum waktunya, paling lambat 06.00"),
}
_remembering = Lock()


@dataclass(frozen=True)
class Line:
    """One source in a night; `row` is what its attempts came to, None where it was not asked."""

    source: Row
    row: Row | None
    state: str

    @property
    def word(self) -> str:
        return STATES[self.state]


@dataclass(frozen=True)
class Moved:
    """A figure that was published before and moved in this night."""

    indicator: str
    period: str
    why: str


@router.get("/malam")
def tonight(visit: Annotated[Visit, at(Role.VIEWER)], day: date | None = None) -> HTMLResponse:
    """The newest night, or the one that began `day`."""
    zone = visit.desk.settings.zone
    with visit.desk.pipeline() as pipeline:
        now = pipeline.now()
        today = now.astimezone(zone).date()
        chosen = day or today
        if not date(2000, 1, 1) <= chosen <= today:
            raise NotFound("Malam itu belum ada. Pilih tanggal sampai hari ini.")
        start, end = deadline.night_of(chosen, zone)
        due = deadline.due_at(chosen, zone)
        gaps = pipeline.gaps(as_of_time=min(end, now)) if chosen < today else pipeline.gaps()
        has_moved = pipeline.has_moved()
    with visit.desk.connect("auditor") as connection:
        sources = listing.declared(connection)
        early = {row["source"]: row for row in calendar.night(connection, start, due)}
        later = {row["source"]: row for row in calendar.night(connection, due, end)}
        made = calendar.publications(connection, start, end)
    lines = [_line(visit, row, early.get(name), later.get(name), min(now, end)) for name, row in sources.items()]
    order = list(STATES)
    return visit.render(
        "tonight.html",
        day=chosen,
        before=chosen - timedelta(days=1),
        after=chosen + timedelta(days=1) if chosen < today else None,
        is_today=chosen == today,
        lines=sorted(lines, key=lambda line: (order.index(line.state), line.source["title"])),
        states={state: sum(line.state == state for line in lines) for state in STATES},
        STATES=STATES,
        batches=sum(row["batches"] for row in (*early.values(), *later.values())),
        took=_took(early, made, due),
        published=made,
        publishing=_publishing(made, now, due, has_moved, bool(early or later)),
        PUBLISHED=PUBLISHED,
        SHOWN=SHOWN,
        moved=_moved(visit, made),
        owed=_owed(sources, gaps),
    )


def _line(visit: Visit, source: Row, early: Row | None, later: Row | None, until: datetime) -> Line:
    row = early or later
    if row is None:
        own = declared(source["source"])
        if own is None:
            return Line(source, None, "diam")
        if own.is_register:
            return Line(source, None, "tiada")
        start, _ = deadline.night_of(until.astimezone(visit.desk.settings.zone).date(), visit.desk.settings.zone)
        ran = scheduled_last(own, until - timedelta(microseconds=1), visit.desk.settings.zone)
        return Line(source, None, "diam" if ran >= start else "nanti")
    if row["in_force"] == row["unchanged"] == 0 and row["failed"] and later is not None and later is not row:
        row = later  # the night failed, the day healed it
    return Line(source, row, _state(row, is_late=row is not early and not _is_register(source)))


def _is_register(source: Row) -> bool:
    own = declared(source["source"])
    return own is not None and own.is_register


def _state(row: Row, *, is_late: bool) -> str:
    if row["failed"]:
        return "gagal"
    if row["waiting"]:
        return "menunggu"
    if not row["in_force"] and not row["unchanged"]:
        return "terbuka"
    if is_late:
        return "terlambat"
    return "masuk" if row["in_force"] else "sama"


def _took(early: Mapping[str, Row], made: list[Row], due: datetime) -> timedelta | None:
    """From the night's first attempt to its last end or publication before 06.00; None where it did nothing."""
    if not early:
        return None
    ends = [row["ended_at"] for row in early.values() if row["ended_at"]]
    ends += [row["published_at"] for row in made if row["published_at"] <= due]
    began = min(row["began_at"] for row in early.values())
    took: timedelta = max(ends, default=began) - began
    return took


def _publishing(made: list[Row], now: datetime, due: datetime, has_moved: bool, looked: bool) -> str:
    """How the night's publication stands against 06.00."""
    if made:
        return "tepat" if made[0]["published_at"] <= due else "terlambat"
    if now < due:
        return "nanti"
    return "tetap" if looked and not has_moved else "belum"


# ---------------------------------------------------------------- what moved, what is owed


def _moved(visit: Visit, made: list[Row]) -> list[Moved]:
    """The figures that moved in these publications, the newest publication first, each once."""
    found: dict[tuple[str, str], Moved] = {}
    for row in reversed(made[-READ:]):
        for change in _changes(visit, row["publication_id"]):
            name = (change.figure["indicator"], change.figure["period"])
            if change.before is not None and name not in found:
                found[name] = Moved(*name, told_change(change))
    return list(found.values())


def _changes(visit: Visit, publication_id: int) -> tuple[Change, ...]:
    """What a publication changed; read once and remembered."""
    state = visit.request.app.state
    with _remembering:
        if not hasattr(state, "nights"):
            state.nights = OrderedDict()
        kept: OrderedDict[int, tuple[Change, ...]] = state.nights
        if publication_id in kept:
            return kept[publication_id]
    with visit.desk.pipeline() as pipeline:
        read = tuple(pipeline.changes_of(publication_id, DETAILED))
    with _remembering:
        kept[publication_id] = read
        while len(kept) > KEPT:
            kept.popitem(last=False)
    return read


def _owed(sources: Mapping[str, Row], gaps: list[Row]) -> dict[str, list[Row]]:
    """What is missing and may still be filled, by who owes it."""
    found: dict[str, list[Row]] = {}
    for row in gaps:
        if row["untold"] is None:
            source = sources[row["source"]]
            found.setdefault(source["owner"], []).append(row | {"title": source["title"]})
    return found
