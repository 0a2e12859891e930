"""Rows set aside that don't say whom they are about: of a register of members one more, of another anybody's (U14)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from examples_kit import READ_ON, load_examples
from given import batch
from given_ppid import hand_in_row, opd_row, ppid_row
from ppid_kit import ACTIVE, MARCH, in_order, row, verdict

from iku_etl.catalogue import kamus
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection

Row = dict[str, Any]
JANUARY, JUNE = "2026-01-01", "2026-06-01"
ZERO, OPEN = (0, 0, 0, 1), (0, 0, 1, 1)  # numerator, low, high, seen


def members(owner: Connection, code: str, period: str) -> dict[str, Row]:
    definition = kamus.current(owner)[code]
    with database.reading(owner, as_of_time=READ_ON[period]):
        found = owner.execute(f"select * from {definition}.member where period = %s", [period]).fetchall()
    return {row["member"]: dict(row) for row in found}


def shares(found: Row) -> tuple[int, ...]:
    return tuple(int(found[name]) for name in ("numerator", "numerator_low", "numerator_high", "seen"))


# ---------------------------------------------------------------- registers of members


@pytest.mark.parametrize(
    ("code", "period", "source", "window_on", "aside"),
    [
        ("IKU-01", "2026-01", "opd", JANUARY, {"name": "Dinas baru", "valid_from": "2020-01-01"}),
        ("IKU-02", "2026-TW1", "opd", MARCH, {}),  # a part of the register that could not be read
        ("IKU-03", "2026-S1", "desa", JUNE, {"name": "Desa baru"}),
        ("IKU-00", "2026-S1", "spbe_application", JUNE, {"scope": "kabupaten", "kind": "sistem"}),
        ("IKU-06", "2026-S1", "data_list", JUNE, {"name": "Data baru"}),
        ("IKU-04", "2026-TW1", "ppid", MARCH, {"name": "PPID baru", "appointed_on": "2026-02-01"}),
    ],
)
def test_a_row_without_an_id_is_a_member_that_nobody_saw(
    owner: Connection, code: str, period: str, source: str, window_on: str, aside: Row
) -> None:
    batch(owner, source, window_on, [], quarantined=[aside])
    found = members(owner, code, period)
    assert list(found) == ["berkas 1 baris 1"]
    assert shares(found["berkas 1 baris 1"]) == (0, 0, 1, 0)
    assert found["berkas 1 baris 1"]["denominator"] == 1


def test_a_row_that_is_known_to_be_none_is_no_member(owner: Connection) -> None:
    batch(owner, "opd", JANUARY, [opd_row("a")], quarantined=[{"counted": "false"}])
    assert list(members(owner, "IKU-01", "2026-01")) == ["a"]


# ---------------------------------------------------------------- the register of network links


def link(serves: str, **changed: Any) -> Row:
    row = {
        "link": f"L-{serves}", "serves_kind": "opd", "serves": serves, "medium": "fiber_optik",
        "supplied_by_dinas": False, "monitored": False, "active_from": "2024-01-01",
    }  # fmt: skip
    return row | changed


@pytest.mark.parametrize(
    ("aside", "dinas", "own"),
    [
        ({"serves_kind": "opd"}, OPEN, (1, 1, 1, 1)),
        ({}, OPEN, (1, 1, 1, 1)),
        ({"serves_kind": "opd", "supplied_by_dinas": "false"}, ZERO, (1, 1, 1, 1)),
        ({"serves_kind": "opd", "active_to": "2025-12-31"}, ZERO, (1, 1, 1, 1)),
        ({"serves_kind": "desa"}, ZERO, (1, 1, 1, 1)),
        ({"serves_kind": "opd", "serves": "a"}, (0, 0, 1, 0), (1, 1, 1, 1)),
        ({"serves_kind": "opd", "serves": "a", "supplied_by_dinas": "false"}, ZERO, (1, 1, 1, 1)),
    ],
)
def test_a_link_of_nobody_opens_the_bound_of_those_that_are_not_covered(
    owner: Connection, aside: Row, dinas: tuple[int, ...], own: tuple[int, ...]
) -> None:
    batch(owner, "opd", JANUARY, [opd_row("a")])
    batch(owner, "network_link", JANUARY, [link("a")], quarantined=[aside])
    assert shares(members(owner, "IKU-01", "2026-01")["a"]) == dinas
    assert shares(members(owner, "IKU-01-ISP", "2026-01")["a"]) == own


@pytest.mark.parametrize(("medium", "expected"), [(None, OPEN), ("vsat", OPEN), ("seluler", ZERO)])
def test_a_link_of_nobody_may_be_of_a_desa_unless_it_is_a_mobile_signal(
    owner: Connection, medium: str | None, expected: tuple[int, ...]
) -> None:
    village = {"desa": "17.01.01.2001", "name": "Desa", "kecamatan": "K", "kind": "desa", "valid_from": "2020-01-01"}
    batch(owner, "desa", JUNE, [village])
    down = link("17.01.01.2001", serves_kind="desa", working=False, verified_on="2026-06-02")
    batch(owner, "network_link", JUNE, [down], quarantined=[{"serves_kind": "desa", "medium": medium}])
    found = members(owner, "IKU-03", "2026-S1")["17.01.01.2001"]
    assert shares(found) == expected
    assert ("yang dilayani tidak dikenal" in found["reason"]) == (expected == OPEN)


@pytest.mark.parametrize(
    ("aside", "area", "points"),
    [
        ({"area": "taman"}, (0, 0, 1, 0), (0, 0, 1, 0)),
        ({"area": "taman", "managed_by_dinas": "false"}, ZERO, ZERO),
        ({"area": "taman", "in_monitoring": "false"}, ZERO, ZERO),
        ({}, None, None),
    ],
)
def test_a_point_that_is_not_ours_by_what_can_be_read_leaves_nothing_open(
    owner: Connection, aside: Row, area: tuple[int, ...] | None, points: tuple[int, ...] | None
) -> None:
    batch(owner, "public_area", JANUARY, [], quarantined=[aside])
    name = aside.get("area", "berkas 1 baris 1")
    assert shares(members(owner, "IKU-09", "2026-01")[name]) == (area or (0, 0, 1, 0))
    assert shares(members(owner, "IKU-09-TITIK", "2026-01")[name]) == (points or (0, 0, 1, 0))


# ---------------------------------------------------------------- sectoral data


def test_a_delivery_of_unknown_data_may_be_of_any_and_leaves_values_as_they_are(owner: Connection) -> None:
    load_examples(owner, "iku_06_data_sektoral")
    before = members(owner, "IKU-06", "2026-S1")
    assert (shares(before["absen"]), shares(before["ditarik-nanti"])) == (ZERO, (1, 1, 1, 1))
    accepted = {"delivered_on": "2026-05-20", "has_metadata": True, "accepted_on": "2026-06-01"}
    rows = [{"dataset": "ditarik-nanti"} | accepted, {"dataset": "ditarik", "withdrawn_on": "2026-06-30"} | accepted]
    batch(owner, "sectoral_dataset", JUNE, rows, quarantined=[{"delivered_on": "2026-06-20"}])
    after = members(owner, "IKU-06", "2026-S1")
    assert (shares(after["ditarik"]), shares(after["ditarik-nanti"])) == (OPEN, (1, 0, 1, 1))
    assert after["ditarik"]["reason"].endswith("1 baris register dikarantina: datanya tidak dikenal")
    assert shares(after["absen"]) == (0, 0, 1, 0), "nothing is known of it but that the register lacks it"
    batch(owner, "sectoral_dataset", JUNE, rows, quarantined=[{"delivered_on": "2026-07-02"}])
    late = members(owner, "IKU-06", "2026-S1")
    assert (shares(late["absen"]), shares(late["ditarik"])) == (ZERO, ZERO)


# ---------------------------------------------------------------- PPID


@pytest.mark.parametrize(("source", "told"), [("ppid_dip", "DIP belum ada"), ("ppid_report", "laporan tahun 2025")])
def test_a_renewal_or_report_of_nobody_may_be_of_whoever_lacks_it(owner: Connection, source: str, told: str) -> None:
    in_order(owner, source)
    batch(owner, source, MARCH, [])
    assert verdict(row(owner))[:3] == (0, 0, 0)
    batch(owner, source, MARCH, [], quarantined=[{"report_year": 2025} if source == "ppid_report" else {}])
    found = row(owner)
    assert verdict(found)[:3] == (0, 0, 1)
    assert found["seen"] == 1
    assert told in found["reason"]
    assert found["reason"].endswith("baris DIP atau laporan dikarantina: PPID-nya tidak dikenal")


@pytest.mark.parametrize(("declared", "low"), [(1, 1), (None, 0)])
def test_a_request_of_nobody_may_be_of_a_register_that_does_not_say_how_long_it_is(
    owner: Connection, declared: int | None, low: int
) -> None:
    in_order(owner, "register_submission")
    hand_in = hand_in_row("P", "2026-TW1", 1, "2026-04-02") | {"rows_declared": declared}
    batch(owner, "register_submission", MARCH, [hand_in])
    assert verdict(row(owner)) == ACTIVE
    batch(owner, "ppid_request", "2026-02-01", [], quarantined=[{"received_on": "2026-02-10"}])
    found = row(owner)
    assert verdict(found)[:3] == (1, low, 1)
    assert ("1 permohonan dikarantina: PPID-nya tidak dikenal" in found["reason"]) == (low == 0)


def test_two_ppid_and_a_figure(owner: Connection) -> None:
    """The value stays what is proven; its bounds say what a blank cell may hide."""
    in_order(owner, "ppid", "ppid_dip")
    batch(owner, "ppid", MARCH, [ppid_row("P"), ppid_row("Q", opd="lain")])
    batch(owner, "ppid_dip", MARCH, [], quarantined=[{}])
    definition = kamus.current(owner)["IKU-04"]
    with database.reading(owner, as_of_time=READ_ON["2026-TW1"]):
        query = f"select low, high from {definition}.figure where period = '2026-TW1'"
        found = database.one(owner, query)
    assert (found["low"], found["high"]) == (Decimal(0), Decimal(100))


def test_a_use_in_the_log_of_another_month_may_be_of_either_triwulan(owner: Connection) -> None:
    batch(owner, "opd", JANUARY, [opd_row("a")])
    hand_ins = [
        hand_in_row("a", period, 1, "2026-04-02", register="app_usage", rows_declared=None, complete=True)
        for period in ("2026-TW1", "2026-TW2")
    ]
    batch(owner, "register_submission", MARCH, hand_ins)
    for month in (JANUARY, "2026-02-01", MARCH):
        batch(owner, "app_usage", month, [])
    assert shares(members(owner, "IKU-02", "2026-TW1")["a"]) == ZERO
    batch(owner, "app_usage", "2026-04-01", [], quarantined=[{"opd": "a", "used_on": str(date(2026, 3, 30))}])
    found = members(owner, "IKU-02", "2026-TW1")["a"]
    assert (shares(found), found["reason"]) == ((0, 0, 1, 0), "tidak teramati: 1 baris log dikarantina")
