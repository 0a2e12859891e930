"""The SQL against the oracle: generated records, loaded in the order in which they arrived, read as of any day."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from given import batch, message_row, midnight_after, parameter_rows, submission_row, website_row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iku_etl.catalogue import kamus
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection
from tests.oracle import iku_05_08 as oracle
from tests.oracle.records import first_day, known, last_day, month_of, months_of
from tests.oracle.strategies import ARRIVALS, AS_OF, PERIODS, iku_05, iku_08

pytestmark = pytest.mark.long

STAGES = (date(2026, 4, 1), *ARRIVALS)
LAW = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
Windows = dict[tuple[str, date], dict[str, Any]]


@pytest.fixture
def owner(warehouse: database.Warehouse) -> Iterator[Connection]:
    with warehouse.connect("owner") as connection:
        batch(connection, "parameter", "2026-01-01", parameter_rows())
        yield connection


def windows(now: oracle.Records, code: str) -> Windows:
    """What is known, as the content of windows."""
    found: Windows = {("target", date(2026, 1, 1)): {"rows": targets(now, code)}}
    if code == "IKU-05":
        register = {"rows": [site(row) for row in now.sites], "quarantined": [site(row) for row in now.sites_aside]}
        found["website", date(2026, 1, 1)] = register
        rules = {row.name: str(row.value) for row in now.parameters}
        found["parameter", date(2026, 1, 1)] = {"rows": parameter_rows(**rules)}
        for check in now.checks:
            counts = {"site": check.site, "up_count": check.up, "down_count": check.down, "unseen_count": 0}
            found.setdefault(("website_uptime", check.day), {"roll_up": []})["roll_up"].append(counts)
        for look in now.content:
            newest = look.newest_content_on and str(look.newest_content_on)
            row = {"site": look.site, "newest_content_on": newest, "found_by": "rss"}
            found.setdefault(("website_content", look.position), {"rows": []})["rows"].append(row)
        return found
    hand_ins = {"rows": now.submissions, "quarantined": now.submissions_aside}
    found["register_submission", date(2026, 3, 1)] = {
        name: [submission(row) for row in rows] for name, rows in hand_ins.items()
    }
    for entry in now.messages:
        month = first_day(month_of(entry.recorded_on))
        held = found.setdefault(("persandian_message", month), {"rows": [], "quarantined": []})
        row = message_row(
            entry.unit, str(entry.recorded_on), entry.number, entry.secured, direction=entry.direction,
            sender=entry.sender, void=entry.void, agenda_no=entry.agenda_no,
        )  # fmt: skip
        held["quarantined" if entry.aside else "rows"].append(set_aside(row) if entry.aside else row)
    for aside in now.quarantined:
        month = first_day(aside.period)
        held = found.setdefault(("persandian_message", month), {"rows": [], "quarantined": []})
        held["quarantined"] += [{"unit": aside.unit, "recorded_on": str(month)}] * aside.count
    return found


def set_aside(row: dict[str, Any]) -> dict[str, Any]:
    """The entry as the quarantine keeps it: what it says in public, and its tokens."""
    return {"tokens": {name: row.pop(name) for name in ("sender", "number")}, **row}


def site(row: oracle.Site) -> dict[str, Any]:
    return website_row(row.site, row.kind, str(row.managed_from), managed_to=row.managed_to and str(row.managed_to))


def submission(row: oracle.Submission) -> dict[str, Any]:
    return submission_row(
        row.unit, row.period, row.rows_declared, received_on=row.received_on and str(row.received_on), nil=row.nil,
        last_running_number=row.last_running_number, role=row.role, register=row.register,
    )  # fmt: skip


def targets(now: oracle.Records, code: str) -> list[dict[str, Any]]:
    return [
        {"indicator": code, "period": row.period, "year": 2026, "value": str(row.value), "unit": row.unit,
         "legal_basis": "PK", "in_force_from": str(row.in_force_from)}
        for row in now.targets
    ]  # fmt: skip


def load(connection: Connection, records: oracle.Records, code: str) -> list[int]:
    """Load everything in order of arrival; the load number after each stage."""
    held: Windows = {}
    numbers = []
    for stage in STAGES:
        content = windows(known(records, stage), code)
        for source, window_on in content.keys() | held.keys():
            now = content.get((source, window_on), {})
            if now != held.get((source, window_on)):
                batch(connection, source, window_on, **now)
        held = content
        numbers.append(int(database.one(connection, "select load_no from iku.load_counter")["load_no"]))
    return numbers


def same(got: Decimal | None, expected: Fraction | None) -> bool:
    if got is None or expected is None:
        return got is None and expected is None
    return abs(Fraction(got) - expected) < Fraction(1, 10**9)


def compare(connection: Connection, code: str, records: oracle.Records, as_of: date, load_no: int) -> None:
    definition = kamus.current(connection)[code]
    database.set_as_of(connection, load_no, midnight_after(as_of))
    rows = connection.execute(f"select * from {definition}.member").fetchall()
    by_name = {(row["period"], row["member"]): row for row in rows}
    figures = {row["period"]: row for row in connection.execute(f"select * from {definition}.figure").fetchall()}
    for period in PERIODS:
        expected = oracle.figure(records, code, period, as_of)
        months = [month for month in months_of(period) if first_day(month) <= as_of]
        assert {name for name in by_name if name[0] in months} == {(row.period, row.member) for row in expected.members}
        for row in expected.members:
            got = by_name[row.period, row.member]
            for name in (
                "numerator", "denominator", "numerator_low", "numerator_high", "denominator_low", "denominator_high",
            ):  # fmt: skip
                assert same(got[name], getattr(row, name)), f"{row} {name}: {got}"
            seen, due = Fraction(got["seen"]), Fraction(got["due"])
            assert (seen / due if due else 0) == (row.seen / row.due if row.due else 0), f"{row} seen: {got}"
        figure = figures[period]
        is_finished = last_day(period) <= as_of
        for name in ("value", "low", "high", "target", "capaian"):
            assert same(figure[name], getattr(expected, name)), f"{period} {name}: {figure} {expected}"
        assert same(figure["coverage"], None if expected.coverage is None else expected.coverage * 100)
        assert figure["mutu"].replace("basi", "cukup") == expected.mutu
        assert figure["predikat"] == (expected.predikat if is_finished else None)
        if expected.members:
            assert (figure["numerator"], figure["denominator"]) == (expected.numerator, expected.denominator)


@LAW
@given(records=iku_05(months=2, sites=3), data=st.data())
def test_websites(owner: Connection, records: oracle.Records, data: st.DataObject) -> None:
    check(owner, "IKU-05", records, data)


@LAW
@given(records=iku_08(), data=st.data())
def test_messages(owner: Connection, records: oracle.Records, data: st.DataObject) -> None:
    check(owner, "IKU-08", records, data)


def check(connection: Connection, code: str, records: oracle.Records, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(AS_OF) - 1))
    with connection.transaction(force_rollback=True):
        numbers = load(connection, records, code)
        compare(connection, code, records, AS_OF[place], numbers[place])
