"""The register of channels: the media sites with their methods, and what the regency posts on."""

from collections.abc import Iterator
from datetime import date, timedelta

from iku_etl.sample.regency import DOMAIN, LONG_AGO, World, last_day_of, month_after
from iku_etl.sample.sheets import Cells, csv_bytes

HEADER = ("channel", "name", "platform", "metric", "measure", "managed_from", "managed_to")
TARGETS = (
    ("IKU-07", "", 300_000, "kunjungan"),
    *(("IKU-07", f"TW{quarter}", 75_000, "kunjungan") for quarter in range(1, 5)),
)


def rows(world: World, month: date) -> list[Cells]:
    """The register as it stood on the month's last day; two of its channels changed how they are counted."""
    before, logged = world.m0 - timedelta(days=1), world.m1
    found: list[tuple[str, str, str, str, str, date, date | None]] = [
        # its tracker was taken out, since then the server's own log counts
        (f"www.{DOMAIN}", "Portal Kabupaten", "situs", "matomo", "harian", LONG_AGO, logged - timedelta(days=1)),
        (f"www.{DOMAIN}", "Portal Kabupaten", "situs", "log", "harian", logged, None),
        (f"mediacenter.{DOMAIN}", "Media Center", "situs", "matomo", "harian", LONG_AGO, None),
        ("fb-pemkab", "Facebook Pemkab", "facebook", "page_impressions", "bulanan", LONG_AGO, before),
        ("fb-pemkab", "Facebook Pemkab", "facebook", "page_views_total", "bulanan", world.m0, None),
        ("ig-pemkab", "Instagram Pemkab", "instagram", "views", "harian", LONG_AGO, None),
        ("yt-pemkab", "YouTube Pemkab", "youtube", "views", "penghitung", LONG_AGO, None),
    ]
    day = last_day_of(month)
    return [(*row[:6], row[6] if row[6] and row[6] <= day else None) for row in found if row[5] <= day]


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """A register a month, on day 3 of the next."""
    for month in world.months(known_on):
        if known_on >= month_after(month).replace(day=3):
            yield f"kanal_{month:%Y-%m}.csv", csv_bytes(month, HEADER, rows(world, month))
