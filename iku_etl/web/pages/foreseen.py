"""Akibat sebuah keputusan, sebelum diputuskan: angka mana yang berubah, dari berapa menjadi berapa, karena siapa."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel

from iku_etl.figures import publications
from iku_etl.web import foresight
from iku_etl.web.cards import newest_of_each
from iku_etl.web.desk import Visit, at
from iku_etl.web.foresight import Foresight, Foresights, Kind
from iku_etl.web.login import Role
from iku_etl.web.pages.deciding import Line, Number

router = APIRouter()
REFRESH = "2"  # seconds
STAGES = (foresight.WAITS, foresight.JUDGED, foresight.COMPUTED, foresight.DONE)


class Wanted(BaseModel):
    """A decision as its form has it so far; why and by which letter may still be missing."""

    kind: Kind
    batch: Number
    record: Number | None = None
    column: Line = ""
    value: Line = ""
    reason: Line = ""
    letter: Line = ""


@router.post("/decisions/foresee")
def foresee(visit: Annotated[Visit, at(Role.OP)], form: Annotated[Wanted, Form()]) -> RedirectResponse:
    """Have the effect of a decision worked out; nothing is decided."""
    given = form.model_dump(include={"column", "value", "reason", "letter"})
    wanted = foresight.wanted(form.kind, form.batch, form.record, **given)
    Foresights(visit.desk).ask(wanted)
    return RedirectResponse(f"{visit.root}/decisions/foresee/{wanted.number}", status_code=303)


@router.get("/decisions/foresee/{ticket}")
def foreseen(visit: Annotated[Visit, at(Role.OP)], ticket: str) -> HTMLResponse:
    """Where it is; once it is done, the figures before and after, and the form to decide."""
    found = Foresights(visit.desk).get(ticket)
    page = visit.render(
        "foreseen.html", found=found, stages=STAGES, back=_back(found),
        stages_of=_stages_of(visit) if found.is_done else {},
        is_old=found.is_done and not found.problem and found.state != visit.desk.state(),
        has_moved=_has_moved(visit),
    )  # fmt: skip
    if not found.is_done:
        page.headers["Refresh"] = REFRESH
    return page


def _back(found: Foresight) -> str:
    is_record = found.kind in ("release", "correction")
    return f"/decisions/record/{found.batch}/{found.record}" if is_record else f"/decisions/batch/{found.batch}"


def _stages_of(visit: Visit) -> dict[tuple[str, str], str]:
    """The stage of what is published now, by indicator and period."""
    with visit.desk.connect("reader") as connection:
        known = newest_of_each(publications.select(connection))
    return {key: row["tahap"] for key, row in known.items()}


def _has_moved(visit: Visit) -> bool:
    with visit.desk.pipeline() as pipeline:
        return pipeline.has_moved()
