"""The annual reports of the PPID; one comes after the triwulan in which the history begins."""

from collections.abc import Iterator
from datetime import date

from iku_etl.sample.ppids import LATE_REPORT, ppids, triwulan_of
from iku_etl.sample.regency import World, last_day_of, month_after
from iku_etl.sample.sheets import Cells, csv_bytes

HEADER = ("ID PPID", "Tahun laporan", "Tanggal diterima", "Surat pengantar")


def rows(world: World, month: date) -> list[Cells]:
    """Every report that was filed until the month's last day."""
    return [
        (one.ppid, year, filed_on, f"Contoh {place}/PPID/{filed_on:%m.%Y}")
        for place, one in enumerate(ppids(world), 1)
        for year in range(world.m0.year - 2, month.year)
        if one.appointed_on.year <= year
        and (filed_on := _filed_on(world, one.opd, year, place)) <= last_day_of(month)
        and (one.ended_on is None or filed_on <= one.ended_on)
    ]


def _filed_on(world: World, opd: str, year: int, place: int) -> date:
    after = triwulan_of(world.m0)[1]
    if opd == LATE_REPORT and year == after.year - (1 if after > date(after.year, 3, 31) else 2):
        return after.replace(day=12)
    return date(year + 1, 2, 3 + place)


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """A register a month, on day 4 of the next."""
    for month in world.months(known_on):
        if known_on >= month_after(month).replace(day=4):
            content = csv_bytes(month, HEADER, rows(world, month), delimiter=";", bom=True)
            yield f"laporan_{month:%Y-%m}.csv", content
