"""A target that was recorded after the state at the cut-off makes a revision, and the revision says so (U16)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from publish_kit import CUT_OFF, JANUARY, figure, messages, rules, said, target

from iku_etl.stages import publish
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Warehouse
from tests import given

LATER = CUT_OFF + timedelta(days=9)
PERIOD = "2026-01"


@pytest.mark.parametrize(
    ("first", "late", "said_late"),
    [
        ([], [(PERIOD, 80, "persen")], "target dicatat sesudah batas data: 80 persen"),
        (
            [(PERIOD, 90, "persen")],
            [(PERIOD, 82.5, "persen")],
            "target dicatat sesudah batas data: 82,5 persen, semula 90 persen",
        ),
        ([(PERIOD, 90, "persen")], [("2026", 90, "persen")], "target dicabut sesudah batas data, semula 90 persen"),
        (
            [(PERIOD, 90, "persen")],
            [(PERIOD, 40, "OPD"), (PERIOD, 90, "persen")],
            "target dicatat sesudah batas data: 40 OPD, 90 persen, semula 90 persen",
        ),
    ],
)
def test_the_revision_after_it_says_what_came_late(
    warehouse: Warehouse, owner: Connection, publisher: Connection, first: list[Any], late: list[Any], said_late: str
) -> None:
    rules(owner)
    messages(owner, 9)
    target(owner, *(first or [("2026", 90, "persen")]))
    said(publisher, CUT_OFF)
    before = figure(warehouse)
    assert before.revision == 1
    assert "sesudah batas data" not in before.reason
    target(owner, *late)
    said(publisher, LATER)
    assert figure(warehouse).revision == 2
    assert said_late in figure(warehouse).reason.split("; ")
    messages(owner, 8)  # a later revision still stands on that target
    said(publisher, LATER + timedelta(days=1))
    assert figure(warehouse).revision == 3
    assert said_late in figure(warehouse).reason.split("; ")
    assert said(publisher, LATER + timedelta(days=2)).figures == ()


def test_a_range_is_told_with_both_its_ends(warehouse: Warehouse, owner: Connection, publisher: Connection) -> None:
    rules(owner)
    messages(owner, 9)
    row = {"indicator": "IKU-08", "period": PERIOD, "year": 2026, "value": 80, "unit": "persen", "legal_basis": "PK"}
    dated = row | {"in_force_from": "2026-01-01"}
    given.batch(owner, "target", JANUARY, [dated | {"value_high": 85}])
    said(publisher, CUT_OFF)
    given.batch(owner, "target", JANUARY, [dated | {"value_high": 95}])
    said(publisher, LATER)
    told = "target dicatat sesudah batas data: 80 sampai 95 persen, semula 80 sampai 85 persen"
    assert told in figure(warehouse).reason


def test_a_register_that_repeats_the_target_is_no_late_one(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner)
    messages(owner, 9)
    target(owner, (PERIOD, 90, "persen"))
    said(publisher, CUT_OFF)
    target(owner, ("2026", 95, "persen"), (PERIOD, 90, "persen"))
    messages(owner, 8)
    said(publisher, LATER)
    assert (figure(warehouse).revision, figure(warehouse).target) == (2, 90)
    assert "sesudah batas data" not in figure(warehouse).reason


def test_the_night_that_publishes_a_missed_cut_off_says_it_at_once(
    warehouse: Warehouse, owner: Connection, publisher: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules(owner)
    messages(owner, 9)
    target(owner, (PERIOD, 90, "persen"))
    known_then = database.load_at(publisher, datetime.now(UTC) + timedelta(hours=1))
    target(owner, (PERIOD, 80, "persen"))
    real = database.load_at  # all batches end today: say what was known at the cut-off
    monkeypatch.setattr(
        database,
        "load_at",
        lambda connection, at: {CUT_OFF: known_then}.get(at, 0 if at < CUT_OFF else real(connection, at)),
    )
    publish.publish(publisher, indicators=["IKU-08"])
    with warehouse.connect("reader") as reader:
        rows = given.figures(reader, "IKU-08", PERIOD, history=True)
    assert [(row.revision, row.target) for row in rows] == [(1, 90), (2, 80)]
    assert [("sesudah batas data: 80 persen, semula 90 persen" in row.reason) for row in rows] == [False, True]
    assert publish.publish(publisher, indicators=["IKU-08"]).figures == ()
