"""The manifest: open, land, end and read batches. What is done is read from here and nowhere else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import sql
from psycopg.types.json import Jsonb
from psycopg.types.range import TimestamptzRange

from iku_etl.errors import NotFound
from iku_etl.model import Batch, Ending, KeptPayload, Payload, Source, Unregistered
from iku_etl.warehouse.database import Connection, one
from iku_etl.window import Window, window_at


@dataclass(frozen=True)
class Landed:
    """A payload's description and its kept bytes: those of a note when redaction failed."""

    payload: Payload
    kept: KeptPayload
    received_hmac: str | None = None
    received_bytes: int | None = None
    token_key_id: str | None = None
    redactor_version: int | None = None
    error_code: str | None = None


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
            batch_id, payload_no, kept.sha256, kept.size_bytes, kept.media_type, payload.name,
            Jsonb(dict(payload.request)), payload.asked_at, payload.answered_at, payload.status,
            landed.received_hmac, landed.received_bytes, landed.token_key_id, landed.redactor_version,
            landed.error_code,
        ],
    )  # fmt: skip


def land(connection: Connection, batch_id: int, asked_at: datetime, fingerprint: str, position: date | None) -> None:
    """Say that the payloads are complete; `asked_at`, the start of the first request, is the batch's age."""
    connection.execute("select iku.land_batch(%s, %s, %s, %s)", [batch_id, asked_at, fingerprint, position])


def judged(connection: Connection, batch_id: int, sha256: str) -> None:
    """Record the SHA-256 of the file of judged records, so that a changed file is noticed."""
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
        raise NotFound(f"batch {batch_id} tidak ada. Nomornya ada di: iku batches.")
    return batch_of(row, zone)


def batch_of(row: Mapping[str, Any], zone: ZoneInfo) -> Batch:
    window = row["win"]
    span = window.upper - window.lower
    grid = "hour" if span.total_seconds() <= 3600 else "day" if span.days <= 1 else "month"
    return Batch(
        window=window_at(grid, window.lower, zone),  # type: ignore[arg-type]  # a str of the three grids
        **{name: row[name] for name in Batch.__dataclass_fields__ if name != "window"},
    )


def payloads(connection: Connection, batch_id: int, path_of: Callable[[str], Path]) -> list[KeptPayload]:
    """The kept payloads of a batch, in the order in which they were asked for; a replay reads those it stands for.

    `path_of` says where the bytes of a SHA-256 lie.
    """
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
            path=path_of(row["sha256"]),
            payload_id=row["payload_id"],
        )
        for row in rows
    ]


def payload_count(connection: Connection, batch_id: int) -> int:
    return int(one(connection, "select count(*) as n from iku.payload where batch_id = %s", [batch_id])["n"])


def first_asked_at(connection: Connection, batch_id: int) -> datetime:
    found: datetime = one(
        connection, "select min(asked_at) as asked_at from iku.payload where batch_id = %s", [batch_id]
    )["asked_at"]
    return found


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
    return [batch_of(row, zone) for row in rows]


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


def registered_values(connection: Connection, source: Source) -> dict[str, frozenset[str]]:
    """What the newest batch of each register names that the source's warnings about unregistered things look at."""
    known = {}
    for check in source.expectations:
        if isinstance(check, Unregistered):
            query = sql.SQL(
                """
                select distinct {column}::text as value from {facts}
                where batch_id = (select batch_id from iku.batch_in_force where source = %s order by win desc limit 1)
                """
            ).format(column=sql.Identifier(check.register_column), facts=sql.Identifier("fact", check.register))
            rows = connection.execute(query, [check.register]).fetchall()
            known[check.register] = frozenset(row["value"] for row in rows)
    return known
