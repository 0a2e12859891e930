"""IKU-04 beside its example files: due days, readings, late overrides, registers that are dead, late or corrected."""

from datetime import date, timedelta

import pytest
from given import batch, midnight_after, parameter_rows
from given_ppid import dip_row, hand_in_row, holiday_rows, ppid_row, report_row, request_row
from ppid_kit import (
    ACTIVE,
    APRIL,
    CUT_OFF,
    EXAMPLES,
    JUNE,
    LATE,
    MARCH,
    UNPROVEN,
    Row,
    in_order,
    row,
    set_aside,
    verdict,
)

from iku_etl.catalogue import kamus
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection
from tests.oracle.worked import iku_04

(EXAMPLE,) = [entry for entry in EXAMPLES["indicators"] if entry["indicator"] == "IKU-04"]


# ---------------------------------------------------------------- due days


READINGS = {"due_on": (5, True), "due_on_without_cuti_bersama": (5, False), "due_on_six_day_week": (6, True)}


@pytest.mark.parametrize("reading", READINGS)
def test_due_days_are_those_of_the_worked_examples(owner: Connection, reading: str) -> None:
    days_a_week, with_leave = READINGS[reading]
    batch(owner, "parameter", "2026-02-01", parameter_rows(working_week_days=days_a_week))
    days = [day for day in EXAMPLES["holidays"] if with_leave or day["kind"] != "cuti_bersama"]
    batch(owner, "holiday", MARCH, holiday_rows(days))
    requests = [
        request_row(request["ppid"], request["received_on"], extension_notified_on=request["extension_notified_on"])
        for request in EXAMPLE["given"]["requests"]
    ]
    batch(owner, "ppid_request", MARCH, requests)
    with database.reading(owner, as_of_time=midnight_after(date(2026, 7, 15))):
        found = owner.execute("select ppid, due_on from staging.ppid_request where is_due").fetchall()
    expected = [(due["ppid"], date.fromisoformat(due[reading])) for due in EXAMPLE["intermediate"]]
    assert sorted((one["ppid"], one["due_on"]) for one in found) == expected


@pytest.mark.parametrize("reading", ["cuti bersama counted as working days", "six-day office week"])
def test_the_other_readings_give_what_they_would(owner: Connection, reading: str) -> None:
    (expected,) = [other for other in EXAMPLE["other_readings"] if other["reading"] == reading]
    arrivals = iku_04.Arrivals(EXAMPLE["given"])
    if reading.startswith("cuti"):
        arrivals.holidays = [day for day in arrivals.holidays if day["kind"] != "cuti_bersama"]
    arrivals.arrive(owner, CUT_OFF)
    if reading.startswith("six"):
        batch(owner, "parameter", MARCH, parameter_rows(working_week_days=6))
    assert figure(owner, expected["period"])[:2] == (expected["numerator"], expected["denominator"])


def figure(connection: Connection, period: str, day: date = CUT_OFF) -> tuple[int, int, str]:
    definition = kamus.current(connection)["IKU-04"]
    with database.reading(connection, as_of_time=midnight_after(day)):
        (found,) = connection.execute(f"select * from {definition}.figure where period = %s", [period]).fetchall()
    return int(found["numerator"]), int(found["denominator"]), found["mutu"]


def test_working_days_are_numbered_and_struck_or_added_days_count(owner: Connection) -> None:
    struck = {"day": "2026-02-16", "kind": "hari_kerja", "name": "x", "decree": "SE contoh 1", "origin": "register"}
    weekend = struck | {"day": "2026-02-14"}  # a Saturday stays one
    batch(owner, "holiday", MARCH, [*holiday_rows(EXAMPLES["holidays"]), struck, weekend])
    with database.reading(owner, as_of_time=midnight_after(CUT_OFF)):
        found = owner.execute(
            "select day, is_working, working_day_no from staging.working_day where period = '2026-TW1' order by day"
        ).fetchall()
    assert (found[0]["day"], found[-1]["day"]) == (date(2025, 10, 1), date(2026, 3, 31))
    off = {date.fromisoformat(day["date"]) for day in EXAMPLES["holidays"]} - {date(2026, 2, 16)}
    expected = [day["day"] for day in found if day["day"].weekday() < 5 and day["day"] not in off]
    assert [day["day"] for day in found if day["is_working"]] == expected
    assert [day["working_day_no"] for day in found if day["is_working"]] == list(range(1, len(expected) + 1))


