"""Whether the pages can reach committed data: for whoever watches the machine."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from iku_etl.web.desk import Visit, at
from iku_etl.web.login import Role

router = APIRouter()


@router.get("/healthz")
def healthz(visit: Annotated[Visit, at(Role.PUBLIC)]) -> JSONResponse:
    """`{"status": "ok"}`, or 503 by the app's own page where the warehouse is not reached."""
    with visit.desk.connect("reader") as connection:
        connection.execute("select 1")
    return JSONResponse({"status": "ok"})
