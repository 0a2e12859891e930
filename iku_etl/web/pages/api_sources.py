"""The API's sources: what is collected, and what became of each window."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from iku_etl.errors import NotFound
from iku_etl.manifest import listing
from iku_etl.warehouse import database
from iku_etl.web.api import shapes
from iku_etl.web.api.answers import answer, listed, paged
from iku_etl.web.api.asked import PREFIX, Known, Paged
from iku_etl.web.desk import Visit, at
from iku_etl.web.login import Role

router = APIRouter(prefix=PREFIX, tags=["sumber"])
Name = Annotated[str, Path(pattern="^[a-z0-9_]{1,63}$", description="Nama sumber, misalnya website_uptime.")]


@router.get("/sources", summary="Sumber dan kelengkapannya", responses={200: {"model": shapes.Listed[shapes.Source]}})
def sources(visit: Annotated[Visit, at(Role.VIEWER)], page: Paged, as_of: Known) -> Response:
    """Every source: what, whose, since when, and how many of its due windows have something in force."""
    load, moment = as_of.read(visit)
    with visit.desk.pipeline() as pipeline:
        rows = pipeline.sources(load, moment)
    return answer(visit.request, listed(rows, page, visit.desk.state()))


@router.get(
    "/sources/{source}/windows",
    summary="Jendela sebuah sumber, dan apa yang berlaku",
    responses={200: {"model": shapes.Listed[shapes.Window]}},
)
def windows(visit: Annotated[Visit, at(Role.VIEWER)], source: Name, page: Paged, as_of: Known) -> Response:
    """The windows of a source that have ended, oldest first, with what is in force in each."""
    load, moment = as_of.read(visit)
    state = visit.desk.state()
    with visit.desk.connect("auditor") as connection, database.reading(connection, load, moment):
        if source not in listing.source_names(connection):
            raise NotFound(f"sumber {source} tidak dikenal. Yang ada: {PREFIX}/sources.")
        rows = listing.windows(connection, source, page.limit, page.offset(state))
    total = rows[0]["total"] if rows else 0
    told = [
        {name: row.get(name) for name in shapes.Window.model_fields}
        | {"starts_at": row["win"].lower, "ends_at": row["win"].upper}
        for row in rows
    ]
    return answer(visit.request, paged(told, page, state, total))
