"""IKU-06 against an oracle in plain Python that shares no code with the SQL: written from the rules alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from conftest import TEMPLATE, Cluster
from hypothesis import HealthCheck, settings
from hypothesis import given as cases
from hypothesis import strategies as st

from iku_etl.catalogue import kamus
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection
from tests import given

pytestmark = pytest.mark.long

LAST_DAY = date(2026, 6, 30)
FIRST = date(2026, 1, 1)
CODES = ("d1", "d2", "d3")
Verdict = tuple[int, int, int, int]  # numerator, low, high, seen


@dataclass(frozen=True)
class World:
    """What is known on a day: lists and deliveries, rows of each that were set aside, a statement or none."""

    listed: tuple[dict[str, Any], ...]
    unread_list: tuple[dict[str, Any], ...]
    deliveries: tuple[dict[str, Any], ...]
    unread_deliveries: tuple[dict[str, Any], ...]
    statement: dict[str, Any] | None
    known_on: date


def day_of(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


# ---------------------------------------------------------------- the rules


def oracle(world: World) -> dict[str, Verdict]:
    test_day = min(LAST_DAY, world.known_on - timedelta(days=1))

    def holds(row: dict[str, Any]) -> bool:
        first, last = day_of(row["on_list_from"]), day_of(row["on_list_to"])
        if first and last and last < first:
            return True  # one of them is wrong: any day
        return (first is None or first <= test_day) and (last is None or last >= test_day)

    found: dict[str, Verdict] = {}
    for code in CODES:
        if any(row["dataset"] == code and holds(row) for row in world.listed):
            found[code] = verdict(world, code, test_day)
        elif any(row["dataset"] == code and holds(row) for row in world.unread_list):
            found[code] = (0, 0, 1, 0)
    return found


def verdict(world: World, code: str, test_day: date) -> Verdict:
    known = {row["dataset"] for row in (*world.listed, *world.unread_list)}  # None is none of them
    nameless = [day_of(row["delivered_on"]) for row in world.unread_deliveries if row["dataset"] not in known]
    may_be_it = any(day is None or day <= test_day for day in nameless)
    # of a dataset whose steps are known a row that names nobody, or a stranger, may be a later one: it leaves the
    # value, not the bounds
    unproven, proven, refuted = (0, 0, 1, 0), (1, int(not may_be_it), 1, 1), (0, 0, int(may_be_it), 1)
    for row in world.unread_deliveries:
        day = day_of(row["delivered_on"])
        if row["dataset"] == code and (day is None or day <= test_day):
            return unproven
    newest: tuple[date, date, int] | None = None
    outcome = refuted if complete(world.statement) and not may_be_it else unproven
    for row in world.deliveries:
        if row["dataset"] != code:
            continue
        for step, name in enumerate(("delivered_on", "accepted_on", "withdrawn_on")):
            day = day_of(row[name])
            if day is None or day > test_day:
                continue
            place = (day, date.fromisoformat(row["delivered_on"]), step)
            if newest is None or place > newest:
                newest = place
                if name == "withdrawn_on" or not row["has_metadata"]:
                    outcome = refuted
                else:
                    outcome = proven if name == "accepted_on" else unproven
    return outcome


def complete(statement: dict[str, Any] | None) -> bool:
    return bool(
        statement
        and (statement["unit"], statement["register"], statement["period"])
        == ("diskominfo", "sectoral_dataset", "2026-S1")
        and statement["received_on"]
        and (statement["complete"] or statement["nil"])
    )


# ---------------------------------------------------------------- worlds

KNOWN_ON = (date(2026, 6, 28), date(2026, 7, 1), date(2026, 7, 15))
edges = [day + timedelta(days=step) for day in (KNOWN_ON[0], LAST_DAY) for step in (-1, 0, 1)]
days = (st.sampled_from(edges) | st.dates(date(2026, 6, 1), date(2026, 7, 31))).map(date.isoformat)
broken = st.sampled_from(["2026-06-31", "31/06/2026", "kemarin"])
codes = st.sampled_from(CODES)


@st.composite
def list_rows(draw: st.DrawFn) -> dict[str, Any]:
    first, last = sorted((draw(days), draw(days)))
    to = draw(st.sampled_from([None, last]))
    return {"dataset": draw(codes), "name": "Data", "producer": "dinkes", "year": 2026, "on_list_from": first,
            "on_list_to": to}  # fmt: skip


@st.composite
def delivery_rows(draw: st.DrawFn) -> dict[str, Any]:
    first, second, third = sorted((draw(days), draw(days), draw(days)))
    return {"dataset": draw(codes), "delivered_on": first, "has_metadata": draw(st.booleans()),
            "accepted_on": draw(st.sampled_from([None, second])),
            "withdrawn_on": draw(st.sampled_from([None, None, third]))}  # fmt: skip


unread_lists = st.fixed_dictionaries(
    {"dataset": codes, "name": st.just("Data"), "on_list_from": days | broken,
     "on_list_to": st.none() | days | broken}
)  # fmt: skip
unread_deliveries = st.fixed_dictionaries({"dataset": codes | st.none(), "delivered_on": days | broken})
RIGHT = {"unit": "diskominfo", "register": "sectoral_dataset", "period": "2026-S1", "received_on": "2026-01-02"}
declared = st.sampled_from([(True, False), (None, True), (True, True), (None, False), (False, False)])
wrong = st.sampled_from(
    [{}, {}, {}, {}, {"unit": "dinkes"}, {"register": "data_list"}, {"period": "2026-S2"}, {"received_on": None}]
)
statements = st.builds(
    lambda said, other: RIGHT | dict(zip(("complete", "nil"), said, strict=True)) | other, declared, wrong
)


def named(rows: st.SearchStrategy[dict[str, Any]], key: str) -> st.SearchStrategy[tuple[dict[str, Any], ...]]:
    """Rows as a register holds them: a dataset has a day once."""
    return st.lists(rows, max_size=8, unique_by=lambda row: (row["dataset"], row[key])).map(tuple)


ALL_LISTED = tuple(
    {"dataset": code, "name": "Data", "producer": "dinkes", "year": 2026, "on_list_from": "2026-01-01",
     "on_list_to": None}
    for code in CODES
)  # fmt: skip
worlds = st.builds(
    World,
    listed=named(list_rows(), "on_list_from") | st.just(ALL_LISTED),
    unread_list=st.lists(unread_lists, max_size=1).map(tuple),
    deliveries=named(delivery_rows(), "delivered_on"),
    unread_deliveries=st.lists(unread_deliveries, max_size=1).map(tuple),
    statement=st.none() | statements,
    known_on=st.sampled_from(KNOWN_ON),
)

# ---------------------------------------------------------------- held together

COMPLETE = RIGHT | {"complete": True, "nil": False}
STATEMENTS: dict[str, tuple[dict[str, Any] | None, bool]] = {
    "complete": (COMPLETE, True),
    "nihil": (COMPLETE | {"complete": None, "nil": True}, True),
    "none at all": (None, False),
    "not said to be complete": (COMPLETE | {"complete": None}, False),
    "said to be partial": (COMPLETE | {"complete": False}, False),
    "not handed in": (COMPLETE | {"received_on": None}, False),
    "of another unit": (COMPLETE | {"unit": "dinkes"}, False),
    "of another register": (COMPLETE | {"register": "data_list"}, False),
    "of another semester": (COMPLETE | {"period": "2026-S2"}, False),
}


@pytest.fixture(scope="module")
def owner(cluster: Cluster) -> Iterator[Connection]:
    with cluster.create("oracle_iku_06", TEMPLATE).connect("owner") as connection:
        given.batch(connection, "parameter", FIRST, given.parameter_rows())
        yield connection
    cluster.drop("oracle_iku_06")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@cases(world=worlds)
def test_sql_and_oracle_agree_on_every_member(owner: Connection, world: World) -> None:
    definition = kamus.current(owner)["IKU-06"]
    with owner.transaction(force_rollback=True):
        given.batch(owner, "data_list", FIRST, world.listed, quarantined=world.unread_list)
        given.batch(owner, "sectoral_dataset", FIRST, world.deliveries, quarantined=world.unread_deliveries)
        rows = [{**given.submission_row("x", "2026-01", 1), **world.statement}] if world.statement else []
        given.batch(owner, "register_submission", FIRST, rows)
        database.set_as_of(owner, None, given.midnight_after(world.known_on - timedelta(days=1)))
        found = owner.execute(f"select * from {definition}.member where period = '2026-S1' order by member").fetchall()
    got = {
        row["member"]: tuple(int(row[name]) for name in ("numerator", "numerator_low", "numerator_high", "seen"))
        for row in found
    }
    assert got == oracle(world)
    assert all((row["denominator"], row["denominator_low"], row["denominator_high"], row["due"]) == (1, 1, 1, 1)
               for row in found)  # fmt: skip
    assert all(row["reason"].startswith("tidak teramati: ") == (row["seen"] == 0) for row in found)


@pytest.mark.parametrize("name", STATEMENTS)
def test_absence_is_evidence_only_under_a_complete_hand_in(owner: Connection, name: str) -> None:
    statement, is_evidence = STATEMENTS[name]
    with owner.transaction(force_rollback=True):
        given.batch(owner, "data_list", FIRST, ALL_LISTED[:1])
        rows = [{**given.submission_row("x", "2026-01", 1), **statement}] if statement else []
        given.batch(owner, "register_submission", FIRST, rows)
        database.set_as_of(owner, None, given.midnight_after(KNOWN_ON[-1]))
        query = (
            f"select numerator_high, seen, reason from {kamus.current(owner)['IKU-06']}.member where period = '2026-S1'"
        )
        (row,) = owner.execute(query).fetchall()
    expected = (
        (0, 1, "belum diserahkan") if is_evidence else (1, 0, "tidak teramati: register belum dinyatakan lengkap")
    )
    assert tuple(row.values()) == expected


@pytest.mark.parametrize(("day", "is_evidence"), [(None, False), ("2026-06-30", False), ("2026-07-01", True)])
def test_a_row_set_aside_that_names_no_dataset_may_be_the_one_that_is_missing(
    owner: Connection, day: str | None, is_evidence: bool
) -> None:
    with owner.transaction(force_rollback=True):
        given.batch(owner, "data_list", FIRST, ALL_LISTED[:1])
        given.batch(owner, "sectoral_dataset", FIRST, [], quarantined=[{"dataset": None, "delivered_on": day}])
        given.batch(owner, "register_submission", FIRST, [{**given.submission_row("x", "2026-01", 1), **COMPLETE}])
        database.set_as_of(owner, None, given.midnight_after(KNOWN_ON[-1]))
        query = (
            f"select numerator_high, seen, reason from {kamus.current(owner)['IKU-06']}.member where period = '2026-S1'"
        )
        (row,) = owner.execute(query).fetchall()
    unknown = (1, 0, "tidak teramati: baris yang dikarantina tidak menyebut data mana, atau yang tidak terdaftar")
    assert tuple(row.values()) == ((0, 1, "belum diserahkan") if is_evidence else unknown)
