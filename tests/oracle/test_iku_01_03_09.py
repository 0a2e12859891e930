"""IKU-01, IKU-03, IKU-09: the SQL against the oracle, over generated registers, read as of days around every bound."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from given import batch, midnight_after, parameter_rows, submission_row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection
from tests.oracle import iku_01_03_09 as oracle
from tests.oracle.iku_01_03_09 import Row, Snapshot, Span, Verdict

pytestmark = pytest.mark.long

LAW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
JANUARY, FEBRUARY, MARCH, JUNE = (date(2026, month, 1) for month in (1, 2, 3, 6))
MONTH_SPANS = {
    "2026-01": (JANUARY, date(2026, 1, 31)),
    "2026-02": (FEBRUARY, date(2026, 2, 28)),
    "2026-03": (MARCH, date(2026, 3, 31)),
}
HALF = {"2026-S1": (JANUARY, date(2026, 6, 30))}
READ_ON = [date(2026, 2, 9), date(2026, 3, 15), date(2026, 3, 31), date(2026, 4, 10), date(2026, 7, 15)]
ENDS = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
OFFICES, AREAS = ["a", "b", "c", "d"], ["17.01.01.2001", "17.01.01.2002", "17.01.01.2003"]
bounds = st.builds(
    lambda end, back: end - timedelta(back), st.sampled_from(ENDS), st.sampled_from([-1, 0, 29, 30, 31, 89, 90, 91])
)
years = st.builds(
    lambda end, back: end - timedelta(back), st.sampled_from(READ_ON[1:]), st.sampled_from([-1, 0, 364, 365, 366])
)
maybe_days, flags = st.none() | bounds, st.booleans()
mostly = st.sampled_from([True, True, True, False])
some = st.none() | flags


@pytest.fixture
def owner(warehouse: database.Warehouse) -> Iterator[Connection]:
    with warehouse.connect("owner") as connection:
        batch(connection, "parameter", "2026-01-01", parameter_rows())
        yield connection


def links(kind: str, served: list[str], number: int) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries({
        "link": st.just(f"L{number}"), "serves_kind": st.just(kind), "serves": st.sampled_from(served),
        "medium": st.sampled_from(["tetap", "vsat", "seluler", None]), "supplied_by_dinas": mostly, "monitored": flags,
        "active_from": st.sampled_from([date(2024, 1, 1), date(2026, 2, 28), date(2026, 3, 1)]),
        "active_to": st.sampled_from([None, None, date(2026, 1, 31), date(2026, 2, 27)]),
        "last_seen_on": maybe_days, "last_polled_on": maybe_days, "working": st.none() | mostly,
        "verified_on": st.none() | (years if kind == "desa" else bounds),
    })  # fmt: skip


def link_registers(kind: str, served: list[str]) -> st.SearchStrategy[list[Snapshot]]:
    other = "desa" if kind == "opd" else "opd"
    aside = st.fixed_dictionaries(
        {"serves_kind": st.sampled_from([None, kind, other]), "serves": st.none() | st.sampled_from(served)}
    )

    @st.composite
    def snapshot(draw: st.DrawFn, month: date) -> Snapshot:
        rows = [draw(links(kind, served, number)) for number in range(draw(st.integers(2, 8)))]
        return Snapshot(month, rows, draw(st.lists(aside, max_size=1)))

    chosen = st.sets(st.sampled_from([JANUARY, FEBRUARY, MARCH if kind == "opd" else JUNE]), max_size=2)
    return chosen.flatmap(lambda months: st.tuples(*(snapshot(month) for month in sorted(months))).map(list))


hand_ins = st.none() | st.fixed_dictionaries({"complete": some, "nil": flags, "rows_declared": st.integers(0, 8)})


def load_links(connection: Connection, snapshots: list[Snapshot], hand_in: Row | None, periods: list[str]) -> None:
    for one in snapshots:
        batch(connection, "network_link", one.month, one.rows, quarantined=one.aside)
    if hand_in is not None:
        rows = [
            submission_row(
                "diskominfo", period, 1, register="network_link", due_on="2026-07-15", received_on="2026-01-02"
            )
            | hand_in
            for period in periods
        ]
        batch(connection, "register_submission", JANUARY, rows)


def compare(connection: Connection, view: str, span: Span, expected: dict[str, Verdict]) -> None:
    load_no = int(database.one(connection, "select load_no from iku.load_counter")["load_no"])
    database.set_as_of(connection, load_no, midnight_after(span.as_of))
    rows = connection.execute(f"select * from indicator.{view} where period = %s", [span.name]).fetchall()
    got = {row["member"]: (row["numerator"], row["numerator_high"], row["seen"], row["due"]) for row in rows}
    assert got == {
        name: (int(proven), int(possible), int(seen), 1) for name, (proven, possible, seen) in expected.items()
    }
    for row in rows:
        assert row["numerator_low"] == row["numerator"]
        assert row["reason"].startswith("tidak teramati: ") == (row["seen"] == 0), row
        assert (row["reason"] == "") == (row["numerator"] == 1), row


def spans(named: dict[str, tuple[date, date]], as_of: date) -> list[Span]:
    return [Span(name, first, last, as_of) for name, (first, last) in named.items() if first <= as_of]


office_rows = st.fixed_dictionaries({
    "kind": st.just("dinas"), "counted": st.sampled_from([True, True, True, False]),
    "valid_from": st.sampled_from([date(2020, 1, 1), date(2020, 1, 1), date(2026, 2, 28), date(2026, 3, 1)]),
    "valid_to": st.sampled_from([None, None, date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 31)]),
    "successor": st.none() | st.sampled_from(OFFICES),
})  # fmt: skip


@LAW
@given(
    register=st.tuples(*(office_rows for _ in OFFICES)), snapshots=link_registers("opd", OFFICES), hand_in=hand_ins,
    as_of=st.sampled_from(READ_ON),
)  # fmt: skip
def test_offices(owner: Connection, register: Any, snapshots: list[Snapshot], hand_in: Row | None, as_of: date) -> None:
    rows = [{"opd": opd, "name": f"Dinas {opd}", **row} for opd, row in zip(OFFICES, register, strict=True)]
    with owner.transaction(force_rollback=True):
        batch(owner, "opd", JANUARY, rows)
        load_links(owner, snapshots, hand_in, list(MONTH_SPANS))
        for span in spans(MONTH_SPANS, as_of):
            compare(owner, "iku_01_opd_tercakup_jaringan", span, oracle.offices(span, rows, snapshots, hand_in))


@LAW
@given(
    ends=st.tuples(*(st.sampled_from([None, None, date(2026, 3, 14), date(2026, 6, 29)]) for _ in AREAS)),
    snapshots=link_registers("desa", AREAS), hand_in=hand_ins, as_of=st.sampled_from(READ_ON),
)  # fmt: skip
def test_desa(owner: Connection, ends: Any, snapshots: list[Snapshot], hand_in: Row | None, as_of: date) -> None:
    rows = [
        {"desa": code, "name": code, "kecamatan": "K", "kind": "desa", "valid_from": date(2003, 1, 1), "valid_to": end}
        for code, end in zip(AREAS, ends, strict=True)
    ]
    rows.append({**rows[0], "desa": "17.01.01.1001", "kind": "kelurahan"})
    with owner.transaction(force_rollback=True):
        batch(owner, "desa", JANUARY, rows)
        load_links(owner, snapshots, hand_in, list(HALF))
        for span in spans(HALF, as_of):
            compare(owner, "iku_03_desa_terkoneksi", span, oracle.desa(span, rows, snapshots, hand_in))


points = st.fixed_dictionaries({
    "area": st.sampled_from(["p", "q", "r"]), "managed_by_dinas": st.sampled_from([True, True, False]),
    "in_monitoring": st.sampled_from([True, True, False]), "last_seen_on": maybe_days,
    "controller_reported_on": maybe_days,
})  # fmt: skip


@LAW
@given(
    registers=st.dictionaries(
        st.sampled_from([JANUARY, FEBRUARY, JUNE]),
        st.tuples(st.lists(points, min_size=1, max_size=5), st.lists(st.sampled_from(["p", "s", None]), max_size=1)),
    ),
    as_of=st.sampled_from(READ_ON),
)  # fmt: skip
def test_public_areas(owner: Connection, registers: Any, as_of: date) -> None:
    snapshots = [
        Snapshot(
            month,
            [{**row, "area_name": row["area"], "point": f"P{number}"} for number, row in enumerate(rows)],
            [{"area": area, "area_name": area} for area in aside],
        )
        for month, (rows, aside) in registers.items()
    ]
    with owner.transaction(force_rollback=True):
        for one in snapshots:
            batch(owner, "public_area", one.month, one.rows, quarantined=one.aside)
        for span in spans(MONTH_SPANS, as_of):
            compare(owner, "iku_09_internet_ruang_publik", span, oracle.areas(span, snapshots))
