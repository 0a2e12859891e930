"""Rules at their very edge: what a floor, a grade or a number of days includes (U2, U5, U10, U12, U21, U23)."""

from datetime import date, timedelta
from typing import Any

import pytest
from given import batch, message_row, midnight_after, parameter_rows, submission_row, uptime_days, website_row

from iku_etl.catalogue import kamus
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection

JANUARY = date(2026, 1, 1)
IN_JANUARY = [message_row("A", f"2026-01-{day:02}", str(day), day <= 8, agenda_no=day) for day in range(1, 11)]
Row = dict[str, Any]


def read(owner: Connection, code: str, relation: str, day: date, period: str) -> list[Row]:
    """The rows of a definition's relation of a period, as read at the end of a day."""
    definition = kamus.current(owner)[code]
    with database.reading(owner, as_of_time=midnight_after(day)):
        return owner.execute(
            f"select * from {definition}.{relation} where period = %s order by 1, 2", [period]
        ).fetchall()


def figure(owner: Connection, period: str = "2026-TW1", day: date = date(2026, 4, 20), code: str = "IKU-08") -> Row:
    (found,) = read(owner, code, "figure", day, period)
    return found


def eighty(owner: Connection) -> None:
    """Eight of ten messages of unit A in the first quarter are secured; everything is handed in."""
    for month in (1, 2, 3):
        batch(owner, "persandian_message", f"2026-{month:02}-01", IN_JANUARY if month == 1 else [])
    hand_ins = [submission_row("A", f"2026-{month:02}", 10 if month == 1 else 0) for month in (1, 2, 3)]
    batch(owner, "register_submission", "2026-03-01", hand_ins)


def target(period: str, value: float, unit: str = "persen", **changed: Any) -> Row:
    row = {"indicator": "IKU-08", "period": period, "year": 2026, "value": value, "unit": unit, "legal_basis": "PK"}
    return row | {"in_force_from": "2026-01-01"} | changed


# ---------------------------------------------------------------- grades


@pytest.mark.parametrize("value", [80, 100])
def test_a_grade_begins_at_its_limit(owner: Connection, value: int) -> None:
    """Capaian 100 and 80: whoever reaches the limit has the grade, to the last digit and not one below it (U12)."""
    eighty(owner)
    batch(owner, "target", "2026-01-01", [target("2026-TW1", 8000 / value)])
    for limits, grade in (
        ((value, 70, 60, 50), "Sangat Tinggi"), ((value + 0.000001, 70, 60, 50), "Tinggi"),
        ((110, value, 60, 50), "Tinggi"), ((110, value + 0.000001, 60, 50), "Sedang"),
        ((120, 110, value, 50), "Sedang"), ((120, 110, value + 0.000001, 50), "Rendah"),
        ((130, 120, 110, value), "Rendah"), ((130, 120, 110, value + 0.000001), "Sangat Rendah"),
    ):  # fmt: skip
        names = ("sangat_tinggi", "tinggi", "sedang", "rendah")
        changed = {f"predikat_{name}": limit for name, limit in zip(names, limits, strict=True)}
        batch(owner, "parameter", "2026-01-01", parameter_rows(**changed))
        found = figure(owner)
        assert (found["capaian"], found["predikat"]) == (value, grade), limits


def test_grades_that_do_not_descend_grade_nothing(owner: Connection) -> None:
    eighty(owner)
    batch(owner, "target", "2026-01-01", [target("2026-TW1", 80)])
    said = "batas predikat tidak menurun"
    for changed in (
        {"predikat_tinggi": 91}, {"predikat_sedang": 76}, {"predikat_rendah": 66}, {"predikat_rendah": 70},
    ):  # fmt: skip
        batch(owner, "parameter", "2026-01-01", parameter_rows(**changed))
        found = figure(owner)
        assert (found["predikat"], said in found["reason"]) == (None, True), changed
    batch(owner, "parameter", "2026-01-01", parameter_rows(predikat_sedang=None))
    assert figure(owner)["predikat"] is None  # one grade is missing: the others say nothing


def test_a_figure_is_official_when_its_period_is_one_of_its_own_and_has_ended(owner: Connection) -> None:
    """The last moment of a quarter is still provisional; a month never is official (U21)."""
    eighty(owner)
    batch(owner, "target", "2026-01-01", [target(period, 80) for period in ("2026-01", "2026-TW1")])
    for day, period, is_official in (
        (date(2026, 3, 30), "2026-TW1", False), (date(2026, 3, 31), "2026-TW1", True),
        (date(2026, 4, 20), "2026-TW1", True), (date(2026, 4, 20), "2026-01", False),
        (date(2026, 4, 20), "2026-S1", False), (date(2026, 4, 20), "2026", False),
    ):  # fmt: skip
        found = figure(owner, period, day)
        assert (found["is_official"], found["predikat"] is not None) == (is_official, is_official), (day, period)


# ---------------------------------------------------------------- targets


def test_a_target_is_of_the_unit_of_its_indicator_even_where_there_are_several(owner: Connection) -> None:
    """`40 OPD` is no target in percent, nor is its range; nor is a target of a year or of another indicator (U5)."""
    eighty(owner)
    others = [
        target("2026-TW1", 400, "OPD", value_high=900), target("2026", 10), target("2026-01", 20),
        target("2026-TW1", 30, indicator="IKU-05"),
    ]  # fmt: skip
    batch(owner, "target", "2026-01-01", [*others, target("2026-TW1", 80)])
    found = figure(owner)
    assert (found["target"], found["capaian"], found["predikat"]) == (80, 100, "Sangat Tinggi")
    assert "rentang" not in found["reason"] and "satuan" not in found["reason"]
    batch(owner, "target", "2026-01-01", others)
    found = figure(owner)
    assert (found["target"], found["capaian"], found["predikat"]) == (None, None, None)
    assert "satuan target berbeda: OPD, bukan persen" in found["reason"]
    assert "rentang" not in found["reason"]
    batch(owner, "target", "2026-01-01", others[1:])
    assert "target belum ditetapkan" in figure(owner)["reason"]


