"""What the arrivals of the worked examples share: months, what was known by a day, rules and targets."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from iku_etl.warehouse.database import Connection
from tests import given

MONTHS = [date(2026, month, 1) for month in range(1, 13)]
Example = dict[str, Any]


def last_day(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def over(day: date) -> list[date]:
    """The months that were over by a day."""
    return [month for month in MONTHS if last_day(month) < day]


def known(rows: Iterable[Example], day: date) -> list[Example]:
    """The rows that had arrived by a day."""
    return [row for row in rows if row.get("arrived") is None or date.fromisoformat(row["arrived"]) <= day]


def registers(connection: Connection, code: str, rows: Iterable[Example], month: date) -> None:
    """A month's rules and targets."""
    given.batch(connection, "parameter", month, given.parameter_rows())
    targets = [
        {"indicator": code, "year": 2026, "legal_basis": "PK contoh", "in_force_from": "2026-01-01", **row}
        for row in rows
    ]
    given.batch(connection, "target", month, targets)


class Snapshots(ABC):
    """Monthly registers: a month's batch is loaded again when its rows have changed."""

    def __init__(self, code: str, rows: Example) -> None:
        self.code, self.rows = code, rows
        self.loaded: dict[tuple[str, date], list[Example]] = {}

    def arrive(self, connection: Connection, day: date) -> None:
        """Load whatever is new by a day, month by month."""
        for month in over(day):
            if ("", month) not in self.loaded:
                registers(connection, self.code, self.rows["targets"], month)
                self.loaded["", month] = []
            for source, rows in self.month(month, day).items():
                if self.loaded.get((source, month)) != rows:
                    given.batch(connection, source, month, rows)
                    self.loaded[source, month] = rows

    @abstractmethod
    def month(self, month: date, day: date) -> Mapping[str, list[Example]]:
        """Source -> rows of its batch of that month, as known by the day."""