# ---------------------------------------------------------------- the calendar is data like any other


def test_a_late_override_changes_the_verdict_and_what_was_known_stays(owner: Connection) -> None:
    in_order(owner, "ppid_request")
    batch(owner, "ppid_request", MARCH, [request_row("P", "2026-02-02", "2026-02-19")])
    before = newest(owner)
    assert verdict(row(owner)) == LATE
    added = {"day": "2026-02-18", "kind": "cuti_bersama", "name": "x", "decree": "SE contoh 2", "origin": "register"}
    library = holiday_rows(EXAMPLES["holidays"])
    batch(owner, "holiday", MARCH, [*library, added])
    assert verdict(row(owner)) == ACTIVE
    assert verdict(row(owner, as_of=before)) == LATE
    batch(owner, "holiday", APRIL, library)  # no list came that month: the last one stands
    assert verdict(row(owner, day=date(2026, 5, 10))) == ACTIVE
    batch(owner, "holiday", "2026-05-01", [*library, added | {"kind": "hari_kerja"}])
    assert verdict(row(owner, day=date(2026, 6, 10))) == LATE


def newest(connection: Connection) -> int:
    return int(database.one(connection, "select load_no from iku.load_counter")["load_no"])


def test_a_day_that_the_library_moves_is_off_no_longer(owner: Connection) -> None:
    in_order(owner)
    moved = [day for day in EXAMPLES["holidays"] if day["date"] != "2026-03-24"]
    batch(owner, "holiday", APRIL, holiday_rows(moved))
    assert verdict(row(owner, day=date(2026, 5, 10))) == LATE


def test_without_a_calendar_nothing_that_was_asked_is_proven(owner: Connection) -> None:
    in_order(owner, "holiday")
    why = "tidak teramati: 1 dari 1 permohonan belum terbukti, kalender hari kerja belum diketahui"
    assert verdict(row(owner)) == (0, 0, 1, why)
    batch(owner, "ppid_request", MARCH, [])
    batch(owner, "register_submission", MARCH, [hand_in_row("P", "2026-TW1", 0, "2026-04-02")])
    assert verdict(row(owner)) == (1, 1, 1, "nihil")  # nobody asked: no day to reckon


# ---------------------------------------------------------------- registers that are dead, late or short


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("ppid_dip", "register DIP belum ada sampai akhir periode"),
        ("ppid_report", "register laporan tahunan belum ada sampai akhir periode"),
    ],
)
def test_a_dead_register_is_no_zero(owner: Connection, source: str, why: str) -> None:
    in_order(owner, source)
    assert verdict(row(owner)) == (0, 0, 1, f"tidak teramati: {why}")
    empty = {"ppid_dip": dip_row("X", "2026-01-20"), "ppid_report": report_row("X", 2025, "2026-02-27")}[source]
    batch(owner, source, "2026-02-01", [empty])  # it does not reach to the end of March
    assert verdict(row(owner)) == (0, 0, 1, f"tidak teramati: {why}")
    batch(owner, source, MARCH, [empty])
    assert verdict(row(owner))[:3] == (0, 0, 0)


def test_a_renewal_that_is_known_needs_no_newer_register(owner: Connection) -> None:
    in_order(owner, "ppid_dip")
    batch(owner, "ppid_dip", "2026-01-01", [dip_row("P", "2026-01-20")])
    assert verdict(row(owner)) == ACTIVE


def test_a_hand_in_whose_file_was_never_loaded_is_not_nil(owner: Connection) -> None:
    in_order(owner, "ppid_request")
    assert verdict(row(owner)) == UNPROVEN


