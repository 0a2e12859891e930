"""IKU-00 and IKU-00-SSO against an oracle in plain Python, written from the rules and from nothing of ours."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from given import application_row, batch, integration_row, midnight_after, parameter_rows, submission_row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from iku_etl.catalogue import kamus
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection

pytestmark = pytest.mark.long

LAW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
SEMESTERS = {"2026-S1": (date(2026, 1, 1), date(2026, 6, 30)), "2026-S2": (date(2026, 7, 1), date(2026, 12, 31))}
AS_OF = (date(2026, 5, 20), date(2026, 7, 15), date(2026, 9, 2), date(2027, 1, 31))
POSITIONS = {  # month -> the last day of it
    date(2026, 3, 1): date(2026, 3, 31), date(2026, 4, 1): date(2026, 4, 30), date(2026, 6, 1): date(2026, 6, 30),
    date(2026, 12, 1): date(2026, 12, 31),
}  # fmt: skip
MAX_AGE_DAYS, REGISTER_MAX_AGE_DAYS = 90, 62
NOTHING_WRITTEN = (None, "", "-", "Nihil", "tidak ada")


@dataclass(frozen=True)
class System:
    application: str
    scope: str
    kind: str
    operating_from: date
    operating_to: date | None


@dataclass(frozen=True)
class Link:
    end_a: str
    end_b: str
    method: str
    active_from: date
    active_to: date | None
    last_success_on: date | None
    evidence: str | None


@dataclass(frozen=True)
class Statement:
    received: bool
    nil: bool
    rows_declared: int | None
    complete: bool | None


@dataclass(frozen=True)
class Records:
    systems: list[System]
    systems_aside: list[System]
    links: dict[date, list[Link]]
    links_aside: dict[date, list[tuple[str | None, str | None]]]
    statements: dict[tuple[str, str], Statement]


# ---------------------------------------------------------------- what comes


@st.composite
def systems(draw: DrawFn, name: str) -> System:
    operating_from = draw(st.sampled_from((date(2020, 1, 1), date(2020, 1, 1), date(2026, 6, 30), date(2026, 7, 1))))
    ends = (None, None, date(2026, 6, 20), date(2026, 7, 1), date(2026, 12, 31))
    return System(
        name,
        draw(st.sampled_from(("kabupaten", "kabupaten", "kabupaten", "nasional"))),
        draw(st.sampled_from(("sistem", "sistem", "sistem", "situs"))),
        operating_from,
        draw(st.sampled_from([end for end in ends if end is None or end >= operating_from])),
    )


@st.composite
def links(draw: DrawFn, position: date) -> Link:
    end_a, end_b = draw(st.permutations(("a", "b", "c", "sipd")))[:2]
    age = draw(st.sampled_from((0, 30, 90, 91, 120, -1, -1, None)))
    return Link(
        end_a,
        end_b,
        draw(st.sampled_from(("data", "data", "sso"))),
        draw(st.sampled_from((date(2024, 1, 1), date(2024, 1, 1), position, position + timedelta(days=1)))),
        draw(st.sampled_from((None, None, None, position - timedelta(days=1), position))),
        None if age is None else position - timedelta(days=age),
        draw(st.sampled_from((*["Log API"] * 12, *NOTHING_WRITTEN))),
    )


statements = st.builds(
    Statement,
    st.sampled_from((True, True, True, False)),
    st.booleans(),
    st.sampled_from((None, None, 0, 1, 2)),
    st.sampled_from((None, None, True, False)),
)
asides = st.tuples(st.sampled_from(("a", "sipd", "x y", None)), st.sampled_from(("b", "sipd", None)))


@st.composite
def records(draw: DrawFn) -> Records:
    known = [draw(systems(name)) for name in ("a", "b", "c")]
    aside = draw(st.sets(st.sampled_from(("a", "b", "c")), max_size=1))
    positions = draw(st.sets(st.sampled_from(sorted(POSITIONS)))) | draw(st.sampled_from((set(), {date(2026, 6, 1)})))
    return Records(
        [one for one in known if one.application not in aside],
        [one for one in known if one.application in aside],
        {month: draw(st.lists(links(POSITIONS[month]), min_size=1, max_size=4)) for month in positions},
        {month: draw(st.sampled_from(([], [], [draw(asides)]))) for month in positions},
        {(name, period): draw(statements) for name in ("a", "b", "c") for period in SEMESTERS},
    )


# ---------------------------------------------------------------- the rules again


@dataclass(frozen=True)
class Row:
    proven: int
    high: int
    seen: int
    word: str  # what the reason says


def operates(one: System, day: date) -> bool:
    return one.operating_from <= day and (one.operating_to is None or one.operating_to >= day)


def register_of(found: Records, last_day: date, as_of: date) -> date | None:
    """The newest month's register that had begun, unless it is too old for the day it is asked about."""
    asked = min(last_day, as_of)
    begun = [month for month in found.links if month <= asked]
    if not begun:
        return None
    newest = max(begun)
    return newest if (asked - POSITIONS[newest]).days <= REGISTER_MAX_AGE_DAYS else None


