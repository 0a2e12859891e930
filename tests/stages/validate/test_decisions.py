"""Decisions about records: released, corrected, lapsed."""

from pathlib import Path
from typing import Any

import pyarrow as pa
from judge_kit import check, judge, rows, source

from iku_etl.model import Decision
from iku_etl.records import verdict


def decision(kind: Any, row: verdict.Quarantined, changes: Any = None, **more: Any) -> Decision:
    fields = {
        "decision_id": 7, "kind": kind, "source": "contoh", "record_key": dict(row.record_key),
        "record_hash": row.record_hash, "batch_id": None, "changes": changes, "reason": "diperiksa",
        "decided_by": "Ibu Rina", "load_no": 1,
    }  # fmt: skip
    return Decision(**(fields | more))


def test_a_released_record_loads_as_it_is(out: Path) -> None:
    made = source(rows({}, {"latency_ms": "5000"}))
    (aside,) = judge(out, made).quarantine
    found = judge(out, made, [decision("release", aside)])
    assert (found.loaded, found.quarantined) == (2, 0)
    assert pa.concat_tables(found.pieces())["latency_ms"].to_pylist() == [100, 5000]


def test_a_corrected_record_loads_with_the_corrected_value(out: Path) -> None:
    made = source(rows({}, {"latency_ms": "1.234"}, {}))
    (aside,) = judge(out, made).quarantine
    found = judge(out, made, [decision("correction", aside, {"latency_ms": 234})])
    assert (found.loaded, found.quarantined) == (3, 0)
    table = pa.concat_tables(found.pieces())
    assert table["latency_ms"].to_pylist() == [100, 234, 100]
    assert table["record_no"].to_pylist() == [1, 2, 3]


def test_a_correction_is_judged_and_keeps_the_name_of_what_it_corrects(out: Path) -> None:
    made = source(rows({}, {"latency_ms": "1.234"}))
    (aside,) = judge(out, made).quarantine
    found = judge(out, made, [decision("correction", aside, {"latency_ms": 99999})])
    assert (found.quarantine[0].record_key, found.quarantine[0].record_hash) == (aside.record_key, aside.record_hash)


def test_a_decision_lapses_when_its_record_changes_and_says_so(out: Path) -> None:
    (aside,) = judge(out, source(rows({}, {"latency_ms": "5000"}))).quarantine
    found = judge(out, source(rows({}, {"latency_ms": "6000"})), [decision("release", aside)])
    assert (found.loaded, found.quarantined) == (1, 1)
    assert "keputusan 7 (release, Ibu Rina): gugur" in check(found, "Decision").detail


def test_a_decision_holds_on_when_the_key_becomes_longer(out: Path) -> None:
    made = source(rows({}, {"latency_ms": "5000"}))
    (aside,) = judge(out, made).quarantine
    before = {"site": aside.record_key["site"]}
    assert judge(out, made, [decision("release", aside, record_key=before)]).loaded == 2


def test_of_two_records_with_one_key_a_person_may_choose(out: Path) -> None:
    made = source(rows({}, {}, {"site": "a.go.id", "latency_ms": "7"}), is_register=True)
    first, second = judge(out, made).quarantine
    found = judge(out, made, [decision("release", second)])
    assert pa.concat_tables(found.pieces())["latency_ms"].to_pylist() == [100, 7]
    assert [one.record_hash for one in found.quarantine] == [first.record_hash]
    assert judge(out, made, [decision("release", first), decision("release", second)]).quarantined == 2


def test_a_required_value_cannot_be_released_into_being(out: Path) -> None:
    made = source(rows({}, {"site": "-"}))
    (aside,) = judge(out, made).quarantine
    found = judge(out, made, [decision("release", aside)])
    assert found.quarantined == 1
    assert "kolom site wajib diisi; buat koreksi" in check(found, "Decision").detail
    assert judge(out, made, [decision("correction", aside, {"site": "x.go.id"})]).loaded == 2


def test_a_correction_that_cannot_be_read_changes_nothing(out: Path) -> None:
    made = source(rows({}, {"latency_ms": "5000"}))
    (aside,) = judge(out, made).quarantine
    found = judge(out, made, [decision("correction", aside, {"latency_ms": "cepat"})])
    assert found.quarantined == 1
    assert "nilai koreksi kolom latency_ms tidak dapat dibaca" in check(found, "Decision").detail


def test_of_several_decisions_about_a_record_the_last_one_stands(out: Path) -> None:
    """By their load numbers, in whatever order they are handed over."""
    made = source(rows({}, {"latency_ms": "5000"}))
    (aside,) = judge(out, made).quarantine
    taken = [
        decision("correction", aside, {"latency_ms": 300}, load_no=4, decision_id=1),
        decision("release", aside, load_no=5, decision_id=2),
        decision("correction", aside, {"latency_ms": 400}, load_no=6, decision_id=3),
    ]
    for last, value in ((3, 400), (2, 5000), (1, 300)):
        for given in (taken[:last], taken[:last][::-1]):
            found = judge(out, made, given)
            assert pa.concat_tables(found.pieces())["latency_ms"].to_pylist() == [100, value]
            assert [one for one in found.checks if one.expectation == "Decision"] == []


def test_a_decision_about_one_record_touches_no_other(out: Path) -> None:
    """The same value under another key, and the same key in another source's words, are other records."""
    made = source(rows({}, {"latency_ms": "5000"}, {"latency_ms": "5000"}))
    first, second = judge(out, made).quarantine
    found = judge(out, made, [decision("release", first)])
    assert [row.record_no for row in found.quarantine] == [second.record_no]
    mixed = decision("release", first, record_hash=second.record_hash)
    assert [row.record_no for row in judge(out, made, [mixed]).quarantine] == [first.record_no, second.record_no]


def test_decisions_of_other_kinds_release_nothing(out: Path) -> None:
    made = source(rows({}, {"latency_ms": "5000"}))
    (aside,) = judge(out, made).quarantine
    for kind in ("withdraw", "instead_of", "verify", "approve"):
        assert judge(out, made, [decision(kind, aside)]).quarantined == 1


def test_a_correction_settles_its_own_column_alone(out: Path) -> None:
    made = source(rows({}, {"latency_ms": "1.234", "budget": "1,234"}))
    (aside,) = judge(out, made).quarantine
    (still,) = judge(out, made, [decision("correction", aside, {"latency_ms": 234})]).quarantine
    assert still.rules == ("parse:budget",)
    assert still.record_hash == aside.record_hash  # so that the next decision names the same record


def test_a_correction_moves_no_record_out_of_its_window(out: Path) -> None:
    made = source(rows({}, {"latency_ms": "5000"}), key=("site",))
    (aside,) = judge(out, made).quarantine
    moved = decision("correction", aside, {"latency_ms": 10, "checked_at": "2026-03-20T08:00:00+07:00"})
    (row,) = judge(out, made, [moved]).quarantine
    assert "di luar jendela 2026-03-14" in row.message
