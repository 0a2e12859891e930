"""Binary COPY brings into PostgreSQL exactly what Arrow holds, and a partition refuses what its parent refuses."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import psycopg
import pyarrow as pa
import pytest
from kit import DAY, METER, declare, in_force, landed, named

from iku_etl.stages.load import binary_copy
from iku_etl.warehouse.database import Connection, Warehouse

BIG = 2**63 - 1
COLUMNS = {
    "a_bigint": (pa.int64(), [-BIG - 1, BIG, 0, None]),
    "an_integer": (pa.int32(), [-(2**31), 2**31 - 1, None, 7]),
    "a_smallint": (pa.int16(), [-(2**15), None, 2**15 - 1, 1]),
    "a_date": (pa.date32(), [date(1, 1, 1), date(1999, 12, 31), date(9999, 12, 31), None]),
    "a_timestamptz": (
        pa.timestamp("us", "UTC"),
        [datetime(1970, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, 23, 59, 59, 999_999, UTC), None,
         datetime(1999, 12, 31, 23, 59, 59, 1, UTC)],
    ),
    "a_boolean": (pa.bool_(), [True, False, None, True]),
    "a_text": (pa.string(), ["", None, 'ü "kutip", koma\n\\N', "situs" * 1000]),
    "a_numeric": (pa.decimal128(38, 12), [Decimal("-1234567.0100"), Decimal(0), None, Decimal("9" * 26 + ".5")]),
}  # fmt: skip


@pytest.fixture
def loader(warehouse: Warehouse) -> Iterator[Connection]:
    declare(warehouse)
    with warehouse.connect("loader") as connection:
        yield connection


def stored(connection: Connection, table: pa.Table, pieces: int) -> list[tuple[object, ...]]:
    """The rows as PostgreSQL gives them back after they went in, in so many pieces."""
    types = ", ".join(f"{name} {name.split('_', 1)[1]}" for name in COLUMNS)
    with connection.transaction():
        connection.execute(f"create temporary table kept (place serial, {types}) on commit drop")
        with connection.cursor().copy(f"copy kept ({', '.join(COLUMNS)}) from stdin (format binary)") as copy:
            copy.write(binary_copy.HEADER)
            for start in range(0, len(table), len(table) // pieces):
                copy.write(memoryview(binary_copy.rows(table.slice(start, len(table) // pieces))))
            copy.write(binary_copy.TRAILER)
        rows = connection.execute("select * from kept order by place").fetchall()
    return [tuple(row[name] for name in COLUMNS) for row in rows]


@pytest.mark.parametrize("pieces", [1, 2, 4])
def test_every_type_of_a_fact_comes_back_as_it_was(loader: Connection, pieces: int) -> None:
    table = pa.table({name: pa.array(values, kind) for name, (kind, values) in COLUMNS.items()})
    expected = [tuple(row[name] for name in COLUMNS) for row in table.to_pylist()]
    assert stored(loader, table, pieces) == expected


def test_a_type_that_no_fact_has_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="double"):
        binary_copy.rows(pa.table({"x": pa.array([1.5])}))


def test_a_partition_refuses_what_its_parent_refuses(warehouse: Warehouse, loader: Connection) -> None:
    """The loader writes into partitions: their triggers hold it to open batches of the source and window."""
    ended, other_day = in_force(loader), landed(loader)
    row = "insert into fact.meter_202601 values (%s, 99, 1, %s, 'a', %s, true, 12)"
    for batch_id, window_on in ((ended, DAY.first_day), (other_day, date(2026, 1, 20)), (10**9, DAY.first_day)):
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            loader.execute(row, [batch_id, window_on, DAY.start])
    for statement in ("update fact.meter_202601 set up = false", "delete from fact.meter_202601"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            loader.execute(statement)
        with warehouse.connect("owner") as owner, pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(statement)


def test_a_source_s_batch_can_not_write_into_another_s_partition(warehouse: Warehouse, loader: Connection) -> None:
    declare(warehouse, named(METER, "gauge"))
    batch_id = landed(loader)
    loader.execute("select iku.make_partition('gauge', %s)", [DAY.first_day])
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="of source meter"):
        loader.execute(
            "insert into fact.gauge_202601 values (%s, 1, 1, %s, 'a', %s, true, 12)",
            [batch_id, DAY.first_day, DAY.start],
        )
