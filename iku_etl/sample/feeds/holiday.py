"""The Sekretariat's own list of days off: one of the regency's own, then one that is struck."""

from collections.abc import Iterator
from datetime import date, timedelta

from iku_etl.sample.regency import World, month_after
from iku_etl.sample.sheets import Cells, csv_bytes

HEADER = ("Tanggal", "Jenis", "Keterangan", "Dasar hukum")
BASIS = "Surat Edaran Contoh (dikarang)"


def _rows(world: World) -> dict[date, list[Cells]]:
    own = world.m0.replace(day=22)
    own += timedelta(days=-own.weekday() % 7)  # a Monday
    struck = date(world.m1.year, 12, 24)
    return {
        world.m0: [(own, "cuti_bersama", "Hari jadi kabupaten (contoh)", BASIS)],
        world.m1: [(struck, "hari_kerja", "Cuti bersama Natal ditiadakan (contoh)", BASIS)],
    }


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """A list in each of the first two months, on day 2 of the next; none later: the library goes on alone."""
    for month, rows in _rows(world).items():
        if known_on >= month_after(month).replace(day=2):
            yield f"hari_libur_{month:%Y-%m}.csv", csv_bytes(month, HEADER, rows)
