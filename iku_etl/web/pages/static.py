"""Style and script, from here alone; each by a name that holds its hash."""

from typing import Annotated

from fastapi import APIRouter, Response

from iku_etl.errors import NotFound
from iku_etl.web.desk import Visit, at
from iku_etl.web.login import Role
from iku_etl.web.looks import static_files

router = APIRouter()


@router.get("/static/{name}")
def static(visit: Annotated[Visit, at(Role.PUBLIC)], name: str) -> Response:
    """One file of `static/`, kept by browsers for a year: another content has another name."""
    found = static_files().get(name)
    if found is None:
        raise NotFound("Tidak ada berkas dengan nama itu.")
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(found.content, media_type=found.media_type, headers=kept)
