"""Indikator: one indicator's figures over time, what it was computed under, and what stands beside it."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from iku_etl.errors import NotFound
from iku_etl.figures import publications
from iku_etl.web import cards
from iku_etl.web.desk import Visit, at
from iku_etl.web.login import Role

router = APIRouter()


@router.get("/indicator/{code}")
def indicator(visit: Annotated[Visit, at(Role.VIEWER)], code: str) -> HTMLResponse:
    """One indicator with its companions; NotFound if nothing of it was published."""
    main = publications.main_code(code)
    with visit.desk.connect("reader") as connection:
        rows = publications.select(connection, main, companions=True)
    spans = visit.desk.dated(rows)
    found = next((card for card in cards.cards(rows, spans) if card.head["indicator"] == main), None)
    if found is None:
        raise NotFound(f"Belum ada angka {main} yang diterbitkan. Pilih dari halaman ringkasan.")
    return visit.render("indicator.html", card=found)
