"""Publik: what anybody may read, without a login: figures and counts, and the same as open data."""

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from iku_etl.errors import NotFound
from iku_etl.figures import keeping, open_data, publications
from iku_etl.figures.public import Public
from iku_etl.warehouse.database import Row
from iku_etl.web import cards
from iku_etl.web.desk import Entry, Visit, at
from iku_etl.web.fresh import etag, unchanged
from iku_etl.web.login import Role
from iku_etl.web.tongue import noted

ENTRY = Entry(90, noted("Publik"), "/publik", Role.PUBLIC)
SHOWN = 40  # periods of an indicator; all of them are in the open data
FILES = ("iku.csv", "iku.json", "iku_sdmx.csv", "iku_sdmx.xml", "datapackage.json")
router = APIRouter()


@router.get("/publik")
def overview(visit: Annotated[Visit, at(Role.PUBLIC)]) -> HTMLResponse:
    """The newest figure of each indicator and activity whose period is over."""
    _, found = visit.desk.public()
    made = cards.cards(found.rows, dict(found.spans))
    newest = {card.head["indicator"]: card.panels[0].row if card.panels else card.head for card in made}
    mains = [
        code for code in found.titles if code == publications.main_code(code) and not publications.is_activity(code)
    ]
    return visit.render(
        "publik.html",
        found=found,
        mains=[(code, found.titles[code], newest.get(code)) for code in mains],
        activities=cards.activities(found.rows, dict(found.spans)),
        newest=cards.newest(list(found.rows)),
        files=FILES,
    )


@router.get("/publik/{code}")
def indicator(visit: Annotated[Visit, at(Role.PUBLIC)], code: str) -> HTMLResponse:
    """The periods of one indicator or activity that are over, newest first, with its companions."""
    _, found = visit.desk.public()
    if code not in found.titles:
        raise NotFound("Tidak ada indikator dengan kode itu. Pilih dari halaman Publik.")
    own = [one for one in found.titles if publications.main_code(one) == code]  # itself and its companions
    return visit.render(
        "publik_indicator.html",
        found=found,
        code=code,
        lists=[(one, found.titles[one], _newest_first(found, one)) for one in own or [code]],
        shown=SHOWN,
    )


@router.get("/publik/data/{file}")
def download(visit: Annotated[Visit, at(Role.PUBLIC)], file: str) -> Response:
    """One file of the open data, as `iku open-data` writes it."""
    if file not in FILES:
        raise NotFound("Tidak ada berkas data terbuka dengan nama itu. Pilih dari halaman Publik.")
    state, found = visit.desk.public()
    license = visit.desk.settings.license
    tag = etag(file, state, keeping.release()[:12], license)
    if same := unchanged(visit.request, tag):
        return same
    kept = {"ETag": tag, "Content-Disposition": f'attachment; filename="{file}"'}
    return Response(open_data.files(found, license)[file], media_type=open_data.media_type(file), headers=kept)


def _newest_first(found: Public, code: str) -> list[Row]:
    own = [row for row in found.rows if row["indicator"] == code and row["period"] in found.spans]
    return sorted(own, key=lambda row: (found.spans[row["period"]].last_day, len(row["period"])), reverse=True)
