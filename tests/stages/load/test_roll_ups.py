"""A roll-up that is declared or raised after batches were loaded is computed for them, and for them alone."""

from dataclasses import replace
from typing import Any

import psycopg
import pytest
from kit import DAY, METER, declare, in_force, insert, landed, rows
from sqlalchemy import Column, Integer, Text, column, func

from iku_etl.errors import DeclarationError
from iku_etl.manifest import batches
from iku_etl.model import RollUp, Source
from iku_etl.stages import load
from iku_etl.stages.load import roll_ups
from iku_etl.warehouse.database import Connection, Warehouse

SITE = column("site", Text)
SLOWEST = Column("slowest_ms", Integer, comment="milliseconds")
METER_PEAK = RollUp("meter_peak", 1, ("site",), ((SLOWEST, func.max(METER.column("latency_ms"))),))


def later(*declared: RollUp) -> Source:
    return replace(METER, roll_ups=declared)


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


def loaded(connection: Connection, source: Source, site: str = "a") -> int:
    """A batch of two readings as the load stage ends it, with its roll-ups."""
    batch_id = landed(connection, fingerprint=site)
    with connection.transaction():
        insert(connection, batch_id, rows(2, site=site))
        roll_ups.make_all(connection, source, batch_id, DAY.first_day)
        batches.end(connection, batch_id, "in_force", fingerprint=site, counts=(2, 2, 0, 0))
    return batch_id


FASTER = later(replace(METER_PEAK, measures=((SLOWEST, func.min(METER.column("latency_ms")) - 1),)))


def test_a_changed_expression_of_the_same_version_is_noticed(warehouse: Warehouse) -> None:
    """Its rows stay as figures have read them: by `iku migrate`, and by a load in between."""
    source = later(METER_PEAK)
    declare(warehouse, source)
    with warehouse.connect("owner") as owner, warehouse.connect("loader") as loader:
        load.make_missing(owner, source)
        first = loaded(loader, source)
        kept = made(owner, "meter_peak")
        with pytest.raises(DeclarationError, match=rf"1 of 1 batches \(first: batch {first} of .*version to 2"):
            load.make_missing(owner, FASTER)
        with pytest.raises(DeclarationError, match="run iku migrate"):
            loaded(loader, FASTER, site="b")
        assert made(owner, "meter_peak") == kept
        raised = replace(FASTER, roll_ups=(replace(FASTER.roll_ups[0], version=2),))
        assert load.make_missing(owner, raised) == ["meter_peak versi 2 dihitung untuk 1 batch yang sudah termuat"]
        assert loaded(loader, raised, site="b")


def test_a_condition_that_takes_in_what_gave_no_row_is_noticed(warehouse: Warehouse) -> None:
    of_none, of_other, of_all = (
        later(replace(METER_PEAK, where=where)) for where in (SITE == "b", SITE == "c", SITE == "a")
    )
    declare(warehouse, of_none)
    with warehouse.connect("owner") as owner, warehouse.connect("loader") as loader:
        load.make_missing(owner, of_none)
        loaded(loader, of_none)
        same = "meter_peak versi 1: ungkapannya berganti, isi 1 batch tetap sama"
        assert load.make_missing(owner, of_other) == [same]
        assert load.make_missing(owner, of_other) == []
        with pytest.raises(DeclarationError, match="1 of 1 batches"):
            load.make_missing(owner, of_all)


def test_what_was_made_before_expressions_were_kept_is_compared(warehouse: Warehouse) -> None:
    source = later(METER_PEAK)
    declare(warehouse, source)
    with warehouse.connect("owner") as owner, warehouse.connect("loader") as loader:
        loaded(loader, source)
        with pytest.raises(DeclarationError, match="1 of 1 batches"):
            load.make_missing(owner, FASTER)
        assert load.make_missing(owner, source) == []
