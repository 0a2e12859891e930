"""What was set aside of a member: records that may be about it, whether or not a staging relation holds them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby

from iku_etl.stages.trace.payloads import Originals, two_places
from iku_etl.warehouse.database import Connection, Row


def quarantined(
    connection: Connection,
    definition: str,
    batch_ids: Sequence[int],
    columns: Collection[str],
    member: str,
    periods: Sequence[str],
    originals: Originals | None,
) -> tuple[Row, ...]:
    """The records of a member that were set aside: in batches it rests on, and in those in force in its periods."""
    rows = connection.execute(
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
            ) or %(member)s = iku.name_by_place(quarantine.payload_no, quarantine.place)
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
    return tuple(_with_shown_places(rows, originals))


def _with_shown_places(rows: Iterable[Row], originals: Originals | None) -> Iterator[Row]:
    """The rows with their places told as those of records that were loaded."""
    for batch_id, own in groupby(rows, lambda row: row["batch_id"]):
        kept = originals.payloads(batch_id) if originals else {}
        for row in own:
            payload = kept.get(row["payload_no"])
            yield row if payload is None else {**row, "place": two_places(payload, row["place"])}
