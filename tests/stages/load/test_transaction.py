"""The load's transaction: what is the same, what is lost, what became of a batch whose connection died."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest
from kit import ASKED, DAY, METER, ZONE, count, declare, landed, on

from iku_etl.errors import TransientError
from iku_etl.manifest import batches, decisions
from iku_etl.model import Batch
from iku_etl.records import identity, verdict
from iku_etl.records.verdict import CheckResult, Quarantined, Verdict
from iku_etl.stages import load
from iku_etl.warehouse.database import Connection, Warehouse
from iku_etl.window import Window

Minutes = Sequence[int]


@pytest.fixture
def meters(warehouse: Warehouse) -> Warehouse:
    declare(warehouse)
    return warehouse


def aside(record_no: int, minute: int, content: str = "x") -> Quarantined:
    """A reading of `minute` that was set aside; `content` makes its hash."""
    key = {"site": "a", "read_at": identity.plain(DAY.start + timedelta(minutes=minute))}
    return Quarantined(record_no, 1, f"baris {record_no}", ("aturan",), "tidak wajar", key, f"hash {content}", {})


def judged(path: Path, minutes: Minutes, set_aside: Sequence[Quarantined] = (), window: Window = DAY) -> Path:
    """A file of judged records: readings of site `a` at these minutes, and those set aside."""
    numbers = range(1, len(minutes) + 1)
    moments = [window.start + timedelta(minutes=minute) for minute in minutes]
    table = pa.table({
        "record_no": pa.array(numbers, pa.int32()),
        "payload_no": pa.array([1] * len(minutes), pa.int16()),
        "site": pa.array(["a"] * len(minutes), pa.string()),
        "read_at": pa.array(moments, pa.timestamp("us", "UTC")),
        "up": pa.array([True] * len(minutes), pa.bool_()),
        "latency_ms": pa.array([5] * len(minutes), pa.int32()),
    })  # fmt: skip
    writer = verdict.Writer(path, table.schema)
    writer.write(table)
    loaded, other = len(minutes), len(set_aside)
    checks = (CheckResult("Uji", "site", "warn", loaded, 0, True),)
    writer.finish(
        Verdict(
            METER.name, window.label, None, None, loaded + other, loaded, other, 0, {}, f"print {list(minutes)}",
            checks, tuple(set_aside), (), (), "uji",
        )
    )  # fmt: skip
    return path


def loads(
    warehouse: Warehouse, folder: Path, hours: int, minutes: Minutes, set_aside: Sequence[Quarantined] = (),
    window: Window = DAY, kind: str = "events",
) -> Batch:  # fmt: skip
    """A batch of these readings, asked for so many hours later than the first, brought to its ending."""
    with warehouse.connect("loader") as connection:
        batch_id = landed(connection, window=window, asked_at=ASKED + timedelta(hours=hours), fingerprint=str(hours))
    path = judged(folder / f"{batch_id}.parquet", minutes, set_aside, window)
    source = replace(METER, kind=kind)  # type: ignore[arg-type]
    return load.load(lambda: warehouse.connect("loader"), source, batch_id, path, ZONE)


def test_a_record_that_is_set_aside_now_is_not_lost(meters: Warehouse, tmp_path: Path) -> None:
    loads(meters, tmp_path, 0, [1, 2])
    again = loads(meters, tmp_path, 1, [1], [aside(2, 2)])
    assert (again.ending, again.loaded, again.quarantined, again.reason) == ("in_force", 1, 1, None)


def test_another_record_set_aside_stands_for_none_that_is_gone(meters: Warehouse, tmp_path: Path) -> None:
    first = loads(meters, tmp_path, 0, [1, 2])
    again = loads(meters, tmp_path, 1, [1], [aside(2, 9)])
    assert (again.ending, again.loaded) == ("waiting", None)
    assert f"1 record batch {first.batch_id} tidak ada lagi" in str(again.reason)


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
    assert (batch.records_read, batch.loaded, batch.quarantined, batch.declared_out) == (3, 2, 1, 0)


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


# ---------------------------------------------------------------- a connection that dies


@contextmanager
def dying(warehouse: Warehouse, *, after_commit: bool) -> Iterator[Connection]:
    """A loader's connection whose session the server ends just before or just after its transaction commits."""
    with warehouse.connect("loader") as connection, warehouse.connect("loader") as other:
        real = connection.transaction

        def end_session() -> None:
            other.execute("select pg_terminate_backend(%s)", [connection.info.backend_pid])

        @contextmanager
        def transaction() -> Iterator[None]:
            with real():
                yield
                if not after_commit:
                    end_session()
            end_session()

        connection.transaction = transaction  # type: ignore[method-assign,assignment]
        yield connection


def load_dying(warehouse: Warehouse, folder: Path, *, after_commit: bool) -> Batch:
    with warehouse.connect("loader") as connection:
        batch_id = landed(connection)
    path = judged(folder / "1.parquet", [1, 2])
    connections = iter([dying(warehouse, after_commit=after_commit)])
    return load.load(lambda: next(connections, None) or warehouse.connect("loader"), METER, batch_id, path, ZONE)


def test_a_commit_whose_answer_was_lost_is_a_commit(meters: Warehouse, tmp_path: Path) -> None:
    batch = load_dying(meters, tmp_path, after_commit=True)
    assert (batch.ending, batch.loaded, batch.load_no) == ("in_force", 2, 1)


def test_a_connection_that_dies_before_the_commit_leaves_nothing_and_asks_for_another_try(
    meters: Warehouse, tmp_path: Path
) -> None:
    with pytest.raises(TransientError, match="tidak ada yang berlaku darinya") as lost:
        load_dying(meters, tmp_path, after_commit=False)
    assert isinstance(lost.value.__cause__, psycopg.OperationalError)
    with meters.connect("loader") as connection:
        assert count(connection, "meter") == 0
        assert batches.get(connection, 1, ZONE).ending is None
    assert load.load(lambda: meters.connect("loader"), METER, 1, tmp_path / "1.parquet", ZONE).ending == "in_force"


def test_a_server_that_went_away_for_good_is_said(meters: Warehouse, tmp_path: Path) -> None:
    def nowhere() -> Connection:
        raise psycopg.OperationalError("connection refused")

    with meters.connect("loader") as connection:
        batch_id = landed(connection)
    path = judged(tmp_path / "1.parquet", [1, 2])
    with pytest.raises(TransientError, match=f"Jalankan lagi: iku load {batch_id}"):
        load.load(nowhere, METER, batch_id, path, ZONE)  # type: ignore[arg-type]
