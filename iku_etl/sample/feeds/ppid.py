"""The register of PPID pelaksana, a workbook a month."""

from collections.abc import Iterator
from datetime import date

from iku_etl.sample.ppids import ppids
from iku_etl.sample.regency import World, last_day_of, month_after
from iku_etl.sample.sheets import Cells, xlsx_bytes

HEADER = ("ID PPID", "Nama PPID", "ID OPD", "Nomor SK", "Tanggal SK", "Berakhir")
PARAMETERS = (
    ("dip_max_age_months", 12, "bulan"),
    ("annual_report_due_months", 3, "bulan"),
    ("answer_working_days", 10, "hari"),
    ("answer_extension_working_days", 7, "hari"),
    ("working_week_days", 5, "hari"),
)
TARGETS = (("IKU-04", "", 80, "persen"), *(("IKU-04", f"TW{quarter}", 75, "persen") for quarter in range(1, 5)))


def rows(world: World, month: date) -> list[Cells]:
    """The register as it stood on the month's last day."""
    day = last_day_of(month)
    return [
        (
            one.ppid, f"PPID Pelaksana {one.name}", one.opd, f"SK Contoh {place}/{one.appointed_on.year} (dikarang)",
            one.appointed_on, one.ended_on if one.ended_on and one.ended_on <= day else None,
        )
        for place, one in enumerate(ppids(world), 11)
        if one.appointed_on <= day
    ]  # fmt: skip


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """A register a month, on day 3 of the next."""
    for month in world.months(known_on):
        if known_on >= month_after(month).replace(day=3):
            yield f"ppid_{month:%Y-%m}.xlsx", xlsx_bytes(month, HEADER, rows(world, month))
