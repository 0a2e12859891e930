"""Why a figure moved: one cause at a time, with the members and what brought it."""

import shutil
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import given
import pytest
from publish_kit import CUT_OFF, JANUARY, messages, rules, said, target
from why_kit import decide, say

from iku_etl.catalogue import SQL
from iku_etl.errors import NotFound
from iku_etl.stages import views
from iku_etl.stages.trace import End, Part, Why, why
from iku_etl.warehouse.database import Connection, Warehouse

DAY = timedelta(days=1)


def asked(warehouse: Warehouse, code: str = "IKU-08", period: str = "2026-01", *ends: End) -> Why:
    with warehouse.connect("auditor") as auditor:
        return why(auditor, code, period, (ends[0], ends[1]) if ends else None)


def only(found: Why, cause: str) -> Part:
    """The one part of a difference, which is of that cause and is all of it."""
    (part,) = found.parts
    assert part.cause == cause
    assert part.amounts == found.amounts
    return part


def moved(part: Part) -> list[tuple[str, Any, Any]]:
    return [
        (move.member, move.before and move.before["numerator"], move.after and move.after["numerator"])
        for step in part.steps
        for move in step.members
    ]


def entries(secured: int, count: int = 10, unit: str = "A") -> list[dict[str, Any]]:
    return [
        given.message_row(unit, f"2026-01-{place + 1:02}", str(place), place < secured, agenda_no=place + 1)
        for place in range(count)
    ]


def handed_in(owner: Connection, *units: str) -> int:
    rows = [given.submission_row(unit, "2026-01", 10) for unit in units]
    return given.batch(owner, "register_submission", JANUARY, rows)


def batches(part: Part) -> list[int]:
    return [event["batch_id"] for event in part.events]


# ---------------------------------------------------------------- one cause each


def test_data_that_came_late(warehouse: Warehouse, owner: Connection, publisher: Connection) -> None:
    rules(owner)
    handed_in(owner, "A")
    said(publisher, CUT_OFF)
    came = given.batch(owner, "persandian_message", JANUARY, entries(9))
    said(publisher, CUT_OFF + DAY)
    part = only(asked(warehouse), "late")
    assert (part.amounts["numerator"].moved, part.amounts["value"].appeared) == (9, 1)
    assert batches(part) == [came]
    assert [name for name, _, is_now in moved(part) if is_now == 9] == ["A"]


def test_a_register_that_was_handed_in_again(warehouse: Warehouse, owner: Connection, publisher: Connection) -> None:
    rules(owner)
    messages(owner, 9)
    said(publisher, CUT_OFF)
    came = given.batch(owner, "persandian_message", JANUARY, entries(8))
    said(publisher, CUT_OFF + DAY)
    part = only(asked(warehouse), "corrected")
    assert part.amounts["value"].moved == -10
    assert (batches(part), moved(part)) == ([came], [("A", 9, 8)])


def test_a_record_that_was_released(warehouse: Warehouse, owner: Connection, publisher: Connection) -> None:
    rules(owner)
    handed_in(owner, "A")
    aside = {"unit": "A", "recorded_on": "2026-01-10", "secured": True}
    first = given.batch(owner, "persandian_message", JANUARY, entries(9, 9), quarantined=[aside])
    said(publisher, CUT_OFF)
    decision = decide(owner, "release", first, "persandian_message")
    came = given.batch(owner, "persandian_message", JANUARY, entries(10), instead_of=first, decision_id=decision)
    said(publisher, CUT_OFF + DAY)
    part = only(asked(warehouse), "quarantine")
    assert (batches(part), moved(part)) == ([came], [("A", 9, 10)])
    assert [(event["decision_id"], event["decided_by"]) for event in part.events] == [(decision, "Kepala Seksi")]


def test_a_batch_that_was_withdrawn(warehouse: Warehouse, owner: Connection, publisher: Connection) -> None:
    rules(owner)
    handed_in(owner, "A")
    first = given.batch(owner, "persandian_message", JANUARY, entries(9))
    said(publisher, CUT_OFF)
    decision = decide(owner, "withdraw", first, "persandian_message")
    said(publisher, CUT_OFF + DAY)
    part = only(asked(warehouse), "decision")
    assert part.amounts["value"].appeared == -1
    assert [event["decision_id"] for event in part.events] == [decision]


