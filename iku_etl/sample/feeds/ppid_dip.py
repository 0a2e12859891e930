"""The renewals of the lists of public information: each PPID once a year, but for one that forgot."""

from collections.abc import Iterator
from datetime import date

from iku_etl.sample.ppids import NEW, STALE_DIP, ppids
from iku_etl.sample.regency import DOMAIN, World, last_day_of, month_after
from iku_etl.sample.sheets import Cells, csv_bytes

HEADER = ("ID PPID", "Tanggal pemutakhiran", "Jumlah informasi", "Alamat publikasi")


def rows(world: World, month: date) -> list[Cells]:
    """Every renewal until the month's last day."""
    found: list[Cells] = []
    for place, one in enumerate(ppids(world)):
        days = [date(year, 1 + place % 9, 5 + place) for year in range(world.m0.year - 1, month.year + 1)]
        if one.opd == STALE_DIP:
            days = [date(world.m0.year - 1, 1, 20)]
        if one.opd == NEW:
            days = [world.m0.replace(day=18)]
        found += [
            (one.ppid, day, 120 + 7 * place, f"https://ppid.{DOMAIN}/{one.opd}/dip-{day.year}")
            for day in days
            if day <= last_day_of(month)
        ]
    return found


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """A register a month, on day 3 of the next."""
    for month in world.months(known_on):
        if known_on >= month_after(month).replace(day=3):
            yield f"dip_{month:%Y-%m}.csv", csv_bytes(month, HEADER, rows(world, month))
