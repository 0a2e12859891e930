"""The API's description: for programs as OpenAPI, for people as a page without a script of anybody else."""

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from iku_etl.web.api.answers import answer
from iku_etl.web.api.asked import PREFIX
from iku_etl.web.api.description import description
from iku_etl.web.desk import Visit, at
from iku_etl.web.login import MAY, Role

router = APIRouter(prefix=PREFIX)


@router.get("/openapi.json", include_in_schema=False)
def openapi(visit: Annotated[Visit, at(Role.PUBLIC)]) -> Response:
    """The description that programs read."""
    return answer(visit.request, description(visit.request.app.routes, visit.root))


@router.get("/", include_in_schema=False)
def page(visit: Annotated[Visit, at(Role.PUBLIC)]) -> HTMLResponse:
    """The same for people: every operation, its parameters, its answers, and whom it lets in."""
    found = description(visit.request.app.routes, visit.root)
    operations = [(path, each["get"]) for path, each in found["paths"].items()]
    shapes = {name: each for name, each in found["components"]["schemas"].items() if "properties" in each}
    roles = {role.name.lower(): MAY[role] for role in Role}
    return visit.render("api.html", found=found, operations=operations, shapes=shapes, roles=roles, prefix=PREFIX)
