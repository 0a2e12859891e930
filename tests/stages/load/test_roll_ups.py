"""A roll-up that is declared or raised after batches were loaded is computed for them, and for them alone."""

from dataclasses import replace
from typing import Any

import psycopg
import pytest
from kit import METER, declare, in_force, rows
from sqlalchemy import Column, Integer, func

from iku_etl.errors import DeclarationError
from iku_etl.model import RollUp, Source
from iku_etl.stages import load
from iku_etl.warehouse.database import Connection, Warehouse

SLOWEST = Column("slowest_ms", Integer, comment="milliseconds")
METER_PEAK = RollUp("meter_peak", 1, ("site",), ((SLOWEST, func.max(METER.column("latency_ms"))),))


def later(*roll_ups: RollUp) -> Source:
    return replace(METER, roll_ups=roll_ups)


def made(connection: Connection, table: str) -> list[dict[str, Any]]:
    query = f"select * from fact.{table} order by batch_id, roll_up_version"  # names of this file
    return connection.execute(query).fetchall()


def test_a_later_roll_up_is_computed_of_what_is_in_force_and_was(warehouse: Warehouse) -> None:
    declare(warehouse)
    with warehouse.connect("loader") as loader:
        first = in_force(loader, rows(3))
        second = in_force(loader, rows(4, site="b"), fingerprint="g")
    source = later(METER_PEAK)
    declare(warehouse, source)
    with warehouse.connect("owner") as owner:
        assert load.make_missing(owner, source) == ["meter_peak versi 1 dihitung untuk 2 batch yang sudah termuat"]
        assert [(row["batch_id"], row["site"], row["slowest_ms"]) for row in made(owner, "meter_peak")] == [
            (first, "a", 12),
            (second, "b", 12),
        ]
        assert load.make_missing(owner, source) == []
        raised = later(replace(METER_PEAK, version=2))
        assert load.make_missing(owner, raised)
        assert [row["roll_up_version"] for row in made(owner, "meter_peak")] == [1, 2, 1, 2]
        with pytest.raises(psycopg.errors.ForeignKeyViolation, match="already ended"):  # the guard is back
            owner.execute("insert into fact.meter_peak select distinct batch_id, 9, window_on, site, 0 from fact.meter")


def test_a_roll_up_that_old_facts_cannot_fill_writes_nothing(warehouse: Warehouse) -> None:
    declare(warehouse)
    with warehouse.connect("loader") as loader:
        in_force(loader, [*rows(1), *[(*row[:3], None) for row in rows(1, site="b")]])
    source = later(replace(METER_PEAK, by=("latency_ms",), measures=((SLOWEST, func.count()),)))
    declare(warehouse, source)
    with warehouse.connect("owner") as owner:
        with pytest.raises(DeclarationError, match="latency_ms is empty there"):
            load.make_missing(owner, source)
        assert made(owner, "meter_peak") == []
