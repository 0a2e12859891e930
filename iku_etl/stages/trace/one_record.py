"""One record by its number: its batch, its payload, whether the bytes are whole today, and the bytes themselves."""

from dataclasses import dataclass
from typing import Literal

from iku_etl.errors import IkuError, NotFound, RawStoreError
from iku_etl.stages.trace import records
from iku_etl.stages.trace.excerpt import Excerpt, excerpt
from iku_etl.stages.trace.payloads import Originals, batch_uses, two_places
from iku_etl.stages.trace.records import Record
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Row

Verdict = Literal["whole", "torn", "missing", "not_kept"]


@dataclass(frozen=True)
class RecordTrace:
    """A record with where it stands; `excerpt` is None where nothing can be shown, then `trouble` may say why.

    `verdict`: what hashing the payload's bytes anew gave just now. Bytes that are not those received are not shown.
    """

    record: Record
    batch: Row
    payload: Row
    verdict: Verdict
    excerpt: Excerpt | None
    trouble: str = ""


def record(connection: Connection, batch_id: int, record_no: int, originals: Originals) -> RecordTrace:
    """A record that was loaded or set aside, as auditor. NotFound if the batch has none of that number."""
    with database.reading(connection):
        source = connection.execute("select source from iku.batch where batch_id = %s", [batch_id]).fetchone()
        counts, found = (
            records.by_number(connection, source["source"], [(batch_id, record_no)], 1) if source else ({}, [])
        )
        if not found:
            raise NotFound(f"Rekaman {record_no} tidak ada dalam batch {batch_id}. Pilih dari halaman anggota.")
        (use,) = batch_uses(connection, counts, None)
    one, payload = found[0], use.payloads[0].row
    verdict = _verdict(payload["sha256"], originals)
    if verdict != "whole":
        return RecordTrace(one, use.row, payload, verdict, None)
    return _shown(RecordTrace(one, use.row, payload, verdict, None), originals)


def _verdict(sha256: str | None, originals: Originals) -> Verdict:
    if sha256 is None:
        return "not_kept"
    try:
        originals.verify(sha256)
    except RawStoreError as problem:
        return "missing" if problem.code == "raw_missing" else "torn"
    return "whole"


def _shown(found: RecordTrace, originals: Originals) -> RecordTrace:
    """With the place and the bytes around it; what the source's reader says where it can't read them any more."""
    one = found.record
    kept = originals.payloads(one.batch_id)[one.payload_no]
    try:
        place = one.place or originals.places(one.batch_id, [one.record_no])[one.record_no][1]
    except (IkuError, KeyError) as problem:  # the source is gone, or reads other records since
        trouble = str(problem) if isinstance(problem, IkuError) else ""
        return RecordTrace(one, found.batch, found.payload, found.verdict, None, trouble)
    told = Record(
        one.source, one.batch_id, one.record_no, one.payload_no, one.values, one.decisions, two_places(kept, place),
        one.derived, one.set_aside,
    )  # fmt: skip
    return RecordTrace(told, found.batch, found.payload, found.verdict, excerpt(kept, place))
