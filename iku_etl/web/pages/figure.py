"""Angka: one figure, how it came about, member by member, what was published of it before, and who approved it."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from iku_etl.errors import NotFound
from iku_etl.figures import export, members, publications, reported
from iku_etl.manifest import listing
from iku_etl.pipeline import Trace, told_change, told_parts
from iku_etl.web.desk import Visit, at
from iku_etl.web.login import Role
from iku_etl.web.members import ORDERS, SHOWN, Choice, named, tally

router = APIRouter()
PAST = 30  # of a running period a row a night
REMEMBERED = 1000  # figures of which it is known whether they were found again
_remembering = Lock()


@router.get("/figure/{indicator}/{period}")
def figure(
    visit: Annotated[Visit, at(Role.VIEWER)], indicator: str, period: str, revision: str | None = None, q: str = "",
    state: str = "", sort: str = "", page: str = "", change: str = "", recompute: str = "",
    past: str = "",
) -> HTMLResponse:  # fmt: skip
    """One figure with its members and their reasons; `change` opens what one publication changed of it.

    `past`: with all that was ever published of it. `recompute`: compute it again from the facts, which takes seconds;
    else the page says when that was done last.
    """
    number = named(indicator, period, revision)
    choice = Choice.of(q, state, sort, page, number)
    opened = int(change) if change.isdecimal() and len(change) < 10 else None
    with visit.desk.pipeline() as pipeline:
        found = pipeline.trace(indicator, period, revision=number, with_bytes=False, recompute=recompute == "1")
        recomputed = _recomputed(visit, found, pipeline.now())
        changes = pipeline.changes_of_figure(indicator, period)
        parts = [
            sentence
            for one in changes
            if one.figure["publication_id"] == opened and one.before is not None
            for sentence in told_parts(pipeline.why_changed(one))
        ]
    with visit.desk.connect("reader") as connection:
        history = publications.select(connection, indicator, period, history=True)
    with visit.desk.connect("auditor") as connection:
        decided = listing.decisions_of_figure(connection, indicator, period)
        elsewhere = reported.reported(connection, indicator, period)
    visit.desk.dated(history)
    form = found.header["form"]
    rows = choice.rows(found.members, form)
    row = publications.one_of(history, found.figure)
    shown = {one["figure_id"] for one in (row, *history[-PAST:])}
    told = [
        (one, change, told_change(change))
        for one, change in zip(history, changes, strict=True)
        if past or one["figure_id"] in shown or opened == change.figure["publication_id"]
    ]
    return visit.render(
        "figure.html",
        found=found,
        row=row,
        told=told,
        published=len(history),
        decided=decided,
        elsewhere=[(one, reported.as_printed(one)) for one in elsewhere],
        choice=choice,
        count=len(rows),
        rows=rows[(choice.page - 1) * SHOWN : choice.page * SHOWN],
        pages=-(-len(rows) // SHOWN),
        tally=tally(found.members, form),
        orders=ORDERS,
        opened=opened,
        parts=parts,
        recomputed=recomputed,
    )


@dataclass(frozen=True)
class Recomputed:
    """When this server computed a figure again from the facts, and whether that gave what was published."""

    at: datetime
    agrees: bool


def _recomputed(visit: Visit, found: Trace, now: datetime) -> Recomputed | None:
    """What computing this published row again gave when it was last done; None if this server never did."""
    state, key = visit.request.app.state, found.figure["figure_id"]
    with _remembering:
        if not hasattr(state, "recomputed"):
            state.recomputed = OrderedDict()
        known: OrderedDict[int, Recomputed] = state.recomputed
        if found.agrees is not None:
            known[key] = Recomputed(now, found.agrees)
            known.move_to_end(key)
            while len(known) > REMEMBERED:
                known.popitem(last=False)
        return known.get(key)


@router.get("/figure/{indicator}/{period}/members.{kind}")
def table(
    visit: Annotated[Visit, at(Role.VIEWER)], indicator: str, period: str, kind: str, revision: str | None = None,
    q: str = "", state: str = "", sort: str = "",
) -> Response:  # fmt: skip
    """The members that the page shows as a file of their own: `csv` as offices open it, or `xlsx`."""
    number = named(indicator, period, revision)
    if kind not in members.MEDIA_TYPES:
        raise NotFound("Anggota hanya dapat diunduh sebagai CSV atau XLSX.")
    with visit.desk.pipeline() as pipeline:
        found = pipeline.trace(indicator, period, revision=number, with_bytes=False, recompute=False)
    form = found.header["form"]
    cells = members.table(indicator, form, Choice.of(q, state, sort, "", number).rows(found.members, form))
    name = f"anggota_{indicator}_{period}_{found.figure['revision']}.{kind}"
    content = members.xlsx_bytes(cells) if kind == "xlsx" else export.csv_bytes(cells, members.COLUMNS)
    return Response(
        content,
        media_type=members.MEDIA_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
