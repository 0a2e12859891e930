"""The statement of hand-ins, closed on day 9 after a month: all months of the history, as known then."""

from collections.abc import Iterator
from datetime import date

from iku_etl.sample.feeds import feeds
from iku_etl.sample.regency import World, month_after
from iku_etl.sample.sheets import Cells, csv_bytes

HEADER = (
    "unit", "unit_name", "register", "period", "due_on", "received_on", "nil", "rows_declared",
    "last_running_number", "letter", "role", "complete",
)  # fmt: skip


def rows(world: World, month: date) -> list[Cells]:
    """What the statement of that month says of it and of every month before."""
    known_on = month_after(month).replace(day=9)
    return [
        row
        for each in world.months(month)
        for feed in feeds("submissions")
        for row in feed.submissions(world, each, known_on)
    ]


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    for month in world.months(known_on):
        if known_on >= month_after(month).replace(day=9):
            yield f"rekap_{month:%Y-%m}.csv", csv_bytes(month, HEADER, rows(world, month))
