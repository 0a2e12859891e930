"""Requests of IKU-04 that need no answer, and those that count for the PPID of another office (U17)."""

from datetime import date

import pytest
from given import batch, midnight_after
from given_ppid import hand_in_row, opd_row, ppid_row, request_row
from ppid_kit import ACTIVE, APRIL, LATE, MARCH, UNPROVEN, in_order, row, set_aside, verdict

from iku_etl.sources import ppid_request
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection


def test_a_withdrawn_request_needs_no_answer_if_it_was_withdrawn_in_time(owner: Connection) -> None:
    in_order(owner, "ppid_request")
    for withdrawn_on, expected in (("2026-03-06", ACTIVE), ("2026-03-09", LATE), (None, UNPROVEN)):  # due on 6 March
        batch(owner, "ppid_request", MARCH, [request_row("P", "2026-02-20", withdrawn_on, outcome="dicabut")])
        assert verdict(row(owner)) == expected


COMPLETED = {
    "2026-03-31": ACTIVE,  # due on 16 April
    "2026-04-02": ACTIVE,  # its days begin in the next triwulan
    "2027-02-20": UNPROVEN,  # a typed year: nobody knows when they began
}


@pytest.mark.parametrize("complete_on", COMPLETED)
def test_a_request_that_is_complete_after_a_triwulan_is_not_due_in_it(owner: Connection, complete_on: str) -> None:
    in_order(owner, "ppid_request")
    batch(owner, "ppid_request", APRIL, [request_row("P", "2026-02-20", complete_on=complete_on)])
    assert verdict(row(owner)) == COMPLETED[complete_on]


def test_a_register_does_not_know_an_answer_that_comes_after_it(owner: Connection) -> None:
    in_order(owner, "ppid_request")
    february = "2026-02-01"
    batch(owner, "ppid_request", february, [request_row("P", "2026-02-20", "2026-03-05")])  # due on 6 March
    assert verdict(row(owner)) == UNPROVEN
    batch(owner, "ppid_request", february, [request_row("P", "2026-02-20", "2026-03-05", outcome="dicabut")])
    assert verdict(row(owner)) == UNPROVEN
    batch(owner, "ppid_request", MARCH, [request_row("P", "2026-02-20", "2026-03-05")])
    assert verdict(row(owner)) == ACTIVE


def test_a_late_answer_is_not_excused_by_a_later_day_on_which_it_was_complete(owner: Connection) -> None:
    in_order(owner)
    excused = request_row("P", "2026-02-20", "2026-03-25", complete_on="2026-04-30")
    days = {name: day for name, day in excused.items() if day is not None}
    broken = [(x, y) for x, y in ppid_request.PAIRS if x in days and days[x] < days[y]]
    assert broken == [("answered_on", "complete_on")]  # so it is set aside
    set_aside(owner, "2026-02-01", excused)
    why = "tidak teramati: 1 dari 2 permohonan belum terbukti"
    assert verdict(row(owner)) == (0, 0, 1, why)  # in the triwulan in which it came in, too


# ---------------------------------------------------------------- numbers


FEBRUARY = "2026-02-01"


def requests_of(connection: Connection, period: str) -> list[tuple[str, bool | None]]:
    """The requests that are due in a triwulan: the day they came in, and whether they were answered in time."""
    with database.reading(connection, as_of_time=midnight_after(date(2026, 7, 15))):
        found = connection.execute(
            "select received_on, is_in_time from staging.ppid_request where period = %s and is_due order by 1", [period]
        ).fetchall()
    return [(str(one["received_on"]), one["is_in_time"]) for one in found]


def test_a_number_that_begins_anew_names_another_request(owner: Connection) -> None:
    in_order(owner, "ppid_request")
    batch(owner, "ppid_request", FEBRUARY, [request_row("P", "2026-02-05", request_no="001")])
    batch(owner, "ppid_request", MARCH, [request_row("P", "2026-03-06", "2026-03-09", request_no="001")])
    assert requests_of(owner, "2026-TW1") == [("2026-02-05", False), ("2026-03-06", True)]
    assert verdict(row(owner)) == (0, 0, 0, "1 dari 2 permohonan terlambat dijawab")


def test_a_row_set_aside_hides_only_the_request_of_its_own_day(owner: Connection) -> None:
    in_order(owner, "ppid_request")
    batch(owner, "ppid_request", FEBRUARY, [request_row("P", "2026-02-05", "2026-02-09", request_no="001")])
    set_aside(owner, MARCH, request_row("P", "2026-03-06", "2026-03-09", request_no="001"))
    assert requests_of(owner, "2026-TW1") == [("2026-02-05", True)]
    set_aside(owner, MARCH, request_row("P", "2026-02-05", "2026-02-09", request_no="001"))
    assert requests_of(owner, "2026-TW1") == []


