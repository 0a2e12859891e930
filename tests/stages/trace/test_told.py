"""What moved is told in the numbers and the names that stand beside the figure."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from iku_etl.stages.trace import Change, told_change
from iku_etl.stages.trace.moved import MemberMove

MONTH = "2026-10"


def change(columns: dict[str, tuple[Any, Any]], form: str = "persen", **found: Any) -> Change:
    row = {"indicator": "IKU-08", "period": MONTH, "value": Decimal("81.5"), "definition": "def_1"}
    before = row | {"current_definition": "def_1"}
    return Change(row, {"form": form}, before, columns, **found)


def move(before: tuple[int, int | None] | None, after: tuple[int, int | None]) -> MemberMove:
    names = ("numerator", "denominator")
    was = dict(zip(names, before, strict=True)) if before else None
    return MemberMove(MONTH, "m", "Berkas", was, dict(zip(names, after, strict=True)))


@pytest.mark.parametrize(
    ("column", "form", "was", "is_now", "said"),
    [
        ("high", "persen", Decimal("87.1794871794871795"), Decimal(100), "batas atas 87,18 menjadi 100,00"),
        ("low", "persen", None, Decimal("6.005"), "batas bawah – menjadi 6,01"),
        ("low", "jumlah", Decimal(24500), Decimal("24500.5"), "batas bawah 24.500 menjadi 24.500,50"),
        ("target", "persen", None, Decimal(85), "target – menjadi 85,00"),
        ("numerator", "persen", Decimal("21"), Decimal("1022.0"), "pembilang 21 menjadi 1.022"),
    ],
)
def test_a_number_is_told_as_it_stands_in_the_table(column: str, form: str, was: Any, is_now: Any, said: str) -> None:
    assert f"berubah: {said}" in told_change(change({column: (was, is_now)}, form))


def test_a_batch_is_told_by_the_title_of_its_source() -> None:
    batch = {
        "batch_id": 7, "source": "network_link", "title": "Register jaringan", "grid": "month", "load_no": 1,
        "window_on": date(2026, 10, 1), "decision_id": None, "files": ["jaringan.csv"], "cause": "late",
    }  # fmt: skip
    told = told_change(change({"high": (None, Decimal(1))}, batches=(batch,)))
    assert "karena data terlambat: Register jaringan Oktober 2026 (batch 7, jaringan.csv)" in told


@pytest.mark.parametrize(
    ("form", "before", "after", "said"),
    [
        ("persen", None, (0, None), "Berkas tidak ada menjadi yang besarnya tidak diketahui"),
        ("persen", (1200, 1300), (1, 2), "Berkas 1.200/1.300 menjadi 1/2"),
        ("jumlah", (0, None), (24500, None), "Berkas 0 menjadi 24.500"),
    ],
)
def test_a_member_is_told_by_what_it_adds(
    form: str, before: tuple[int, int | None] | None, after: tuple[int, int | None], said: str
) -> None:
    assert said in told_change(change({"high": (None, Decimal(1))}, form, members=(move(before, after),)))


def test_that_time_passed_is_said_of_what_was_looked_into_alone() -> None:
    columns = {"high": (None, Decimal(1))}
    assert "waktu berjalan" not in told_change(change(columns))
    assert "karena cakupan: waktu berjalan tanpa data baru" in told_change(change(columns, is_detailed=True))
