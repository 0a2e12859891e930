"""Laporan: what was published as a finished document, by year or month, to be kept, printed or written on in."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse

from iku_etl import indonesian
from iku_etl.errors import NotFound, TransientError
from iku_etl.figures import keeping, publications
from iku_etl.figures.report import files
from iku_etl.figures.report.document import Document
from iku_etl.figures.report.known import Vintage
from iku_etl.pipeline import Pipeline
from iku_etl.web.desk import Entry, Visit, at
from iku_etl.web.login import Role
from iku_etl.web.tongue import noted

ENTRY = Entry(60, noted("Laporan"), "/reports", Role.VIEWER)
FORMATS = {
    "pdf": noted("PDF, untuk dicetak dan ditandatangani"),
    "docx": noted("DOCX, untuk dilanjutkan dalam naskah"),
    "xlsx": noted("XLSX, untuk dihitung"),
}
PERIODS = {"lkjip": re.compile(r"[12]\d{3}"), "monthly": re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])")}
NAMES = {"lkjip": "lkjip", "monthly": "bulanan"}
router = APIRouter()
WAIT = 20  # seconds for the report of somebody else: who waits holds a thread that other pages need
_making = threading.Lock()


@router.get("/reports")
def reports(visit: Annotated[Visit, at(Role.VIEWER)]) -> HTMLResponse:
    """What may be asked for: the years and months of which something was published."""
    periods = _published(visit)
    vintage = None
    if periods:
        with visit.desk.pipeline() as pipeline:
            vintage = pipeline.vintage()
    return visit.render(
        "reports.html",
        years=[period for period in periods if indonesian.grain(period) == "year"],
        months=[period for period in periods if indonesian.grain(period) == "month"],
        formats=FORMATS,
        vintage=vintage,
    )


@router.get("/reports/file")
def file(
    visit: Annotated[Visit, at(Role.VIEWER)], kind: str = "lkjip", period: str | None = None, format: str = "pdf",
    state_of: str = "",
) -> FileResponse:  # fmt: skip
    """The document as a file; written once for what it says. NotFound for what is no report, or has no figures.

    `state_of` is a day: the report is made of what was known when it ended. Empty: of what is known now.
    """
    if kind not in PERIODS or format not in FORMATS:
        raise NotFound("Tidak ada laporan dengan jenis atau format itu. Pilih dari halaman laporan.")
    if period is None:
        period = next(iter(_published(visit)), "")[:4]
    if not PERIODS[kind].fullmatch(period):
        raise NotFound("Periode itu tidak dapat dilaporkan. Pilih tahun atau bulan dari halaman laporan.")
    then = _end_of(state_of, visit.desk.settings.zone) if state_of else None
    with visit.desk.pipeline() as pipeline:
        at = pipeline.vintage(as_of_time=then)
        path = visit.desk.settings.state / "reports" / f"{pipeline.edition(at, f'{kind} {period}')}.{format}"
        if not path.exists():
            with _one_at_a_time():
                keeping.kept(path, lambda: files.written(_gathered(pipeline, at, kind, period), format))
    name = f"{NAMES[kind]}_{period}" + (f"_keadaan_{state_of}" if state_of else "")
    return FileResponse(path, media_type=files.MEDIA_TYPES[format], filename=f"{name}.{format}")


def _end_of(day: str, zone: ZoneInfo) -> datetime:
    """The end of a day that is over; NotFound for another text."""
    try:
        found = date.fromisoformat(day)
    except ValueError:
        found = date.max
    if found >= datetime.now(zone).date():
        raise NotFound("Keadaan data hanya dapat diminta untuk hari yang sudah selesai. Tulis seperti 2026-10-31.")
    return datetime.combine(found + timedelta(days=1), time(), zone)


def _gathered(pipeline: Pipeline, at: Vintage, kind: str, period: str) -> Document:
    report = partial(pipeline.lkjip, int(period)) if kind == "lkjip" else partial(pipeline.monthly, period)
    return report(at.as_of, at.as_of_time)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """A report takes seconds of a whole core; TransientError when those before it take too long."""
    if not _making.acquire(timeout=WAIT):
        raise TransientError("Laporan lain sedang dibuat. Coba lagi setengah menit lagi.")
    try:
        yield
    finally:
        _making.release()


def _published(visit: Visit) -> list[str]:
    """The years and months that may be asked for, the newest first."""
    with visit.desk.connect("reader") as connection:
        known = publications.periods(connection)
    years = {period[:4] for period in known}
    months = {period for period in known if indonesian.grain(period) == "month"}
    return sorted(years | months, reverse=True)
