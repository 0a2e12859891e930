"""Rows set aside under a name that no register gives: nobody's in silence before, anybody's now (U14)."""

from typing import Any

import pytest
from examples_kit import READ_ON
from given import application_row, batch, submission_row
from given_ppid import hand_in_row, opd_row, ppid_row
from ppid_kit import MARCH, in_order, row, verdict

from iku_etl.catalogue import kamus
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection

Row = dict[str, Any]
JANUARY, JUNE = "2026-01-01", "2026-06-01"
VILLAGE = {"desa": "17.01.01.2001", "name": "Desa", "kecamatan": "K", "kind": "desa", "valid_from": "2020-01-01"}
LINK = {"link": "L-1", "serves_kind": "opd", "serves": "a", "medium": "fiber_optik", "active_from": "2024-01-01"}
ZERO, NOT_SEEN = (0, 0, 1), (0, 1, 0)  # numerator, numerator_high, seen
OPEN = (0, 1, 1)


def shares(owner: Connection, code: str, period: str) -> dict[str, tuple[int, ...]]:
    definition = kamus.current(owner)[code]
    with database.reading(owner, as_of_time=READ_ON[period]):
        rows = owner.execute(f"select * from {definition}.member where period = %s", [period]).fetchall()
    return {one["member"]: tuple(int(one[name]) for name in ("numerator", "numerator_high", "seen")) for one in rows}


@pytest.mark.parametrize(
    ("aside", "expected"),
    [
        ({"serves": "a-"}, NOT_SEEN),  # misspelt
        ({"serves": "A"}, NOT_SEEN),
        ({"serves": "b"}, ZERO),  # another's
        ({"serves": "tutup"}, ZERO),  # dissolved, and names no successor: nobody's (U17)
        ({"serves": "tak-dihitung"}, ZERO),
        ({"serves": "lebur"}, NOT_SEEN),  # counts for a
        ({"serves": "calon"}, ZERO),  # a member whose own row was set aside
        ({"serves": VILLAGE["desa"], "serves_kind": None}, ZERO),
        ({"serves": "taman", "serves_kind": "ruang_publik"}, ZERO),
    ],
)
def test_a_link_of_a_stranger_may_serve_whoever_has_none(owner: Connection, aside: Row, expected: Any) -> None:
    offices = [
        opd_row("a"), opd_row("b"), opd_row("tutup", valid_to="2025-06-30"),
        opd_row("lebur", valid_to="2025-06-30", successor="a"), opd_row("tak-dihitung") | {"counted": False},
    ]  # fmt: skip
    batch(owner, "opd", JANUARY, offices, quarantined=[{"opd": "calon", "valid_from": "2020-01-01"}])
    batch(owner, "desa", JANUARY, [VILLAGE])
    whole = submission_row("diskominfo", "2026-01", 1) | {"register": "network_link", "complete": True}
    batch(owner, "register_submission", JANUARY, [whole | {"rows_declared": None}])
    batch(owner, "network_link", JANUARY, [], quarantined=[LINK | {"supplied_by_dinas": "true"} | aside])
    found = shares(owner, "IKU-01", "2026-01")
    assert found["a"] == expected
    assert found["calon"] == NOT_SEEN


def test_a_desa_that_is_misspelt_may_be_any(owner: Connection) -> None:
    batch(owner, "desa", JUNE, [VILLAGE])
    down = LINK | {"serves": VILLAGE["desa"], "serves_kind": "desa", "supplied_by_dinas": False, "monitored": False}
    rows = [down | {"working": False, "verified_on": "2026-06-02"}]
    for stranger, expected in ((VILLAGE["desa"][::-1], OPEN), (None, OPEN), (VILLAGE["desa"], NOT_SEEN)):
        batch(owner, "network_link", JUNE, rows, quarantined=[{"serves_kind": "desa", "serves": stranger}])
        assert shares(owner, "IKU-03", "2026-S1") == {VILLAGE["desa"]: expected}, stranger


