"""Whatever a figure rests on is its evidence, asked from the figure and from the payload."""

from collections.abc import Iterator
from datetime import date

import pytest
from given import batch, message_row, midnight_after, parameter_rows, submission_row
from install_kit import publish_as_known

from iku_etl.stages import trace
from iku_etl.stages.trace import grounds
from iku_etl.warehouse.database import Connection, Warehouse

JANUARY, FEBRUARY = "2026-01-01", "2026-02-01"


@pytest.fixture
def owner(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect("owner") as connection:
        batch(connection, "parameter", JANUARY, parameter_rows())
        yield connection


def published(warehouse: Warehouse, indicator: str, period: str, member: str | None = None) -> trace.Trace:
    publish_as_known(warehouse, midnight_after(date(2026, 4, 30)))
    with warehouse.connect("auditor") as connection:
        return trace.figure(connection, indicator, period, member=member)


def batches(found: trace.Trace, source: str) -> list[date]:
    return [use.row["window_on"] for use in found.batches if use.row["source"] == source]


def repeated_in_february(owner: Connection) -> int:
    """One message of January that February's register holds again, beside one of its own; January's batch."""
    first = batch(owner, "persandian_message", JANUARY, [message_row("a", "2026-01-20", "7", agenda_no=1)])
    again, other = (message_row("a", f"2026-02-0{day}", number, agenda_no=day) for day, number in ((3, "7"), (4, "8")))
    batch(owner, "persandian_message", FEBRUARY, [again, other])
    hand_ins = [submission_row("a", "2026-01", 1), submission_row("a", "2026-02", 2)]
    batch(owner, "register_submission", FEBRUARY, hand_ins)
    return first


@pytest.mark.parametrize("period", ["2026-01", "2026-02"])
def test_a_message_of_two_months_is_evidence_of_both(owner: Connection, warehouse: Warehouse, period: str) -> None:
    repeated_in_february(owner)
    found = published(warehouse, "IKU-08", period)
    assert (found.figure["denominator"], found.agrees) == (1, True)
    assert batches(found, "persandian_message") == [date(2026, 1, 1), date(2026, 2, 1)]
    member = published(warehouse, "IKU-08", period, "a").member
    assert member is not None
    messages = next(part for part in member.evidence if part.relation == "persandian_message")
    told = {
        (record.values["recorded_on"].isoformat(), record.derived["recorded_period"], record.derived["counted_period"])
        for record in messages.records
    }
    both = {("2026-01-20", "2026-01", "2026-01"), ("2026-02-03", "2026-02", "2026-01")}
    assert told == both | ({("2026-02-04", "2026-02", "2026-02")} if period == "2026-02" else set())


def test_the_way_back_finds_the_month_that_leaves_its_number_out(owner: Connection, warehouse: Warehouse) -> None:
    january = repeated_in_february(owner)
    found = published(warehouse, "IKU-08", "2026-02")
    with warehouse.connect("auditor") as connection:
        periods = grounds.periods(connection, found.figure["definition"], "IKU-08", [january])
    assert {"2026-01", "2026-02"} <= periods
    assert "2026-03" not in periods


def test_the_hand_ins_of_the_months_of_a_triwulan_are_evidence(owner: Connection, warehouse: Warehouse) -> None:
    repeated_in_february(owner)
    member = published(warehouse, "IKU-08-OPD", "2026-TW1", "a").member
    assert member is not None
    counts = {part.relation: part.record_count for part in member.evidence}
    assert (counts["persandian_hand_in"], counts["persandian_served"]) == (2, 3)
    assert "register_submission" in {use.row["source"] for use in published(warehouse, "IKU-08-OPD", "2026").batches}


def test_a_register_that_says_nothing_of_an_indicator_is_its_evidence_too(
    owner: Connection, warehouse: Warehouse
) -> None:
    """`target belum ditetapkan` rests on the list of targets that lacks it."""
    repeated_in_february(owner)
    target = {
        "indicator": "IKU-01", "period": "2026", "year": 2026, "value": 85, "unit": "persen",
        "legal_basis": "PK contoh", "in_force_from": "2026-01-02",
    }  # fmt: skip
    batch(owner, "target", JANUARY, [target])
    found = published(warehouse, "IKU-08", "2026-02")
    assert "target belum ditetapkan" in found.figure["reason"]
    assert batches(found, "target") == [date(2026, 1, 1)]


def test_a_revision_that_waits_is_named_by_the_figure_that_says_so(owner: Connection, warehouse: Warehouse) -> None:
    repeated_in_february(owner)
    waiting = batch(owner, "persandian_message", FEBRUARY, ending="waiting")
    found = published(warehouse, "IKU-08", "2026-02")
    assert "revisi menunggu keputusan" in found.figure["reason"]
    assert waiting in {use.row["batch_id"] for use in found.batches}


def test_months_before_collecting_began_have_no_members_in_the_trace(owner: Connection, warehouse: Warehouse) -> None:
    owner.execute("update iku.source set since = '2026-03-01'")
    repeated_in_february(owner)
    found = published(warehouse, "IKU-08", "2026")
    assert found.agrees
    assert found.base_periods == ("2026-03", "2026-04")
    assert not found.members
