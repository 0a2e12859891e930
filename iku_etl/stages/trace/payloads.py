"""Floor 4. Batches that a figure or a member rests on, with their payloads and what the kept bytes are today."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from iku_etl.errors import RawStoreError
from iku_etl.warehouse.database import Connection

Row = dict[str, Any]


@dataclass(frozen=True)
class Kept:
    """The raw store and the parser, handed in by whoever calls: other stages, which this one does not import.

    `verify` hashes the kept bytes of a payload anew and raises RawStoreError; `places` reads a batch's payloads again
    and says where its records stand in them.
    """

    verify: Callable[[str], int]
    places: Callable[[int, Collection[int]], Mapping[int, str]]


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


def batch_uses(
    connection: Connection, counts: Mapping[int, Mapping[int, int]], kept: Kept | None
) -> tuple[BatchUse, ...]:
    """The batches with their payloads (a replay reads those of the batch it stands for), bytes verified.

    Where payload numbers are given with their counts, only those payloads.
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
            faults[sha256] = fault(sha256, kept)
        payloads.setdefault(row["reader"], []).append(PayloadUse(row, faults[sha256]))
    found = connection.execute(
        """
        select batch.*, source.grid
        from iku.batch inner join iku.source on batch.source = source.source
        where batch_id = any(%s)
        order by batch.source, window_on, batch_id
        """,
        [list(counts)],
    )
    return tuple(
        BatchUse(row, sum(counts[row["batch_id"]].values()), tuple(payloads.get(row["batch_id"], ()))) for row in found
    )


def fault(sha256: str | None, kept: Kept | None) -> str | None:
    """What is wrong with the kept bytes of a hash, as a sentence; None when they are whole or nobody can look."""
    if kept is None or sha256 is None:
        return None
    try:
        kept.verify(sha256)
    except RawStoreError as problem:
        return str(problem)
    return None
