"""What members that were not seen whole say of a figure: one cause once, the dearest first, and no more than fits."""

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Warehouse

MISSING = "tidak teramati: register belum diserahkan"


@pytest.fixture
def publisher(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect("publisher") as connection:
        yield connection


def member(name: str, reason: str = MISSING, **changed: Any) -> dict[str, Any]:
    row = {"member": name.lower(), "name": name, "base_period": None, "share_seen": 0, "is_proven": False}
    return row | {"reason": reason} | changed


def told(connection: Connection, *members: dict[str, Any]) -> str:
    row = database.one(connection, "select iku.unobserved_sentences(%s) as said", [Jsonb(list(members))])
    return str(row["said"])


def test_members_with_one_reason_are_told_together_by_their_names(publisher: Connection) -> None:
    twelve = [member(f"PPID {place:02}") for place in range(1, 13)]
    assert told(publisher, *twelve) == f"12 anggota {MISSING} (PPID 01, PPID 02, PPID 03, dan 9 lainnya)"
    assert told(publisher, *twelve[:2]) == f"2 anggota {MISSING} (PPID 01, PPID 02)"
    assert told(publisher, twelve[0]) == f"PPID 01 {MISSING}"


def test_what_costs_the_figure_most_comes_first_and_what_costs_nothing_last(publisher: Connection) -> None:
    nearly = [
        member(f"Situs {place}", f"teramati 99,{place} %", share_seen=float(f"0.99{place}"), is_proven=True)
        for place in range(1, 10)
    ]
    down = member("Mati", "terjangkau kurang dari 95 %; hanya 80,00 %; teramati 99,50 %", share_seen=0.995)
    silent = [member(name, "tidak teramati: pengukur diam") for name in ("B", "A")]
    assert told(publisher, *nearly, down, *silent).split("; ") == [
        "2 anggota tidak teramati: pengukur diam (A, B)",
        "Mati: terjangkau kurang dari 95 %, hanya 80,00 %, teramati 99,50 %",
        "9 anggota terbukti walau tidak teramati penuh, paling sedikit 99,10 %"
        " (Situs 1, Situs 2, Situs 3, dan 6 lainnya)",
    ]


def test_of_a_sum_the_months_are_named_and_many_are_counted(publisher: Connection) -> None:
    january, february = (member("D", base_period=f"2026-{month:02}") for month in (1, 2))
    assert told(publisher, february, january) == f"D 2026-01 dan 2026-02 {MISSING}"
    months = [member("D", base_period=f"2026-{month:02}") for month in range(1, 7)]
    other = member("E", base_period="2026-03")
    assert told(publisher, *months, other) == f"2 anggota {MISSING} (D 6 periode, E 2026-03)"


def test_after_five_reasons_the_rest_is_a_number(publisher: Connection) -> None:
    said = told(publisher, *(member(f"M{place}", f"alasan {place}") for place in range(1, 9)))
    five = [f"M{place}: alasan {place}" for place in range(1, 6)]
    assert said.split("; ") == [*five, "dan alasan lain pada 3 anggota"]


def test_a_member_without_a_reason_is_still_said_not_to_be_whole(publisher: Connection) -> None:
    assert told(publisher, member("A", "", share_seen=0.5)) == "A tidak teramati penuh"


def test_one_cause_with_other_numbers_every_month_is_one_cause(publisher: Connection) -> None:
    old = "konten lebih tua dari 90 hari"
    months = [
        member("PMD", f"{old}; umurnya {month}20 hari", base_period=f"2026-{month:02}", share_seen=0.9)
        for month in (3, 4, 5)
    ]
    assert told(publisher, *months) == f"PMD 3 periode: {old}"
    assert told(publisher, months[0]) == f"PMD 2026-03: {old}, umurnya 320 hari"


def test_a_share_that_is_nearly_whole_is_never_rounded_to_it(publisher: Connection) -> None:
    """`paling sedikit 100,00 %` of something that was not seen whole would be untrue."""
    nearly = [member(name, "teramati", share_seen="0.999999", is_proven=True) for name in ("A", "B")]
    assert "paling sedikit 99,99 %" in told(publisher, *nearly)