def test_a_request_stays_when_a_later_file_leaves_it_out(owner: Connection) -> None:
    in_order(owner, "ppid_request")
    batch(owner, "ppid_request", MARCH, [request_row("P", "2026-02-02", "2026-02-19")])
    batch(owner, "ppid_request", APRIL, [request_row("P", "2026-04-06", "2026-04-08")])
    assert verdict(row(owner, day=date(2026, 5, 10))) == LATE


def test_a_later_file_tells_more_of_a_request(owner: Connection) -> None:
    in_order(owner, "ppid_request")
    batch(owner, "ppid_request", "2026-02-01", [request_row("P", "2026-02-20")])  # due 6 March, not answered by then
    assert verdict(row(owner)) == UNPROVEN
    batch(owner, "ppid_request", MARCH, [request_row("P", "2026-02-20")])
    assert verdict(row(owner)) == LATE
    batch(owner, "ppid_request", APRIL, [request_row("P", "2026-02-20", "2026-03-06")])
    assert verdict(row(owner, day=date(2026, 5, 10))) == ACTIVE


def test_a_request_that_was_set_aside_is_unproven_until_a_register_lists_it_whole(owner: Connection) -> None:
    in_order(owner, "ppid_request")
    batch(owner, "ppid_request", "2026-02-01", [request_row("P", "2026-02-20", "2026-02-27")])
    assert verdict(row(owner)) == ACTIVE
    set_aside(owner, MARCH, request_row("P", "2026-02-20", "2026-02-01"))
    assert verdict(row(owner)) == UNPROVEN
    batch(owner, "ppid_request", APRIL, [request_row("P", "2026-02-20", "2026-03-02")])
    assert verdict(row(owner, day=date(2026, 5, 10))) == ACTIVE


def test_a_set_aside_request_counts_in_the_triwulan_in_which_it_may_be_due(owner: Connection) -> None:
    in_order(owner, "ppid_request")
    for begun_on, places in (("2026-02-20", [1]), ("2026-03-09", [1, 2]), ("2026-03-27", [2]), (None, [1, 2])):
        set_aside(owner, MARCH, request_row("P", "2026-03-02") | {"received_on": begun_on, "complete_on": begun_on})
        with database.reading(owner, as_of_time=midnight_after(date(2026, 7, 15))):
            found = owner.execute("select period from staging.ppid_request_quarantine order by period").fetchall()
        assert [one["period"] for one in found] == [f"2026-TW{place}" for place in places], begun_on


# ---------------------------------------------------------------- reports, appointments, ages


def test_a_report_filed_on_2_april_counts_from_the_second_triwulan_on(owner: Connection) -> None:
    in_order(owner, "ppid_report")
    batch(owner, "ppid_report", MARCH, [report_row("P", 2025, "2026-04-02")])
    assert verdict(row(owner)) == (0, 0, 0, "laporan tahun 2025 baru disampaikan 2026-04-02")
    batch(owner, "ppid_dip", JUNE, [dip_row("P", "2026-01-20")])
    batch(owner, "register_submission", JUNE, [hand_in_row("P", "2026-TW2", 0, "2026-07-02")])
    batch(owner, "ppid_report", JUNE, [report_row("P", 2025, "2026-04-02")])
    assert verdict(row(owner, "2026-TW2", date(2026, 7, 15))) == (1, 1, 1, "nihil")


def test_the_worked_variant_of_a_late_report(owner: Connection) -> None:
    rows = EXAMPLE["given"] | {
        "annual_reports": [
            one | ({"filed_on": "2026-04-02"} if one["ppid"] == "P1" else {})
            for one in EXAMPLE["given"]["annual_reports"]
        ]
    }
    arrivals = iku_04.Arrivals(rows)
    arrivals.arrive(owner, CUT_OFF)
    assert figure(owner, "2026-TW1") == (2, 5, "cukup")
    arrivals.arrive(owner, date(2026, 7, 15))
    assert figure(owner, "2026-TW2", date(2026, 7, 15)) == (5, 5, "cukup")


@pytest.mark.parametrize(
    ("day", "year"), [(date(2026, 3, 30), 2024), (date(2026, 3, 31), 2025), (date(2027, 1, 5), 2025)]
)
def test_a_report_is_due_on_the_last_day_of_march(owner: Connection, day: date, year: int) -> None:
    assert rule(owner, day)["report_year"] == year