@pytest.mark.parametrize("kind", ["correction", "instead_of"])
def test_a_batch_that_was_read_again_by_a_decision(
    warehouse: Warehouse, owner: Connection, publisher: Connection, kind: str
) -> None:
    rules(owner)
    handed_in(owner, "A")
    first = given.batch(owner, "persandian_message", JANUARY, entries(9))
    said(publisher, CUT_OFF)
    decision = decide(owner, kind, first, "persandian_message")
    given.batch(owner, "persandian_message", JANUARY, entries(7), instead_of=first, decision_id=decision)
    said(publisher, CUT_OFF + DAY)
    assert moved(only(asked(warehouse), "decision")) == [("A", 9, 7)]


def test_a_contract_that_reads_the_same_otherwise(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner)
    handed_in(owner, "A")
    given.batch(owner, "persandian_message", JANUARY, entries(9), version=98)
    said(publisher, CUT_OFF)
    given.batch(owner, "persandian_message", JANUARY, entries(8), version=99)
    said(publisher, CUT_OFF + DAY)
    assert moved(only(asked(warehouse), "restated")) == [("A", 9, 8)]


def test_members_who_came(warehouse: Warehouse, owner: Connection, publisher: Connection) -> None:
    rules(owner)
    messages(owner, 9)
    said(publisher, CUT_OFF)
    came = handed_in(owner, "A", "B")
    said(publisher, CUT_OFF + DAY)
    part = only(asked(warehouse), "membership")
    assert batches(part) == [came]
    assert [(move.member, move.before) for step in part.steps for move in step.members] == [("B", None)]


def test_a_register_of_the_same_members(warehouse: Warehouse, owner: Connection, publisher: Connection) -> None:
    rules(owner)
    messages(owner, 9)
    said(publisher, CUT_OFF)
    given.batch(owner, "persandian_message", JANUARY, entries(8))
    given.batch(owner, "register_submission", JANUARY, [given.submission_row("A", "2026-01", 12)])
    said(publisher, CUT_OFF + DAY)
    part = only(asked(warehouse), "corrected")
    assert (len(part.steps), moved(part)) == (1, [("A", 9, 8)])  # neighbours of one cause are one step


def test_a_parameter(warehouse: Warehouse, owner: Connection, publisher: Connection) -> None:
    rules(owner)
    messages(owner, 9)
    handed_in(owner, "A", "B")  # nothing of B: half is seen
    said(publisher, CUT_OFF)
    rules(owner, coverage_floor_pct=10)
    said(publisher, CUT_OFF + DAY)
    part = only(asked(warehouse), "parameter")
    assert not part.amounts["numerator"]
    assert part.amounts["value"].appeared == 1


def test_a_target(warehouse: Warehouse, owner: Connection, publisher: Connection) -> None:
    rules(owner)
    messages(owner, 9)
    said(publisher, CUT_OFF)
    target(owner, ("2026-01", 80, "persen"))
    said(publisher, CUT_OFF + DAY)
    part = only(asked(warehouse), "target")
    assert (part.amounts["target"].moved, part.amounts["capaian"].moved) == (80, Decimal("112.5"))
    assert not part.amounts["value"]


def test_a_definition(warehouse: Warehouse, owner: Connection, publisher: Connection, tmp_path: Path) -> None:
    rules(owner)
    messages(owner, 9)
    said(publisher, CUT_OFF)
    folder = tmp_path / "sql"
    shutil.copytree(SQL, folder)
    path = folder / "figure_number.sql"
    path.write_text(path.read_text("utf-8").replace("else 100 * sums.numerator::numeric", "else 50 * sums.numerator"))
    views.build(owner, folder)
    said(publisher, CUT_OFF + DAY)
    found = asked(warehouse)
    part = only(found, "definition")
    assert part.amounts["value"].moved == -45
    (one,) = found.redefined
    assert (one.files, one.words, one.is_confirmed) == (("figure_number.sql",), (), False)


