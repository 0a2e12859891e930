"""Indikator: one indicator's figures over time, what it was computed under, and what stands beside it."""

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from iku_etl.catalogue import kamus
from iku_etl.errors import NotFound
from iku_etl.figures import chart, publications
from iku_etl.warehouse import database
from iku_etl.web import cards
from iku_etl.web.cards import Card
from iku_etl.web.desk import Visit, at
from iku_etl.web.login import Role
from iku_etl.web.tongue import noted

router = APIRouter()


@router.get("/indicator/{code}")
def indicator(visit: Annotated[Visit, at(Role.VIEWER)], code: str) -> HTMLResponse:
    """One indicator with its companions; NotFound if nothing of it was published."""
    found = _card(visit, code)
    main = found.head["indicator"]
    with visit.desk.connect("auditor") as connection, database.reading(connection):
        entry, history = kamus.entry(connection, main), kamus.definitions(connection, main)
    return visit.render(
        "indicator.html", card=found, digest=_chart(visit, found).digest, entry=entry, history=history,
        formula=kamus.plain_formula(entry.decree.get("formula_text") or ""),
    )  # fmt: skip


@router.get("/indicator/{code}/chart.svg")
def picture(visit: Annotated[Visit, at(Role.VIEWER)], code: str) -> Response:
    """Its base periods as a picture; drawn when it is first asked for and kept by what it shows."""
    made = _chart(visit, _card(visit, code))
    content = chart.kept(made, visit.desk.settings.state / "charts")
    return Response(content, media_type="image/svg+xml", headers={"ETag": f'"{made.digest}"'})


def _card(visit: Visit, code: str) -> Card:
    main = publications.main_code(code)
    rows = [row for row in visit.desk.figures() if publications.main_code(row["indicator"]) == main]
    spans = visit.desk.dated(rows)
    found = next((card for card in cards.cards(rows, spans) if card.head["indicator"] == main), None)
    if found is None:
        raise NotFound(f"Belum ada angka {main[:20]} yang diterbitkan. Pilih dari halaman ringkasan.")
    return found


def _chart(visit: Visit, card: Card) -> chart.Chart:
    word = visit.tongue.word
    words = chart.Words(
        word(noted("Realisasi")), word(noted("Batas")), word(noted("Target")), word(noted("Direvisi")),
        word(noted("Tanpa nilai")), visit.tongue.code,
    )  # fmt: skip
    rows = [(visit.tongue.period(row["period"]), row) for row in card.base]
    return chart.chart(rows, "%" if card.head["form"] == "persen" else card.head["unit"], words)
