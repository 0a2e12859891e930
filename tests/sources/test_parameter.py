"""The suite of `parameter` refuses what no rule can mean; what loads never makes the SQL fail."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from given import PARAMETERS, batch, midnight_after, parameter_rows, submission_row, website_row

from iku_etl import catalogue
from iku_etl.catalogue import kamus
from iku_etl.sources import parameter
from iku_etl.stages.validate import suite
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Warehouse

SOURCE = catalogue.source("parameter")
CHECKS = suite.checks_of(SOURCE)


def unit_of(name: str) -> str:
    ends = {"_seconds": "detik", "_months": "bulan", "_days": "hari", "_days_month": "hari"}
    return next((unit for end, unit in ends.items() if end in name), "persen")


def broken(which: str, **changed: Any) -> set[tuple[str, str]]:
    """The severity and column of what a good list with one changed row breaks."""
    rows = [
        {"name": each, "value": Decimal(value), "unit": unit_of(each), "legal_basis": "Manual IKU",
         "in_force_from": date(2020, 1, 14)} | (changed if each == which else {})
        for each, value in PARAMETERS.items()
    ]  # fmt: skip
    frame = suite.frame_of(pa.Table.from_pylist(rows), [column.name for column in SOURCE.columns])
    answers = suite.run([check for check in CHECKS if check.reach != "count"], frame)
    judged = zip((check for check in CHECKS if check.reach != "count"), answers, strict=True)
    return {(check.severity, str(check.column_name)) for check, answer in judged if not answer.holds}


def test_every_name_has_exactly_one_rule() -> None:
    for name in PARAMETERS:
        assert len([pattern for pattern, *_ in parameter.RULES if re.fullmatch(pattern, name)]) == 1, name
    assert broken("-") == set()


def test_a_name_without_a_unit_is_set_aside() -> None:
    assert broken("content_max_age_days", name="content_max_age") == {("quarantine", "name")}


def test_what_the_headers_of_sql_ask_for_is_in_the_list_of_the_tests() -> None:
    asked = {
        name.strip()
        for path in sorted(catalogue.SQL.rglob("*.sql"))
        for name in catalogue.header(path).get("parameters", "").split(",")
    }
    assert asked - {""} <= set(PARAMETERS)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("coverage_floor_pct", ("0", "100.01", "-1")),
        ("uptime_floor_pct", ("0", "9500")),
        ("site_seen_floor_pct", ("0", "101")),
        ("content_max_age_days", ("-1", "3661")),
        ("message_repeat_days", ("-1", "1e12")),
        ("probe_interval_seconds", ("0", "4.9", "86401")),
        ("cut_off_days_month", ("-1", "3661")),
        ("cut_off_days_year", ("-1", "1e9")),
        ("predikat_rendah", ("0", "100.1")),
    ],
)
def test_a_value_that_means_nothing_is_set_aside(name: str, values: tuple[str, ...]) -> None:
    for value in values:
        assert ("quarantine", "value") in broken(name, value=Decimal(value)), value


@pytest.mark.parametrize(
    ("name", "value"),
    [("coverage_floor_pct", "100"), ("content_max_age_days", "3660"), ("cut_off_days_month", "0"),
     ("probe_interval_seconds", "86400"), ("probe_interval_seconds", "5"), ("cut_off_days_year", "366")],
)  # fmt: skip
def test_the_ends_of_a_range_are_in_it(name: str, value: str) -> None:
    assert broken(name, value=Decimal(value)) == set()


@pytest.mark.parametrize("name", ["coverage_floor_pct", "probe_interval_seconds", "message_repeat_days"])
def test_a_value_in_another_unit_is_set_aside(name: str) -> None:
    other = "hari" if unit_of(name) != "hari" else "persen"
    assert ("quarantine", "unit") in broken(name, unit=other)


# ---------------------------------------------------------------- figures under odd rules


@pytest.fixture
def owner(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect("owner") as connection:
        batch(connection, "website", "2026-01-01", [website_row("s", "layanan")])
        counts = {"site": "s", "up_count": 288, "down_count": 0, "unseen_count": 0}
        batch(connection, "website_uptime", "2026-01-01", roll_up=[counts])
        batch(connection, "register_submission", "2026-01-01", [submission_row("A", "2026-01", 0)])
        yield connection


def figures(connection: Connection, code: str = "IKU-08") -> dict[str, dict[str, Any]]:
    definition = kamus.current(connection)[code]
    with database.reading(connection, as_of_time=midnight_after(date(2026, 4, 20))):
        return {row["period"]: row for row in connection.execute(f"select * from {definition}.figure").fetchall()}


IN_ARITHMETIC = (
    *("probe_interval_seconds", "message_repeat_days", "cut_off_days_month", "content_max_age_days"),
    *("uptime_floor_pct", "predikat_tinggi"),
)


@pytest.mark.parametrize("name", IN_ARITHMETIC)
def test_no_value_makes_a_figure_fail(owner: Connection, name: str) -> None:
    for value in ("0", "-1", "1e-300", "86400", "1e12", "1e300", "NaN", "Infinity"):
        batch(owner, "parameter", "2026-01-01", parameter_rows(**{name: value}))
        for code in ("IKU-05", "IKU-08"):
            assert figures(owner, code)["2026-01"]["mutu"], value


def test_a_value_that_no_rule_can_mean_is_none(owner: Connection) -> None:
    for name, value in (("probe_interval_seconds", 0), ("uptime_floor_pct", "NaN"), ("coverage_floor_pct", -1)):
        batch(owner, "parameter", "2026-01-01", parameter_rows(**{name: value}))
        figure = figures(owner, "IKU-05")["2026-01"]
        assert (figure["mutu"], figure["value"], figure["low"]) == ("tidak_tersedia", None, None)
        assert f"parameter belum ditetapkan: {name}" in figure["reason"]


def test_grades_that_do_not_descend_give_no_predikat(owner: Connection) -> None:
    hand_ins = [submission_row("A", f"2026-0{n}", 1, last_running_number=None) for n in (1, 2, 3)]
    batch(owner, "register_submission", "2026-03-01", hand_ins)
    messages = {"unit": "A", "direction": "masuk", "sender": "X", "class": "biasa", "secured": True, "void": False}
    for n in (1, 2, 3):
        row = {**messages, "recorded_on": f"2026-0{n}-05", "number": str(n), "secured_by": "jks", "agenda_no": n}
        batch(owner, "persandian_message", f"2026-0{n}-01", [row])
    target = {"indicator": "IKU-08", "period": "2026-TW1", "year": 2026, "value": 80, "unit": "persen"}
    batch(owner, "target", "2026-01-01", [{**target, "legal_basis": "PK", "in_force_from": "2026-01-01"}])
    batch(owner, "parameter", "2026-01-01", parameter_rows())
    assert figures(owner)["2026-TW1"]["predikat"] == "Sangat Tinggi"
    for changed in ({"predikat_tinggi": 91}, {"predikat_rendah": 80}):
        batch(owner, "parameter", "2026-02-01", parameter_rows(**changed))
        figure = figures(owner)["2026-TW1"]
        assert (figure["capaian"], figure["predikat"]) == (125, None)
        assert "batas predikat tidak menurun" in figure["reason"]
