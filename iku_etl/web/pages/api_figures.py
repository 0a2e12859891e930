"""The API's figures: indicators, figures, members, and the trace of a figure down to its payloads."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Response

from iku_etl.figures import export, publications, wording
from iku_etl.figures.public import evidence, public
from iku_etl.figures.publications import Span
from iku_etl.warehouse.database import Row
from iku_etl.web.api import shapes
from iku_etl.web.api.answers import answer, known, listed
from iku_etl.web.api.asked import (
    CODE,
    PERIOD,
    PREFIX,
    AsOf,
    Code,
    Known,
    Paged,
    Period,
    Reported,
    Revision,
    reported_at,
)
from iku_etl.web.desk import Visit, at
from iku_etl.web.login import Role

router = APIRouter(prefix=PREFIX, tags=["angka"])
FIGURE, APPROVED = tuple(shapes.Figure.model_fields), tuple(shapes.Approved.model_fields)


@router.get(
    "/indicators",
    summary="Indikator yang angkanya sudah terbit",
    responses={200: {"model": shapes.Listed[shapes.Indicator]}},
)
def indicators(visit: Annotated[Visit, at(Role.PUBLIC)], page: Paged) -> Response:
    """Every indicator, companion and activity of which something was published, with its newest definition."""
    state = visit.desk.state()
    tag, same = known(visit.request, state, "v1")
    if same:
        return same
    newest = {row["indicator"]: row for row in visit.desk.figures()}
    told = [
        {name: row.get(name) for name in shapes.Indicator.model_fields}
        | {"kind": export.kind(code), "definition": row["current_definition"]}
        for code, row in newest.items()
    ]
    return answer(visit.request, listed(told, page, state), tag)


@router.get("/figures", summary="Angka yang diterbitkan", responses={200: {"model": shapes.Listed[shapes.Figure]}})
def figures(
    visit: Annotated[Visit, at(Role.PUBLIC)],
    page: Paged,
    as_of: Known,
    indicator: Annotated[str | None, Query(pattern=CODE, description="Hanya indikator ini.")] = None,
    period: Annotated[str | None, Query(pattern=PERIOD, description="Hanya periode ini.")] = None,
    history: Annotated[bool, Query(description="Semua revisi; hanya untuk yang sudah masuk.")] = False,
    as_reported: Reported = None,
) -> Response:
    """Published figures; the newest of each, or all revisions; or what was officially reported on a day.

    `as_reported` goes by what had been published and decided by then: the approved row, else the verified one, else the
    newest. `as_of_time` goes by what had been loaded by then.

    Who is not logged in is given what the page Publik shows: periods that are over, small counts of persandian closed.
    """
    reads = visit.may(Role.VIEWER)
    if history and not reads:
        raise HTTPException(403 if visit.person.name else 401, Role.VIEWER.name)
    state = visit.desk.state()
    tag, same = known(visit.request, state, "masuk" if reads else "publik")
    if same:
        return same
    reported = reported_at(visit, as_of, as_reported, history=history)
    rows = (
        _read(visit, as_of, indicator, period, reported, history=history) if reads else _public(visit, as_of, reported)
    )
    chosen = [row for row in rows if indicator in (None, row["indicator"]) and period in (None, row["period"])]
    return answer(visit.request, listed(chosen, page, state), tag)


@router.get(
    "/figures/{indicator}/{period}/members",
    summary="Anggota sebuah angka, masing-masing dengan alasannya",
    responses={200: {"model": shapes.Listed[shapes.Member]}},
)
def members(
    visit: Annotated[Visit, at(Role.VIEWER)], indicator: Code, period: Period, page: Paged, as_of: Known,
    revision: Revision = None,
) -> Response:  # fmt: skip
    """The members of a figure as it was published, each with its counts and its reason."""
    state = visit.desk.state()
    tag, same = known(visit.request, state)
    if same:
        return same
    load, moment = as_of.read(visit)
    with visit.desk.pipeline() as pipeline:
        found = pipeline.trace(indicator, period, revision=revision, as_of=load, as_of_time=moment, with_bytes=False,
                               recompute=False)  # fmt: skip
    return answer(visit.request, listed(found.members, page, state), tag)


@router.get(
    "/figures/{indicator}/{period}/trace",
    summary="Dari mana sebuah angka, sampai berkas dan SHA-256-nya",
    responses={200: {"model": shapes.Trace}},
)
def trace(
    visit: Annotated[Visit, at(Role.VIEWER)], indicator: Code, period: Period, as_of: Known, revision: Revision = None,
    member: Annotated[str | None, Query(max_length=200, description="Satu anggota, sampai rekamannya.")] = None,
    records: Annotated[int, Query(ge=0, le=100, description="Rekaman tiap hubungan.")] = 10,
    with_bytes: Annotated[bool, Query(description="Hitung ulang SHA-256 tiap berkas, dan baca letak rekaman.")] = False,
) -> Response:  # fmt: skip
    """How a figure came about: computed again from its members, with the batches and payloads that it rests on."""
    load, moment = as_of.read(visit)
    with visit.desk.pipeline() as pipeline:
        found = pipeline.trace(
            indicator, period, revision=revision, as_of=load, as_of_time=moment, member=member, limit=records,
            with_bytes=with_bytes,
        )  # fmt: skip
    uses = [use for part in found.member.evidence for use in part.batches] if found.member else found.batches
    figure = found.figure
    told: dict[str, Any] = {
        name: figure[name] for name in ("indicator", "period", "revision", "definition", "as_of", "as_of_time")
    }
    return answer(
        visit.request,
        told
        | {
            "evidence": evidence(figure),
            "base_periods": found.base_periods,
            "agrees": found.agrees,
            "differs_in": sorted(found.differences),
            "faults": found.faults,
            "batches": [_batch(use) for use in {use.row["batch_id"]: use for use in uses}.values()],
            "records": list(_records(found.member)),
        },
    )


def _batch(use: Any) -> Row:
    own = {name: use.row[name] for name in ("batch_id", "source", "window_on", "load_no", "revision")}
    names = [name for name in shapes.Payload.model_fields if name != "fault"]
    kept = [{name: one.row[name] for name in names} | {"fault": one.fault} for one in use.payloads]
    return own | {"record_count": use.record_count, "payloads": kept}


def _records(member: Any) -> Iterator[Row]:
    names = [name for name in shapes.Record.model_fields if name != "relation"]
    for part in member.evidence if member else ():
        for one in part.records:
            yield {"relation": part.relation} | {name: getattr(one, name) for name in names}


def _read(
    visit: Visit, as_of: AsOf, indicator: str | None, period: str | None, reported: datetime | None, *, history: bool
) -> list[Row]:
    load, moment = as_of.read(visit)
    if load is None and moment is None and reported is None and not history:
        rows = visit.desk.figures()
    else:
        with visit.desk.connect("reader") as connection:
            rows = publications.select(connection, indicator, period, load, moment, history=history, reported=reported)
    with visit.desk.connect("auditor") as connection:
        spans = publications.spans(connection, load, moment or reported)
    return [_told(row | {"is_closed": False, "reason": wording.reason(row)}, spans.get(row["period"])) for row in rows]


def _public(visit: Visit, as_of: AsOf, reported: datetime | None) -> list[Row]:
    load, moment = as_of.read(visit)
    if load is None and moment is None and reported is None:
        _, found = visit.desk.public()
    else:
        with visit.desk.connect("auditor") as connection:
            found = public(connection, load, moment, reported)
    return [
        _told(row | {"reason": None, "restated_because": row["restated_because_publicly"]},
              found.spans.get(row["period"]))
        for row in found.rows
    ]  # fmt: skip


def _told(row: Row, span: Span | None) -> Row:
    approved = row["approved"] and {name: row["approved"][name] for name in APPROVED}
    days = {"first_day": span and span.first_day, "last_day": span and span.last_day, "evidence": evidence(row)}
    return {name: (row | days | {"approved": approved})[name] for name in FIGURE}
