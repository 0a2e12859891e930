"""Registers at their very edge: the last day that counts, the last one within so many days, the name of the day."""

from datetime import date
from typing import Any

from given import batch, midnight_after, submission_row
from given_ppid import opd_row

from iku_etl.catalogue import kamus
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection

Row = dict[str, Any]


def members(owner: Connection, code: str, period: str, day: date) -> dict[str, Row]:
    definition = kamus.current(owner)[code]
    with database.reading(owner, as_of_time=midnight_after(day)):
        rows = owner.execute(f"select * from {definition}.member where period = %s", [period]).fetchall()
    return {row["member"]: row for row in rows}


def verdicts(found: dict[str, Row]) -> dict[str, tuple[int, int, int]]:
    """Value, low and high of each member."""
    names = ("numerator", "numerator_low", "numerator_high")
    return {member: tuple(int(row[name]) for name in names) for member, row in found.items()}


YES, NO, OPEN = (1, 1, 1), (0, 0, 0), (0, 0, 1)


# ---------------------------------------------------------------- offices


def test_an_office_is_called_as_on_the_day_and_counts_up_to_its_last(owner: Connection) -> None:
    def row(opd: str, name: str, since: str, until: str | None, **changed: Any) -> Row:
        return opd_row(opd, until) | {"name": name, "valid_from": since} | changed

    batch(owner, "opd", "2026-03-01", [
        row("a", "Nama Lama", "2020-01-01", "2026-01-30"), row("a", "Nama Baru", "2026-01-31", None),
        row("b", "Terakhir", "2020-01-01", "2026-01-31"), row("c", "Sudah bubar", "2020-01-01", "2026-01-30"),
        row("d", "Belum ada", "2026-02-01", None), row("e", "Hari pertama", "2026-01-31", None),
        row("f", "Tidak dihitung", "2020-01-01", None, counted=False),
        row("g", "Tumpang lama", "2020-01-01", None), row("g", "Tumpang baru", "2025-01-01", None),
    ])  # fmt: skip
    found = members(owner, "IKU-01", "2026-01", date(2026, 2, 10))
    assert {name: row["member_name"] for name, row in found.items()} == {
        "a": "Nama Baru", "b": "Terakhir", "e": "Hari pertama", "g": "Tumpang baru",
    }  # fmt: skip
    assert members(owner, "IKU-01", "2026-02", date(2026, 3, 10)).keys() == {"a", "d", "e", "g"}


def test_an_office_that_stands_counts_for_itself_though_its_successor_is_named(owner: Connection) -> None:
    """A decree of next year names who takes over; until then nothing of the office is anybody else's (U17)."""
    batch(owner, "opd", "2026-03-01", [
        opd_row("lama", "2026-01-31", "baru"), opd_row("baru"), opd_row("tua", "2025-12-31", "lama"),
    ])  # fmt: skip
    query = "select opd, counts_for from staging.opd_successor where period = %s order by 1, 2"
    found = {}
    for period in ("2026-01", "2026-02"):
        with database.reading(owner, as_of_time=midnight_after(date(2026, 3, 10))):
            found[period] = [tuple(row.values()) for row in owner.execute(query, [period])]
    assert found["2026-01"] == [("baru", "baru"), ("lama", "lama"), ("tua", "lama")]
    assert found["2026-02"] == [("baru", "baru"), ("lama", "baru"), ("tua", "baru")]


# ---------------------------------------------------------------- IKU-01


def link(opd: str, **changed: Any) -> Row:
    row = {
        "link": f"L {opd}", "serves_kind": "opd", "serves": opd, "medium": "fiber_optik", "supplied_by_dinas": True,
        "monitored": True, "active_from": "2025-01-01", "active_to": None, "last_seen_on": None, "last_polled_on": None,
        "working": None, "verified_on": None,
    }  # fmt: skip
    return row | changed


LINKS: dict[str, tuple[Row, tuple[int, int, int]]] = {  # on 31 January 2026, within 30 days and 90
    "seen_1_january": ({"last_seen_on": "2026-01-01", "last_polled_on": "2026-01-31"}, YES),
    "seen_31_december": ({"last_seen_on": "2025-12-31", "last_polled_on": "2026-01-31"}, NO),
    "seen_31_january": ({"last_seen_on": "2026-01-31", "last_polled_on": "2026-01-31"}, YES),
    "seen_1_february": ({"last_seen_on": "2026-02-01", "last_polled_on": "2026-02-01"}, OPEN),
    "polled_1_january": ({"last_polled_on": "2026-01-01"}, NO),
    "polled_31_december": ({"last_polled_on": "2025-12-31"}, OPEN),
    "never_polled": ({}, OPEN),
    "verified_2_november": ({"monitored": False, "working": True, "verified_on": "2025-11-02"}, YES),
    "verified_1_november": ({"monitored": False, "working": True, "verified_on": "2025-11-01"}, OPEN),
    "verified_broken": ({"monitored": False, "working": False, "verified_on": "2026-01-31"}, NO),
    "verified_later": ({"monitored": False, "working": True, "verified_on": "2026-02-01"}, OPEN),
    "of_an_isp": ({"supplied_by_dinas": False, "last_seen_on": "2026-01-31", "last_polled_on": "2026-01-31"}, NO),
    "ends_31_january": ({"last_seen_on": "2026-01-31", "active_to": "2026-01-31"}, YES),
    "ended_30_january": ({"last_seen_on": "2026-01-30", "active_to": "2026-01-30"}, NO),
    "begins_31_january": ({"last_seen_on": "2026-01-31", "active_from": "2026-01-31"}, YES),
    "begins_1_february": ({"last_seen_on": "2026-01-31", "active_from": "2026-02-01"}, NO),
}


