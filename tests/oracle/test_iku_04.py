"""IKU-04's SQL against the oracle: registers of half a year, some months missing, rows set aside, odd calendars."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from given import batch, midnight_after, parameter_rows
from given_ppid import dip_row, hand_in_row, opd_row, ppid_row, report_row, request_row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iku_etl.catalogue import kamus
from iku_etl.sources import ppid_request
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Warehouse
from tests.oracle import iku_04 as oracle
from tests.oracle.iku_04 import Asked, HandIn, Records, month_end

pytestmark = pytest.mark.long

AS_OF = {date(2026, 3, 12): 2, date(2026, 4, 15): 3, date(2026, 5, 20): 4, date(2026, 7, 15): 6}  # -> newest month
PPIDS = ("P", "Q")
NEAR = [date(2025, 12, 1) + timedelta(days=step) for step in range(200)]
LAW = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def owner(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect("owner") as connection:
        connection.execute("alter table iku.quarantine disable trigger user")  # tests write a record's key afterwards
        yield connection


@st.composite
def asked(draw: st.DrawFn, newest: int) -> Asked:
    received_on = draw(st.sampled_from([day for day in NEAR if day <= month_end(newest)]))
    day_known = max(day for day, month in AS_OF.items() if month == newest)  # a later one is a typed year
    reach = min(35, (day_known - received_on).days)
    later = st.none() | st.integers(0, reach).map(lambda step: received_on + timedelta(days=step))
    first = max(1, received_on.month) if received_on.year == 2026 else 1
    months = draw(st.sets(st.sampled_from(range(first, newest + 1)), min_size=1, max_size=3))
    return Asked(
        draw(st.sampled_from(PPIDS)), draw(st.sampled_from(["001", "002"])), received_on, draw(later),
        draw(st.sampled_from([None, "dikabulkan", "tidak_lengkap", "dicabut"])), draw(later), draw(later),
        tuple(sorted(months)), draw(st.frozensets(st.sampled_from(sorted(months)), max_size=1)), draw(st.booleans()),
    )  # fmt: skip


def identity(one: Asked) -> tuple[str, str, date]:
    return one.ppid, one.number, one.received_on


@st.composite
def known(draw: st.DrawFn, newest: int) -> Records:
    """What was handed in by the end of a month, mostly in order."""

    def appointed(ppid: str) -> tuple[str, date, date | None]:
        since = draw(st.sampled_from([date(2021, 1, 4), date(2025, 12, 31), date(2026, 1, 1), date(2026, 2, 10)]))
        return ppid, since, draw(st.sampled_from([None, None, date(2026, 3, 30), date(2026, 3, 31)]))

    renewed = st.sampled_from([date(2025, 3, 30), date(2025, 3, 31), date(2025, 7, 1), date(2026, 4, 1)])
    filed = st.sampled_from([date(2026, 3, 31), date(2026, 4, 1), date(2025, 3, 1)])
    hand_in = st.builds(HandIn, st.just(False), st.none() | st.integers(0, 4)) | st.just(HandIn(True, None))
    return Records(
        appointed=[appointed(ppid) for ppid in PPIDS],
        renewed=[(ppid, draw(renewed)) for ppid in PPIDS if draw(st.integers(0, 3))],
        filed=[(ppid, year, draw(filed)) for ppid in PPIDS for year in (2024, 2025) if draw(st.integers(0, 3))],
        asked=draw(st.lists(asked(newest), max_size=4, unique_by=identity)),  # numbers begin anew
        hand_ins={
            (ppid, period): draw(hand_in)
            for ppid in PPIDS
            for period in ("2026-TW1", "2026-TW2")
            if draw(st.integers(0, 3))
        },
        days_off=frozenset(draw(st.sets(st.sampled_from(NEAR), max_size=40))),
        week=draw(st.sampled_from([5, 6])),
        dip_month=draw(st.sampled_from([newest, newest, newest - 1, 0])),
        report_month=draw(st.sampled_from([newest, newest, newest - 1, 0])),
        merged=draw(st.sampled_from([{}, *({"P": ("Q", day)} for day in (date(2026, 1, 31), date(2026, 3, 30)))])),
    )  # fmt: skip


def load(connection: Connection, records: Records, newest: int) -> None:
    """The registers, each in the window of its month."""

    def window(month: int) -> date:
        return date(2026, month, 1)

    batch(connection, "parameter", window(1), parameter_rows(working_week_days=records.week))
    kind = {"kind": "cuti_bersama", "name": "x"}
    struck = {"day": "2026-01-05", "kind": "hari_kerja", "name": "x", "decree": "SE 1", "origin": "register"}
    days = {str(day): {"day": str(day), "decree": None, "origin": "pustaka", **kind} for day in records.days_off}
    days.setdefault("2026-01-05", {"day": "2026-01-05", "decree": None, "origin": "pustaka", **kind})
    is_struck = date(2026, 1, 5) not in records.days_off  # the list takes back what the library says
    batch(connection, "holiday", window(1), [*days.values(), *([struck] if is_struck else [])])
    merged = {ppid: {"valid_to": str(day), "successor": heir.lower()} for ppid, (heir, day) in records.merged.items()}
    batch(connection, "opd", window(newest), [opd_row(ppid.lower(), **merged.get(ppid, {})) for ppid in PPIDS])
    appointed = [
        ppid_row(ppid, str(since), ended_on=until and str(until), opd=ppid.lower())
        for ppid, since, until in records.appointed
    ]
    batch(connection, "ppid", window(newest), appointed)
    if records.dip_month:
        batch(connection, "ppid_dip", window(records.dip_month), [dip_row(ppid, str(d)) for ppid, d in records.renewed])
    if records.report_month:
        reports = [report_row(ppid, year, str(day)) for ppid, year, day in records.filed]
        batch(connection, "ppid_report", window(records.report_month), reports)
    hand_ins = [
        hand_in_row(ppid, period, hand_in.rows_declared, "2026-01-02", nil=hand_in.nil)
        for (ppid, period), hand_in in records.hand_ins.items()
    ]
    batch(connection, "register_submission", window(newest), hand_ins)
    for month in range(1, newest + 1):
        requests(connection, records, month)


def requests(connection: Connection, records: Records, month: int) -> None:
    """The registers of a month; the keys of what was set aside as the judge writes them."""
    listed = [one for one in records.asked if month in one.months]
    aside = [said(one, month) for one in listed if month in one.aside]
    whole = [said(one, month) for one in listed if month not in one.aside]
    number = batch(connection, "ppid_request", date(2026, month, 1), whole, quarantined=aside)
    for place, row in enumerate(aside, len(whole) + 1):
        key = json.dumps({name: row[name] for name in ppid_request.SOURCE.key})
        connection.execute(
            "update iku.quarantine set record_key = %s where batch_id = %s and record_no = %s", [key, number, place]
        )


def said(one: Asked, month: int) -> dict[str, Any]:
    is_blurred = month in one.aside and one.is_blurred
    days = {
        "received_on": one.received_on, "complete_on": one.complete_on,
        "extension_notified_on": one.extension_notified_on, "answered_on": oracle.answer_in(one, month),
    }  # fmt: skip
    texts = {name: None if is_blurred or day is None else str(day) for name, day in days.items()}
    return request_row(one.ppid, str(one.received_on)) | texts | {"request_no": one.number, "outcome": one.outcome}


@pytest.mark.parametrize("as_of", AS_OF)
@LAW
@given(data=st.data())
def test_members_are_those_of_the_rules(owner: Connection, as_of: date, data: st.DataObject) -> None:
    records = data.draw(known(AS_OF[as_of]))
    with owner.transaction(force_rollback=True):
        load(owner, records, AS_OF[as_of])
        load_no = int(database.one(owner, "select load_no from iku.load_counter")["load_no"])
        database.set_as_of(owner, load_no, midnight_after(as_of))
        rows = owner.execute(f"select * from {kamus.current(owner)['IKU-04']}.member").fetchall()
        for period in ("2026-TW1", "2026-TW2"):
            if period == "2026-TW2" and as_of < date(2026, 4, 1):
                continue
            got = {
                row["member"]: oracle.Row(
                    int(row["numerator"]), int(row["numerator_low"]), int(row["numerator_high"]),
                    Fraction(row["seen"]) / Fraction(row["due"]),
                )
                for row in rows
                if row["period"] == period
            }  # fmt: skip
            assert got == oracle.members(records, period, as_of), period
