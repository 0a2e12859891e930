"""Floor 4. The manifest: open, land, end and read batches. What is done is read from here and nowhere else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg.types.json import Jsonb
from psycopg.types.range import TimestamptzRange

from iku_etl.errors import LoadConflict, NotFound
from iku_etl.model import Batch, Decision, Ending, KeptPayload, Payload, Source
from iku_etl.warehouse.database import Connection, one
from iku_etl.window import Window, window_at


@dataclass(frozen=True)
class Landed:
    """A payload as it was described and as it is kept; `kept` is None when redaction failed."""

    payload: Payload
    kept: KeptPayload | None
    received_hmac: str | None = None
    received_bytes: int | None = None
    token_key_id: str | None = None
    redactor_version: int | None = None
    error_code: str | None = None
    error: str | None = None  # a sentence without values; goes to the batch's reason


def open_batch(
    connection: Connection,
    source: Source,
    window: Window,
    *,
    instead_of: int | None = None,
    decision_id: int | None = None,
) -> int:
    """Open an attempt at a window; its id. A replay names the batch whose bytes it reads and the decision for it."""
    return int(
        one(
            connection,
            """
            insert into iku.batch (source, window_on, win, contract_version, purpose, instead_of, decision_id)
            values (%s, %s, %s, %s, %s, %s, %s)
            returning batch_id
            """,
            [
                source.name,
                window.first_day,
                TimestamptzRange(window.start, window.end, "[)"),
                source.version,
                "collect" if instead_of is None else "replay",
                instead_of,
                decision_id,
            ],
        )["batch_id"]
    )


def add_payload(connection: Connection, batch_id: int, payload_no: int, landed: Landed) -> None:
    """Write one payload's row; the bytes are in the raw store already."""
    payload, kept = landed.payload, landed.kept
    connection.execute(
        """
        insert into iku.payload
            (batch_id, payload_no, sha256, size_bytes, media_type, name, request, asked_at, answered_at, status,
             received_hmac, received_bytes, token_key_id, redactor_version, error_code)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            batch_id, payload_no, kept.sha256 if kept else None,
            kept.size_bytes if kept else landed.received_bytes or 0,
            kept.media_type if kept else payload.media_type, payload.name, Jsonb(dict(payload.request)),
            payload.asked_at, payload.answered_at, payload.status, landed.received_hmac, landed.received_bytes,
            landed.token_key_id, landed.redactor_version, landed.error_code,
        ],
    )  # fmt: skip


def land(connection: Connection, batch_id: int, asked_at: datetime, fingerprint: str, position: date | None) -> None:
    """Say that the payloads are complete; `asked_at`, the start of the first request, is the batch's age."""
    connection.execute("select iku.land_batch(%s, %s, %s, %s)", [batch_id, asked_at, fingerprint, position])


def judged(connection: Connection, batch_id: int, sha256: str) -> None:
    """Say what the file of judged records is, so that another one in its place is not believed."""
    connection.execute("select iku.judge_batch(%s, %s)", [batch_id, sha256])


def end(
    connection: Connection,
    batch_id: int,
    ending: Ending,
    *,
    reason: str | None = None,
    code: str | None = None,
    confirms: int | None = None,
    fingerprint: str | None = None,
    counts: tuple[int, int, int, int] | None = None,
) -> int:
    """End a batch, as the last statement before commit; its load number. Never called twice for one batch."""
    return int(
        one(
            connection,
            "select iku.end_batch(%s, %s, %s, %s, %s, %s, %s) as load_no",
            [batch_id, ending, reason, code, confirms, fingerprint, list(counts) if counts else None],
        )["load_no"]
    )


def get(connection: Connection, batch_id: int, zone: ZoneInfo) -> Batch:
    """The manifest row of a batch; NotFound if there is none."""
    row = connection.execute("select * from iku.batch where batch_id = %s", [batch_id]).fetchone()
    if row is None:
        raise NotFound(f"batch {batch_id} does not exist. iku batches lists them.")
    return _batch(row, zone)


def _batch(row: Mapping[str, Any], zone: ZoneInfo) -> Batch:
    window = row["win"]
    span = window.upper - window.lower
    grid = "hour" if span.total_seconds() <= 3600 else "day" if span.days <= 1 else "month"
    return Batch(
        window=window_at(grid, window.lower, zone),  # type: ignore[arg-type]
        **{name: row[name] for name in Batch.__dataclass_fields__ if name != "window"},
    )


def payloads(connection: Connection, batch_id: int, raw_dir: Path) -> list[KeptPayload]:
    """The kept payloads of a batch, in the order in which they were asked for; a replay reads those it stands for."""
    rows = connection.execute(
        """
        with recursive origin as (
            select batch_id, instead_of from iku.batch where batch_id = %s
            union all
            select earlier.batch_id, earlier.instead_of
            from origin inner join iku.batch as earlier on earlier.batch_id = origin.instead_of
        )

        select payload.*
        from origin
        inner join iku.payload on payload.batch_id = origin.batch_id
        where payload.sha256 is not null
        order by payload.payload_no
        """,
        [batch_id],
    )
    return [
        KeptPayload(
            payload_no=row["payload_no"],
            name=row["name"],
            media_type=row["media_type"],
            sha256=row["sha256"],
            size_bytes=row["size_bytes"],
            path=raw_dir / row["sha256"][:2] / row["sha256"],
            payload_id=row["payload_id"],
        )
        for row in rows
    ]


def payload_count(connection: Connection, batch_id: int) -> int:
    """How many payloads a batch has so far."""
    return int(one(connection, "select count(*) as n from iku.payload where batch_id = %s", [batch_id])["n"])


def payload_sizes(connection: Connection, batch_ids: Sequence[int]) -> dict[int, int]:
    """Bytes of the payloads of each batch that has any of its own."""
    rows = connection.execute(
        """
        select batch_id, sum(size_bytes)::bigint as size_bytes from iku.payload
        where batch_id = any(%s) and size_bytes is not null
        group by batch_id
        """,
        [list(batch_ids)],
    )
    return {row["batch_id"]: row["size_bytes"] for row in rows}


def token_key_id(connection: Connection) -> str | None:
    """The key that the newest redacted payload was tokenised with; None if there is none."""
    row = connection.execute(
        "select token_key_id from iku.payload where token_key_id is not null order by payload_id desc limit 1"
    ).fetchone()
    return row["token_key_id"] if row else None


def lock_window(connection: Connection, source: Source, window: Window) -> None:
    """Hold the cell until the transaction ends; whoever comes second then sees what the first did."""
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
    return _batch(row, zone) if row else None


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
    return _batch(row, zone) if row else None


def check_age(connection: Connection, source: Source, batch: Batch) -> None:
    """Raise LoadConflict if the cell has been asked for later than this batch was: newer wins by when it was asked."""
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


def gaps(connection: Connection, source: str | None = None) -> list[dict[str, Any]]:
    """Due cells with nothing in force at the as-of of the transaction, with the newest attempt's ending and reason."""
    return connection.execute(
        """
        select source, window_on, win, last_batch_id, last_ending, last_reason
        from iku.window_state
        where batch_id is null and (%(source)s::text is null or source = %(source)s)
        order by source, win
        """,
        {"source": source},
    ).fetchall()


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


def to_judge(connection: Connection, source: Source, zone: ZoneInfo) -> list[Batch]:
    """Batches of a source whose payloads are complete and that have no ending: to be judged, oldest first."""
    rows = connection.execute(
        """
        select * from iku.batch
        where source = %s and ending is null and landed_at is not null
        order by batch_id
        """,
        [source.name],
    )
    return [_batch(row, zone) for row in rows]


def needing_a_person(connection: Connection, batch_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Those of these batches that somebody has to look at: rejected, waiting, not kept, landed and not ended."""
    return connection.execute(
        """
        select batch_id, source, window_on, ending, reason from iku.batch
        where
            batch_id = any(%s)
            and (
                ending in ('rejected', 'waiting')
                or (ending = 'failed' and error_code not in ('nothing_offered', 'load_conflict'))
                or (ending is null and landed_at is not null)
            )
        order by batch_id
        """,
        [list(batch_ids)],
    ).fetchall()


def decisions(connection: Connection, source: str) -> list[Decision]:
    """The decisions about a source's records, oldest first; the last one about a record stands."""
    rows: Iterable[Mapping[str, Any]] = connection.execute(
        "select * from iku.decision where source = %s and kind in ('release', 'correction') order by load_no", [source]
    )
    return [Decision(**{name: row[name] for name in Decision.__dataclass_fields__}) for row in rows]


def decide(
    connection: Connection,
    kind: str,
    *,
    reason: str,
    decided_by: str,
    source: str | None = None,
    record_key: Mapping[str, Any] | None = None,
    record_hash: str | None = None,
    batch_id: int | None = None,
    changes: Mapping[str, Any] | None = None,
    figure: tuple[str, str, int] | None = None,
) -> int:
    """Record a decision, as owner; its id. It takes a load number: what it changes is seen from there on."""
    key = Jsonb(dict(record_key)) if record_key is not None else None
    patch = Jsonb(dict(changes)) if changes is not None else None
    indicator, period, revision = figure or (None, None, None)
    parameters: Sequence[Any] = (
        kind, source, key, record_hash, batch_id, patch, indicator, period, revision, reason, decided_by,
    )  # fmt: skip
    query = "select iku.decide(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) as decision_id"
    return int(one(connection, query, parameters)["decision_id"])