def test_the_newest_target_in_force_at_the_periods_end_is_the_one(owner: Connection) -> None:
    eighty(owner)
    rows = [
        target("2026-TW1", value, in_force_from=day)
        for value, day in ((50, "2026-01-01"), (160, "2026-03-31"), (100, "2026-02-01"), (40, "2026-04-01"))
    ]
    batch(owner, "target", "2026-01-01", rows)
    assert (figure(owner)["target"], figure(owner)["capaian"]) == (160, 50)


# ---------------------------------------------------------------- coverage


def test_the_floor_of_coverage_is_the_parameters_and_belongs_to_what_is_enough(owner: Connection) -> None:
    """Four of five units were seen: 80 is enough under a floor of 80, and under none that is higher (U2)."""
    batch(owner, "persandian_message", JANUARY, IN_JANUARY)
    seen = [submission_row("A", "2026-01", 10), *(submission_row(unit, "2026-01", 0) for unit in "BCD")]
    batch(owner, "register_submission", JANUARY, [*seen, submission_row("E", "2026-01", None)])
    for floor, mutu, value in (
        (80, "cukup", 80),
        (80.0001, "kurang_data", None),
        (1, "cukup", 80),
        (100, "kurang_data", None),
    ):
        batch(owner, "parameter", "2026-01-01", parameter_rows(coverage_floor_pct=floor))
        found = figure(owner, "2026-01", date(2026, 2, 10))
        assert (found["coverage"], found["mutu"], found["value"]) == (80, mutu, value), floor
        said = f"cakupan di bawah {floor} %"
        assert (said in found["reason"]) == (mutu == "kurang_data")
        assert (found["numerator"], found["denominator"]) == (8, 10)


# ---------------------------------------------------------------- IKU-05


def site(owner: Connection, checks: tuple[int, int, int], kind: str = "layanan", **changed: Any) -> Row:
    """The only member of January's IKU-05: a site with so many checks up, down and unseen, of 8,928 due."""
    batch(owner, "parameter", "2026-01-01", parameter_rows(**changed))
    batch(owner, "website", JANUARY, [website_row("s", kind)])
    for number, cells in enumerate(uptime_days(JANUARY, 31, {"s": checks})):
        batch(owner, "website_uptime", JANUARY + timedelta(days=number), roll_up=cells)
    (found,) = read(owner, "IKU-05", "member", date(2026, 2, 10), "2026-01")
    return found


def verdict(row: Row) -> tuple[int, int, int]:
    return tuple(int(row[name]) for name in ("numerator", "numerator_low", "numerator_high"))


@pytest.mark.parametrize(
    ("checks", "changed", "wanted"),
    [
        ((8474, 446, 8), {}, (1, 0, 1)),  # 95 % of 8,920 to the check
        ((8473, 447, 8), {}, (0, 0, 0)),  # 94.99 %, and no more though the eight had been up
        ((6696, 2232, 0), {"uptime_floor_pct": 75}, (1, 1, 1)),  # 75 % of all that were due: nothing can change it
        ((6695, 2233, 0), {"uptime_floor_pct": 75}, (0, 0, 0)),
        ((6696, 0, 2232), {"uptime_floor_pct": 75}, (1, 1, 1)),  # though all the unseen had been down
        ((6695, 0, 2233), {"uptime_floor_pct": 75}, (1, 0, 1)),
        ((0, 2232, 6696), {"uptime_floor_pct": 75}, (0, 0, 1)),  # though all the unseen had been up
        ((0, 2233, 6695), {"uptime_floor_pct": 75}, (0, 0, 0)),
    ],
)
def test_a_site_is_up_from_its_floor_on(
    owner: Connection, checks: tuple[int, int, int], changed: dict[str, Any], wanted: tuple[int, int, int]
) -> None:
    assert verdict(site(owner, checks, site_seen_floor_pct=20, **changed)) == wanted


@pytest.mark.parametrize(("seen", "numerator"), [(6696, 1), (6695, 0)])
def test_a_site_is_judged_from_its_share_of_checks_on(owner: Connection, seen: int, numerator: int) -> None:
    """75 % of 8,928 are 6,696: seen so often it is judged by what was seen, once less it is not proven (U10)."""
    row = site(owner, (seen, 0, 8928 - seen), site_seen_floor_pct=75)
    assert (verdict(row), row["seen"], row["due"]) == ((numerator, 0, 1), seen * 300, 31 * 86400)
    assert ("tidak teramati: di bawah 75 %" in row["reason"]) == (not numerator)


@pytest.mark.parametrize(
    ("newest", "wanted", "seen"),
    [
        ("2025-11-02", (1, 1, 1), 31 * 86400),  # 90 days before 31 January
        ("2025-11-01", (0, 0, 0), 31 * 86400),
        ("2026-01-31", (1, 1, 1), 31 * 86400),
        ("2026-02-01", (0, 0, 1), 0),  # of a day that had not come: nothing is known (U23)
        (None, (0, 0, 1), 0),
    ],
)
def test_content_is_fresh_up_to_its_last_day(
    owner: Connection, newest: str | None, wanted: tuple[int, int, int], seen: int
) -> None:
    look = {"site": "s", "newest_content_on": newest, "found_by": "rss"}
    batch(owner, "website_content", "2026-01-31", [look])
    row = site(owner, (8928, 0, 0), "informasi")
    assert (verdict(row), row["seen"]) == (wanted, seen)
