"""The register of integrations, a list a month, and the systems' statements about a semester."""

from collections.abc import Iterator
from datetime import date

from iku_etl.sample.applications import SILENT, integrations, semester_ended_by, systems
from iku_etl.sample.regency import LONG_AGO, World, last_day_of, month_after
from iku_etl.sample.sheets import Cells, csv_bytes

HEADER = (
    "ID integrasi", "Dari", "Ke", "Metode", "Aktif sejak", "Aktif sampai", "Terakhir berhasil", "Bukti",
)  # fmt: skip
PARAMETERS = (("integration_max_age_days", 90, "hari"),)
TARGETS = tuple(("IKU-00", part, 70, "persen") for part in ("", "S1", "S2"))


def rows(world: World, month: date) -> list[Cells]:
    """The register at the month's end; a line of the second month's names a method that nobody declared."""
    found: list[Cells] = [
        (each.integration, each.end_a, each.end_b, each.method, LONG_AGO, None, each.last_success_on, "Log (contoh)")
        for each in integrations(world, month)
    ]
    if month == world.m1:
        found.append(("INT-91", SILENT, "sipd", "webservice", LONG_AGO, None, last_day_of(month), "Log (contoh)"))
    return found


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """A register a month, on day 6 of the next; the second month's a week later."""
    for month in world.months(known_on):
        if known_on >= month_after(month).replace(day=13 if month == world.m1 else 6):
            yield f"integrasi_{month:%Y-%m}.csv", csv_bytes(month, HEADER, rows(world, month))


def submissions(world: World, month: date, known_on: date) -> list[Cells]:
    """After a semester each system states its integrations; one never does."""
    period = semester_ended_by(month)
    if period is None:
        return []
    due_on, received_on = month_after(month).replace(day=10), month_after(month).replace(day=6)
    register = integrations(world, month)
    found: list[Cells] = []
    for each in systems(world, last_day_of(month)):
        came = received_on <= known_on and each.application != SILENT
        count = sum(each.application in (row.end_a, row.end_b) for row in register)
        stated: Cells = (received_on, "tidak", count) if came else (None, "tidak", None)
        found.append(
            (each.application, each.name, "app_integration", period, due_on, *stated, None, None, "wajib", None)
        )
    return found
