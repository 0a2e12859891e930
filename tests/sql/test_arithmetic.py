"""The arithmetic on an indicator made for the test: sums and lasts, counts and shares, unbounded bounds, polarity."""

import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from given import batch, midnight_after, parameter_rows, submission_row

from iku_etl import catalogue
from iku_etl.figures.report import known
from iku_etl.stages import views
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Warehouse

# numerator = rows_declared of 10; a unit without a running number is unbounded above
INDICATOR = """-- code: IKU-99
-- title: Uji
-- unit: satuan
-- form: {form}
-- roll_up: {roll_up}
-- base_period: month
-- official_periods: month, triwulan
-- polarity: {polarity}
-- owner: Penguji
-- legal_basis: contoh
-- in_force_from: 2026-01-01
-- evidence: staging.register_submission(unit)
select
    period,
    unit as member,
    unit_name as member_name,
    rows_declared::numeric as numerator,
    {denominator}::numeric as denominator,
    rows_declared::numeric as numerator_low,
    case when last_running_number is not null then rows_declared end::numeric as numerator_high,
    {denominator_low}::numeric as denominator_low,
    {denominator}::numeric as denominator_high,
    case when received_on is null then 0 else 1 end as seen,
    1 as due,
    'tidak teramati' as reason
from staging.register_submission
"""
SHARE = {"form": "persen", "roll_up": "sum", "polarity": "naik", "denominator": "10", "denominator_low": "10"}
COUNT = SHARE | {"form": "jumlah", "denominator": "null", "denominator_low": "null"}


@pytest.fixture
def owner(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect("owner") as connection:
        batch(connection, "parameter", "2026-01-01", parameter_rows(coverage_floor_pct=50))
        rows = [
            submission_row("A", "2026-01", 4, last_running_number=1),
            submission_row("A", "2026-02", 6, last_running_number=1),
            submission_row("B", "2026-02", 8, last_running_number=None),
        ]
        batch(connection, "register_submission", "2026-02-01", rows)
        yield connection


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(catalogue.SQL, tmp_path / "sql"))


def figures(owner: Connection, folder: Path, **changed: str) -> dict[str, dict[str, Any]]:
    text = INDICATOR.format(**(SHARE | changed))
    (folder / "indicators" / "iku_99_uji.sql").write_text(text, encoding="utf-8")
    definition = views.build(owner, folder)["IKU-99"]
    with database.reading(owner, as_of_time=midnight_after(date(2026, 4, 1))):
        return {row["period"]: row for row in owner.execute(f"select * from {definition}.figure").fetchall()}


