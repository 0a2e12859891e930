"""Exports of other stretches of days than the register's measure names: not seen, and the reason says which came."""

from datetime import date
from typing import Any

import pytest
from given import batch, channel_row, midnight_after

from iku_etl.catalogue import kamus
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection

JANUARY = date(2026, 1, 1)


def visits(first: int, last: int) -> dict[str, Any]:
    return {
        "channel": "kanal", "metric": "kunjungan", "first_day": f"2026-01-{first:02}", "last_day": f"2026-01-{last:02}",
        "visits": 10, "counter": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "days", "seen", "due", "reason"),
    [
        ("harian", [(day, day) for day in range(1, 32)], 31, 31, ""),
        ("harian", [(day, day) for day in range(1, 32, 2)], 16, 31, "teramati sebagian: 16 dari 31"),
        ("harian", [(1, 7), (8, 14), (15, 21), (22, 28)], 0, 31,
         "tidak teramati: yang datang per 7 hari, register menyebut harian"),
        ("bulanan", [(1, 31)], 1, 1, ""),
        ("bulanan", [(1, 15), (16, 31)], 0, 1, "tidak teramati: yang datang per 15 hari, register menyebut bulanan"),
        ("bulanan", [], 0, 1, "tidak teramati"),
    ],
)  # fmt: skip
def test_stretches(
    owner: Connection, measure: str, days: list[tuple[int, int]], seen: int, due: int, reason: str
) -> None:
    batch(owner, "social_channel", JANUARY, [channel_row("kanal", "facebook", "kunjungan", measure)])
    batch(owner, "social_visits", JANUARY, [visits(*span) for span in days])
    definition = kamus.current(owner)["IKU-07"]
    with database.reading(owner, as_of_time=midnight_after(date(2026, 2, 10))):
        query = f"select * from {definition}.member where period = '2026-01' and member = 'kanal'"
        found = database.one(owner, query)
    assert (found["seen"], found["due"], found["reason"]) == (seen, due, reason)