def other_end(found: Records, link: Link, name: str, day: date) -> str:
    """`system`, `none` (known to be a website, or closed before the success) or `unclear`: the other end of a link."""
    other = link.end_b if link.end_a == name else link.end_a
    if link.method == "sso" or other == "sipd":
        return "system"
    success = link.last_success_on
    listed = [one for one in found.systems if one.application == other]
    if success is not None and any(one.kind == "sistem" and operates(one, success) for one in listed):
        return "system"
    aside = [one for one in found.systems_aside if one.application == other and one.kind == "sistem"]
    if any(success is None or operates(one, success) for one in aside):
        return "unclear"
    if listed and all(one.kind == "situs" for one in listed):
        return "none"
    has_closed = all(success and one.operating_to and one.operating_to < success for one in listed)
    return "none" if listed and has_closed and success and success <= day else "unclear"


def proves(link: Link, day: date, methods: tuple[str, ...]) -> bool:
    return (
        link.method in methods
        and stands(link, day)
        and link.last_success_on is not None
        and 0 <= (day - link.last_success_on).days <= MAX_AGE_DAYS
    )


def stands(link: Link, day: date) -> bool:
    """Active on the day, and with evidence."""
    is_active = link.active_from <= day and (link.active_to is None or day <= link.active_to)
    return is_active and link.evidence not in NOTHING_WRITTEN


def oracle(found: Records, period: str, as_of: date, methods: tuple[str, ...]) -> dict[str, Row]:
    first_day, last_day = SEMESTERS[period]
    day = min(last_day, as_of)
    if day < first_day:
        return {}
    month = register_of(found, last_day, as_of)
    rows = {}
    for one in found.systems:
        if one.scope == "kabupaten" and one.kind == "sistem" and operates(one, day):
            rows[one.application] = judge(found, one.application, period, day, month, methods)
    for one in found.systems_aside:
        if one.scope == "kabupaten" and one.kind == "sistem" and operates(one, day):
            rows.setdefault(one.application, Row(0, 1, 0, "baris register dikarantina"))
    return rows


def judge(found: Records, name: str, period: str, day: date, month: date | None, methods: tuple[str, ...]) -> Row:
    own = [link for link in found.links.get(month, []) if name in (link.end_a, link.end_b)] if month else []
    aside = found.links_aside.get(month, []) if month else []
    if any(proves(link, day, methods) and other_end(found, link, name, day) == "system" for link in own):
        return Row(1, 1, 1, "")
    statement = found.statements[name, period]
    may_be = [link for link in own if other_end(found, link, name, day) != "none"]
    ahead = [link for link in may_be if link.method in methods and stands(link, day)]
    why = None
    if not statement.received:
        why = "belum diserahkan"
    elif statement.complete is False:
        why = "belum lengkap"
    elif month is None:
        why = "belum ada"
    elif any(name in ends for ends in aside):
        why = "baris integrasi dikarantina"
    elif not statement.nil and (statement.rows_declared or 0) > len(own):
        why = "dinyatakan"
    elif any(link.last_success_on is not None and link.last_success_on > day for link in ahead):
        why = "sesudah akhir periode" if methods == ("data",) else ""  # or an unclear end: the view's choice
    elif any(proves(link, day, ("data",)) for link in may_be):
        why = "ujung lain"
    if why is not None:
        return Row(0, 1, 0, why)
    unreadable = any(end is None or " " in end for ends in aside for end in ends)
    word = why_not(own, may_be, day) if "sso" not in methods else "tidak ada integrasi data atau SSO"
    return Row(0, int(unreadable), 1, word)


