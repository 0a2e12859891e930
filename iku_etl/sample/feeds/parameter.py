"""The list of parameters: those of every figure here, those of one source's rules in its feed."""

from collections.abc import Iterator
from datetime import date

from iku_etl.sample.feeds import feeds
from iku_etl.sample.regency import World, month_after
from iku_etl.sample.sheets import Cells, csv_bytes

HEADER = ("name", "value", "unit", "legal_basis", "in_force_from")
PARAMETERS = (
    ("coverage_floor_pct", 80, "persen"),
    ("cut_off_days_month", 10, "hari"),
    ("cut_off_days_triwulan", 15, "hari"),
    ("cut_off_days_semester", 15, "hari"),
    ("cut_off_days_year", 31, "hari"),
    ("predikat_sangat_tinggi", 91, "persen"),
    ("predikat_tinggi", 76, "persen"),
    ("predikat_sedang", 66, "persen"),
    ("predikat_rendah", 51, "persen"),
    ("public_least_count", 5, "jumlah"),  # of persandian: the page Publik closes what is below
)


def rows() -> list[Cells]:
    basis = "Lampiran contoh Manual IKU (dikarang)"
    return [
        (name, value, unit, basis, date(2020, 1, 14))
        for feed in feeds("PARAMETERS")
        for name, value, unit in feed.PARAMETERS
    ]


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """A list a month, on day 2 of the next."""
    for month in world.months(known_on):
        if known_on >= month_after(month).replace(day=2):
            yield f"parameter_{month:%Y-%m}.csv", csv_bytes(month, HEADER, rows())
