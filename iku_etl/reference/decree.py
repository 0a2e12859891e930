"""The decree's own table, as printed: indicators, programmes, activities; and for how long it serves."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

NAME = "Keputusan 13.a/2020"
LAST_YEAR = 2021  # its appendix is headed TAHUN ANGGARAN 2016 2021
Printed = Mapping[str, str]


@cache
def rows() -> Mapping[str, Printed]:
    """Every row by its code, in the decree's order; blank cells are empty, misprints stay as they are."""
    text = (resources.files("iku_etl") / "reference" / "decree.csv").read_text(encoding="utf-8")
    return MappingProxyType({row["no"]: MappingProxyType(row) for row in csv.DictReader(text.splitlines())})


@cache
def doubts() -> Mapping[str, str]:
    """What is doubtful in the print of each indicator, in Indonesian; `decree_note` says it of every row in English."""
    text = (resources.files("iku_etl") / "reference" / "decree_doubts.csv").read_text(encoding="utf-8")
    return MappingProxyType({row["no"]: row["doubt"] for row in csv.DictReader(text.splitlines())})


def activities(code: str) -> list[Printed]:
    """The activities that stand under an indicator or a programme."""
    return [row for row in rows().values() if row["level"] == "kegiatan" and code in row["parent"].split(";")]


def programmes(code: str) -> list[Printed]:
    return [row for row in rows().values() if row["level"] == "program" and code in row["parent"].split(";")]


def in_force(legal_basis: str, definition: str, since: str) -> str:
    """Which decree and which definition a figure is under, in one line."""
    served = f"{NAME} melayani periode yang berakhir {LAST_YEAR}; " if legal_basis.startswith(NAME) else ""
    return f"{served}definisi {definition} berlaku sejak {since}"