@pytest.mark.parametrize(("opd", "expected"), [("a", NOT_SEEN), ("aa", OPEN), ("b", ZERO)])
def test_a_use_of_a_misspelt_office_may_be_of_any(owner: Connection, opd: str, expected: Any) -> None:
    batch(owner, "opd", JANUARY, [opd_row("a"), opd_row("b")])
    hand_in = hand_in_row("a", "2026-TW1", 1, "2026-04-02", register="app_usage", rows_declared=None, complete=True)
    batch(owner, "register_submission", MARCH, [hand_in])
    for month in (JANUARY, "2026-02-01", MARCH):
        aside = [{"opd": opd, "used_on": "2026-02-03"}] if month == "2026-02-01" else []
        batch(owner, "app_usage", month, [], quarantined=aside)
    assert shares(owner, "IKU-02", "2026-TW1")["a"] == expected


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        (("epegawai", "srikandi"), OPEN),  # neither is known
        (("e-pegawai", "srikandi"), NOT_SEEN),
        (("lain", "srikandi"), ZERO),
        ((None, "srikandi"), OPEN),
    ],
)
def test_an_integration_of_two_strangers_may_be_of_any_system(
    owner: Connection, ends: tuple[str | None, str], expected: Any
) -> None:
    batch(owner, "spbe_application", JUNE, [application_row("e-pegawai"), application_row("lain")])
    hand_in = hand_in_row("e-pegawai", "2026-S1", 0, "2026-07-02", register="app_integration", complete=True)
    batch(owner, "register_submission", JUNE, [hand_in])
    batch(owner, "app_integration", JUNE, [], quarantined=[dict(zip(("end_a", "end_b"), ends, strict=True))])
    assert shares(owner, "IKU-00", "2026-S1")["e-pegawai"] == expected


@pytest.mark.parametrize("source", ["ppid_dip", "ppid_report"])
def test_a_renewal_or_report_of_a_misspelt_ppid_may_be_of_whoever_lacks_it(owner: Connection, source: str) -> None:
    in_order(owner, source, "ppid")
    batch(owner, "ppid", MARCH, [ppid_row("P"), ppid_row("Q", opd="lain")])
    told = {"report_year": 2025} if source == "ppid_report" else {}
    for ppid, high in (("Q", 0), ("PP", 1)):
        batch(owner, source, MARCH, [], quarantined=[{"ppid": ppid} | told])
        assert verdict(row(owner))[:3] == (0, 0, high), ppid


@pytest.mark.parametrize(("ppid", "low"), [("P-", 0), ("Q", 1)])
def test_a_request_of_a_misspelt_ppid_may_be_of_any(owner: Connection, ppid: str, low: int) -> None:
    in_order(owner, "register_submission", "ppid")
    batch(owner, "ppid", MARCH, [ppid_row("P"), ppid_row("Q", opd="lain")])
    hand_in = hand_in_row("P", "2026-TW1", 1, "2026-04-02") | {"rows_declared": None}
    batch(owner, "register_submission", MARCH, [hand_in])
    batch(owner, "ppid_request", "2026-02-01", [], quarantined=[{"ppid": ppid, "received_on": "2026-02-10"}])
    assert verdict(row(owner))[:3] == (1, low, 1)


def test_a_delivery_of_misspelt_data_may_be_of_any(owner: Connection) -> None:
    listed = {"name": "Data", "producer": "a", "year": 2025, "on_list_from": "2025-01-01"}
    batch(owner, "data_list", JUNE, [{"dataset": name} | listed for name in ("satu", "dua")])
    whole = hand_in_row("diskominfo", "2026-S1", 1, "2026-07-02", register="sectoral_dataset", complete=True)
    batch(owner, "register_submission", JUNE, [whole])
    for dataset, expected in (("satuu", NOT_SEEN), ("dua", ZERO), ("satu", NOT_SEEN)):
        aside = [{"dataset": dataset, "delivered_on": "2026-06-20"}]
        batch(owner, "sectoral_dataset", JUNE, [], quarantined=aside)
        assert shares(owner, "IKU-06", "2026-S1")["satu"] == expected, dataset
