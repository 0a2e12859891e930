"""A kuma.db that lives, and how the connector reads a copy of it."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from loopback import ZONE, kept

from iku_etl.connectors.uptime import uptime_kuma
from iku_etl.model import Rows
from iku_etl.settings import Endpoint
from iku_etl.window import Window, window_at

STEP = timedelta(minutes=5)


UP, DOWN = 1, 0


DINKES = (1, "Situs Dinkes", "https://dinkes.example/", "http")


@dataclass(frozen=True)
class Kuma:
    """A kuma.db that lives: beats come in, and its nightly job deletes as Kuma 2.5 does."""

    path: Path

    @classmethod
    def made(cls, path: Path, *monitors: tuple[int, str, str, str]) -> "Kuma":
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("create table monitor (id integer primary key, name text, url text, type text)")
            database.execute(
                "create table heartbeat (id integer primary key autoincrement, monitor_id int, status int, time text,"
                " msg text, ping real, important int)"
            )
            database.executemany("insert into monitor values (?, ?, ?, ?)", monitors)
        return cls(path)

    def beat(
        self, start: datetime, end: datetime, downs: Mapping[datetime, int] | None = None, monitor: int = 1,
        status: int = UP, step: timedelta = STEP,
    ) -> None:  # fmt: skip
        """A beat each step, `status` but for those in `downs`; a change is important, as the first of all is."""
        with closing(sqlite3.connect(self.path)) as database, database:
            last = database.execute(
                "select status from heartbeat where monitor_id = ? order by time desc limit 1", [monitor]
            ).fetchone()
            before = last[0] if last else None
            while start < end:
                now = (downs or {}).get(start, status)
                database.execute(
                    "insert into heartbeat (monitor_id, status, time, msg, ping, important) values (?, ?, ?, ?, ?, ?)",
                    [monitor, now, written(start), "" if now else "Request failed with status code 503",
                     40.0 if now else None, int(now != before)],
                )  # fmt: skip
                before, start = now, start + step

    def clean(self, night: date) -> None:
        """What happens at 03.14 of a day: all but changes and the last hundred that is older than 24 hours goes."""
        till = datetime(night.year, night.month, night.day, 3, 14, tzinfo=ZONE) - timedelta(hours=24)
        with closing(sqlite3.connect(self.path)) as database, database:
            for (monitor,) in database.execute("select id from monitor").fetchall():
                last = database.execute(
                    "select id from heartbeat where monitor_id = ? order by time desc limit 100", [monitor]
                ).fetchall()
                kept_ids = ",".join(str(row[0]) for row in last)
                database.execute(
                    "delete from heartbeat where monitor_id = ? and important = 0 and time < ?"
                    f" and id not in ({kept_ids})",
                    [monitor, written(till)],
                )


def written(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}.000"


def day(number: int) -> Window:
    return window_at("day", date(2026, 1, number), ZONE)


def read(path: Path, window: Window, **options: Any) -> Rows:
    (payload,) = uptime_kuma.beats(Endpoint("uptime_kuma", str(path), options), window)
    (piece,) = uptime_kuma.read(kept(path.parent, payload), window)
    return piece


def counts(piece: Rows) -> dict[str, tuple[int, int]]:
    """Up and down by site."""
    rows = piece.table.to_pylist()
    return {
        site: (sum(row["up"] == "true" for row in own), sum(row["up"] == "false" for row in own))
        for site in {row["site"] for row in rows}
        for own in [[row for row in rows if row["site"] == site]]
    }
