"""Floor 5. What a member rests on: batches with their payloads and bytes, records with their places and decisions."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from psycopg import sql

from iku_etl.database import Connection, one
from iku_etl.errors import RawStoreError

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


@dataclass(frozen=True)
class Record:
    """One record, its place in its payload (None when the bytes can't be read), and the decisions about its key."""

    source: str
    batch_id: int
    record_no: int
    payload_no: int
    place: str | None
    values: Row
    decisions: tuple[Row, ...]


@dataclass(frozen=True)
class EvidenceUse:
    """What one staging relation holds of a member: every batch, how many records, and the first of them."""

    relation: str
    is_roll_up: bool
    record_count: int
    batches: tuple[BatchUse, ...]
    records: tuple[Record, ...]


Counts = dict[int, dict[int, int]]  # batch_id -> payload_no -> records of the member


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


def evidence(
    connection: Connection,
    definition: str,
    relation: str,
    column: str,
    member: str,
    periods: Sequence[str],
    kept: Kept | None,
    limit: int,
) -> EvidenceUse:
    """One evidence relation of a member: its records by number, or, of a roll-up, the facts it was made from."""
    query = sql.SQL("select distinct batch_id, record_no from {} where period = any(%s) and {} = %s").format(
        sql.Identifier(definition, relation), sql.Identifier(column)
    )
    rows = connection.execute(query, [list(periods), member]).fetchall()
    is_roll_up = any(row["record_no"] is None for row in rows)
    ids = sorted({row["batch_id"] for row in rows})
    if not ids:
        return EvidenceUse(relation, is_roll_up, 0, (), ())
    found = _source_of(connection, ids[0])
    if is_roll_up:
        counts, records = _by_member(connection, found, ids, column, member, limit)
    else:
        counts, records = _by_number(connection, found, [(row["batch_id"], row["record_no"]) for row in rows], limit)
    used = batch_uses(connection, counts, kept)
    placed = _with_places(found["source"], records, kept, {use.row["batch_id"]: use for use in used})
    return EvidenceUse(relation, is_roll_up, sum(use.record_count for use in used), used, placed)


def _source_of(connection: Connection, batch_id: int) -> Row:
    query = "select source.* from iku.batch inner join iku.source on batch.source = source.source where batch_id = %s"
    return one(connection, query, [batch_id])


def _by_member(
    connection: Connection, source: Row, batch_ids: list[int], column: str, member: str, limit: int
) -> tuple[Counts, list[Row]]:
    """The facts behind a roll-up: those of its batches that name the member, by the index on (batch, member)."""
    facts = sql.Identifier("fact", source["source"])
    where = sql.SQL(
        """
        from {facts} as facts
        where
            batch_id = any(%(batches)s)
            and window_on = any(array(select window_on from iku.batch where batch_id = any(%(batches)s)))
            and {column} = %(member)s
        """
    ).format(facts=facts, column=sql.Identifier(column))
    parameters = {"batches": batch_ids, "member": member, "limit": limit, "source": source["source"]}
    tally = sql.SQL("select batch_id, payload_no, count(*) as records {} group by batch_id, payload_no").format(where)
    counts: Counts = {batch_id: {} for batch_id in batch_ids}
    for row in connection.execute(tally, parameters):
        counts[row["batch_id"]][row["payload_no"]] = row["records"]
    first = sql.SQL(
        """
        select facts.*, {} as decisions
        from (select * {} order by batch_id, record_no limit %(limit)s) as facts
        order by batch_id, record_no
        """
    ).format(_DECISIONS, where)  # the decisions of the rows shown, not of all
    parameters["batches"] = _enough(counts, limit)
    return counts, connection.execute(first, parameters).fetchall()


def _enough(counts: Counts, limit: int) -> list[int]:
    """The first batches that hold `limit` records: the others need not be read."""
    held = accumulate(sum(counts[batch_id].values()) for batch_id in sorted(counts))
    before = sum(1 for so_far in held if so_far < limit)
    return sorted(counts)[: before + 1]


def _by_number(
    connection: Connection, source: Row, named: list[tuple[int, int]], limit: int
) -> tuple[Counts, list[Row]]:
    """Records of given numbers, by primary key; a number that was set aside is in the quarantine instead."""
    parameters = {
        "batches": [batch_id for batch_id, _ in named],
        "records": [record_no for _, record_no in named],
        "source": source["source"],
        "limit": limit,
    }
    days = connection.execute(
        "select distinct window_on from iku.batch where batch_id = any(%(batches)s)", parameters
    ).fetchall()
    parameters["days"] = [row["window_on"] for row in days]  # named, so that other months are not looked into
    where = sql.SQL(
        """
        from unnest(%(batches)s::bigint [], %(records)s::integer []) as wanted (batch_id, record_no)
        inner join {} as facts
            on wanted.batch_id = facts.batch_id and wanted.record_no = facts.record_no
        where facts.window_on = any(%(days)s)
        """
    ).format(sql.Identifier("fact", source["source"]))
    tally = sql.SQL("select facts.batch_id, payload_no, count(*) as records {} group by 1, 2").format(where)
    set_aside = """
        select quarantine.batch_id, quarantine.payload_no, count(*) as records
        from unnest(%(batches)s::bigint [], %(records)s::integer []) as wanted (batch_id, record_no)
        inner join iku.quarantine
            on wanted.batch_id = quarantine.batch_id and wanted.record_no = quarantine.record_no
        group by 1, 2
        """
    counts: Counts = {batch_id: {} for batch_id, _ in named}
    for row in (*connection.execute(tally, parameters), *connection.execute(set_aside, parameters)):
        counts[row["batch_id"]][row["payload_no"]] = counts[row["batch_id"]].get(row["payload_no"], 0) + row["records"]
    first = sql.SQL(
        """
        select facts.*, {} as decisions
        from (select facts.* {} order by facts.batch_id, facts.record_no limit %(limit)s) as facts
        order by batch_id, record_no
        """
    ).format(_DECISIONS, where)  # the decisions of the rows shown, not of all
    return counts, connection.execute(first, parameters).fetchall()


# The decisions that had been taken about a record's key, its batch, or the reading again that made its batch.
_DECISIONS = sql.SQL(
    """
    array(
        select to_jsonb(decision) from iku.decision
        where
            decision.source = %(source)s
            and decision.load_no <= iku.as_of()
            and case
                when decision.record_key is not null then to_jsonb(facts) @> decision.record_key
                else facts.batch_id = decision.batch_id or exists (
                    select from iku.batch
                    where batch.batch_id = facts.batch_id and batch.decision_id = decision.decision_id
                )
            end
        order by decision.load_no
    )
    """
)
_PROVENANCE = ("batch_id", "record_no", "payload_no", "window_on", "decisions")


def _with_places(source: str, rows: list[Row], kept: Kept | None, used: Mapping[int, BatchUse]) -> tuple[Record, ...]:
    places: dict[int, Mapping[int, str]] = {}
    for batch_id in dict.fromkeys(row["batch_id"] for row in rows):
        torn = any(part.fault for part in used[batch_id].payloads)
        if kept is not None and not torn:  # torn bytes have no places
            places[batch_id] = kept.places(batch_id, [row["record_no"] for row in rows if row["batch_id"] == batch_id])
    return tuple(
        Record(
            source=source,
            batch_id=row["batch_id"],
            record_no=row["record_no"],
            payload_no=row["payload_no"],
            place=places.get(row["batch_id"], {}).get(row["record_no"]),
            values={name: value for name, value in row.items() if name not in _PROVENANCE},
            decisions=tuple(row["decisions"]),
        )
        for row in rows
    )


def quarantined(
    connection: Connection,
    definition: str,
    batch_ids: Sequence[int],
    columns: Collection[str],
    member: str,
    periods: Sequence[str],
) -> tuple[Row, ...]:
    """The records of a member that were set aside: in batches it rests on, and in those in force in its periods."""
    return tuple(
        connection.execute(
            """
            with span as (
                select tstzrange(min(starts_at), max(ends_at)) as win from iku.period where period = any(%(periods)s)
            ),

            candidates as (
                select unnest(%(batches)s::bigint []) as batch_id
                union
                select batch_in_force.batch_id
                from iku.batch_in_force
                inner join iku.definition_source using (source)
                cross join span
                where definition_source.definition = %(definition)s and batch_in_force.win && span.win
            )

            select
                batch.source, batch.window_on, quarantine.batch_id, quarantine.record_no, quarantine.payload_no,
                quarantine.place, quarantine.rules, quarantine.message, quarantine.record_key, quarantine.record_hash,
                quarantine.public_values
            from candidates
            inner join iku.quarantine on candidates.batch_id = quarantine.batch_id
            inner join iku.batch on candidates.batch_id = batch.batch_id
            where exists (
                select from unnest(%(columns)s::text []) as named (name)
                where %(member)s in (record_key ->> named.name, public_values ->> named.name)
            ) or %(member)s = format('berkas %%s %%s', quarantine.payload_no, split_part(quarantine.place, ',', 1))
            order by batch.source, batch.window_on, quarantine.record_no
            """,
            {
                "definition": definition,
                "batches": list(batch_ids),
                "columns": list(columns),
                "member": member,
                "periods": list(periods),
            },
        ).fetchall()
    )
