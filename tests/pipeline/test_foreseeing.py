"""What a decision would do is what it then does, to the last digit; and looking ahead leaves nothing behind."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import install_kit as kit
import pytest
from install_kit import publish_on

from iku_etl.errors import NotFound, SettingError
from iku_etl.pipeline import Effect, Pipeline
from iku_etl.stages.trace.moved import COMPARED

ODD = kit.MESSAGES.replace(",biasa,tidak,-,", ",biasa,entah,-,", 1)  # whether it was secured can't be read
SIGNED = {"reason": "diperiksa bersama bidang", "by": "Kepala Seksi"}


@pytest.fixture
def settled(pipeline: Pipeline) -> Pipeline:
    """January of IKU-08 with two records set aside: one of an unknown class, one with a cell that can't be read."""
    kit.settle(pipeline)
    kit.drop(pipeline.settings, "persandian_message", ODD)
    assert kit.collect(pipeline, "persandian_message").ending == "in_force"
    publish_on(pipeline.warehouse, 21)
    return replace(pipeline, now=lambda: datetime(2026, 2, 21, 5, tzinfo=UTC))  # as `publish_on`


def everything(pipeline: Pipeline) -> list[Any]:
    """All that anybody could see of a decision: its number too."""
    queries = (
        "select * from iku.batch order by batch_id", "select * from iku.decision order by decision_id",
        "select * from iku.load_counter", "select * from iku.quarantine order by batch_id, record_no",
        "select * from fact.persandian_message order by batch_id, record_no",
        "select * from iku.figure order by figure_id",
    )  # fmt: skip
    with pipeline.warehouse.connect("owner") as connection:
        return [connection.execute(query).fetchall() for query in queries]


def in_force(pipeline: Pipeline) -> int:
    with pipeline.warehouse.connect("auditor") as connection:
        row = connection.execute(
            "select batch_id from iku.batch_in_force where source = 'persandian_message'"
        ).fetchone()
    assert row
    return int(row["batch_id"])


def unreadable(pipeline: Pipeline) -> tuple[int, int]:
    """The record whose cell could not be read, in the batch in force."""
    with pipeline.warehouse.connect("auditor") as connection:
        row = connection.execute(
            "select batch_id, record_no from iku.quarantine where batch_id = %s and 'parse:secured' = any(rules)",
            [in_force(pipeline)],
        ).fetchone()
    assert row
    return row["batch_id"], row["record_no"]


def said(pipeline: Pipeline) -> dict[tuple[str, str], dict[str, Any]]:
    """What is published newest, as far as a figure says anything."""
    with pipeline.warehouse.connect("auditor") as connection:
        rows = connection.execute("select * from iku.published_figure where is_newest").fetchall()
    return {(row["indicator"], row["period"]): {name: row[name] for name in COMPARED} for row in rows}


def foreseen(effect: Effect) -> dict[tuple[str, str], dict[str, Any]]:
    return {(one.indicator, one.period): {name: (one.after or {})[name] for name in COMPARED} for one in effect.figures}


def came_true(pipeline: Pipeline, effect: Effect, before: dict[tuple[str, str], dict[str, Any]]) -> None:
    """What is published now differs from before in just what was foreseen."""
    now = said(pipeline)
    assert foreseen(effect) == {key: row for key, row in now.items() if row != before.get(key)}


def test_a_correction_does_what_was_foreseen(settled: Pipeline) -> None:
    before, kept = said(settled), everything(settled)
    effect = settled.foresee_record("correction", *unreadable(settled), {"secured": "tidak"})
    assert everything(settled) == kept
    assert effect.ended and (effect.ended.ending, effect.ended.quarantined) == ("in_force", 1)
    (month,) = [one for one in effect.figures if (one.indicator, one.period) == ("IKU-08", "2026-01")]
    assert month.before and month.after and month.before["high"] != month.after["high"]
    assert [move.member for move in month.members] == ["dinkes"]
    assert effect.compared > len(effect.figures)
    _, batch = settled.decide_record("correction", *unreadable(settled), changes={"secured": "tidak"}, **SIGNED)
    assert batch.ending == "in_force"
    publish_on(settled.warehouse, 21)
    came_true(settled, effect, before)


def test_what_is_released_and_still_cannot_be_read_moves_nothing(settled: Pipeline) -> None:
    kept = everything(settled)
    effect = settled.foresee_record("release", *unreadable(settled))
    assert effect.ended and effect.ended.ending == "unchanged"
    assert effect.figures == ()
    assert everything(settled) == kept


def test_a_withdrawal_does_what_was_foreseen(settled: Pipeline) -> None:
    before, kept = said(settled), everything(settled)
    effect = settled.foresee_batch("withdraw", in_force(settled))
    assert effect.ended is None
    assert everything(settled) == kept
    assert {(one.indicator, one.period) for one in effect.figures} >= {("IKU-08", "2026-01")}
    settled.decide_batch("withdraw", in_force(settled), **SIGNED)
    publish_on(settled.warehouse, 21)
    came_true(settled, effect, before)


def test_what_cannot_be_decided_cannot_be_foreseen(settled: Pipeline) -> None:
    batch, record = unreadable(settled)
    with pytest.raises(NotFound, match="tidak ada di karantina"):
        settled.foresee_record("release", batch, 9999)
    with pytest.raises(NotFound, match="tidak ada kolom"):
        settled.foresee_record("correction", batch, record, {"warna": "merah"})
    with pytest.raises(SettingError, match="berlaku"):
        settled.foresee_batch("instead_of", batch)
