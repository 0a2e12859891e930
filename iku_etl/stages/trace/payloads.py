"""Batches that a figure or a member rests on, with their payloads and what the kept bytes are today."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from iku_etl.connectors.registers.folder import REDACTED
from iku_etl.errors import RawStoreError
from iku_etl.model import KeptPayload
from iku_etl.warehouse.database import Connection, Row


@dataclass(frozen=True)
class Originals:
    """The kept bytes and what reads them, handed in by the pipeline: other stages, which this one does not import.

    `verify` hashes the bytes of a payload anew and raises RawStoreError; `payloads` are those of a batch by number;
    `places` reads a batch again and says in which payload its records stand and where.
    """

    verify: Callable[[str], int]
    payloads: Callable[[int], Mapping[int, KeptPayload]]
    places: Callable[[int, Collection[int]], Mapping[int, tuple[int, str]]]

    def shown_places(self, batch_id: int, record_nos: Collection[int]) -> dict[int, str]:
        """Where records of a batch stand, for people: of a redacted payload in the kept file and in the original."""
        kept = self.payloads(batch_id)
        found = self.places(batch_id, record_nos)
        return {number: two_places(kept[payload_no], place) for number, (payload_no, place) in found.items()}


@dataclass(frozen=True)
class PayloadUse:
    """A payload's manifest row and what its bytes are now: `fault` is None when they hash to their name."""

    row: Row
    fault: str | None


@dataclass(frozen=True)
class BatchUse:
    """A batch that something rests on; of a member, `record_count` and the payloads that hold its records."""

    row: Row
    record_count: int
    payloads: tuple[PayloadUse, ...]


def left_out(uses: Iterable[BatchUse]) -> dict[str, Counter[str]]:
    """What the rules of sources leave out of these batches: source -> reason -> records."""
    found: dict[str, Counter[str]] = {}
    for row in {use.row["batch_id"]: use.row for use in uses}.values():
        if row["left_out"]:
            found.setdefault(row["source"], Counter()).update(row["left_out"])
    return found


def batch_uses(
    connection: Connection, counts: Mapping[int, Mapping[int, int]], originals: Originals | None
) -> tuple[BatchUse, ...]:
    """The batches with their payloads (a replay reads those of the batch it stands for), bytes verified.

    If payload numbers are given with their counts, only those payloads.
    """
    rows = connection.execute(
        """
        with recursive origin as (
            select batch_id as reader, batch_id, instead_of from iku.batch where batch_id = any(%(batches)s)
            union all
            select origin.reader, earlier.batch_id, earlier.instead_of
            from origin inner join iku.batch as earlier on origin.instead_of = earlier.batch_id
        )

        select origin.reader, payload.*
        from origin
        inner join iku.payload on origin.batch_id = payload.batch_id
        order by origin.reader, payload.payload_no
        """,
        {"batches": list(counts)},
    ).fetchall()
    payloads: dict[int, list[PayloadUse]] = {}
    faults: dict[str, str | None] = {}  # days often share bytes: hash each content once
    for row in rows:
        sha256, wanted = row["sha256"], counts[row["reader"]]
        if wanted and row["payload_no"] not in wanted:
            continue
        if sha256 not in faults:
            faults[sha256] = fault(sha256, originals)
        payloads.setdefault(row["reader"], []).append(PayloadUse(row, faults[sha256]))
    found = connection.execute(
        """
        select batch.*, source.grid, coalesce(batch_left_out.left_out, '{}') as left_out
        from iku.batch
        inner join iku.source on batch.source = source.source
        left join iku.batch_left_out on batch.batch_id = batch_left_out.batch_id
        where batch.batch_id = any(%s)
        order by batch.source, batch.window_on, batch.batch_id
        """,
        [list(counts)],
    )
    return tuple(
        BatchUse(row, sum(counts[row["batch_id"]].values()), tuple(payloads.get(row["batch_id"], ()))) for row in found
    )


def fault(sha256: str | None, originals: Originals | None) -> str | None:
    """What is wrong with the kept bytes of a hash, as a sentence; None when they are whole or nobody can look."""
    if originals is None or sha256 is None:
        return None
    try:
        originals.verify(sha256)
    except RawStoreError as problem:
        return str(problem)
    return None


def line_of_place(path: Path, place: str) -> int | None:
    """The line of a redacted file that holds the record of a place in the file that was received."""
    return _lines(path).get(place)


def two_places(payload: KeptPayload, place: str) -> str:
    """Of a redacted payload: the line of the kept file, then the place in the file that was received."""
    line = line_of_place(payload.path, place) if payload.media_type == REDACTED else None
    return place if line is None else f"baris {line} berkas tersimpan; di berkas asli {place}"


@cache
def _lines(path: Path) -> dict[str, int]:
    """Which line of a redacted file holds the record of a place; nothing if the file is torn."""
    found: dict[str, int] = {}
    try:
        with path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, start=1):
                found[json.loads(line).get("place", "")] = number
    except (OSError, ValueError, AttributeError):
        return {}
    return found
