"""A member's days as a calendar: what each day was in a word, and a month's weeks from Monday to Sunday."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from iku_etl.warehouse.database import Row
from iku_etl.web.tongue import noted

Kind = Literal["up", "part", "down", "unseen", "apart", "ahead"]
WORDS: dict[Kind, str] = {
    "up": noted("naik"), "part": noted("turun sebagian"), "down": noted("turun"), "unseen": noted("tidak teramati"),
    "apart": noted("tidak dikelola"), "ahead": noted("belum selesai"),
}  # fmt: skip
WEEK = (
    noted("Senin"), noted("Selasa"), noted("Rabu"), noted("Kamis"), noted("Jumat"), noted("Sabtu"), noted("Minggu"),
)  # fmt: skip


@dataclass(frozen=True)
class Day:
    """One day; `up` of `checks` found it up. `skip` records of the member come before its own, if it has any."""

    on: date
    kind: Kind
    up: int = 0
    checks: int = 0
    skip: int | None = None

    @property
    def word(self) -> str:
        return WORDS[self.kind]


@dataclass(frozen=True)
class Month:
    """The days of one base period, week by week; None where a week's day lies outside of it."""

    period: str
    weeks: tuple[tuple[Day | None, ...], ...]
    tally: tuple[tuple[str, int], ...]  # word -> days


def months(rows: Sequence[Row]) -> list[Month]:
    """The days that `Pipeline.member_days` gives, by period."""
    skips, found = _skips(rows), []
    for period in dict.fromkeys(row["period"] for row in rows):
        days = [_day(row, skips.get(row["batch_id"])) for row in rows if row["period"] == period]
        cells: list[Day | None] = [None] * days[0].on.weekday() + days
        cells += [None] * (-len(cells) % 7)
        counted = Counter(day.kind for day in days)
        tally = tuple((word, counted[kind]) for kind, word in WORDS.items() if counted[kind])
        found.append(Month(period, tuple(tuple(cells[at : at + 7]) for at in range(0, len(cells), 7)), tally))
    return found


def _skips(rows: Sequence[Row]) -> dict[int, int]:
    """Batch -> how many records of the member those before it hold: records are listed by batch."""
    found, held = {}, 0
    for row in sorted((row for row in rows if row["batch_id"] is not None), key=lambda row: row["batch_id"]):
        found[row["batch_id"]] = held
        held += row["up_count"] + row["down_count"] + row["unseen_count"]
    return found


def _day(row: Row, skip: int | None) -> Day:
    up, down = row["up_count"] or 0, row["down_count"] or 0
    if not row["is_ended"]:
        return Day(row["window_on"], "ahead")
    if row["is_managed"] is False:
        return Day(row["window_on"], "apart", up, up + down, skip)
    kind: Kind = "unseen" if not up + down else "up" if not down else "part" if up else "down"
    return Day(row["window_on"], kind, up, up + down, skip)
