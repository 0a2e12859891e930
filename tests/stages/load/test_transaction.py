"""The load's transaction: what is the same, what is lost, what became of a batch whose connection died."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from kit import ASKED, METER, ZONE, landed, on
from load_kit import Minutes, aside, judged, loads
from sqlalchemy import Column

from iku_etl.manifest import batches, decisions
from iku_etl.model import Batch
from iku_etl.records import verdict
from iku_etl.records.verdict import Quarantined
from iku_etl.stages import load
from iku_etl.warehouse.database import Warehouse


def test_a_record_that_is_set_aside_now_is_not_lost(meters: Warehouse, tmp_path: Path) -> None:
    loads(meters, tmp_path, 0, [1, 2])
    again = loads(meters, tmp_path, 1, [1], [aside(2, 2)])
    assert (again.ending, again.loaded, again.quarantined, again.reason) == ("in_force", 1, 1, None)


def test_another_record_set_aside_stands_for_none_that_is_gone(meters: Warehouse, tmp_path: Path) -> None:
    first = loads(meters, tmp_path, 0, [1, 2])
    again = loads(meters, tmp_path, 1, [1], [aside(2, 9)])
    assert (again.ending, again.loaded) == ("waiting", None)
    assert f"1 rekaman batch {first.batch_id} tidak ada lagi" in str(again.reason)


@pytest.mark.parametrize(
    ("before", "after"),
    [([], [aside(3, 3)]), ([aside(3, 3)], []), ([aside(3, 3)], [aside(3, 3, "other")])],
    ids=["set aside now", "gone now", "another content"],
)
def test_what_was_set_aside_belongs_to_the_content_of_a_batch(
    meters: Warehouse, tmp_path: Path, before: list[Quarantined], after: list[Quarantined]
) -> None:
    """The same loaded records are a look only where the same records were set aside too."""
    assert loads(meters, tmp_path, 0, [1, 2], before).revision == 1
    again = loads(meters, tmp_path, 1, [1, 2], after)
    assert (again.ending, again.revision, again.quarantined) == ("in_force", 2, len(after))


def test_the_order_in_which_records_were_set_aside_is_no_content(meters: Warehouse, tmp_path: Path) -> None:
    first = loads(meters, tmp_path, 0, [1], [aside(2, 2, "b"), aside(3, 3, "a")])
    again = loads(meters, tmp_path, 1, [1], [aside(2, 3, "a"), aside(3, 2, "b")])
    assert (again.ending, again.confirms, again.reason) == ("unchanged", first.batch_id, "isi sama")


def test_another_contract_is_another_content(meters: Warehouse, tmp_path: Path) -> None:
    first = loads(meters, tmp_path, 0, [1])
    with meters.connect("loader") as connection:
        batch_id = landed(connection, source=replace(METER, version=2), asked_at=ASKED + timedelta(hours=1))
    path = judged(tmp_path / "v2.parquet", [1])
    again = load.load(lambda: meters.connect("loader"), METER, batch_id, path, ZONE)
    assert (again.ending, again.revision) == ("in_force", 2)
    with meters.connect("loader") as connection:
        assert batches.get(connection, first.batch_id, ZONE).superseded_by == again.load_no


def test_an_event_lost_against_the_day_before_is_none(meters: Warehouse, tmp_path: Path) -> None:
    """Only a register is compared with the window before it: what happened on another day stays there."""
    loads(meters, tmp_path, 0, [1, 2], window=on(4))
    assert loads(meters, tmp_path, 1, [1]).reason is None


def test_facts_roll_up_and_quarantine_come_with_the_ending(meters: Warehouse, tmp_path: Path) -> None:
    batch = loads(meters, tmp_path, 0, [1, 2], [aside(3, 3)])
    with meters.connect("auditor") as connection:
        (rolled,) = connection.execute("select * from fact.meter_day").fetchall()
        (set_aside,) = connection.execute("select * from iku.quarantine").fetchall()
        (result,) = connection.execute("select * from iku.check_result").fetchall()
    assert (rolled["batch_id"], rolled["site"], rolled["up_count"]) == (batch.batch_id, "a", 2)
    assert (set_aside["batch_id"], set_aside["record_no"], set_aside["place"]) == (batch.batch_id, 3, "baris 3")
    assert (result["batch_id"], result["expectation"], result["evaluated"]) == (batch.batch_id, "Uji", 2)
    assert (batch.records_read, batch.loaded, batch.quarantined, batch.declared_out) == (5, 2, 1, 2)


def test_what_was_withdrawn_comes_back_by_a_decision_and_then_by_itself(meters: Warehouse, tmp_path: Path) -> None:
    first = loads(meters, tmp_path, 0, [1])
    with meters.connect("owner") as owner:
        decisions.decide(
            owner, "withdraw", source="meter", batch_id=first.batch_id, reason="alat salah", decided_by="Kasi"
        )
    assert loads(meters, tmp_path, 1, [1]).ending == "waiting"
    assert loads(meters, tmp_path, 2, [1, 2]).ending == "in_force"  # other content was never withdrawn
    waits = loads(meters, tmp_path, 3, [1])
    assert (waits.ending, "ditarik" in str(waits.reason)) == ("waiting", True)


# ---------------------------------------------------------------- what persons decided


def withdraw(warehouse: Warehouse, batch: Batch) -> None:
    with warehouse.connect("owner") as owner:
        decisions.decide(
            owner, "withdraw", source="meter", batch_id=batch.batch_id, reason="alat salah", decided_by="Kasi"
        )


def replays(warehouse: Warehouse, folder: Path, of: Batch, minutes: Minutes) -> Batch:
    """The bytes of a batch read again under a decision, as old as they are."""
    with warehouse.connect("owner") as owner:
        decision = decisions.decide(
            owner, "instead_of", source="meter", batch_id=of.batch_id, reason="memang benar", decided_by="Kasi"
        )
    with warehouse.connect("loader") as connection:
        batch_id = landed(
            connection, asked_at=of.asked_at or ASKED, instead_of=of.batch_id, decision_id=decision, fingerprint="again"
        )
    path = judged(folder / f"{batch_id}.parquet", minutes)
    return load.load(lambda: warehouse.connect("loader"), METER, batch_id, path, ZONE)


def test_what_was_withdrawn_of_one_window_may_be_the_content_of_another(meters: Warehouse, tmp_path: Path) -> None:
    withdraw(meters, loads(meters, tmp_path, 0, [1]))
    assert loads(meters, tmp_path, 1, [1], window=on(6)).ending == "in_force"


def test_a_withdrawal_is_over_once_somebody_put_its_content_in_force_again(meters: Warehouse, tmp_path: Path) -> None:
    first = loads(meters, tmp_path, 0, [1])
    withdraw(meters, first)
    assert replays(meters, tmp_path, first, [1]).ending == "in_force"
    assert loads(meters, tmp_path, 1, [1, 2]).ending == "in_force"
    lost = loads(meters, tmp_path, 2, [1])  # not refused as withdrawn: it waits because it loses a reading
    assert "tidak ada lagi" in str(lost.reason)


def test_a_decision_beats_age_and_loss(meters: Warehouse, tmp_path: Path) -> None:
    """Who decides knows that the bytes are old, and what they lack."""
    first = loads(meters, tmp_path, 0, [1])
    second = loads(meters, tmp_path, 5, [1, 2, 3])
    again = replays(meters, tmp_path, first, [1])
    assert (again.ending, again.reason, again.revision) == ("in_force", None, 3)
    looked = loads(meters, tmp_path, 6, [1, 2, 3])  # what was passed over does not come back by itself
    assert (looked.ending, looked.confirms) == ("unchanged", again.batch_id)
    assert second.batch_id != looked.batch_id
    assert loads(meters, tmp_path, 7, [1, 2, 3, 4]).ending == "in_force"  # what is new does


# ---------------------------------------------------------------- what is said of a batch that does not stand


def results(warehouse: Warehouse, batch: Batch) -> int:
    with warehouse.connect("auditor") as connection:
        return len(connection.execute("select from iku.check_result where batch_id = %s", [batch.batch_id]).fetchall())


def test_a_batch_that_waits_or_is_rejected_says_what_its_checks_found(meters: Warehouse, tmp_path: Path) -> None:
    loads(meters, tmp_path, 0, [1, 2])
    waits = loads(meters, tmp_path, 1, [1])
    assert (waits.ending, results(meters, waits)) == ("waiting", 1)
    with meters.connect("loader") as connection:
        batch_id = landed(connection, asked_at=ASKED + timedelta(hours=2))
    path = judged(tmp_path / "rejected.parquet", [], because="bentuknya lain")
    rejected = load.load(lambda: meters.connect("loader"), METER, batch_id, path, ZONE)
    assert (rejected.ending, rejected.reason, results(meters, rejected)) == ("rejected", "bentuknya lain", 1)
    with meters.connect("auditor") as connection:
        rows = connection.execute("select batch_id, reason, records from iku.left_out order by batch_id").fetchall()
    assert [tuple(row.values()) for row in rows] == [
        (number, "baris jumlah", 2) for number in (1, waits.batch_id, batch_id)
    ]


@pytest.mark.parametrize(
    ("privacy", "shown"), [("public", "(a 2026-01-04T17:02:00+00:00)"), ("token", "kunci tidak ditampilkan")]
)
def test_a_lost_key_is_named_only_where_all_of_it_is_public(
    meters: Warehouse, tmp_path: Path, privacy: str, shown: str
) -> None:
    columns = tuple(
        Column(column.name, column.type, nullable=column.nullable, info={"privacy": privacy})
        if column.name == "site"
        else column
        for column in METER.columns
    )
    source = replace(METER, columns=columns, kind="snapshot")
    loads(meters, tmp_path, 0, [1, 2], source=source)
    reason = str(loads(meters, tmp_path, 1, [1], source=source).reason)
    assert shown in reason
    assert ("2026" in reason) == (privacy == "public")


def test_what_a_source_warns_of_stands_in_the_reason_and_what_it_left_out_in_the_manifest(
    meters: Warehouse, tmp_path: Path
) -> None:
    batch = loads(meters, tmp_path, 0, [1], warnings=("1 nilai site belum ada di register website (a)",))
    assert batch.reason == "1 nilai site belum ada di register website (a)"
    assert (batch.records_read, batch.loaded, batch.declared_out) == (3, 1, 2)


def test_a_fetch_that_was_asked_before_a_newer_look_is_let_go_in_words(meters: Warehouse, tmp_path: Path) -> None:
    """The newer look may have brought a batch in force, the same again, or one that waits: each makes this one old."""
    assert loads(meters, tmp_path, 0, [1, 2]).ending == "in_force"
    assert loads(meters, tmp_path, 4, [1, 2]).ending == "unchanged"
    older = loads(meters, tmp_path, 2, [1, 2, 3])
    assert (older.ending, older.loaded) == ("failed", None)
    assert "diminta sebelum batch 2" in str(older.reason)
    assert loads(meters, tmp_path, 8, [1]).ending == "waiting"
    older = loads(meters, tmp_path, 6, [1, 2, 3])
    assert (older.ending, "diminta sebelum batch 4" in str(older.reason)) == ("failed", True)
    with meters.connect("auditor") as connection:
        codes = connection.execute("select error_code from iku.batch where ending = 'failed'").fetchall()
    assert codes == [{"error_code": "load_conflict"}] * 2


@pytest.mark.parametrize("minutes", [[1, 3], [4]])
def test_a_column_that_a_system_calls_otherwise_now_waits(meters: Warehouse, tmp_path: Path, minutes: Minutes) -> None:
    first = loads(meters, tmp_path, 0, [1, 2])
    bare = judged(tmp_path / "bare.parquet", minutes, window=on(16))
    content = verdict.read(bare)
    emptied = content_without(bare, content, "latency_ms", "latency")
    with meters.connect("loader") as connection:
        batch_id = landed(connection, window=on(16), asked_at=ASKED + timedelta(days=1), fingerprint="bare")
    second = load.load(lambda: meters.connect("loader"), METER, batch_id, emptied, ZONE)
    assert second.ending == "waiting"
    assert f"kolom latency_ms tidak ada pada sumber, padahal batch {first.batch_id}" in str(second.reason)
    assert "tidak dikenal: latency." in str(second.reason)


def content_without(path: Path, content: verdict.Verdict, missing: str, unknown: str) -> Path:
    """The same judged records where the source has not that column, and has one that nobody declared."""
    (table,) = content.pieces()
    index = table.schema.get_field_index(missing)
    table = table.set_column(index, missing, pa.nulls(len(table), table.schema.field(index).type))
    made = path.with_name("emptied.parquet")
    writer = verdict.Writer(made, table.schema)
    writer.write(table)
    writer.finish(replace(content, missing_columns=(missing,), unknown_columns=(unknown,)))
    return made
