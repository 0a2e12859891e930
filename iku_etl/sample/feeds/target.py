"""The targets of Perjanjian Kinerja and its changes, gathered from the feeds, and those at the end of the RPJMD."""

from collections.abc import Iterator
from datetime import date

from iku_etl.sample.feeds import feeds
from iku_etl.sample.regency import World, month_after
from iku_etl.sample.sheets import Cells, csv_bytes

HEADER = ("indicator", "period", "year", "value", "unit", "legal_basis", "in_force_from")


def rows(world: World, month: date) -> list[Cells]:
    """The targets known at a month's end: the year's and its triwulan's, and one changed during the year."""
    found: list[Cells] = []
    for year in range(world.m0.year, month.year + 1):
        basis, since = f"Perjanjian Kinerja {year} (contoh, dikarang)", date(year, 1, 2)
        for feed in feeds("TARGETS"):
            for indicator, part, value, unit in feed.TARGETS:
                period = f"{year}-{part}" if part else str(year)
                found.append((indicator, period, year, value, unit, basis, since))
    found += _at_the_end_of_the_rpjmd(world)
    if month >= world.m1:
        year = world.m1.year
        basis, since = f"Perubahan Perjanjian Kinerja {year} (contoh, dikarang)", world.m1.replace(day=15)
        found.append(("IKU-08", str(year), year, 78, "persen", basis, since))
    return found


def _at_the_end_of_the_rpjmd(world: World) -> list[Cells]:
    """A twentieth above the first year's, three years on; a percentage is 100 at most."""
    end, basis = world.m0.year + 3, f"RPJMD {world.m0.year - 1}-{world.m0.year + 3} (contoh, dikarang)"
    return [
        (indicator, str(end), end, min(value * 21 // 20, 100) if unit == "persen" else value * 21 // 20, unit, basis,
         date(world.m0.year - 1, 8, 20))
        for feed in feeds("TARGETS")
        for indicator, part, value, unit in feed.TARGETS
        if not part and indicator.startswith("IKU")
    ]  # fmt: skip


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """A list a month, on day 2 of the next."""
    for month in world.months(known_on):
        if known_on >= month_after(month).replace(day=2):
            yield f"target_{month:%Y-%m}.csv", csv_bytes(month, HEADER, rows(world, month))
