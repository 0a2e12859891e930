"""Anggota: one member of an indicator: its periods side by side, its days, and the records that it rests on."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from iku_etl.errors import NotFound
from iku_etl.web import calendar
from iku_etl.web.desk import Visit, at
from iku_etl.web.labels import labels
from iku_etl.web.login import Role
from iku_etl.web.members import named

router = APIRouter()
PERIODS, RECORDS = 12, 25  # of a page


@router.get("/member/{indicator}")
def member(
    visit: Annotated[Visit, at(Role.VIEWER)], indicator: str, name: str = "", period: str = "", relation: str = "",
    page: str = "", older: str = "",
) -> HTMLResponse:  # fmt: skip
    """A member by its `name`; `period` chooses whose records are listed, `relation` and `page` which of them."""
    number, past = _page(page), _page(older)
    named(indicator, period or "0000")
    if not name or "\x00" in name:
        raise NotFound("Anggota mana yang dicari tidak disebut. Pilih dari halaman angka.")
    with visit.desk.pipeline() as pipeline:
        periods = pipeline.member_periods(indicator, name, PERIODS + 1, (past - 1) * PERIODS)
        held = [row for row in periods[:PERIODS] if row["member"]]
        if not period and not held:
            raise NotFound(f"{indicator} tidak mempunyai anggota bernama itu. Pilih dari halaman angka.")
        chosen = period or held[0]["period"]
        found = pipeline.trace(
            indicator,
            chosen,
            member=name,
            limit=RECORDS,
            skip={relation: (number - 1) * RECORDS},
            with_bytes=False,
            recompute=False,
        )
        days = pipeline.member_days(found, name, found.base_periods)
    assert found.member is not None  # it was asked for
    return visit.render(
        "member.html",
        found=found,
        name=name,
        own=found.member.rows[0],
        periods=periods[:PERIODS],
        has_older=len(periods) > PERIODS,
        past=past,
        chosen=chosen,
        months=calendar.months(days),
        checks=days[0]["relation"] if days else "",
        week=calendar.WEEK,
        relation=relation,
        page=number,
        size=RECORDS,
        labels=labels(record.source for part in found.member.evidence for record in part.records),
        here=lambda **changes: urlencode({"name": name, "period": chosen} | changes),
        origin=urlencode({"indicator": indicator, "period": chosen, "member": name}),
    )


def _page(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 and int(text) else 1
