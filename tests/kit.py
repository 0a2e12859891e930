"""A small source of its own for tests of the manifest and the stages, and the shortest way to a batch of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from patience import wait
from psycopg import sql
from sqlalchemy import Boolean, Column, DateTime, Integer, Text, column, func

from iku_etl.manifest import batches
from iku_etl.model import Decision, KeptPayload, Payload, RollUp, Source, stop
from iku_etl.records.verdict import Verdict
from iku_etl.stages import parse, validate
from iku_etl.warehouse import tables
from iku_etl.warehouse.database import Connection, Warehouse
from iku_etl.window import Window, window_at

ZONE = ZoneInfo("Asia/Jakarta")
DAY = window_at("day", date(2026, 1, 5), ZONE)
ASKED = datetime(2026, 1, 6, 1, tzinfo=UTC)

METER = Source(
    title="Meteran uji",
    owner="Penguji",
    kind="events",
    since=date(2026, 1, 1),
    grid="day",
    schedule="10 0 * * *",
    lookback=2,
    version=1,
    privacy="public",
    columns=(
        Column("site", Text, nullable=False, comment="what was read"),
        Column("read_at", DateTime(timezone=True), nullable=False, comment="when"),
        Column("up", Boolean, comment="null not observed"),
        Column("latency_ms", Integer, comment="milliseconds"),
    ),
    key=("site", "read_at"),
    expectations=(stop("ExpectTableRowCountToBeBetween", min_value=1),) * 6,
    roll_ups=(
        RollUp(
            "meter_day",
            version=1,
            by=("site",),
            measures=(
                (Column("up_count", Integer, nullable=False, comment="readings"), func.count().filter(column("up"))),
            ),
        ),
    ),
    name="meter",
    summary="A source for tests.",
)


def declare(warehouse: Warehouse, *sources: Source) -> None:
    """Make the tables of test sources beside the real ones."""
    with warehouse.connect("owner") as connection:
        tables.declare(connection, sources or (METER,), None, "Asia/Jakarta")


def landed(
    connection: Connection,
    *,
    source: Source = METER,
    window: Window = DAY,
    asked_at: datetime = ASKED,
    fingerprint: str = "f",
    **opened: Any,
) -> int:
    """A batch that has landed one payload (its bytes are not kept), ready to load."""
    batch_id = batches.open_batch(connection, source, window, **opened)
    payload = Payload("uji", "text/csv", {"method": "GET"}, asked_at, asked_at, 200, [])
    kept = KeptPayload(1, "uji", "text/csv", "0" * 64, 0, None)
    batches.add_payload(connection, batch_id, 1, batches.Landed(payload, kept))
    batches.land(connection, batch_id, asked_at, fingerprint, None)
    return batch_id


def rows(count: int, *, site: str = "a", up: bool | None = True) -> list[tuple[Any, ...]]:
    """`count` readings of a site in DAY, a minute apart."""
    return [(site, DAY.start + timedelta(minutes=minute), up, 12) for minute in range(count)]


def insert(
    connection: Connection,
    batch_id: int,
    values: Sequence[tuple[Any, ...]],
    *,
    window_on: date = DAY.first_day,
    first_no: int = 1,
) -> None:
    """Insert facts of a batch as the load stage would: one statement."""
    connection.execute("select iku.make_partition('meter', %s)", [window_on])
    with connection.cursor().copy(
        "copy fact.meter (batch_id, record_no, payload_no, window_on, site, read_at, up, latency_ms) from stdin"
    ) as copy:
        for number, row in enumerate(values, start=first_no):
            copy.write_row((batch_id, number, 1, window_on, *row))


def in_force(connection: Connection, values: Sequence[tuple[Any, ...]] | None = None, **how: Any) -> int:
    """A batch of METER that is in force with these readings; its id."""
    values = rows(3) if values is None else values
    batch_id = landed(connection, **how)
    with connection.transaction():
        insert(connection, batch_id, values, window_on=how.get("window", DAY).first_day)
        batches.end(connection, batch_id, "in_force", fingerprint=str(values), counts=(len(values), len(values), 0, 0))
    return batch_id


def on(day: int) -> Window:
    """The day cell of January 2026."""
    return window_at("day", date(2026, 1, day), ZONE)


def named(source: Source, name: str) -> Source:
    """The same source under another name."""
    return replace(source, name=name)


def count(connection: Connection, table: str) -> int:
    """How many rows a fact table holds."""
    query = sql.SQL("select count(*) as rows from {}").format(sql.Identifier("fact", table))
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row["rows"])


def judge(
    source: Source,
    window: Window,
    payloads: Sequence[KeptPayload],
    out: Path,
    *,
    now: datetime,
    decisions: Sequence[Decision] = (),
    registers: Mapping[str, frozenset[str]] | None = None,
) -> Verdict:
    """Parse and judge one window; its Parquet is at `out`."""
    item = validate.Item(window, payloads, parse.records(source, payloads, window), out)
    return validate.judge(source, [item], decisions=decisions, registers=registers, now=now)[0]


def wait_for_sessions(connection: Any) -> None:
    """A killed client's session may still be finishing what it had sent."""

    def has_no_other() -> bool:
        row = connection.execute(
            """
            select count(*) as others from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and usename = 'iku_loader'
            """
        ).fetchone()
        return bool(row["others"] == 0)

    wait(has_no_other, "the end of killed workers' sessions", pause=0.02)
