"""By what cause an event moves a figure: who decided first, then which source, then whether its time had passed."""

from datetime import UTC, datetime
from typing import Any

import pytest

from iku_etl.stages.trace.events import cause, may_move_members

SINCE = datetime(2026, 2, 10, tzinfo=UTC)  # the row before
OVER, RUNNING = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)  # ends of periods
BEFORE, AFTER = datetime(2026, 2, 9, tzinfo=UTC), datetime(2026, 2, 11, tzinfo=UTC)  # ends of windows


def event(source: str = "website_uptime", **changed: Any) -> dict[str, Any]:
    row = {
        "source": source, "kind": "events", "batch_id": 7, "revision": 1, "ended_at": BEFORE, "decision_id": None,
        "decision_kind": None, "contract_version": 1, "earlier_version": 1,
    }  # fmt: skip
    return row | changed


@pytest.mark.parametrize(
    ("of", "ends_at", "expected"),
    [
        (event(), OVER, "late"),
        (event(), RUNNING, "late"),
        (event(ended_at=AFTER), RUNNING, "new"),
        (event(ended_at=AFTER), OVER, "late"),  # a later register about a month that was over
        (event(revision=2), OVER, "restated"),
        (event("website", revision=2), OVER, "corrected"),
        (event("website", revision=2, earlier_version=0), OVER, "restated"),
        (event("no_longer_declared", revision=2), OVER, "restated"),
        (event("parameter", revision=2), OVER, "parameter"),
        (event("target"), OVER, "target"),
        (event("target", decision_id=1, decision_kind="release"), OVER, "quarantine"),
        (event(decision_id=1, decision_kind="correction"), OVER, "decision"),
        (event(decision_id=1, decision_kind="withdraw", batch_id=None), OVER, "decision"),
        (event(batch_id=None), OVER, "restated"),  # how late and how old it may be
    ],
)
def test_cause(of: dict[str, Any], ends_at: datetime, expected: str) -> None:
    assert cause(of, SINCE, ends_at) == expected


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (event("website", kind="snapshot"), True),
        (event("website_content", kind="snapshot"), False),
        (event("persandian_message"), False),
        (event("parameter", kind="snapshot"), False),
        (event("website", kind="snapshot", decision_id=1, decision_kind="release"), False),
    ],
)
def test_members_come_or_go_by_registers(of: dict[str, Any], expected: bool) -> None:
    assert may_move_members(of, cause(of, SINCE, OVER)) is expected
