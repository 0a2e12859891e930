"""What is kept of published figures: found again as it was, by its own name alone, and never when it is torn."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import install_kit as kit
import pytest

from iku_etl.pipeline import Pipeline
from iku_etl.stages import trace
from iku_etl.stages.trace import Kept, member_rows

NAMED = ("members", "def_0123456789ab", 7, datetime(2026, 2, 1, tzinfo=UTC))


def test_what_is_kept_is_found_by_its_name_and_read_anew_where_it_is_torn(tmp_path: Path) -> None:
    kept, made = Kept(tmp_path), iter(([1, "a"], [2, "b"]))
    assert kept.found(NAMED) is None
    assert kept.read(NAMED, lambda: next(made)) == [1, "a"]
    assert kept.read(NAMED, lambda: next(made)) == [1, "a"]
    assert kept.found((*NAMED[:2], 8, NAMED[3])) is None
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes().replace(b'"a"', b'"z"'))
    assert kept.found(NAMED) is None
    assert kept.read(NAMED, lambda: next(made)) == [2, "b"]
    held = Kept(held={})
    for one in (Kept(), held):
        assert one.read(NAMED, lambda: [3]) == [3]
    assert (Kept().found(NAMED), held.found(NAMED)) == (None, [3])


@pytest.mark.parametrize(("is_cheaper", "calls"), [(False, [["a"], ["b"], ["c"]]), (True, [["a", "b", "c"]])])
def test_periods_are_read_one_by_one_unless_all_cost_less(
    tmp_path: Path, is_cheaper: bool, calls: list[list[str]]
) -> None:
    asked: list[list[str]] = []
    read = _noting(asked)
    for _ in range(2):
        found = member_rows._by_period(Kept(tmp_path), NAMED, ["a", "b", "c"], read, lambda _: is_cheaper)
        assert found == {"a": ["A"], "b": ["B"], "c": ["C"]}
    assert asked == calls


def test_one_reading_gives_what_one_each_gives(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    kit.settle(pipeline)
    found = []
    with pipeline.warehouse.connect("auditor") as connection:
        for is_cheaper in (True, False):
            monkeypatch.setattr(member_rows, "_is_cheaper_together", lambda *_, is_cheaper=is_cheaper: is_cheaper)
            year = trace.figure(connection, "IKU-08", "2026")
            found.append((year.members, [use.row["batch_id"] for use in year.batches], year.base_periods))
        monkeypatch.undo()
        row = trace.published(connection, "IKU-08", "2026")
        assert member_rows._is_cheaper_together(connection, row["definition"], ["2026-01", "2026-02"]) in (True, False)
    assert found[0] == found[1]
    assert found[0][1]


def _noting(asked: list[list[str]]) -> Callable[[Sequence[str]], dict[str, list[Any]]]:
    def read(periods: Sequence[str]) -> dict[str, list[Any]]:
        asked.append(list(periods))
        return {period: [period.upper()] for period in periods}

    return read


def test_kept_members_are_those_that_a_reading_gives_and_no_proof_is_taken_from_them(pipeline: Pipeline) -> None:
    kit.settle(pipeline)
    kept = Kept(pipeline.settings.state / "members")
    with pipeline.warehouse.connect("auditor") as connection:
        anew = trace.figure(connection, "IKU-08", "2026-01")
        seen = [trace.figure(connection, "IKU-08", "2026-01", recompute=False, kept=kept) for _ in range(2)]
        assert [found.members for found in seen] == [anew.members] * 2
        assert [[type(value) for value in row.values()] for row in seen[1].members] == [
            [type(value) for value in row.values()] for row in anew.members
        ]
        assert any(isinstance(value, Decimal) for row in anew.members for value in row.values())
        assert [use.row["batch_id"] for use in seen[1].batches] == [use.row["batch_id"] for use in anew.batches]
        assert [found.agrees for found in (anew, *seen)] == [True, None, None]
        paths = list((kept.folder or Path()).iterdir())
        assert paths
        for path in paths:
            path.write_bytes(b"")
        assert trace.figure(connection, "IKU-08", "2026-01", kept=kept).members == anew.members
        assert {path.read_bytes() for path in paths} == {b""}  # whoever computes again looks at nothing that is kept
