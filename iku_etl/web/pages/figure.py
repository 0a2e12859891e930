"""Angka: one figure, how it came about, member by member, and what was published of it before."""

import re
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from iku_etl.errors import NotFound
from iku_etl.figures import publications
from iku_etl.web import cards
from iku_etl.web.desk import Visit, at
from iku_etl.web.login import Role

router = APIRouter()
NAMED = re.compile(r"[A-Z0-9-]{1,20} [A-Z0-9-]{4,10} [0-9]{1,6}")  # IKU-05 2026-TW1 2


@router.get("/figure/{indicator}/{period}")
def figure(
    visit: Annotated[Visit, at(Role.VIEWER)], indicator: str, period: str, revision: str | None = None
) -> HTMLResponse:
    """One figure with its members, their reasons, and its earlier revisions."""
    if not NAMED.fullmatch(f"{indicator} {period} {revision or 0}"):
        raise NotFound("Tidak ada angka dengan nama itu. Pilih dari halaman ringkasan.")
    number = None if revision is None else int(revision)
    with visit.desk.pipeline() as pipeline:
        found = pipeline.trace(indicator, period, revision=number, with_bytes=False)
    with visit.desk.connect("reader") as connection:
        history = publications.select(connection, indicator, period, history=True)
    visit.desk.dated(history)
    row, lists = publications.one_of(history, found.figure), cards.member_lists(found)
    return visit.render("figure.html", found=found, row=row, history=history, lists=lists)