def test_a_link_is_judged_to_the_day(owner: Connection) -> None:
    batch(owner, "opd", "2026-01-01", [opd_row(opd) for opd in LINKS])
    batch(owner, "network_link", "2026-01-01", [link(opd, **changed) for opd, (changed, _) in LINKS.items()])
    found = members(owner, "IKU-01", "2026-01", date(2026, 2, 10))
    assert verdicts(found) == {opd: wanted for opd, (_, wanted) in LINKS.items()}
    assert all((row["seen"] == 1) == (verdicts(found)[opd] != OPEN) for opd, row in found.items())


def test_an_office_without_a_link_is_0_only_under_the_dinas_own_whole_list(owner: Connection) -> None:
    said = {"register": "network_link", "received_on": "2026-02-03", "complete": True, "rows_declared": 1}
    batch(owner, "opd", "2026-01-01", [opd_row("a"), opd_row("b")])
    batch(owner, "network_link", "2026-01-01", [link("a", last_seen_on="2026-01-31")])
    cases: tuple[tuple[Row, bool], ...] = (
        ({}, True), ({"unit": "dinas_lain"}, False), ({"register": "app_integration"}, False),
        ({"complete": False}, False), ({"complete": None}, False), ({"period": "2025-12"}, False),
        ({"received_on": "2027-02-03"}, False),  # a typed year: it has not come yet
        ({"received_on": "2026-02-10"}, True), ({"received_on": "2026-02-11"}, False),
        ({"rows_declared": 2}, False), ({"rows_declared": 1}, True), ({"rows_declared": None}, True),
        ({"nil": True, "rows_declared": 0}, True),
    )  # fmt: skip
    for changed, is_evidence in cases:
        batch(owner, "register_submission", "2026-01-01", [submission_row("diskominfo", "2026-01", 1) | said | changed])
        found = verdicts(members(owner, "IKU-01", "2026-01", date(2026, 2, 9)))
        assert (found["a"], found["b"]) == (YES, NO if is_evidence else OPEN), changed


def test_a_list_that_ends_before_the_month_does_proves_no_absence(owner: Connection) -> None:
    said = {"register": "network_link", "received_on": "2026-03-03", "complete": True, "rows_declared": 1}
    batch(owner, "opd", "2026-02-01", [opd_row("a"), opd_row("b")])
    batch(owner, "network_link", "2026-01-01", [link("a", last_seen_on="2026-02-28")])  # February's is yet to come
    batch(owner, "register_submission", "2026-02-01", [submission_row("diskominfo", "2026-02", 1) | said])
    assert verdicts(members(owner, "IKU-01", "2026-02", date(2026, 3, 10)))["b"] == OPEN


# ---------------------------------------------------------------- IKU-09


POINTS: dict[str, tuple[Row, tuple[int, int, int]]] = {
    "seen_1_january": ({"last_seen_on": "2026-01-01", "controller_reported_on": "2026-01-31"}, YES),
    "seen_31_december": ({"last_seen_on": "2025-12-31", "controller_reported_on": "2026-01-31"}, NO),
    "seen_1_february": ({"last_seen_on": "2026-02-01", "controller_reported_on": "2026-02-01"}, OPEN),
    "reported_1_january": ({"controller_reported_on": "2026-01-01"}, NO),
    "reported_31_december": ({"controller_reported_on": "2025-12-31"}, OPEN),
    "never_reported": ({}, OPEN),
    "of_others": ({"managed_by_dinas": False, "last_seen_on": "2026-01-31"}, NO),
    "not_watched": ({"in_monitoring": False, "last_seen_on": "2026-01-31"}, NO),
}


def test_an_access_point_is_judged_to_the_day(owner: Connection) -> None:
    whole = {"managed_by_dinas": True, "in_monitoring": True, "last_seen_on": None, "controller_reported_on": None}
    rows = [whole | {"area": area, "area_name": area, "point": "P1"} | changed for area, (changed, _) in POINTS.items()]
    batch(owner, "public_area", "2026-01-01", rows)
    found = verdicts(members(owner, "IKU-09", "2026-01", date(2026, 2, 10)))
    assert found == {area: wanted for area, (_, wanted) in POINTS.items()}
