"""The hashes of a batch's records, made of whole columns, are `identity.record_hash` of each record."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, Numeric, Text

from iku_etl.audit import canonical, records
from iku_etl.model import Source, stop
from iku_etl.records import identity
from iku_etl.warehouse.database import Warehouse

COLUMNS = {
    "number": BigInteger, "small": Integer, "amount": Numeric(12, 4), "said": Text, "is_so": Boolean,
    "seen_at": DateTime(timezone=True), "on_day": Date, "Judul": Text,
}  # fmt: skip
MIXED = Source(
    title="Segala jenis",
    owner="Penguji",
    kind="events",
    since=date(2026, 1, 1),
    grid="day",
    schedule="10 0 * * *",
    version=1,
    privacy="public",
    columns=tuple(Column(name, kind, comment="x") for name, kind in COLUMNS.items()),
    key=("number",),
    expectations=(stop("ExpectTableRowCountToBeBetween", min_value=1),),
    name="mixed",
    summary="A source for tests.",
)
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)
SMALLEST = timedelta(microseconds=1)
WIB = timezone(timedelta(hours=7))
MOMENT = st.integers(-(10**15), 4 * 10**15).map(lambda since: datetime(2000, 1, 1, tzinfo=WIB) + since * SMALLEST)
ROWS = st.lists(
    st.fixed_dictionaries({
        "number": st.none() | st.integers(-(2**63), 2**63 - 1),
        "small": st.none() | st.integers(-(2**31), 2**31 - 1),
        "amount": st.none() | st.decimals(-(10**7), 10**7, places=4),
        "said": st.none() | st.just("") | TEXT | st.sampled_from(['"', "\\", "a,b\nc", "\x7f", "é", "\\N", "\r"]),
        "is_so": st.none() | st.booleans(),
        "seen_at": st.none() | MOMENT,
        "on_day": st.none() | st.dates(date(1990, 1, 1), date(2100, 1, 1)),
        "Judul": st.none() | TEXT,
    }),
    max_size=20,
)  # fmt: skip


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_hashes_are_those_of_the_house(warehouse: Warehouse, rows: list[dict[str, Any]]) -> None:
    with warehouse.connect("owner") as owner, owner.transaction(force_rollback=True):
        owner.execute(
            "create table fact.mixed (batch_id bigint, record_no integer, payload_no smallint, window_on date,"
            " number bigint, small integer, amount numeric(12, 4), said text, is_so boolean, seen_at timestamptz,"
            ' on_day date, "Judul" text)'
        )
        for number, row in enumerate(rows, start=1):
            names = sql.SQL(", ").join(map(sql.Identifier, row))
            values = [1, number, 1, date(2026, 1, 5), *row.values()]
            owner.execute(
                sql.SQL("insert into fact.mixed (batch_id, record_no, payload_no, window_on, {}) values ({})").format(
                    names, sql.SQL(", ").join(sql.Placeholder() * len(values))
                ),
                values,
            )
        batch = {"source": "mixed", "batch_id": 1, "window_on": date(2026, 1, 5)}
        found = [(number, content.hex()) for number, content in records.hashes(owner, batch)]
    assert found == [(number, identity.record_hash(MIXED, row)) for number, row in enumerate(rows, start=1)]


def test_values_have_one_canonical_form() -> None:
    moment = datetime(2026, 1, 1, 7, tzinfo=WIB)
    row = {
        "b": Decimal("1.50"),
        "a": moment,
        "c": None,
        "d": 2**60,
        "e": timedelta(days=1),
        "f": [Decimal(2), {"x": 0.5}],
    }
    assert canonical.encode(canonical.said(row)) == (
        b'{"a":"2026-01-01T00:00:00+00:00","b":"1.5","d":"1152921504606846976","e":86400000000,"f":["2",{"x":0.5}]}'
    )
    assert canonical.plain(moment.astimezone(UTC)) == canonical.plain(moment)
