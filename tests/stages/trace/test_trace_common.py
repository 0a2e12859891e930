"""What a member rests on beside its own records: the hand-in that makes absence a zero, the calendar, the rules."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import ppid_kit
import pytest
from given import batch, midnight_after, parameter_rows, submission_row
from given_ppid import hand_in_row, opd_row, request_row
from install_kit import publish_as_known

from iku_etl.stages import trace
from iku_etl.stages.trace import EvidenceUse
from iku_etl.warehouse.database import Connection, Warehouse

Ask = Callable[[str, str, str], dict[str, EvidenceUse]]


@pytest.fixture
def owner(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect("owner") as connection:
        batch(connection, "parameter", "2026-01-01", parameter_rows())
        yield connection


@pytest.fixture
def ask(warehouse: Warehouse) -> Ask:
    """The evidence of a member, by relation, as published at the end of May."""

    def ask(indicator: str, period: str, member: str) -> dict[str, EvidenceUse]:
        publish_as_known(warehouse, midnight_after(date(2026, 5, 31)))
        with warehouse.connect("auditor") as connection:
            found = trace.figure(connection, indicator, period, member=member)
        assert found.member is not None
        assert found.agrees
        return {part.relation: part for part in found.member.evidence}

    return ask


def values(part: EvidenceUse, *names: str) -> list[tuple[Any, ...]]:
    """Some values of the records shown, what the relation made of them among them."""
    return [tuple((record.values | record.derived)[name] for name in names) for record in part.records]


def network(owner: Connection, rows_declared: int) -> None:
    """Two offices in March, a link to one of them, and the Dinas' statement that the register is whole."""
    link = {
        "link": "L1", "serves_kind": "opd", "serves": "a", "medium": "fiber_optik", "supplied_by_dinas": True,
        "monitored": True, "active_from": "2025-01-01", "active_to": None, "last_seen_on": "2026-03-30",
        "last_polled_on": "2026-03-31",
    }  # fmt: skip
    batch(owner, "opd", "2026-03-01", [opd_row("a"), opd_row("b")])
    batch(owner, "network_link", "2026-03-01", [link])
    said = {"register": "network_link", "received_on": "2026-04-02", "complete": True, "rows_declared": rows_declared}
    batch(owner, "register_submission", "2026-03-01", [submission_row("diskominfo", "2026-03", 1) | said])


def test_a_figure_without_any_hand_in_is_traced_to_its_bytes(owner: Connection, warehouse: Warehouse) -> None:
    batch(owner, "opd", "2026-03-01", [opd_row("a")])
    publish_as_known(warehouse, midnight_after(date(2026, 5, 31)))
    with warehouse.connect("auditor") as connection:
        originals = trace.Originals(lambda sha256: 0, lambda batch_id: {}, lambda batch_id, numbers: {})
        found = trace.figure(connection, "IKU-01", "2026-03", originals=originals)
    assert [use.row["source"] for use in found.batches] == ["opd", "parameter"]


@pytest.mark.parametrize("rows_declared", [1, 2])  # a whole register, and one of which a row is missing
def test_an_office_without_a_link_rests_on_the_hand_in(owner: Connection, ask: Ask, rows_declared: int) -> None:
    network(owner, rows_declared)
    part = ask("IKU-01", "2026-03", "b")["network_link_absence"]
    assert part.is_common
    assert (part.record_count, part.batches[0].row["source"]) == (1, "register_submission")
    assert values(part, "register", "unit", "rows_declared")[0] == ("network_link", "diskominfo", rows_declared)


def test_the_rules_that_an_indicator_reads_are_shown_and_no_others(owner: Connection, ask: Ask) -> None:
    network(owner, 1)
    part = ask("IKU-01", "2026-03", "b")["parameter"]
    shown = {name for (name,) in values(part, "name")}
    assert {"link_seen_max_age_days", "link_verified_max_age_days", "coverage_floor_pct"} <= shown
    assert not shown & {"dip_max_age_months", "uptime_floor_pct"}


def test_a_target_of_the_figures_own_period_is_shown(owner: Connection, ask: Ask) -> None:
    network(owner, 1)
    target = {
        "indicator": "IKU-01", "period": "2026-TW1", "year": 2026, "value": 85, "unit": "persen",
        "legal_basis": "PK contoh", "in_force_from": "2026-01-02",
    }  # fmt: skip
    batch(owner, "target", "2026-01-01", [target, target | {"indicator": "IKU-02"}])
    assert values(ask("IKU-01", "2026-TW1", "b")["target"], "indicator", "period") == [("IKU-01", "2026-TW1")]


