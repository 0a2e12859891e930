"""The register of websites: a workbook in the first month, then CSV."""

from collections.abc import Iterator
from datetime import date

from iku_etl.sample.regency import Site, SiteRow, World, last_day_of, month_after
from iku_etl.sample.sheets import Cells, csv_bytes, xlsx_bytes, yes

HEADER = (
    "site", "host", "name", "opd", "kind", "is_media_information", "managed_from", "managed_to",
    "closure_letter",
)  # fmt: skip
PARAMETERS = (
    ("uptime_floor_pct", 95, "persen"),
    ("site_seen_floor_pct", 80, "persen"),
    ("content_max_age_days", 90, "hari"),
    ("probe_interval_seconds", 300, "detik"),
)
TARGETS = (("IKU-05", "", 85, "persen"), *(("IKU-05", f"TW{quarter}", 80, "persen") for quarter in range(1, 5)))


def rows(world: World, month: date) -> list[Cells]:
    """The website register as it stood on the month's last day."""
    day = last_day_of(month)
    return [_row(site, row, day) for site in world.sites for row in site.rows if row.managed_from <= day]


def _row(site: Site, row: SiteRow, day: date) -> Cells:
    ended = row.managed_to if row.managed_to is not None and row.managed_to <= day else None
    letter = row.closure_letter if ended else None
    media = yes(site.is_media_information)
    return (site.site, row.host, site.name, site.opd, site.kind, media, row.managed_from, ended, letter)


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """A register a month, on day 3 of the next."""
    for month in world.months(known_on):
        if known_on < month_after(month).replace(day=3):
            continue
        if month == world.m0:  # the office kept its list in a workbook, then changed to CSV
            yield f"daftar_situs_{month:%Y-%m}.xlsx", xlsx_bytes(month, HEADER, rows(world, month))
        else:
            content = csv_bytes(month, HEADER, rows(world, month), delimiter=";", bom=True)
            yield f"daftar_situs_{month:%Y-%m}.csv", content
