"""Whether what a visitor has is still so: by the newest publication and the newest load, on which all figures hang."""

from fastapi import Request, Response

from iku_etl.figures import publications, restatements
from iku_etl.manifest import listing
from iku_etl.warehouse.database import Connection, one


def state(connection: Connection) -> str:
    """`12-339-2`: publication, load, and restatements told, for why a figure is another comes after its publication.

    Loads count decisions too, so a figure's stage is held by it. As auditor.
    """
    told = restatements.count(connection)
    return f"{publications.newest_id(connection) or 0}-{listing.newest_load_no(connection)}-{told}"


def said(connection: Connection) -> str:
    """`12-4-2`: publication, decision and restatements told, on which all that is said of published rows hangs.

    As auditor.
    """
    row = one(connection, "select coalesce(max(decision_id), 0) as newest from iku.decision")
    return f"{publications.newest_id(connection) or 0}-{row['newest']}-{restatements.count(connection)}"


def etag(*parts: object) -> str:
    """The entity tag of an answer that is made of nothing but these."""
    return '"' + "-".join(map(str, parts)) + '"'


def unchanged(request: Request, tag: str) -> Response | None:
    """304 where the visitor has what `tag` names; None where it must be sent.

    https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
    """
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    return Response(status_code=304, headers={"ETag": tag}) if tag in known or known == ["*"] else None
