"""How long a look at a site's content holds, whatever the interval of the looks: fresh stays so, stale must be seen."""

from datetime import date
from typing import Any

import pytest
from given import batch, midnight_after, parameter_rows, uptime_days, website_row

from iku_etl.catalogue import kamus
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection

JANUARY, FRESH, STALE = date(2026, 1, 1), "2026-01-20", "2025-10-01"
UNANSWERED = None


def member(owner: Connection, looks: dict[int, str | None]) -> dict[str, Any]:
    """A site that was up all January, by the newest content that each day's look found."""
    batch(owner, "parameter", JANUARY, parameter_rows())
    batch(owner, "website", JANUARY, [website_row("s")])
    for day, checks in enumerate(uptime_days(JANUARY, 31, {"s": (8928, 0, 0)}), 1):
        batch(owner, "website_uptime", date(2026, 1, day), roll_up=checks)
    for day, found in looks.items():
        row = {"site": "s", "newest_content_on": found, "found_by": "rss" if found else "tidak_ditemukan"}
        batch(owner, "website_content", date(2026, 1, day), [row])
    definition = kamus.current(owner)["IKU-05"]
    with database.reading(owner, as_of_time=midnight_after(date(2026, 2, 10))):
        return database.one(owner, f"select * from {definition}.member where period = '2026-01'")


@pytest.mark.parametrize(
    ("looks", "numerator", "low", "high", "share", "reason"),
    [
        (dict.fromkeys(range(21, 32), FRESH), 1, 1, 1, 1, ""),
        ({24: FRESH}, 1, 1, 1, 1, ""),  # one look a week
        ({30: FRESH, 31: UNANSWERED}, 1, 1, 1, 1, ""),
        ({23: FRESH, 31: UNANSWERED}, 0, 0, 1, 0, "tidak teramati: tanggal konten tidak diketahui"),
        ({30: STALE, 31: STALE}, 0, 0, 0, 1, "konten lebih tua dari 90 hari; umurnya 122 hari"),
        (
            {30: STALE, 31: UNANSWERED}, 0, 0, 1, 0,
            "tidak teramati: konten lebih tua dari 90 hari, tidak dilihat lagi sampai hari terakhir;"
            " terakhir dilihat 2026-01-30",
        ),
        ({29: FRESH, 31: STALE}, 0, 0, 0, 1, "konten lebih tua dari 90 hari; umurnya 122 hari"),  # a post was deleted
    ],
)  # fmt: skip
def test_looks(
    owner: Connection, looks: dict[int, str | None], numerator: int, low: int, high: int, share: int, reason: str
) -> None:
    found = member(owner, looks)
    assert (found["numerator"], found["numerator_low"], found["numerator_high"]) == (numerator, low, high)
    assert (found["seen"] / found["due"], found["reason"]) == (share, reason)
