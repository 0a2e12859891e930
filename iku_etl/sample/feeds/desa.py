"""The register of desa: the real areas, one of the first month's lines mistyped."""

from collections.abc import Iterator
from datetime import date

from iku_etl.reference.code_lists import Place, places
from iku_etl.sample.regency import World, month_after
from iku_etl.sample.sheets import Cells, csv_bytes

HEADER = ("desa", "name", "kecamatan", "kind", "valid_from", "valid_to")
SINCE = date(2003, 2, 25)  # Bengkulu Selatan as it is since Kaur and Seluma left it
MISTYPED = "17.01.05.1009"  # a kelurahan that the first month's register calls a desa


def named(place: Place) -> str:
    """The area's name as the list shows it, without kecamatan and code."""
    return place.shown.split(" (")[0]


def rows(world: World, month: date) -> list[Cells]:
    found: list[Cells] = []
    for place in places("desa"):
        kind = "desa" if place.code == MISTYPED and month == world.m0 else place.kind
        found.append((place.code, named(place), place.kecamatan.title(), kind, SINCE, None))
    return found


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """A register a month, on day 4 of the next."""
    for month in world.months(known_on):
        if known_on >= month_after(month).replace(day=4):
            yield f"daftar_desa_{month:%Y-%m}.csv", csv_bytes(month, HEADER, rows(world, month))