def why_not(own: list[Link], may_be: list[Link], day: date) -> str:
    data = [link for link in own if link.method == "data"]
    standing = [link for link in data if stands(link, day)]
    if any(link.last_success_on is not None for link in standing if link in may_be):
        return "terakhir berhasil"
    if any(link in may_be for link in standing):
        return "belum pernah berhasil"
    if standing:
        return "menurut register aplikasi"
    if any(link.active_from <= day and (link.active_to is None or day <= link.active_to) for link in data):
        return "tanpa bukti"
    if data:
        return "tidak aktif"
    return "SSO saja" if own else "tidak ada integrasi"


# ---------------------------------------------------------------- the SQL


@pytest.fixture
def owner(warehouse: database.Warehouse) -> Iterator[Connection]:
    with warehouse.connect("owner") as connection:
        batch(connection, "parameter", "2026-01-01", parameter_rows())
        yield connection


def text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def load(connection: Connection, found: Records) -> None:
    def row(one: System) -> dict[str, Any]:
        return application_row(
            one.application, str(one.operating_from), operating_to=text(one.operating_to), scope=one.scope,
            kind=one.kind,
        )  # fmt: skip

    sipd = application_row("sipd", "2020-01-01", scope="nasional")
    good, aside = [row(one) for one in found.systems], [row(one) for one in found.systems_aside]
    batch(connection, "spbe_application", "2026-03-01", [*good, sipd], quarantined=aside)
    for month, listed in found.links.items():
        lines = [
            integration_row(
                f"I{place}", link.end_a, link.end_b, text(link.last_success_on), method=link.method,
                active_from=str(link.active_from), active_to=text(link.active_to), evidence=link.evidence,
            )
            for place, link in enumerate(listed)
        ]  # fmt: skip
        bad = [{"end_a": end_a, "end_b": end_b} for end_a, end_b in found.links_aside[month]]
        batch(connection, "app_integration", month, lines, quarantined=bad)
    hand_ins = [
        submission_row(
            name, period, None, register="app_integration", due_on="2027-01-10", nil=one.nil, complete=one.complete,
            received_on="2026-01-02" if one.received else None, rows_declared=one.rows_declared,
        )
        for (name, period), one in found.statements.items()
    ]  # fmt: skip
    batch(connection, "register_submission", "2026-06-01", hand_ins)


@LAW
@given(
    found=records(),
    as_of=st.sampled_from((*AS_OF, AS_OF[1], AS_OF[1])),  # most often the cut-off
)
@pytest.mark.parametrize(("code", "methods"), [("IKU-00", ("data",)), ("IKU-00-SSO", ("data", "sso"))])
def test_systems(owner: Connection, code: str, methods: tuple[str, ...], found: Records, as_of: date) -> None:
    with owner.transaction(force_rollback=True):
        load(owner, found)
        database.set_as_of(owner, None, midnight_after(as_of))
        rows = owner.execute(f"select * from {kamus.current(owner)[code]}.member").fetchall()
        for period in SEMESTERS:
            got = {row["member"]: row for row in rows if row["period"] == period}
            expected = oracle(found, period, as_of, methods)
            assert got.keys() == expected.keys()
            for name, row in expected.items():
                mine = got[name]
                assert (mine["numerator"], mine["numerator_low"]) == (row.proven, row.proven), (name, mine)
                assert (mine["numerator_high"], mine["seen"], mine["due"]) == (row.high, row.seen, 1), (name, mine)
                assert {mine["denominator"], mine["denominator_low"], mine["denominator_high"]} == {1}
                assert row.word in mine["reason"], (name, mine)
                assert mine["reason"].startswith("tidak teramati: ") == (not row.seen), (name, mine)
