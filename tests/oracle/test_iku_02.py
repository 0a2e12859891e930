"""IKU-02 and IKU-02-NASIONAL against an oracle in plain Python, written from the rules and from nothing of ours."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from given import application_row, batch, midnight_after, parameter_rows, submission_row
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
TRIWULAN = {"2026-TW1": (date(2026, 1, 1), date(2026, 3, 31)), "2026-TW2": (date(2026, 4, 1), date(2026, 6, 30))}
MONTHS = [date(2026, month, 1) for month in range(1, 7)]
AS_OF = (date(2026, 4, 15), date(2026, 5, 20), date(2026, 7, 15))
MERGED_ON = date(2026, 2, 14)  # the last day of office z; a took over
OFFICES = ("a", "b", "c")
CLOSED_ON = date(2026, 2, 10)  # the last day of presensi
SCOPES = {"e-office": "kabupaten", "presensi": "kabupaten", "sipd": "nasional"}
SET_ASIDE = {"simpeg": "kabupaten", "siasn": "nasional", "antrian": "kab"}  # rows of the register, with their scope
UNKNOWN = "lain"  # no row of the register names it
DOUBLE, DOUBLE_FROM = "e-ganda", date(2026, 2, 10)  # national, and from that day in a second row the regency's too
DAYS = (1, 10, 11, 15, 28)


@dataclass(frozen=True)
class Use:
    opd: str
    application: str
    used_on: date


@dataclass(frozen=True)
class HandIn:
    received: bool
    nil: bool
    rows_declared: int | None
    complete: bool | None


@dataclass(frozen=True)
class Records:
    months: list[date]  # of which logs are in force
    uses: list[Use]
    aside: list[tuple[date, str | None]]  # month and OPD of a row set aside
    hand_ins: dict[tuple[str, str], HandIn]

    def until(self, day: date) -> "Records":
        """What can be in force on a day: nothing of months that have not begun."""
        months = [month for month in self.months if month <= day]
        return Records(
            months,
            [use for use in self.uses if use.used_on.replace(day=1) in months],
            [row for row in self.aside if row[0] in months],
            self.hand_ins,
        )


hand_ins = st.builds(
    HandIn,
    st.sampled_from((True, True, True, True, False)),
    st.sampled_from((False, False, True)),
    st.sampled_from((None, None, 0, 1, 2)),
    st.sampled_from((None, None, True, False)),
)


@st.composite
def records(draw: DrawFn) -> Records:
    missing = draw(st.sampled_from((set(), set(), {MONTHS[1]}, {MONTHS[4], MONTHS[5]})))
    names = st.sampled_from(("e-office", "e-office", "presensi", "sipd", *SET_ASIDE, DOUBLE, UNKNOWN))
    offices = st.sampled_from((*OFFICES, "z"))
    days = st.builds(lambda month, day: month.replace(day=day), st.sampled_from(MONTHS), st.sampled_from(DAYS))
    uses = draw(st.lists(st.builds(Use, offices, names, days), max_size=7, unique=True))
    bad = draw(st.lists(st.tuples(st.sampled_from(MONTHS), st.sampled_from(("b", "z", "tak jelas", None))), max_size=1))
    return Records(
        [month for month in MONTHS if month not in missing], uses, bad,
        {(name, period): draw(hand_ins) for name in OFFICES for period in TRIWULAN},
    )  # fmt: skip


# ---------------------------------------------------------------- the rules again


@dataclass(frozen=True)
class Row:
    proven: int
    high: int
    seen: int
    words: tuple[str, ...]  # what the reason says


def counts_for(opd: str | None, day: date) -> str | None:
    return "a" if opd == "z" and day > MERGED_ON else opd


def scope_of(use: Use) -> str | None:
    """The scope of the application as it operated on the day of use."""
    if use.application == DOUBLE:
        return None if use.used_on >= DOUBLE_FROM else "nasional"
    if use.application == "presensi" and use.used_on > CLOSED_ON:
        return None
    return SCOPES.get(use.application)


def oracle(found: Records, period: str, as_of: date, scope: str) -> dict[str, Row]:
    first_day, last_day = TRIWULAN[period]
    day = min(last_day, as_of)
    if day < first_day:
        return {}
    return {opd: judge(found, opd, period, day, scope) for opd in OFFICES}


def judge(found: Records, opd: str, period: str, day: date, scope: str) -> Row:
    first_day, last_day = TRIWULAN[period]
    within = [use for use in found.uses if first_day <= use.used_on <= day]
    own = [use for use in within if counts_for(use.opd, day) == opd]
    if any(scope_of(use) == scope for use in own):
        return Row(1, 1, 1, ())
    aside = [counts_for(name, day) for month, name in found.aside if first_day <= month <= last_day]
    why = why_unobserved(found, opd, period, day, aside)
    if why is None and any(use.application == DOUBLE and use.used_on >= DOUBLE_FROM for use in own):
        why = "lingkup ganda dalam register aplikasi: e-ganda"
    if why is None and any(SET_ASIDE.get(use.application) in (scope, "kab") for use in own):
        why = "baris register aplikasi dikarantina"
    if why is None and any(use.application == UNKNOWN for use in own):
        why = "tidak tercatat dalam register aplikasi"
    if why is not None:
        return Row(0, 1, 0, (why,))
    unreadable = any(name is None or " " in name for name in aside)
    words = why_not(found, opd, first_day, own) if scope == "kabupaten" else ("tidak ada pemakaian aplikasi nasional",)
    return Row(0, int(unreadable), 1, words)


def why_unobserved(found: Records, opd: str, period: str, day: date, aside: list[str | None]) -> str | None:
    first_day, _ = TRIWULAN[period]
    handed = found.hand_ins[opd, period]
    loaded = sum(use.opd == opd and first_day <= use.used_on <= day for use in found.uses)
    over = [month for month in MONTHS if first_day <= month and _last_day(month) <= day]
    if not handed.received:
        return "belum diserahkan"
    if handed.complete is False:
        return "belum lengkap"
    if opd in aside:
        return "baris log dikarantina"
    declared = 0 if handed.nil else handed.rows_declared
    if declared is None:
        return None if all(month in found.months for month in over) else "log tidak terbaca"
    return "dinyatakan" if declared > loaded else None


def why_not(found: Records, opd: str, first_day: date, own: list[Use]) -> tuple[str, ...]:
    earlier = [use for use in found.uses if use.opd == opd and use.used_on < first_day]
    own_before = [use.used_on for use in earlier if {**SCOPES, DOUBLE: "kabupaten"}.get(use.application) == "kabupaten"]
    words = (f"terakhir dipakai {max(own_before)}",) if own_before else ()
    if any("nasional" in (scope_of(use), SET_ASIDE.get(use.application)) for use in own):
        return (*words, "aplikasi nasional saja")
    if own:
        return (*words, "tidak beroperasi menurut register")
    return words or ("tidak ada pemakaian",)


def _last_day(month: date) -> date:
    return date.fromordinal(date(2026, month.month + 1, 1).toordinal() - 1)


# ---------------------------------------------------------------- the SQL


@pytest.fixture
def owner(warehouse: database.Warehouse) -> Iterator[Connection]:
    with warehouse.connect("owner") as connection:
        batch(connection, "parameter", "2026-01-01", parameter_rows())
        row = {"kind": "dinas", "counted": True, "valid_from": "2020-01-01"}
        offices = [{**row, "opd": name, "name": f"Dinas {name}"} for name in OFFICES]
        merged = {**row, "opd": "z", "name": "Dinas z", "valid_to": str(MERGED_ON), "successor": "a"}
        batch(connection, "opd", "2026-03-01", [*offices, merged])
        lines = [
            application_row(name, scope=scope, operating_to=str(CLOSED_ON) if name == "presensi" else None)
            for name, scope in SCOPES.items()
        ]
        lines += [application_row(DOUBLE, scope="nasional"), application_row(DOUBLE, str(DOUBLE_FROM))]
        bad = [{"application": name, "scope": scope} for name, scope in SET_ASIDE.items()]
        batch(connection, "spbe_application", "2026-03-01", lines, quarantined=bad)
        yield connection


def load(connection: Connection, found: Records) -> None:
    for month in found.months:
        lines = [
            {"opd": use.opd, "application": use.application, "role": "pengguna", "used_on": str(use.used_on)}
            for use in found.uses
            if use.used_on.replace(day=1) == month
        ]
        bad = [{"opd": opd} for when, opd in found.aside if when == month]
        batch(connection, "app_usage", month, lines, quarantined=bad)
    rows = [
        submission_row(
            opd, period, None, register="app_usage", due_on="2026-07-10", nil=one.nil, complete=one.complete,
            received_on="2026-01-02" if one.received else None, rows_declared=one.rows_declared,
        )
        for (opd, period), one in found.hand_ins.items()
    ]  # fmt: skip
    batch(connection, "register_submission", "2026-03-01", rows)


@LAW
@given(everything=records(), as_of=st.sampled_from(AS_OF))
@pytest.mark.parametrize(("code", "scope"), [("IKU-02", "kabupaten"), ("IKU-02-NASIONAL", "nasional")])
def test_offices(owner: Connection, code: str, scope: str, everything: Records, as_of: date) -> None:
    found = everything.until(as_of)
    with owner.transaction(force_rollback=True):
        load(owner, found)
        database.set_as_of(owner, None, midnight_after(as_of))
        rows = owner.execute(f"select * from {kamus.current(owner)[code]}.member").fetchall()
        for period in TRIWULAN:
            got = {row["member"]: row for row in rows if row["period"] == period}
            expected = oracle(found, period, as_of, scope)
            assert got.keys() == expected.keys()
            for name, row in expected.items():
                mine = got[name]
                assert (mine["numerator"], mine["numerator_low"]) == (row.proven, row.proven), (name, mine)
                assert (mine["numerator_high"], mine["seen"], mine["due"]) == (row.high, row.seen, 1), (name, mine)
                assert {mine["denominator"], mine["denominator_low"], mine["denominator_high"]} == {1}
                assert all(word in mine["reason"] for word in row.words), (name, row, mine)
                assert mine["reason"].startswith("tidak teramati: ") == (not row.seen), (name, mine)