def numbers(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def test_sum_adds_the_months_and_last_takes_the_newest(owner: Connection, folder: Path) -> None:
    summed = figures(owner, folder)["2026-S1"]
    assert numbers(summed, "value", "numerator", "denominator") == (60, 18, 30)
    batch(owner, "register_submission", "2026-03-01", [submission_row("A", "2026-03", 5, last_running_number=1)])
    latest = figures(owner, folder, roll_up="last")["2026-TW1"]
    assert numbers(latest, "value", "numerator", "denominator") == (50, 5, 10)


def test_one_null_bound_unbounds_the_sum_and_no_other_bound(owner: Connection, folder: Path) -> None:
    found = figures(owner, folder)
    assert numbers(found["2026-01"], "low", "high") == (40, 40)
    assert numbers(found["2026-02"], "low", "high") == (70, None)
    unknown_many = "case when unit = 'B' then null else 10 end"
    found = figures(owner, folder, denominator_low=unknown_many)
    assert numbers(found["2026-02"], "low", "high") == (70, None)


def test_a_denominator_that_is_unbounded_below_unbounds_high_alone(owner: Connection, folder: Path) -> None:
    rows = [submission_row(unit, "2026-02", 5, last_running_number=1) for unit in ("A", "B")]
    batch(owner, "register_submission", "2026-03-01", rows)
    unknown_many = "case when unit = 'B' then null else 10 end"
    assert numbers(figures(owner, folder, denominator_low=unknown_many)["2026-02"], "low", "high") == (50, None)


def test_a_share_is_bounded_by_100(owner: Connection, folder: Path) -> None:
    assert figures(owner, folder, denominator_low="2")["2026-01"]["high"] == 100


def test_a_count_has_no_denominator_and_is_no_percentage(owner: Connection, folder: Path) -> None:
    found = figures(owner, folder, **COUNT)
    assert numbers(found["2026-01"], "value", "low", "high", "denominator") == (4, 4, 4, None)
    assert numbers(found["2026-02"], "value", "low", "high") == (14, 14, None)
    assert "penyebut 0" not in found["2026-01"]["reason"]


def test_records_of_registers_that_were_set_aside_are_told(owner: Connection, folder: Path) -> None:
    told = (
        "2 rekaman Parameter perhitungan 2026-02 dikarantina;"
        " 1 rekaman Rekapitulasi penyerahan register 2026-03 dikarantina"
    )
    assert "dikarantina" not in figures(owner, folder)["2026-01"]["reason"]
    batch(owner, "parameter", "2026-02-01", parameter_rows(coverage_floor_pct=50), quarantined=[{}, {"name": "x"}])
    rows = [submission_row("A", "2026-01", 4, last_running_number=1)]
    batch(owner, "register_submission", "2026-03-01", rows, quarantined=[{"unit": None}])
    assert told in figures(owner, folder)["2026-01"]["reason"]
    batch(owner, "register_submission", "2026-04-01", rows)
    assert "Rekapitulasi" not in figures(owner, folder)["2026-01"]["reason"]


# January's value is 40
@pytest.mark.parametrize(
    ("polarity", "target", "high", "capaian", "predikat", "sentence"),
    [
        ("naik", 50, None, 80, "Tinggi", ""),
        ("turun", 50, None, 120, "Sangat Tinggi", ""),
        ("turun", 20, None, 0, "Sangat Rendah", ""),  # twice the target
        ("turun", 10, None, -200, "Sangat Rendah", ""),  # stored raw: how far over it is stays visible
        ("naik", 40, None, 100, "Sangat Tinggi", ""),
        ("naik", 0, None, None, None, "target 0: capaian tidak dapat dihitung"),
        ("turun", 0, None, None, None, "target 0: capaian tidak dapat dihitung"),
        ("naik", 30, 45, 100, "Sangat Tinggi", "target berupa rentang 30 sampai 45"),
        ("naik", 40, 45.5, 100, "Sangat Tinggi", "target berupa rentang 40 sampai 45,5"),  # its ends belong to it
        ("turun", 30, 40, 100, "Sangat Tinggi", "target berupa rentang 30 sampai 40"),
        ("naik", 50, 60, 80, "Tinggi", "target berupa rentang 50 sampai 60"),  # share of the low end
        ("turun", 50, 60, 80, "Tinggi", "target berupa rentang 50 sampai 60"),
        ("naik", 20, 32, 75, "Sedang", "target berupa rentang 20 sampai 32"),  # a quarter over the high end
        ("naik", 0, 50, 100, "Sangat Tinggi", "target berupa rentang 0 sampai 50"),
        ("naik", 0, 0, None, None, "target 0: capaian tidak dapat dihitung"),
    ],
)
def test_capaian_by_polarity_range_and_zero(
    owner: Connection, folder: Path, polarity: str, target: float, high: float | None, capaian: int | None,
    predikat: str | None, sentence: str,
) -> None:  # fmt: skip
    aim(owner, target, high)
    found = figures(owner, folder, polarity=polarity)["2026-01"]
    assert numbers(found, "value", "capaian", "predikat") == (40, capaian, predikat)
    ends = Decimal(str(target)), None if high is None else Decimal(str(high))
    assert known.capaian(Decimal(40), *ends, polarity) == capaian  # reports reckon progress in the same way
    assert sentence in found["reason"]
    assert ("target 0" in found["reason"]) == (capaian is None)
    assert ("rentang" in found["reason"]) == (high is not None)


@pytest.mark.parametrize(
    ("polarity", "high", "capaian"), [("turun", None, 100), ("naik", None, None), ("naik", 0, 100)]
)
def test_a_target_of_zero_is_met_by_zero_alone(
    owner: Connection, folder: Path, polarity: str, high: float | None, capaian: int | None
) -> None:
    """Naik: nothing can be a share of nothing; a range from 0 to 0 asks for exactly 0."""
    batch(owner, "register_submission", "2026-03-01", [submission_row("A", "2026-01", 0, last_running_number=1)])
    aim(owner, 0, high)
    found = figures(owner, folder, polarity=polarity)["2026-01"]
    assert numbers(found, "value", "capaian") == (0, capaian)
    assert ("target 0: capaian tidak dapat dihitung" in found["reason"]) == (capaian is None)


def test_a_withheld_value_is_not_blamed_on_the_target(owner: Connection, folder: Path) -> None:
    batch(owner, "parameter", "2026-02-01", parameter_rows(coverage_floor_pct=100))
    batch(owner, "register_submission", "2026-03-01", [
        submission_row("A", "2026-01", 4, last_running_number=1),
        submission_row("B", "2026-01", None, last_running_number=1),
    ])  # fmt: skip
    aim(owner, 0, None)
    found = figures(owner, folder)["2026-01"]
    assert numbers(found, "value", "capaian", "mutu") == (None, None, "kurang_data")
    assert "target 0" not in found["reason"]


def aim(owner: Connection, value: float, high: float | None) -> None:
    """A target of January; with `high` it is a range."""
    row = {"indicator": "IKU-99", "period": "2026-01", "year": 2026, "value": value, "value_high": high}
    row |= {"unit": "satuan", "legal_basis": "PK", "in_force_from": "2026-01-01"}
    batch(owner, "target", "2026-01-01", [row])


def test_there_is_no_figure_shorter_than_the_base_period(owner: Connection, folder: Path) -> None:
    path = folder / "indicators" / "iku_99_uji.sql"
    path.write_text(INDICATOR.format(**SHARE).replace("base_period: month", "base_period: triwulan"), encoding="utf-8")
    definition = views.build(owner, folder)["IKU-99"]
    with database.reading(owner, as_of_time=midnight_after(date(2026, 4, 1))):
        rows = owner.execute(f"select distinct grain from {definition}.figure order by grain").fetchall()
    assert [row["grain"] for row in rows] == ["semester", "triwulan", "year"]
