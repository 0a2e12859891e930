"""Keputusan: what waits for a person, what it touches, and the forms by which it is decided."""

from collections import Counter
from datetime import date
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from iku_etl import catalogue
from iku_etl.catalogue import sentences
from iku_etl.errors import NotFound, SettingError
from iku_etl.figures import publications
from iku_etl.manifest import decisions as decisions_of
from iku_etl.manifest import listing, waiting
from iku_etl.manifest.decisions import FIGURE_DECISIONS, FigureDecision, remark
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Row
from iku_etl.web.cards import newest_of_each
from iku_etl.web.desk import Entry, Visit, at
from iku_etl.web.login import Role
from iku_etl.web.tongue import noted

ENTRY = Entry(40, noted("Keputusan"), "/decisions", Role.VIEWER)
router = APIRouter()
SHOWN = 200  # records of the quarantine on one page; the rest by source


# ---------------------------------------------------------------- what waits


@router.get("/decisions")
def decisions(visit: Annotated[Visit, at(Role.VIEWER)], source: str = "", done: str = "") -> HTMLResponse:
    """Figures, batches and records that wait; records of one source where `source` names it."""
    with visit.desk.connect("auditor") as connection, database.reading(connection):
        figures, batches = waiting.figures(connection), waiting.batches(connection)
        records = listing.quarantine(connection, source or None, None)
        past = listing.decisions(connection, 30)
    known = newest_of_each(visit.desk.figures())
    with visit.desk.pipeline() as pipeline:
        has_moved = pipeline.has_moved()
    return visit.render(
        "decisions.html",
        figures=[
            known[row["indicator"], row["period"]] for row in figures if (row["indicator"], row["period"]) in known
        ],
        batches=batches,
        records=records[:SHOWN],
        by_source=Counter((row["source"], row["title"]) for row in records),
        has_moved=has_moved,
        source=source,
        past=past,
        done=done if done.isdigit() else "",
    )


@router.get("/decisions/figure/{indicator}/{period}")
def about_figure(visit: Annotated[Visit, at(Role.OP)], indicator: str, period: str) -> HTMLResponse:
    """One figure as it stands, to be verified or approved."""
    with visit.desk.connect("reader") as connection:
        rows = publications.select(connection, indicator, period)
    if not rows:
        raise NotFound("Tidak ada angka dengan nama itu. Pilih dari halaman keputusan.")
    row = rows[-1]
    figure = (indicator, period, row["revision"])
    with visit.desk.connect("auditor") as connection:
        decided = [one for one in listing.decisions_of_figure(connection, indicator, period)
                   if one["revision"] == row["revision"]]  # fmt: skip
        barred = {
            kind: _barred(connection, kind, figure, visit.person.name)
            for kind in FIGURE_DECISIONS
            if row["revision"] and (kind == "verify" or visit.may(Role.ADMIN))
        }
    return visit.render("decide_figure.html", row=row, decided=decided, barred=barred, remark=remark(row))


def _barred(connection: Connection, kind: FigureDecision, figure: tuple[str, str, int], by: str) -> str:
    """Why whoever is logged in may not decide that, before the database says so; empty if nothing is in the way."""
    try:
        decisions_of.check_eyes(connection, kind, figure, [by])
    except SettingError as refused:
        return str(refused)
    return ""


@router.get("/decisions/batch/{batch_id}")
def about_batch(visit: Annotated[Visit, at(Role.OP)], batch_id: int) -> HTMLResponse:
    """One batch and the figures that rest on its window, to be taken back or taken up."""
    batch = _batch(visit, batch_id)
    return visit.render("decide_batch.html", batch=batch, touched=_touched(visit, batch["source"], batch["window_on"]))


@router.get("/decisions/record/{batch_id}/{record_no}")
def about_record(visit: Annotated[Visit, at(Role.OP)], batch_id: int, record_no: int) -> HTMLResponse:
    """One record that was set aside, to be released or corrected."""
    with visit.desk.connect("auditor") as connection, database.reading(connection):
        found = [row for row in listing.quarantine(connection, None, batch_id) if row["record_no"] == record_no]
    if not found:
        raise NotFound("Rekaman itu tidak ada di karantina batch yang berlaku. Pilih dari halaman keputusan.")
    source = catalogue.source(found[0]["source"])
    names = [column.name for column in source.columns if column.name not in source.key]
    return visit.render(
        "decide_record.html",
        record=found[0],
        columns=names,
        called={column.name: sentences.heading(column) for column in source.columns},
        touched=_touched(visit, source.name, found[0]["window_on"]),
    )


def _batch(visit: Visit, batch_id: int) -> Row:
    with visit.desk.connect("auditor") as connection, database.reading(connection):
        row = listing.batch(connection, batch_id)
    if row is None:
        raise NotFound("Batch itu tidak ada. Pilih dari halaman keputusan.")
    return row


def _touched(visit: Visit, source: str, window_on: date) -> list[Row]:
    """The newest figures whose definition reads the source, of periods that have not ended before the window."""
    with visit.desk.connect("auditor") as connection:
        spans = publications.spans(connection)
        codes = publications.reading(connection, source)
    rows = [row for row in visit.desk.figures() if row["indicator"] in codes]
    return [row for row in rows if row["period"] in spans and spans[row["period"]].last_day >= window_on]
