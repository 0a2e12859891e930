"""A figure that stands by a newer definition is computed by both, each as of what it was said of."""

from datetime import timedelta

import pytest
from publish_kit import CUT_OFF, messages, rules, said

from iku_etl.figures import publications
from iku_etl.stages import trace, views
from iku_etl.warehouse.database import Connection, Warehouse


def test_a_trace_proves_the_definition_that_confirmed_the_figure(
    warehouse: Warehouse, owner: Connection, publisher: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules(owner)
    messages(owner, 9)
    first = said(publisher, CUT_OFF)
    with warehouse.connect("auditor") as auditor:
        before = trace.figure(auditor, "IKU-08", "2026-01")
    assert before.confirmation is None
    monkeypatch.setattr("iku_etl.stages.views.definitions.ARITHMETIC_VERSION", 99)
    new = views.build(owner)["IKU-08"]
    said(publisher, CUT_OFF + timedelta(days=1))
    with warehouse.connect("auditor") as auditor:
        found = trace.figure(auditor, "IKU-08", "2026-01")
        then = trace.figure(auditor, "IKU-08", "2026-01", as_of=first.as_of, as_of_time=first.as_of_time)
        (row,) = publications.select(auditor, "IKU-08", "2026-01")
    assert found.figure["definition"] == before.figure["definition"]
    assert found.confirmation is not None
    assert (found.confirmation.definition, found.confirmation.differences, found.agrees) == (new, {}, True)
    assert then.confirmation is None
    assert (row["definition"], row["current_definition"]) == (before.figure["definition"], new)
    assert new in row["in_force"]


def test_a_confirmation_that_does_not_hold_is_said(
    warehouse: Warehouse, owner: Connection, publisher: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules(owner)
    messages(owner, 9)
    made = said(publisher, CUT_OFF)
    monkeypatch.setattr("iku_etl.stages.views.definitions.ARITHMETIC_VERSION", 99)
    views.build(owner)
    other = views.build(owner)["IKU-09"]  # which is not what this figure was computed by
    owner.execute(
        "insert into iku.figure_confirmed select figure_id, %s, %s from iku.figure"
        " where indicator = 'IKU-08' and period = '2026-01'",
        [made.publication_ids[0], other],
    )
    with warehouse.connect("auditor") as auditor:
        assert not trace.figure(auditor, "IKU-08", "2026-01").agrees