def test_a_dataset_that_was_not_delivered_rests_on_the_hand_in(owner: Connection, ask: Ask) -> None:
    listed = {
        "dataset": "D",
        "name": "Jumlah D",
        "opd": "a",
        "producer": "a",
        "year": 2026,
        "on_list_from": "2026-01-01",
    }
    batch(owner, "data_list", "2026-01-01", [listed | {"on_list_to": None}])
    said = {"register": "sectoral_dataset", "received_on": "2026-05-02", "complete": True, "rows_declared": 0}
    batch(
        owner,
        "register_submission",
        "2026-04-01",
        [submission_row("diskominfo", "2026-S1", 0, due_on="2026-07-31") | said],
    )
    part = ask("IKU-06", "2026-S1", "D")["sectoral_hand_in"]
    assert values(part, "register", "period") == [("sectoral_dataset", "2026-S1")]


def test_a_request_shows_its_due_day_and_the_days_off_before_it(owner: Connection, ask: Ask) -> None:
    """Complete on 9 March; ten working days without the days off of the example's list end on 25 March or later."""
    ppid_kit.in_order(owner)
    found = ask("IKU-04", "2026-TW1", "P")
    ((complete_on, due_on, is_in_time),) = values(found["ppid_request"], "complete_on", "due_on", "is_in_time")
    calendar = found["triwulan_holiday"]
    assert calendar.is_common
    days_off = {day for (day,) in values(calendar, "day")}
    assert calendar.record_count == len(calendar.records)
    day, counted = complete_on, 0
    while counted < 10:  # on paper
        day = date.fromordinal(day.toordinal() + 1)
        counted += day.weekday() < 5 and day not in days_off
    assert days_off & {date.fromordinal(number) for number in range(complete_on.toordinal(), due_on.toordinal())}
    assert (due_on, is_in_time) == (day, True)
    assert "working_week_days" in {name for (name,) in values(found["parameter"], "name")}


def test_an_office_rests_on_the_row_that_merged_another_into_it(owner: Connection, ask: Ask) -> None:
    network(owner, 1)
    merged = [opd_row("a"), opd_row("b"), opd_row("old", valid_to="2026-02-28", successor="b")]
    batch(owner, "opd", "2026-04-01", merged)
    part = ask("IKU-01", "2026-03", "b")["opd_successor"]
    assert values(part, "opd", "successor", "counts_for") == [("old", "b", "b")]


def test_a_register_that_is_not_whole_rests_on_the_statement_that_says_so(owner: Connection, ask: Ask) -> None:
    network(owner, 1)
    said = {"register": "network_link", "received_on": "2026-04-02", "complete": False}
    batch(owner, "register_submission", "2026-04-01", [submission_row("diskominfo", "2026-03", 1) | said])
    assert values(ask("IKU-01", "2026-03", "b")["network_link_absence"], "complete")[0] == (False,)


def test_of_several_triwulan_the_newest_says_when_an_answer_was_due(owner: Connection, ask: Ask) -> None:
    ppid_kit.in_order(owner, "ppid_request")
    batch(owner, "ppid_request", ppid_kit.MARCH, [request_row("P", "2026-03-30", complete_on=None)])
    batch(owner, "register_submission", ppid_kit.APRIL, [hand_in_row("P", "2026-TW2", 0, "2026-05-02")])
    ((received_on, begun_on, due_on, period),) = values(
        ask("IKU-04-PERMOHONAN", "2026", "P")["ppid_request"],
        "received_on",
        "complete_on (dihitung)",
        "due_on",
        "period",
    )
    assert (begun_on, period) == (received_on, "2026-TW2")
    assert due_on > date(2026, 4, 10)


def test_a_definition_of_before_is_traced_without_what_it_does_not_name(
    owner: Connection, warehouse: Warehouse, ask: Ask
) -> None:
    network(owner, 1)
    owner.execute("alter table iku.definition disable trigger user")
    owner.execute("update iku.definition set header = header - 'common'")
    owner.execute("alter table iku.definition enable trigger user")
    assert "parameter" not in ask("IKU-01", "2026-03", "a")
