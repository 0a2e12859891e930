"""A copy of Uptime Kuma's kuma.db: the beats of a window in the shape of a status page, and whose are not whole.

At 03.14 of its own zone Kuma 2 deletes all beats older than 24 hours but the last 100 of a monitor and those that are
`important`, the changes. What is left of a day then looks like a day with a handful of checks. A monitor is whole from
its oldest beat that is not important: everything since is there.
"""

import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from iku_etl.connectors.registers import files
from iku_etl.errors import ContractError
from iku_etl.window import Window

SECONDS = 60  # a query that runs longer is no query of a table of beats
STEPS = 1000  # of SQLite's machine, between looks at the clock
BEATS = 300_000  # of a window: 200 monitors, each minute
FIRST_BEATS_WITHIN = 3  # usual steps: a monitor that is so quick after its first beat ever has lost nothing
TOLD = ("id", "name", "url", "type", "active")  # of a monitor; never its passwords
LETTERS = 200  # of a beat's message: what is looked for stands in its first words
USUAL = 100  # the beats that tell a monitor's usual step: the last ones, which are always kept

PLAIN_BEFORE = """
select 1 from heartbeat
where monitor_id = :monitor and time <= :start and coalesce(important, 0) = 0 order by time desc limit 1
"""
FIRST = """
select time, coalesce(important, 0) as is_change from heartbeat
where monitor_id = :monitor order by time limit 1
"""
FIRST_PLAIN = """
select time from heartbeat where monitor_id = :monitor and coalesce(important, 0) = 0 order by time limit 1
"""

Beats = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Copy:
    """What a copy tells of a window.

    `beats`: by monitor; `cut`: monitor -> the oldest time of which it has all beats (None: of none), only of those that
    have lost the window's beginning; `next`: the first beat after the window; `newest`: of all.
    """

    monitors: list[dict[str, Any]]
    beats: Beats
    cut: Mapping[str, str | None]
    next: str | None
    newest: str | None


def copied(path: Path, window: Window) -> Copy:
    """Read a copy without touching it; raises ContractError for what is none, or one that Kuma is writing to."""
    with files.open_regular(path) as stream:
        if stream.read(15) != b"SQLite format 3":
            raise ContractError(f"{path.name} bukan berkas SQLite; url menunjuk salinan kuma.db.", code="no_sqlite")
    if (log := Path(f"{path}-wal")).exists() and log.stat().st_size:
        raise ContractError(
            f"{path.name} sedang dipakai Kuma (ada berkas -wal), detak terbaru belum di dalamnya. Buat salinan:"
            ' sqlite3 kuma.db ".backup salinan.db", lalu tulis salinan itu sebagai url.',
            code="live_database",
        )
    until = time.monotonic() + SECONDS
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)) as database:
            database.row_factory = sqlite3.Row
            database.set_progress_handler(lambda: time.monotonic() > until, STEPS)
            return _read(database, window)
    except (sqlite3.Error, TypeError, ValueError) as problem:
        raise ContractError(f"{path.name} bukan kuma.db yang utuh: {problem}.", code="no_kuma") from None


def _read(database: sqlite3.Connection, window: Window) -> Copy:
    monitors = [
        {name: row[name] for name in TOLD if name in row.keys()}  # noqa: SIM118  # a Row holds values, not names
        for row in database.execute("select * from monitor order by id")
    ]
    start, end = _utc(window.start), _utc(window.end)
    rows = database.execute(
        """
        select monitor_id, status, time, substr(msg, 1, ?) as msg, ping from heartbeat
        where time >= ? and time < ? order by monitor_id, time, id
        """,
        [LETTERS, start, end],
    )
    beats: Beats = {}
    for number, row in enumerate(rows):
        if number == BEATS:
            raise ValueError(f"lebih dari {BEATS} detak dalam satu jendela")
        beats.setdefault(str(row["monitor_id"]), []).append({name: _plain(row[name]) for name in row.keys()[1:]})
    # the first of a later day tells the same as the last of all, and the same whenever it is asked
    (following,) = database.execute("select min(time) from heartbeat where time >= ?", [end]).fetchone()
    (newest,) = database.execute("select max(time) from heartbeat").fetchone()
    whole_from = {str(one["id"]): _whole_from(database, one["id"], start) for one in monitors}
    cut = {key: since for key, since in whole_from.items() if since != ""}
    return Copy(monitors, beats, cut, _text(following), _text(newest))


def _plain(value: Any) -> Any:
    """What JSON can hold: a blob in a column of text or numbers is no beat's."""
    if isinstance(value, bytes):
        raise TypeError("ada isi biner pada detak")
    return value


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _whole_from(database: sqlite3.Connection, monitor: Any, start: str) -> str | None:
    """The empty text if all beats since `start` are there, else the time since when they are (None: none are)."""

    # a beat of the very second counts: it is written `17:00:00.000`, the start `17:00:00`
    about = {"monitor": monitor, "start": f"{start}.000"}
    if database.execute(PLAIN_BEFORE, about).fetchone():
        return ""
    first, plain = (database.execute(query, about).fetchone() for query in (FIRST, FIRST_PLAIN))
    if first is None:
        return ""  # it has never beaten: nothing was lost
    # the first beat that a monitor ever makes is a change, one whose elders were deleted is mostly not
    if first["time"] >= start and first["is_change"] and plain is not None:
        step = _usual_step(database, monitor)
        if _moment(plain["time"]) - _moment(first["time"]) <= FIRST_BEATS_WITHIN * step:
            return ""
    return None if plain is None else str(plain["time"])


def _usual_step(database: sqlite3.Connection, monitor: Any) -> timedelta:
    rows = database.execute(
        "select time from heartbeat where monitor_id = ? order by time desc limit ?", [monitor, USUAL]
    ).fetchall()
    moments = [_moment(row["time"]) for row in rows]
    return timedelta(seconds=median([(later - earlier).total_seconds() for later, earlier in pairwise(moments)] or [0]))


def _moment(text: Any) -> datetime:
    found = datetime.fromisoformat(str(text))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")  # sorts before the same second with milliseconds
