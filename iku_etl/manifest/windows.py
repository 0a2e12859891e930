"""What stands in a cell of a source's grid: the batch in force, the open poll, what was asked for last."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from psycopg.types.range import TimestamptzRange

from iku_etl.errors import LoadConflict
from iku_etl.manifest.batches import batch_of, end, get
from iku_etl.model import Batch, Source
from iku_etl.warehouse.database import Connection
from iku_etl.window import Window, window_at


def lock_window(connection: Connection, source: Source, window: Window) -> None:
    """Lock the cell until the transaction ends; a second transaction waits, then reads what the first one wrote."""
    connection.execute(
        "select iku.lock_window(%s, %s)", [source.name, TimestamptzRange(window.start, window.end, "[)")]
    )


def in_force(connection: Connection, source: Source, window: Window, zone: ZoneInfo) -> Batch | None:
    """The batch in force for a cell, by the newest load; None if the cell is a gap."""
    row = connection.execute(
        """
        select * from iku.batch
        where source = %s and win = %s and ending = 'in_force' and superseded_by is null
        """,
        [source.name, TimestamptzRange(window.start, window.end, "[)")],
    ).fetchone()
    return batch_of(row, zone) if row else None


def in_force_before(connection: Connection, source: Source, window: Window, zone: ZoneInfo) -> Batch | None:
    """The batch in force of the newest cell before this one."""
    row = connection.execute(
        """
        select * from iku.batch
        where source = %s and win << %s and ending = 'in_force' and superseded_by is null
        order by win desc
        limit 1
        """,
        [source.name, TimestamptzRange(window.start, window.end, "[)")],
    ).fetchone()
    return batch_of(row, zone) if row else None


def check_age(connection: Connection, source: Source, batch: Batch) -> None:
    """Raise LoadConflict if the cell was asked for again after this batch: the later request wins."""
    newer = connection.execute(
        """
        select batch_id from iku.batch
        where source = %s and win = %s and purpose = 'collect' and asked_at > %s
            and ending in ('in_force', 'unchanged', 'waiting')
        limit 1
        """,
        [source.name, TimestamptzRange(batch.window.start, batch.window.end, "[)"), batch.asked_at],
    ).fetchone()
    if newer and batch.purpose == "collect":
        raise LoadConflict(
            f"{source.name} {batch.window.label}: batch {batch.batch_id} diminta sebelum batch {newer['batch_id']},"
            " yang berlaku. Tidak perlu tindakan: pengambilan yang lebih baru lebih baik."
        )


def open_poll(connection: Connection, source: Source, window: Window) -> int | None:
    """The open batch that a poller lands into for this cell, if it has one."""
    row = connection.execute(
        """
        select min(batch_id) as batch_id from iku.batch
        where source = %s and win = %s and ending is null and landed_at is null and purpose = 'collect'
        """,
        [source.name, TimestamptzRange(window.start, window.end, "[)")],
    ).fetchone()
    return row["batch_id"] if row else None


def is_known(connection: Connection, source: Source, window: Window) -> bool:
    """Whether the cell has a batch in force or an attempt that ended."""
    found = connection.execute(
        """
        select from iku.window_state
        where source = %s and window_on = %s and (batch_id is not null or last_ending <> 'open')
        """,
        [source.name, window.first_day],
    ).fetchone()
    return found is not None


def cells(connection: Connection, source: Source, zone: ZoneInfo) -> list[tuple[Window, bool]]:
    """The ended cells of a source at the as-of of the transaction, newest first, and whether each is a gap."""
    rows = connection.execute(
        "select win, batch_id from iku.window_state where source = %s order by win desc", [source.name]
    )
    return [(window_at(source.grid, row["win"].lower, zone), row["batch_id"] is None) for row in rows]


def end_as_look(connection: Connection, source: Source, batch: Batch, zone: ZoneInfo) -> bool:
    """End a batch as a look, without a parse, if its bytes are those of the batch in force; False if they are not."""
    with connection.transaction():
        lock_window(connection, source, batch.window)
        if get(connection, batch.batch_id, zone).ending is not None:
            return True
        before = in_force(connection, source, batch.window, zone)
        if before is None or before.payload_fingerprint != batch.payload_fingerprint:
            return False
        try:
            check_age(connection, source, batch)
        except LoadConflict as conflict:  # another worker asked later and was first: this look says nothing new
            end(connection, batch.batch_id, "failed", reason=str(conflict), code=conflict.code)
        else:
            end(connection, batch.batch_id, "unchanged", confirms=before.batch_id, reason="bita sama")
    return True


def collected_last(connection: Connection, source: Source) -> dict[date, list[dict[str, Any]]]:
    """What the newest collection of each cell asked for: the requests of its payloads, by the cell's first day."""
    rows = connection.execute(
        """
        select distinct on (window_on)
            window_on,
            array(select payload.request from iku.payload where payload.batch_id = batch.batch_id) as requests
        from iku.batch
        where source = %s and purpose = 'collect' and landed_at is not null
        order by window_on, batch_id desc
        """,
        [source.name],
    )
    return {row["window_on"]: row["requests"] for row in rows}
