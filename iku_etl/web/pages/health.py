"""Whether the pages can reach committed data, and how old the figures are: for whoever watches the machine."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from iku_etl.web import deadline
from iku_etl.web.desk import Visit, at
from iku_etl.web.login import Role

router = APIRouter()


@router.get("/healthz")
def healthz(visit: Annotated[Visit, at(Role.PUBLIC)]) -> JSONResponse:
    """200 while committed data is reached, 503 by the app's own page where it is not.

    A stale publication is told in the body alone (`publication.is_stale`): who restarts what fails by status would
    restart pages that serve well, and no figure would come sooner.
    """
    found = deadline.publication(visit.desk)
    told = {
        "published_at": found.published_at and found.published_at.isoformat(),
        "age_seconds": found.age and round(found.age.total_seconds()),
        "load_no": found.load_no,
        "is_stale": found.is_stale,
    }
    return JSONResponse({"status": "ok", "publication": told})
