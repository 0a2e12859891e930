"""What a changed declaration may do to what is kept: tables, keys, and from when on windows are due."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from kit import METER, declare, in_force
from sqlalchemy import Column, Integer, Numeric, Text

from iku_etl.errors import DeclarationError
from iku_etl.manifest import listing
from iku_etl.warehouse import database, tables
from iku_etl.warehouse.database import Connection, Warehouse


def test_new_tables_come_with_nullable_columns_only(warehouse: Warehouse, loader: Connection) -> None:
    in_force(loader)
    wider = replace(METER, columns=(*METER.columns, Column("note", Text, comment="new")))
    declare(warehouse, wider)
    retyped = tuple(Column("up", Integer, comment="x") if c.name == "up" else c for c in wider.columns)
    required = (*wider.columns, Column("must", Text, nullable=False, comment="x"))
    for columns, why in (
        (retyped, "can't become integer"),
        (required, "not nullable"),
        (METER.columns, "no longer declared"),
    ):
        with pytest.raises(DeclarationError, match=why):
            declare(warehouse, replace(METER, columns=columns))
    with pytest.raises(DeclarationError, match="can't become snapshot"):
        declare(warehouse, replace(wider, kind="snapshot"))


def test_a_column_is_retired_and_a_type_widened_and_no_fact_changes(
    warehouse: Warehouse, owner: Connection, loader: Connection
) -> None:
    in_force(loader)
    before = owner.execute("select site, read_at, up, latency_ms from fact.meter order by read_at").fetchall()
    others = tuple(column for column in METER.columns if column.name not in ("site", "latency_ms"))
    gone = Column("site", Text, comment="which", info={"retired": "alatnya diganti"})
    columns = (gone, *others, Column("latency_ms", Numeric, comment="milliseconds"))
    narrower = (*columns[:-1], Column("latency_ms", Integer, comment="milliseconds"))
    key, roll_ups = ("read_at",), ()
    retired = replace(METER, version=2, columns=columns, key=key, roll_ups=roll_ups)
    with pytest.raises(DeclarationError, match="column site is no longer declared"):
        declare(warehouse, replace(retired, columns=columns[1:]))
    with pytest.raises(DeclarationError, match="column site can't change whether it may be null"):
        declare(warehouse, replace(retired, columns=(Column("site", Text, comment="which"), *columns[1:])))
    declare(warehouse, retired)
    declare(warehouse, retired)  # once more changes nothing
    assert owner.execute("select site, read_at, up, latency_ms from fact.meter order by read_at").fetchall() == before
    kept = owner.execute(
        """
        select attname, attnotnull, format_type(atttypid, atttypmod) as type from pg_attribute
        where attrelid = 'fact.meter'::regclass and attname in ('site', 'latency_ms') order by attname
        """
    ).fetchall()
    assert [(row["attname"], row["attnotnull"], row["type"]) for row in kept] == [
        ("latency_ms", False, "numeric"), ("site", False, "text"),
    ]  # fmt: skip
    with pytest.raises(DeclarationError, match="latency_ms is numeric and can't become integer"):
        declare(warehouse, replace(retired, columns=narrower))


def test_what_was_due_once_stays_due_whatever_setting_is_gone_or_late(warehouse: Warehouse, loader: Connection) -> None:
    for since in (date(2026, 1, 20), None):
        with warehouse.connect("owner") as owner:
            tables.declare(owner, [METER], since, "Asia/Jakarta")
        with database.reading(loader, as_of_time=datetime(2026, 1, 4, 17, tzinfo=UTC)):
            assert len(listing.gaps(loader, "meter")) == 4


@pytest.mark.parametrize("since", [None, date(2025, 12, 30)])
def test_a_source_that_begins_earlier_has_windows_from_then_on_and_none_before_it_was_said(
    warehouse: Warehouse, loader: Connection, since: date | None
) -> None:
    before = in_force(loader)
    said = database.one(loader, "select load_no from iku.batch where batch_id = %s", [before])["load_no"]
    with warehouse.connect("owner") as owner:
        for _ in range(2):  # the second says nothing new
            tables.declare(owner, [replace(METER, since=date(2025, 12, 30))], since, "Asia/Jakarta")
        assert database.one(owner, "select count(*) as n from iku.source_patience where source = 'meter'")["n"] == 2
    fourth = datetime(2026, 1, 4, 17, tzinfo=UTC)
    with database.reading(loader, as_of_time=fourth):
        assert [row["window_on"] for row in listing.gaps(loader, "meter")][:2] == [
            date(2025, 12, 30),
            date(2025, 12, 31),
        ]
    with database.reading(loader, as_of=said, as_of_time=fourth):
        assert len(listing.gaps(loader, "meter")) == 4
    with warehouse.connect("owner") as owner, database.reading(owner, as_of=said, as_of_time=fourth):
        assert database.one(owner, "select min(first_day) as first_day from iku.period")["first_day"] == date(
            2026, 1, 1
        )


def test_another_key_is_another_version(warehouse: Warehouse) -> None:
    declare(warehouse)
    other = replace(METER, key=("read_at",))
    with warehouse.connect("owner") as owner:
        with pytest.raises(
            DeclarationError, match=r"its key is \(read_at\) and was \(site, read_at\).*raise version to 2"
        ):
            tables.declare(owner, [other], None, "Asia/Jakarta")
        tables.declare(owner, [replace(other, version=2)], None, "Asia/Jakarta")
        tables.declare(owner, [replace(other, version=2)], None, "Asia/Jakarta")
