"""The register of applications, a list a month; one line of the first is mistyped."""

from collections.abc import Iterator
from datetime import date

from iku_etl.sample.applications import Application, applications
from iku_etl.sample.regency import LONG_AGO, World, last_day_of, month_after
from iku_etl.sample.sheets import Cells, csv_bytes

HEADER = ("application", "name", "owner", "scope", "kind", "operating_from", "operating_to", "closure_letter")


def rows(world: World, month: date) -> list[Cells]:
    """The register as it stood on the month's last day; `simbada` is set aside until the second one."""
    return [_row(each, last_day_of(month), each.application == "simbada" and month == world.m0)
            for each in applications(world)]  # fmt: skip


def _row(each: Application, day: date, is_mistyped: bool) -> Cells:
    is_over = not each.operates_on(day)
    scope = "kab" if is_mistyped else each.scope
    ended, letter = (each.operating_to, each.closure_letter) if is_over else (None, None)
    return (each.application, each.name, each.owner, scope, each.kind, LONG_AGO, ended, letter)


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """A register a month, on day 4 of the next."""
    for month in world.months(known_on):
        if known_on >= month_after(month).replace(day=4):
            yield f"daftar_aplikasi_{month:%Y-%m}.csv", csv_bytes(month, HEADER, rows(world, month), delimiter=";")
