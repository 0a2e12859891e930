"""A partition holds the windows of one local month, from its first day to its last."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from kit import DAY, METER, ZONE, count, declare, in_force, insert, landed, rows

from iku_etl.manifest import batches
from iku_etl.warehouse.database import Connection, Warehouse
from iku_etl.window import window_at


def test_the_first_and_the_last_day_of_a_month_are_in_its_partition_and_no_other(loader: Connection) -> None:
    for day in (date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1), date(2028, 2, 29)):
        window = window_at("day", day, ZONE)
        batch_id = landed(loader, window=window)
        with loader.transaction():
            insert(loader, batch_id, rows(1), window_on=day)
            batches.end(loader, batch_id, "in_force", fingerprint="x", counts=(1, 1, 0, 0))
    found = loader.execute(
        "select tableoid::regclass::text as partition, window_on from fact.meter order by window_on"
    ).fetchall()
    assert [(row["partition"], str(row["window_on"])) for row in found] == [
        ("fact.meter_202601", "2026-01-31"), ("fact.meter_202602", "2026-02-01"), ("fact.meter_202602", "2026-02-28"),
        ("fact.meter_202603", "2026-03-01"), ("fact.meter_202802", "2028-02-29"),
    ]  # fmt: skip


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 1, 31)])
def test_any_day_of_a_month_makes_the_same_partition(loader: Connection, day: date) -> None:
    for _ in range(2):
        found = loader.execute("select iku.make_partition('meter', %s) as name", [day]).fetchone()
        assert found == {"name": "meter_202601"}
    bounds = loader.execute(
        "select pg_get_expr(relpartbound, oid) as said from pg_class where relname = 'meter_202601'"
    ).fetchone()
    assert bounds == {"said": "FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')"}


def test_a_partition_has_the_key_and_the_index_of_a_trace(loader: Connection) -> None:
    in_force(loader)
    found = loader.execute(
        """
        select array_agg(attname::text order by place) as columns, indisprimary
        from pg_index
        cross join unnest(indkey) with ordinality as part (number, place)
        inner join pg_attribute on attrelid = indrelid and attnum = part.number
        where indrelid = 'fact.meter_202601'::regclass
        group by indexrelid, indisprimary
        order by indisprimary desc
        """
    ).fetchall()
    assert [(row["columns"], row["indisprimary"]) for row in found] == [
        (["batch_id", "record_no"], True), (["batch_id", "site"], False),
    ]  # fmt: skip


@pytest.mark.parametrize("sources", [["meter", "gauge"], ["gauge", "meter"]])
def test_sources_have_partitions_of_their_own(warehouse: Warehouse, loader: Connection, sources: Sequence[str]) -> None:
    declare(warehouse, METER, replace(METER, name="gauge", roll_ups=()))
    made = [
        loader.execute("select iku.make_partition(%s, %s) as name", [name, DAY.first_day]).fetchone()
        for name in sources
    ]
    assert [row["name"] for row in made if row] == [f"{name}_202601" for name in sources]
    in_force(loader)
    assert (count(loader, "meter"), count(loader, "gauge")) == (3, 0)