def test_a_number_whose_day_cannot_be_read_loses_no_request(owner: Connection) -> None:
    in_order(owner, "ppid_request")
    batch(owner, "ppid_request", FEBRUARY, [request_row("P", "2026-02-05", "2026-02-09", request_no="001")])
    set_aside(owner, MARCH, request_row("P", "2026-03-06", request_no="001") | {"received_on": None})
    assert requests_of(owner, "2026-TW1") == [("2026-02-05", None)]  # it may be the same, or another
    assert verdict(row(owner)) == (0, 0, 1, "tidak teramati: 2 dari 2 permohonan belum terbukti")
    batch(owner, "ppid_request", APRIL, [request_row("P", "2026-04-06", "2026-04-07", request_no="001")])
    assert verdict(row(owner, day=date(2026, 5, 10))) == (
        0,
        0,
        1,
        "tidak teramati: 2 dari 2 permohonan belum terbukti",
    )  # one that came in afterwards settles nothing
    batch(owner, "ppid_request", APRIL, [request_row("P", "2026-02-05", "2026-02-09", request_no="001")])
    assert verdict(row(owner, day=date(2026, 5, 10))) == ACTIVE


def test_two_rows_of_one_number_and_day_are_two_requests(owner: Connection) -> None:
    in_order(owner, "ppid_request")
    one = request_row("P", "2026-03-06", "2026-03-09", request_no="001")
    set_aside(owner, MARCH, one, one | {"outcome": "ditolak"})
    assert verdict(row(owner)) == (0, 0, 1, "tidak teramati: 2 dari 2 permohonan belum terbukti")


# ---------------------------------------------------------------- dissolved offices


def merged(connection: Connection, ended_on: str | None = "2026-02-27") -> None:
    """P's office took over that of O, dissolved at the end of February."""
    batch(connection, "opd", MARCH, [opd_row("opd"), opd_row("lama", "2026-02-28", "opd")])
    batch(connection, "ppid", MARCH, [ppid_row("P"), ppid_row("O", opd="lama", ended_on=ended_on)])


def test_what_was_asked_of_a_dissolved_office_counts_for_its_successor(owner: Connection) -> None:
    in_order(owner, "ppid", "ppid_request")
    own, old = request_row("P", "2026-03-09", "2026-03-30"), request_row("O", "2026-02-02", "2026-02-19")
    hand_ins = [hand_in_row(ppid, "2026-TW1", 1, "2026-04-02") for ppid in ("P", "O")]
    batch(owner, "register_submission", MARCH, hand_ins)
    batch(owner, "ppid_request", MARCH, [own, old])
    merged(owner)
    assert verdict(row(owner)) == (0, 0, 0, "1 dari 2 permohonan terlambat dijawab")
    merged(owner, ended_on=None)  # whoever is still in office answers for itself
    assert verdict(row(owner)) == ACTIVE


def test_what_one_register_lists_does_not_hide_what_another_lacks(owner: Connection) -> None:
    in_order(owner, "ppid", "ppid_request")
    merged(owner)
    batch(owner, "register_submission", MARCH, [hand_in_row(p, "2026-TW1", 1, "2026-04-02") for p in ("P", "O")])
    batch(owner, "ppid_request", MARCH, [request_row("O", day, day) for day in ("2026-02-02", "2026-02-03")])
    assert verdict(row(owner)) == (0, 0, 1, "tidak teramati: 1 dari 3 permohonan belum terbukti")


def test_a_register_is_asked_of_a_dissolved_office_for_its_last_triwulan(owner: Connection) -> None:
    in_order(owner, "ppid")
    merged(owner)
    why = "tidak teramati: register belum diserahkan (O, OPD-nya dilebur)"
    assert verdict(row(owner)) == (0, 0, 1, why)
    merged(owner, ended_on="2025-12-31")
    assert verdict(row(owner)) == ACTIVE


# ---------------------------------------------------------------- hand-ins


def test_a_hand_in_that_is_yet_to_come_proves_nothing(owner: Connection) -> None:
    in_order(owner, "ppid_request")
    for received_on, expected in (
        ("2026-04-15", (1, 1, 1, "nihil")),
        ("2027-04-02", (0, 0, 1, "tidak teramati: register belum diserahkan")),
    ):
        batch(owner, "register_submission", MARCH, [hand_in_row("P", "2026-TW1", 0, received_on)])
        assert verdict(row(owner)) == expected