def test_a_definition_that_moves_nothing_is_no_part(
    warehouse: Warehouse, owner: Connection, publisher: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules(owner)
    messages(owner, 9)
    said(publisher, CUT_OFF)
    monkeypatch.setattr("iku_etl.stages.views.definitions.ARITHMETIC_VERSION", 99)
    views.build(owner)
    assert said(publisher, CUT_OFF + DAY).confirmed
    once = asked(warehouse)
    assert (once.before, once.parts) == (None, ())
    assert [one.is_confirmed for one in once.redefined] == [True]
    given.batch(owner, "persandian_message", JANUARY, entries(8))
    said(publisher, CUT_OFF + 2 * DAY)
    found = asked(warehouse)
    only(found, "corrected")
    assert [(one.is_confirmed, one.files) for one in found.redefined] == [(True, ())]


# ---------------------------------------------------------------- time, and a system of its own accord


def websites(owner: Connection, days: Iterable[int], up: int = 288) -> list[int]:
    return [
        given.batch(
            owner, "website_uptime", date(2026, 1, day),
            roll_up=[{"site": "a", "up_count": up, "down_count": 288 - up, "unseen_count": 0}],
        )
        for day in days
    ]  # fmt: skip


@pytest.fixture
def website(owner: Connection) -> None:
    """One site, asked of for the first ten days of January, of which it was up."""
    rules(owner)
    given.batch(owner, "website", JANUARY, [given.website_row("a", "layanan")])
    websites(owner, range(1, 11))


def after(day: int) -> Any:
    return given.midnight_after(date(2026, 1, day))


@pytest.mark.usefixtures("website")
def test_time_that_passes_unseen(warehouse: Warehouse, publisher: Connection) -> None:
    say(publisher, "IKU-05", after(10))
    say(publisher, "IKU-05", after(20))
    part = only(asked(warehouse, "IKU-05"), "coverage")
    assert part.amounts["coverage"].moved < -40
    assert part.events == ()
    assert [move.member for step in part.steps for move in step.members] == ["a"]


@pytest.mark.usefixtures("website")
def test_new_days_with_their_data(warehouse: Warehouse, owner: Connection, publisher: Connection) -> None:
    say(publisher, "IKU-05", after(10))
    came = websites(owner, (11, 12), up=0)
    say(publisher, "IKU-05", after(12))
    part = only(asked(warehouse, "IKU-05"), "new")
    assert batches(part) == came


@pytest.mark.usefixtures("website")
def test_a_system_that_tells_otherwise(warehouse: Warehouse, owner: Connection, publisher: Connection) -> None:
    say(publisher, "IKU-05", after(10))
    came = websites(owner, range(2, 9), up=0)
    say(publisher, "IKU-05", after(10) + timedelta(hours=1))
    part = only(asked(warehouse, "IKU-05"), "restated")
    assert batches(part) == came
    assert part.amounts["value"].moved == -100


# ---------------------------------------------------------------- several, and none


def test_each_of_several_causes_has_its_own_part(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner)
    messages(owner, 9)
    said(publisher, CUT_OFF)
    given.batch(owner, "persandian_message", JANUARY, entries(8))
    target(owner, ("2026-01", 80, "persen"))
    given.batch(owner, "persandian_message", JANUARY, entries(4))
    said(publisher, CUT_OFF + DAY)
    found = asked(warehouse)
    assert [(part.cause, len(part.steps)) for part in found.parts] == [("corrected", 2), ("target", 1)]
    corrected, aimed = found.parts
    assert corrected.amounts["value"].moved == -50
    assert corrected.amounts["capaian"].moved == Decimal(4 - 8) * 10 / Decimal("0.8")
    assert aimed.amounts["capaian"].moved == 100


def test_what_does_not_come_out_again_is_nobody_elses(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner)
    messages(owner, 9)
    said(publisher, CUT_OFF)
    given.batch(owner, "persandian_message", JANUARY, entries(8))
    target(owner, ("2026-01", 80, "persen"))
    said(publisher, CUT_OFF + DAY)
    owner.execute("alter table iku.figure disable trigger user")
    owner.execute("update iku.figure set value = 99 where revision = 1 and period = '2026-01'")
    found = asked(warehouse)
    by_cause = {part.cause: part.amounts["value"].moved for part in found.parts}
    assert by_cause == {"corrected": -10, "target": 0, "unexplained": -9}
    assert [row["revision"] for row in found.unproven] == [1]


def test_ends_are_chosen_by_number_or_by_publication(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner)
    published = []
    for number, secured in enumerate((9, 8, 6)):
        messages(owner, secured)
        published += said(publisher, CUT_OFF + number * DAY).publication_ids
    by_number = asked(warehouse, "IKU-08", "2026-01", End(revision=1), End(revision=3))
    by_publication = asked(
        warehouse, "IKU-08", "2026-01", End(publication_id=published[2]), End(publication_id=published[0])
    )
    assert only(by_number, "corrected").amounts["value"].moved == -30
    assert by_number.parts == by_publication.parts  # the older one comes first
    assert asked(warehouse).amounts["value"].moved == -20
    with pytest.raises(NotFound, match="belum terbit pada terbitan 0"):
        asked(warehouse, "IKU-08", "2026-01", End(publication_id=0), End(revision=1))
