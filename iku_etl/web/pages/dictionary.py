"""Kamus data: what indicators, sources, columns and views mean, searched by words; one code's entry in full."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from iku_etl.catalogue import kamus
from iku_etl.errors import NotFound
from iku_etl.figures import publications
from iku_etl.reference import decree
from iku_etl.warehouse import database
from iku_etl.web import lookup
from iku_etl.web.desk import Entry, Visit, at
from iku_etl.web.login import Role
from iku_etl.web.tongue import noted

ENTRY = Entry(60, noted("Kamus data"), "/kamus", Role.VIEWER)
router = APIRouter()
SHOWN = 120  # entries of a kind on one page


@router.get("/kamus")
def dictionary(visit: Annotated[Visit, at(Role.VIEWER)], q: Annotated[str, Query(max_length=100)] = "") -> HTMLResponse:
    """Everything that has a name, or what holds every word of `q`."""
    found = lookup.search(q.split())
    return visit.render(
        "dictionary.html", q=q, found=found, KINDS=lookup.KINDS, SHOWN=SHOWN,
        total=sum(len(entries) for entries in found.values()),
    )  # fmt: skip


@router.get("/kamus/{code}")
def entry(visit: Annotated[Visit, at(Role.VIEWER)], code: str) -> HTMLResponse:
    """One entry: as the decree prints it, what is doubtful in it, and how it is read and computed."""
    if code not in kamus.codes():
        raise NotFound("Kode itu tidak ada di kamus. Pilih dari halaman kamus data.")
    with visit.desk.connect("auditor") as connection, database.reading(connection):
        found = kamus.entry(connection, code)
    with visit.desk.connect("reader") as connection:
        has_figures = publications.main_code(code) in publications.codes(connection)
    return visit.render(
        "dictionary_entry.html",
        entry=found,
        printed=list(kamus.printed(found)) if found.decree else [],
        ours=list(kamus.ours(found)),
        has_figures=has_figures,
        DECREE=decree.NAME,
    )
