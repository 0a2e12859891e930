"""Rekaman: one record down to its bytes: where it came from, whether they are whole now, and itself marked in them."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

from iku_etl import catalogue, indonesian
from iku_etl.errors import NotFound
from iku_etl.manifest import listing
from iku_etl.pipeline import Verdict
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Row
from iku_etl.web.desk import Visit, at
from iku_etl.web.labels import labels
from iku_etl.web.login import Role
from iku_etl.web.members import NAMED
from iku_etl.web.tongue import noted

router = APIRouter()
Number = Annotated[int, Path(ge=1, le=2**53)]
VERDICTS: dict[Verdict, tuple[str, str]] = {
    "whole": (
        noted("utuh"),
        noted("SHA-256 dihitung ulang saat halaman ini dibuka dan sama dengan yang dicatat ketika bita ini diterima."),
    ),
    "torn": (
        noted("berubah"),
        noted(
            "SHA-256 dihitung ulang saat halaman ini dibuka dan TIDAK sama dengan yang dicatat: isinya bukan"
            " lagi yang diterima, jadi tidak ditampilkan. Jangan hapus apa pun; minta pengelola memulihkannya."
        ),
    ),
    "missing": (
        noted("hilang"),
        noted("Bitanya tidak ada lagi di simpanan. Beri tahu pengelola agar dipulihkan dari cadangan."),
    ),
    "not_kept": (
        noted("tidak disimpan"),
        noted("Dari payload ini hanya sidiknya yang dicatat; bitanya tidak disimpan."),
    ),
}


@router.get("/record/{batch_id}")
def first_of(visit: Annotated[Visit, at(Role.VIEWER)], batch_id: Number) -> RedirectResponse:
    """The first record of a batch; NotFound for a batch that holds none, with what it came to."""
    with visit.desk.connect("auditor") as connection, database.reading(connection):
        batch = listing.batch(connection, batch_id)
        if batch is None:
            raise NotFound("Batch itu tidak ada. Pilih dari halaman sumbernya.")
        number = listing.beside(connection, batch["source"], batch_id, 0)["after"]
    if number is None:
        ending = indonesian.ENDINGS[batch["ending"]] if batch["ending"] else "masih terbuka"
        told = f", sama dengan batch {batch['confirms']}" if batch["confirms"] else ""
        raise NotFound(f"Batch {batch_id} tidak menyimpan rekaman: {ending}{told}. {batch['reason'] or ''}".rstrip())
    return RedirectResponse(f"{visit.root}/record/{batch_id}/{number}", status_code=303)


@router.get("/record/{batch_id}/{record_no}")
def record(
    visit: Annotated[Visit, at(Role.VIEWER)], batch_id: Number, record_no: Number, indicator: str = "",
    period: str = "", member: str = "", resting: str = "",
) -> HTMLResponse:  # fmt: skip
    """A record that was loaded or set aside; `indicator`, `period` and `member` say from where somebody came."""
    with visit.desk.pipeline() as pipeline:
        found = pipeline.trace_record(batch_id, record_no)
        back = pipeline.trace_payload(found.payload["payload_id"]) if resting == "1" else None
    is_from = bool(NAMED.fullmatch(f"{indicator} {period} 0"))
    origin = {"indicator": indicator, "period": period, "member": member} if is_from else {}
    word, sentence = VERDICTS[found.verdict]
    with visit.desk.connect("auditor") as connection:
        beside = listing.beside(connection, found.record.source, batch_id, record_no)
    return visit.render(
        "record.html",
        found=found,
        record=found.record,
        source=catalogue.source(found.record.source),
        word=word,
        sentence=sentence,
        labels=labels([found.record.source]),
        request=list(_request(found.payload["request"] or {})),
        origin=origin,
        beside=beside,
        here=urlencode(origin | {"resting": "1"}),
        figures=None if back is None else _newest(back.figures),
    )


def _request(said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What was asked, name by name; parameters and notes beside the others."""
    for name, value in said.items():
        if isinstance(value, Mapping):
            yield from _request(value)
        elif value is not None:
            yield name, value


def _newest(figures: tuple[Row, ...]) -> list[Row]:
    """Of each figure the row that was published last."""
    return list({(row["indicator"], row["period"]): row for row in figures}.values())


@router.get("/payload/{payload_id}/file")
def payload(visit: Annotated[Visit, at(Role.VIEWER)], payload_id: Number) -> FileResponse:
    """The kept bytes of a payload, hashed anew, as a file that no browser opens by itself."""
    with visit.desk.pipeline() as pipeline:
        name, path = pipeline.kept_payload(payload_id)
    return FileResponse(
        path, media_type="application/octet-stream", filename=name, content_disposition_type="attachment"
    )
