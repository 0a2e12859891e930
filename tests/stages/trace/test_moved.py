"""What a publication moved: which members, from what to what, and the batch or decision that brought it."""

from datetime import timedelta

import pytest
from publish_kit import CUT_OFF, messages, rules, said

from iku_etl.manifest import decisions
from iku_etl.stages import trace, views
from iku_etl.stages.publish import Published
from iku_etl.stages.trace import Change
from iku_etl.warehouse.database import Connection, Warehouse


def january(warehouse: Warehouse, made: Published, limit: int | None = None) -> Change:
    with warehouse.connect("auditor") as auditor:
        found = trace.changes(auditor, made.publication_ids, limit)
    (change,) = [change for change in found if change.figure["period"] == "2026-01"]
    return change


def test_a_first_row_has_nothing_before_it(warehouse: Warehouse, owner: Connection, publisher: Connection) -> None:
    rules(owner)
    messages(owner, 9)
    change = january(warehouse, said(publisher, CUT_OFF))
    assert (change.before, change.columns, change.members, change.batches) == (None, {}, (), ())


def test_a_revision_names_its_members_and_the_batch_that_brought_it(
    warehouse: Warehouse, owner: Connection, publisher: Connection
) -> None:
    rules(owner)
    messages(owner, 9)
    said(publisher, CUT_OFF)
    messages(owner, 8)
    made = said(publisher, CUT_OFF + timedelta(days=1))
    change = january(warehouse, made)
    assert change.columns["value"] == (90, 80)
    (move,) = change.members
    assert move.before is not None
    assert move.after is not None
    assert move.is_counted
    assert (move.before["numerator"], move.after["numerator"], move.after["denominator"]) == (9, 8, 10)
    with warehouse.connect("auditor") as auditor:
        newest = [
            row["batch_id"]
            for row in auditor.execute(
                "select batch_id from iku.batch where superseded_by is null and source <> 'parameter'"
                " order by load_no desc"
            )
        ]
        lazily = trace.changes(auditor, made.publication_ids, 0)
    assert [row["batch_id"] for row in change.batches] == newest
    assert {row["source"] for row in change.gone} == {"persandian_message", "register_submission"}
    assert not change.is_redefined
    assert not any(one.members or one.batches for one in lazily)
    assert lazily[0].figure["revision"] == 2  # what was final and moved stands first


def test_a_decision_in_between_is_named(warehouse: Warehouse, owner: Connection, publisher: Connection) -> None:
    rules(owner)
    messages(owner, 9)
    said(publisher, CUT_OFF)
    (batch,) = owner.execute("select batch_id from iku.batch where source = 'persandian_message'").fetchall()
    decision = decisions.decide(
        owner, "withdraw", source="persandian_message", batch_id=batch["batch_id"], reason="berkas keliru",
        decided_by="Kepala Seksi",
    )  # fmt: skip
    change = january(warehouse, said(publisher, CUT_OFF + timedelta(days=1)))
    assert [(row["decision_id"], row["kind"], row["decided_by"]) for row in change.decisions] == [
        (decision, "withdraw", "Kepala Seksi")
    ]
    assert [row["batch_id"] for row in change.gone] == [batch["batch_id"]]
    assert change.batches == ()


def test_a_definition_that_confirmed_the_row_before_is_no_new_one(
    warehouse: Warehouse, owner: Connection, publisher: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules(owner)
    messages(owner, 9)
    said(publisher, CUT_OFF)
    for version, is_confirmed in ((98, True), (99, False)):
        monkeypatch.setattr("iku_etl.stages.views.definitions.ARITHMETIC_VERSION", version)
        views.build(owner)
        if is_confirmed:
            assert said(publisher, CUT_OFF + timedelta(days=1)).confirmed
        messages(owner, 100 - version)
        change = january(warehouse, said(publisher, CUT_OFF + timedelta(days=version)))
        assert change.is_redefined is not is_confirmed
