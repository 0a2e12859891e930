"""The register of access points in public areas: one controller falls silent, one point dies."""

from collections.abc import Iterator
from datetime import date, timedelta

from iku_etl.sample.regency import World, last_day_of, month_after
from iku_etl.sample.sheets import Cells, csv_bytes, yes

HEADER = (
    "area", "area_name", "point", "managed_by_dinas", "in_monitoring", "last_seen_on", "controller_reported_on",
)  # fmt: skip
PARAMETERS = (("point_seen_max_age_days", 30, "hari"),)
TARGETS = (("IKU-09", "", 6, "lokasi"), *(("IKU-09", f"TW{quarter}", 6, "lokasi") for quarter in range(1, 5)))
POINTS = (  # area, name, point, managed by the Dinas, in its monitoring
    ("alun_alun", "Alun-alun Manna", "AP-01", True, True),
    ("alun_alun", "Alun-alun Manna", "AP-02", True, True),
    ("pasar_bawah", "Pantai Pasar Bawah", "AP-03", True, True),
    ("pasar_kutau", "Pasar Kutau", "AP-04", True, True),
    ("gor", "Gedung Olahraga (contoh)", "AP-05", True, True),
    ("perpustakaan", "Perpustakaan Daerah", "AP-06", True, True),
    ("terminal", "Terminal Gunung Ayu (contoh)", "AP-07", True, True),
    ("rsud", "Ruang tunggu RSUD", "AP-08", True, True),
    ("dermaga", "Dermaga (contoh)", "AP-09", True, False),
    ("taman_kota", "Taman kota (contoh)", "ISP-1", False, False),
)


def rows(world: World, month: date) -> list[Cells]:
    """The register as it stood on the month's last day."""
    day = last_day_of(month)
    found: list[Cells] = []
    for area, name, point, managed, monitored in POINTS:
        seen: date | None = day - timedelta(days=sum(map(ord, point)) % 3)
        told: date | None = day
        if area == "terminal" and month >= world.m1:
            seen = world.m0.replace(day=20)  # it died; its controller goes on reporting
        if area == "gor" and month == world.m1:
            seen = told = world.m0.replace(day=12)  # its controller is silent
        if area == "rsud" and month == world.m0:
            told = day - timedelta(days=40)  # seen after its controller last reported: set aside
        if not monitored:
            seen = told = None
        found.append((area, name, point, yes(managed), yes(monitored), seen, told))
    return found


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """A register a month, on day 5 of the next."""
    for month in world.months(known_on):
        if known_on >= month_after(month).replace(day=5):
            yield f"ruang_publik_{month:%Y-%m}.csv", csv_bytes(month, HEADER, rows(world, month))
