"""What the forms of Keputusan do: decided by whoever is logged in, with a reason and the number of a letter."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field, StringConstraints

from iku_etl.manifest.decisions import RecordDecision
from iku_etl.web.desk import Visit, at
from iku_etl.web.login import Role

router = APIRouter()
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
Number = Annotated[int, Field(ge=1, le=2**53)]


class Signed(BaseModel):
    """Why, and by which letter."""

    reason: Annotated[Line, StringConstraints(min_length=5)]  # as `iku decide` asks
    letter: Line = ""

    @property
    def sentence(self) -> str:
        return f"{self.reason} (surat {self.letter})" if self.letter else self.reason


class OfFigure(Signed):
    indicator: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9-]{1,20}$")]
    period: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9-]{4,10}$")]
    revision: Number


class Approved(OfFigure):
    """The letter is what an approval rests on; `official` signs it, if not who is logged in."""

    letter: Annotated[Line, StringConstraints(min_length=1)]
    official: Annotated[Line, StringConstraints(max_length=200)] = ""


class OfBatch(Signed):
    batch: Number


class OfRecord(OfBatch):
    record: Number


class Corrected(OfRecord):
    column: Line
    value: Line = ""


def _done(visit: Visit, decision: int) -> RedirectResponse:
    return RedirectResponse(f"{visit.root}/decisions?done={decision}", status_code=303)


@router.post("/decisions/verify")
def verify(visit: Annotated[Visit, at(Role.OP)], form: Annotated[OfFigure, Form()]) -> RedirectResponse:
    """Say that a figure was checked; whoever says so may not approve it."""
    with visit.desk.pipeline() as pipeline:
        made = pipeline.verify_figure(
            form.indicator, form.period, form.revision, reason=form.sentence, by=visit.person.name
        )
    return _done(visit, made)


@router.post("/decisions/approve")
def approve(visit: Annotated[Visit, at(Role.ADMIN)], form: Annotated[Approved, Form()]) -> RedirectResponse:
    """Approve a figure as the office's own, by a letter."""
    with visit.desk.pipeline() as pipeline:
        made = pipeline.approve_figure(
            form.indicator, form.period, form.revision, reason=form.reason, by=visit.person.name, letter=form.letter,
            official=form.official,
        )  # fmt: skip
    return _done(visit, made)


@router.post("/decisions/withdraw")
def withdraw(visit: Annotated[Visit, at(Role.OP)], form: Annotated[OfBatch, Form()]) -> RedirectResponse:
    """Take back the batch in force: its window is not observed any more."""
    with visit.desk.pipeline() as pipeline:
        made = pipeline.decide_batch("withdraw", form.batch, reason=form.sentence, by=visit.person.name)
    return _done(visit, made)


@router.post("/decisions/instead-of")
def instead_of(visit: Annotated[Visit, at(Role.OP)], form: Annotated[OfBatch, Form()]) -> RedirectResponse:
    """Let a waiting batch take the place of the one in force."""
    with visit.desk.pipeline() as pipeline:
        made = pipeline.decide_batch("instead_of", form.batch, reason=form.sentence, by=visit.person.name)
        pipeline.replay(form.batch, made)
    return _done(visit, made)


def _about_record(
    visit: Visit, kind: RecordDecision, form: OfRecord, changes: dict[str, str | None] | None
) -> RedirectResponse:
    with visit.desk.pipeline() as pipeline:
        made, _ = pipeline.decide_record(
            kind, form.batch, form.record, changes=changes, reason=form.sentence, by=visit.person.name
        )
    return _done(visit, made)


@router.post("/decisions/release")
def release(visit: Annotated[Visit, at(Role.OP)], form: Annotated[OfRecord, Form()]) -> RedirectResponse:
    """Let a record out of the quarantine: it is right though a check refused it."""
    return _about_record(visit, "release", form, None)


@router.post("/decisions/correction")
def correction(visit: Annotated[Visit, at(Role.OP)], form: Annotated[Corrected, Form()]) -> RedirectResponse:
    """Correct a column of a record; the record as it came stays."""
    return _about_record(visit, "correction", form, {form.column: form.value or None})


@router.post("/decisions/publish")
def publish(visit: Annotated[Visit, at(Role.OP)]) -> RedirectResponse:
    """Compute the figures now instead of tonight; the overview then says what moved."""
    with visit.desk.pipeline() as pipeline:
        pipeline.publish()
    return RedirectResponse(f"{visit.root}/", status_code=303)
