"""The activities against an oracle in plain Python that shares no code with the SQL: written from the rules alone."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
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

UNITS = {"KEG-19": "orang", "KEG-23": "berkas", "KEG-30": "kegiatan"}
MONTHS = (date(2026, 1, 1), date(2026, 2, 1))
KNOWN_ON = date(2026, 3, 20)
Verdict = tuple[int, int, int | None, float, int]  # value, low, high, seen, due


@dataclass(frozen=True)
class World:
    """Entries and those set aside by month, and what the Dinas says of each month's register."""

    entries: dict[date, list[dict[str, Any]]]
    unread: dict[date, list[dict[str, Any]]]
    statements: dict[date, dict[str, Any] | None]


def oracle(world: World, code: str, month: date) -> Verdict:
    own = [row for row in world.entries[month] if row["code"] == code]
    aside = [row for row in world.unread[month] if row["code"] == code]
    once: dict[tuple[Any, ...], list[int]] = {}
    for row in own:
        once.setdefault((row["day"], row["unit"].lower(), row["evidence"]), []).append(row["quantity"])
    value = sum(min(found) for (_, unit, _), found in once.items() if unit == UNITS[code])
    most = sum(sum(found) for (_, unit, _), found in once.items() if unit == UNITS[code])
    whole = is_whole(world, month)
    high = most if whole and not aside else None
    stated, listed = stated_of(world, month)
    low = value if stated >= listed else 0
    if own or aside:
        share = (stated, listed) if stated < listed else (1, 1)
        return value, low, high, len(once) * share[0], (len(own) + len(aside)) * share[1]
    return 0, low, high, int(whole), 1


def stated_of(world: World, month: date) -> tuple[float, int]:
    """How many entries the Dinas stated, and how many came; who stated none stated any number."""
    said, listed = world.statements[month], len(world.entries[month]) + len(world.unread[month])
    if said is None or said["received_on"] is None or said["unit"] != "diskominfo":
        return math.inf, listed
    declared = 0 if said["nil"] else said["rows_declared"]
    return math.inf if declared is None else declared, listed


def is_whole(world: World, month: date) -> bool:
    """Handed in by the Dinas, declared complete, as long as it says, and every entry has a code."""
    said = world.statements[month]
    if said is None or said["received_on"] is None or said["unit"] != "diskominfo":
        return False
    if not (said["complete"] or said["nil"]):
        return False
    declared = 0 if said["nil"] else said["rows_declared"]
    if declared is not None and declared > len(world.entries[month]) + len(world.unread[month]):
        return False
    return not any(row["code"] in (None, "KEG-99", "rapat") for row in world.unread[month])


codes = st.sampled_from(sorted(UNITS))
entries = st.fixed_dictionaries(
    {
        "code": codes | st.just("KEG-02"),
        "number": st.integers(1, 30),
        "quantity": st.integers(0, 60),
        "unit": st.sampled_from(["orang", "Orang", "berkas", "Berkas", "kegiatan", "Kegiatan", "OPD"]),
        "day": st.sampled_from([1, 2, 28]),
        "evidence": st.sampled_from(["Laporan 1", "Laporan 2"]),
    }
)
unread = st.fixed_dictionaries({"code": codes | st.sampled_from([None, "KEG-99", "rapat", "KEG-02"])})
statements = st.fixed_dictionaries(
    {
        "unit": st.sampled_from(["diskominfo", "diskominfo", "dinkes"]),
        "received_on": st.sampled_from(["2026-03-05", "2026-03-05", None]),
        "complete": st.sampled_from([True, True, False, None]),
        "nil": st.sampled_from([False, False, True]),
        "rows_declared": st.none() | st.integers(0, 8),
    }
)


def by_month(rows: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[date, Any]]:
    return st.fixed_dictionaries(dict.fromkeys(MONTHS, rows))


worlds = st.builds(
    World,
    entries=by_month(st.lists(entries, max_size=7, unique_by=lambda row: (row["code"], row["number"]))),
    unread=by_month(st.lists(unread, max_size=2)),
    statements=by_month(st.none() | statements),
)


@pytest.fixture(scope="module")
def owner(cluster: Cluster) -> Iterator[Connection]:
    with cluster.create("oracle_keg", TEMPLATE).connect("owner") as connection:
        given.batch(connection, "parameter", MONTHS[0], given.parameter_rows())
        yield connection
    cluster.drop("oracle_keg")


def load(connection: Connection, world: World) -> None:
    for month in MONTHS:
        rows = [
            {**row, "held_on": month.replace(day=row["day"]).isoformat(), "section": "seksi"}
            for row in world.entries[month]
        ]
        given.batch(connection, "activity", month, rows, quarantined=world.unread[month])
    said = [
        {**given.submission_row("x", f"{month:%Y-%m}", 1), "register": "activity", **row}
        for month, row in world.statements.items()
        if row
    ]
    given.batch(connection, "register_submission", MONTHS[1], said)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@cases(world=worlds)
def test_sql_and_oracle_agree_on_every_month(owner: Connection, world: World) -> None:
    current = kamus.current(owner)
    with owner.transaction(force_rollback=True):
        load(owner, world)
        database.set_as_of(owner, None, given.midnight_after(KNOWN_ON))
        rows = [row for code in UNITS for row in owner.execute(f"select * from {current[code]}.member").fetchall()]
        year = owner.execute(f"select numerator, low from {current['KEG-19']}.figure where period = '2026'").fetchone()
    got = {(row["member"], row["period"]): row for row in rows}
    assert set(got) == {(code, f"{month:%Y-%m}") for code in UNITS for month in MONTHS}
    for code in UNITS:
        for month in MONTHS:
            row = got[code, f"{month:%Y-%m}"]
            found = tuple(row[name] for name in ("numerator", "numerator_low", "numerator_high", "seen", "due"))
            assert found == oracle(world, code, month), row["reason"]
            own = [one for one in world.entries[month] if one["code"] == code]
            others = [one for one in own if one["unit"].lower() != UNITS[code]]
            repeats = len(own) > len({(one["day"], one["unit"].lower(), one["evidence"]) for one in own})
            assert ("tidak dihitung" in row["reason"]) == bool(others or repeats)
            stated, listed = stated_of(world, month)
            is_short = stated < listed and bool(own or [one for one in world.unread[month] if one["code"] == code])
            assert (f"menyatakan {stated} entri, diterima {listed}" in row["reason"]) >= is_short
    assert year is not None
    assert year["numerator"] == sum(oracle(world, "KEG-19", month)[0] for month in MONTHS)
    assert year["low"] == sum(oracle(world, "KEG-19", month)[1] for month in MONTHS)
