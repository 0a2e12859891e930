"""What a published figure says: target, predikat, coverage, staleness, reasons."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from publish_kit import CUT_OFF, JANUARY, MONTH_OVER, figure, messages, rules, said, target

from iku_etl import catalogue, indonesian
from iku_etl.catalogue import kamus
from iku_etl.stages import publish
from iku_etl.warehouse import database, tables
from iku_etl.warehouse.database import Connection, Warehouse
from tests import given


def test_target_of_another_unit_and_target_zero(warehouse: Warehouse, owner: Connection, publisher: Connection) -> None:
    rules(owner)
    messages(owner, 9)
    target(owner, ("2026-01", 40, "OPD"), ("2026-TW1", 0, "persen"))
    said(publisher, CUT_OFF)
    month, quarter = figure(warehouse), figure(warehouse, "2026-TW1")
    assert (month.target, month.capaian, month.reason) == (None, None, "satuan target berbeda: OPD, bukan persen")
    assert (quarter.target, quarter.capaian) == (0, None)
    assert "target 0" in quarter.reason


def test_predikat_only_at_official_finished_periods(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner)
    messages(owner, 9)
    target(owner, ("2026-01", 90, "persen"), ("2026-TW1", 90, "persen"))
    said(publisher, CUT_OFF)
    month, quarter = figure(warehouse), figure(warehouse, "2026-TW1")
    assert (month.capaian, month.predikat) == (100, None)
    assert (quarter.capaian, quarter.predikat) == (100, None)  # it runs
    given.batch(owner, "persandian_message", "2026-03-01", [])
    given.batch(owner, "register_submission", "2026-03-01", [given.submission_row("A", "2026-01", 10)])
    said(publisher, given.midnight_after(date(2026, 4, 15)))
    assert figure(warehouse, "2026-TW1").predikat == "Sangat Tinggi"


@pytest.mark.parametrize(
    ("missing", "name"), [("message_repeat_days", "message_repeat_days"), ("coverage_floor_pct", "coverage_floor_pct")]
)
def test_a_missing_parameter_withholds_the_value_and_is_named(
    warehouse: Warehouse, owner: Connection, publisher: Connection, missing: str, name: str
) -> None:
    rules(owner, **{missing: None})
    messages(owner, 9)
    said(publisher, CUT_OFF)
    found = figure(warehouse)
    assert (found.value, found.mutu) == (None, "tidak_tersedia")
    assert f"parameter belum ditetapkan: {name}" in found.reason


def test_a_period_that_began_before_collecting_says_whose_numbers_these_are(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    with owner.transaction():
        owner.execute("update iku.source set since = '2026-02-01'")
    rules(owner)
    february = [given.message_row("A", "2026-02-01", "1", True, agenda_no=1)]
    given.batch(owner, "persandian_message", "2026-02-01", february)
    given.batch(owner, "register_submission", "2026-02-01", [given.submission_row("A", "2026-02", 1)])
    said(publisher, given.midnight_after(date(2026, 4, 15)))
    found = figure(warehouse, "2026-TW1")
    assert (found.numerator, found.denominator) == (1, 1)
    whose = "pembilang dan penyebut hanya dari masa itu, cakupan dari seluruh periode"
    assert f"dikumpulkan baru sejak 2026-02-01: {whose}" in found.reason


def test_a_share_is_rounded_in_the_reason_as_beside_its_member(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner)
    rows = [given.message_row(unit, "2026-01-05", str(no), True, agenda_no=no) for unit in "AB" for no in (1, 2)]
    void = [{"unit": unit, "recorded_on": "2026-01-06", "void": "true"} for unit in "AB"]
    given.batch(owner, "persandian_message", JANUARY, rows, quarantined=void)
    given.batch(owner, "register_submission", JANUARY, [given.submission_row(unit, "2026-01", 3) for unit in "AB"])
    said(publisher, CUT_OFF)
    assert f"paling sedikit {indonesian.share(2, 3)}" in figure(warehouse).reason


def test_coverage_under_the_floor_keeps_bounds_and_withholds_the_value(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner)
    rows = [given.message_row("A", "2026-01-05", "1", agenda_no=1)]
    given.batch(owner, "persandian_message", JANUARY, rows)
    given.batch(owner, "register_submission", JANUARY, [given.submission_row("A", "2026-01", 4)])
    said(publisher, CUT_OFF)
    found = figure(warehouse)
    assert (found.value, found.low, found.high, found.coverage, found.mutu) == (None, 25, 100, 25, "kurang_data")


def test_a_hand_in_that_was_set_aside_withholds_the_value_and_one_not_handed_in_does_not(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner, coverage_floor_pct=50)
    messages(owner, 9)
    good, other = given.submission_row("A", "2026-01", 10), given.submission_row("B", "2026-01", None)
    given.batch(owner, "register_submission", JANUARY, [good, other])
    said(publisher, CUT_OFF)
    assert (figure(warehouse).value, figure(warehouse).low, figure(warehouse).coverage) == (90, None, 50)
    given.batch(owner, "register_submission", JANUARY, [good], quarantined=[other])
    said(publisher, CUT_OFF + timedelta(days=1))
    for found in (figure(warehouse), figure(warehouse, "2026-TW1")):
        assert (found.value, found.low, found.high, found.mutu) == (None, None, None, "kurang_data")
        assert (found.numerator, found.denominator) == (9, None)
        withheld = "nilai ditahan: ada anggota yang besarnya tidak diketahui, perbaiki barisnya lalu serahkan lagi"
        assert found.reason.startswith(f"{withheld}; OPD B 2026-01")


def test_numbers_that_begin_in_a_month_set_aside_are_not_believed(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner, coverage_floor_pct=50)
    rows = [given.message_row("A", f"2026-02-{day:02}", str(day), agenda_no=day) for day in (1, 2)]
    given.batch(owner, "persandian_message", "2026-02-01", rows)
    january = given.submission_row("A", "2026-01", 0, last_running_number=0)
    february = given.submission_row("A", "2026-02", 2, last_running_number=9)  # nine numbers, two rows
    for hand_in in (
        {"rows": [january, february]},
        {"rows": [february], "quarantined": [january]},  # else A would count as whole
    ):
        given.batch(owner, "register_submission", "2026-02-01", **hand_in)
        said(publisher, given.midnight_after(date(2026, 3, 10)))
        assert figure(warehouse, "2026-02").value is None


def test_a_repeat_that_was_set_aside_still_spoils_its_message(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner, coverage_floor_pct=50)
    first = given.message_row("A", "2026-01-30", "7", agenda_no=1)
    repeat = given.message_row("A", "2026-02-03", "7", secured=False, agenda_no=2)
    given.batch(owner, "persandian_message", JANUARY, [first])
    tokens = {name: repeat.pop(name) for name in ("sender", "number")}
    given.batch(owner, "persandian_message", "2026-02-01", quarantined=[{"tokens": tokens, **repeat}])
    hand_ins = [given.submission_row("A", period, 1) for period in ("2026-01", "2026-02")]
    given.batch(owner, "register_submission", "2026-02-01", hand_ins)
    said(publisher, given.midnight_after(date(2026, 3, 10)))
    january, quarter = figure(warehouse), figure(warehouse, "2026-TW1")
    assert (january.value, january.low, january.high) == (0, 0, 100)
    assert (quarter.numerator, quarter.denominator, quarter.value) == (0, 1, 0)


def test_no_members_and_nothing_observed(warehouse: Warehouse, owner: Connection, publisher: Connection) -> None:
    rules(owner)
    said(publisher, CUT_OFF)
    found = figure(warehouse)
    assert (found.value, found.coverage, found.mutu) == (None, None, "tidak_tersedia")
    assert found.reason.startswith("tidak ada anggota")
    given.batch(
        owner, "register_submission", JANUARY, [given.submission_row(f"u{n}", "2026-01", None) for n in range(7)]
    )
    said(publisher, CUT_OFF + timedelta(hours=1))
    found = figure(warehouse)
    assert (found.value, found.coverage, found.mutu) == (None, 0, "tidak_tersedia")
    assert "7 anggota tidak teramati: register belum diserahkan (" in found.reason
    assert "dan 4 lainnya)" in found.reason


def test_a_source_that_fell_silent_makes_the_figure_stale_since_a_date(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner)
    messages(owner, 9)
    said(publisher, given.midnight_after(date(2026, 3, 4)))  # January's end, 31 days and one: 5 March
    assert figure(warehouse, "2026").mutu == "cukup"
    said(publisher, given.midnight_after(date(2026, 3, 5)) + timedelta(seconds=1))
    found = figure(warehouse, "2026")
    assert (found.mutu, found.stale_since, found.value) == ("basi", date(2026, 2, 1), 90)
    assert "basi sejak 2026-02-01" in found.reason
    assert figure(warehouse, "2026-01").mutu == "cukup"  # judged at its own end


def test_what_failed_is_named_before_what_was_nearly_seen_whole(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner)
    given.batch(owner, "website", JANUARY, [given.website_row(site, "layanan") for site in ("baik", "mati")])
    counts = {"baik": (7400, 100, 1428), "mati": (8000, 900, 28)}
    for place, cells in enumerate(given.uptime_days(JANUARY, 31, counts)):
        given.batch(owner, "website_uptime", JANUARY + timedelta(days=place), roll_up=cells)
    given.batch(owner, "website_content", "2026-01-31", [])
    publish.publish(publisher, as_of_time=CUT_OFF, indicators=["IKU-05"], as_of=database.load_at(
        publisher, datetime.now(UTC) + timedelta(hours=1)
    ))  # fmt: skip
    with warehouse.connect("reader") as reader:
        (found,) = given.figures(reader, "IKU-05", "2026-01")
    assert [part.split()[0].lower() for part in found.reason.split("; ")[:2]] == ["mati", "baik"]


def test_months_in_which_all_said_nil_leave_the_silent_source_current(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner, coverage_floor_pct=50)
    messages(owner, 9)
    january, february = given.submission_row("A", "2026-01", 10), given.submission_row("A", "2026-02", 0)
    for rows, mutu in ((0, "cukup"), (None, "basi")):
        march = given.submission_row("A", "2026-03", rows)
        given.batch(owner, "register_submission", "2026-03-01", [january, february, march])
        said(publisher, given.midnight_after(date(2026, 4, 20 if rows == 0 else 21)))
        assert figure(warehouse, "2026").mutu == mutu
        assert ("Agenda berita persandian" in figure(warehouse, "2026").reason) == (mutu == "basi")


def test_an_older_as_of_goes_by_the_patience_that_was_declared_then(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner)
    messages(owner, 9)
    late = given.midnight_after(date(2026, 4, 18)) + timedelta(hours=1)  # the hand-ins are 62 + 14 days old, and more
    before = database.load_at(publisher, datetime.now(UTC) + timedelta(hours=1))
    longer = replace(catalogue.source("register_submission"), max_age=timedelta(days=300))
    for _ in range(2):
        tables.declare(owner, [longer], None, "Asia/Jakarta")
    after = database.load_at(publisher, datetime.now(UTC) + timedelta(hours=1))
    assert after == before + 1  # said once
    definition = kamus.current(owner)["IKU-08"]
    titles = []
    for as_of in (before, after):
        with database.reading(owner, as_of, late):
            query = f"select reason from {definition}.figure where period = '2026'"
            titles.append("Rekapitulasi penyerahan register" in database.one(owner, query)["reason"])
    assert titles == [True, False]


def test_a_revision_that_waits_is_said_in_the_reason(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner)
    messages(owner, 9)
    given.batch(owner, "persandian_message", JANUARY, ending="waiting")
    said(publisher, CUT_OFF)
    assert (figure(warehouse).value, "revisi menunggu keputusan" in figure(warehouse).reason) == (90, True)


def test_a_month_has_no_member_before_its_first_day_is_over(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner)
    messages(owner, 9)
    given.batch(
        owner, "register_submission", JANUARY,
        [given.submission_row("A", "2026-01", 10), given.submission_row("A", "2026-02", None)],
    )  # fmt: skip
    said(publisher, MONTH_OVER + timedelta(hours=3))
    assert figure(warehouse, "2026-02").reason.startswith("belum ada hari yang selesai")
    assert (figure(warehouse, "2026").coverage, figure(warehouse, "2026").value) == (100, Decimal(90))


def test_a_message_repeated_beyond_90_days_of_its_first_entry_is_a_new_message(
    owner: Connection, publisher: Connection, warehouse: Warehouse
) -> None:
    rules(owner)
    days = ("2026-01-01", "2026-02-15", "2026-04-01", "2026-04-02", "2026-06-30")  # 0, 45, 90, 91, 180 days
    for month in sorted({day[:7] for day in days}):
        rows = [
            given.message_row("A", day, "7", secured=day != "2026-04-01", agenda_no=place)
            for place, day in enumerate(days)
            if day.startswith(month)
        ]
        given.batch(owner, "persandian_message", f"{month}-01", rows)
    given.batch(
        owner, "register_submission", "2026-06-01",
        [given.submission_row("A", f"2026-{month:02}", rows) for month, rows in ((1, 1), (2, 1), (4, 2), (6, 1))],
    )  # fmt: skip
    said(publisher, given.midnight_after(date(2026, 7, 10)))
    got = {period: figure(warehouse, period) for period in ("2026-01", "2026-02", "2026-04", "2026-06")}
    assert {period: (row.numerator, row.denominator) for period, row in got.items()} == {
        "2026-01": (0, 1),  # the repeat of 1 April, the 90th day, was not secured
        "2026-02": (0, 0),
        "2026-04": (1, 1),  # 2 April begins anew; 30 June, 89 days later, repeats it
        "2026-06": (0, 0),
    }


def test_a_void_entry_neither_begins_nor_spoils_a_message(
    owner: Connection, publisher: Connection, warehouse: Warehouse
) -> None:
    rules(owner)
    void = given.message_row("A", "2026-01-05", "7", secured=False, void=True, agenda_no=1)
    given.batch(owner, "persandian_message", JANUARY, [void])
    again = given.message_row("A", "2026-02-05", "7", secured=False, void=True, agenda_no=3)
    sent = given.message_row("A", "2026-02-05", "7", agenda_no=2)
    given.batch(owner, "persandian_message", "2026-02-01", [sent, again])
    hand_ins = [given.submission_row("A", "2026-01", 1), given.submission_row("A", "2026-02", 2)]
    given.batch(owner, "register_submission", "2026-02-01", hand_ins)
    said(publisher, given.midnight_after(date(2026, 3, 10)))
    got = [figure(warehouse, period) for period in ("2026-01", "2026-02")]
    assert [(row.numerator, row.denominator) for row in got] == [(0, 0), (1, 1)]