@pytest.mark.parametrize(
    ("day", "since"),
    [
        (date(2026, 3, 31), date(2025, 3, 31)),
        (date(2028, 2, 29), date(2027, 2, 28)),
        (date(2027, 2, 28), date(2026, 2, 28)),
    ],
)
def test_twelve_months_begin_on_the_same_day_a_year_earlier(owner: Connection, day: date, since: date) -> None:
    assert rule(owner, day)["dip_renewed_since"].date() == since


def rule(connection: Connection, day: date) -> Row:
    """The rule of the triwulan that runs on the day after, or has just ended."""
    with database.reading(connection, as_of_time=midnight_after(day)):
        (found,) = connection.execute("select * from staging.ppid_rule where last_ended_day = %s", [day]).fetchall()
    return dict(found)


def test_a_new_letter_makes_no_new_ppid(owner: Connection) -> None:
    in_order(owner, "ppid", "ppid_report")
    old, new = ppid_row("P", "2021-01-04", ended_on="2026-01-31"), ppid_row("P", "2026-02-01", name="PPID baru")
    batch(owner, "ppid", MARCH, [old, new])
    batch(owner, "ppid_report", MARCH, [report_row("X", 2025, "2026-02-27")])
    found = row(owner)
    assert found["member_name"] == "PPID baru"
    assert verdict(found) == (0, 0, 0, "laporan tahun 2025 belum disampaikan")
    batch(owner, "ppid", MARCH, [new])  # nobody before it: none is asked
    assert verdict(row(owner)) == ACTIVE


def test_a_running_triwulan_is_tested_on_its_last_ended_day(owner: Connection) -> None:
    in_order(owner, "ppid_request", "register_submission")
    batch(owner, "ppid_request", APRIL, [request_row("P", "2026-03-27", "2026-04-29")])  # due 13 April
    pending = "tidak teramati: register belum diserahkan"
    assert verdict(row(owner, "2026-TW2", date(2026, 4, 12))) == (0, 0, 1, pending)
    late = "1 dari 1 permohonan terlambat dijawab; register belum diserahkan"
    assert verdict(row(owner, "2026-TW2", date(2026, 4, 13))) == (0, 0, 0, late)  # final, whatever comes (U18)


def test_a_late_notice_extends_nothing(owner: Connection) -> None:
    in_order(owner, "ppid_request")
    for notified_on, expected in (("2026-03-06", ACTIVE), ("2026-03-09", LATE)):  # the tenth day is 6 March
        request = request_row("P", "2026-02-20", "2026-03-17", extension_notified_on=notified_on)
        batch(owner, "ppid_request", MARCH, [request])
        assert verdict(row(owner)) == expected


def test_an_incomplete_request_has_no_due_day(owner: Connection) -> None:
    in_order(owner, "ppid_request")
    for outcome, expected in (("tidak_lengkap", ACTIVE), (None, LATE)):
        batch(owner, "ppid_request", MARCH, [request_row("P", "2026-02-02", complete_on=None, outcome=outcome)])
        assert verdict(row(owner)) == expected


def test_a_year_of_triwulan_is_read_in_no_time(owner: Connection) -> None:
    """A due day is a join: forty PPID with a request every third day of a year."""
    in_order(owner)
    days = [date(2026, 1, 1) + timedelta(days=step) for step in range(0, 360, 3)]
    rows = [request_row(f"Q{place}", str(day), str(day)) for place in range(40) for day in days]
    batch(owner, "ppid_request", "2026-12-01", rows)
    batch(owner, "ppid", "2026-12-01", [ppid_row(f"Q{place}") for place in range(40)])
    definition = kamus.current(owner)["IKU-04"]
    with database.reading(owner, as_of_time=midnight_after(date(2027, 1, 15))):
        owner.execute("set local statement_timeout = '300s'")
        found = owner.execute(f"select * from {definition}.member").fetchall()
    assert len(found) == 5 * 40  # the running triwulan too
