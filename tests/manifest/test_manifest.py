"""The laws of the manifest (windows, endings, load numbers, as-of reads), each against a real PostgreSQL."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from kit import ASKED, DAY, METER, ZONE, count, declare, in_force, insert, landed, on, rows

from iku_etl.manifest import batches, decisions, listing, windows
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Warehouse
from iku_etl.window import Window, window_at

LATER = ASKED + timedelta(hours=1)


def test_a_window_is_a_cell_of_the_grid_and_nothing_else(loader: Connection) -> None:
    shifted = replace(DAY, start=DAY.start + timedelta(hours=1), end=DAY.end + timedelta(hours=1))
    two_days = replace(DAY, end=DAY.end + timedelta(days=1))
    wrong_name = replace(DAY, first_day=DAY.first_day + timedelta(days=1))
    for window in (shifted, two_days, wrong_name, window_at("month", date(2026, 1, 1), ZONE)):
        with pytest.raises(psycopg.errors.CheckViolation, match="no cell of the day grid"):
            batches.open_batch(loader, METER, window)
    assert batches.open_batch(loader, METER, DAY) > 0


def test_the_database_lets_only_one_batch_be_in_force_for_a_cell(owner: Connection, loader: Connection) -> None:
    in_force(loader)
    second = landed(loader)
    with pytest.raises(psycopg.errors.ExclusionViolation):  # even for the owner, past all our code
        owner.execute(
            """
            update iku.batch set ending = 'in_force', load_no = 99, ended_at = now(), revision = 2,
                records_read = 0, loaded = 0, quarantined = 0, declared_out = 0
            where batch_id = %s
            """,
            [second],
        )


def test_every_ending_takes_the_next_load_number(loader: Connection) -> None:
    first = in_force(loader)
    look, rejected, failed = (landed(loader, asked_at=LATER) for _ in range(3))
    batches.end(loader, look, "unchanged", confirms=first)
    batches.end(loader, rejected, "rejected", reason="alasan", code="contract")
    batches.end(loader, failed, "failed", reason="alasan", code="transient")
    numbers = [batches.get(loader, batch_id, ZONE).load_no for batch_id in (first, look, rejected, failed)]
    assert numbers == [1, 2, 3, 4]


def test_load_numbers_appear_in_commit_order_without_gaps(warehouse: Warehouse, loader: Connection) -> None:
    """Three writers end batches as fast as they can; a reader never sees a number whose predecessor is missing."""
    stop_reading, seen_holes = threading.Event(), []

    def read() -> None:
        with warehouse.connect("auditor") as connection:
            while not stop_reading.is_set():
                row = connection.execute("select count(load_no) as n, max(load_no) as top from iku.batch").fetchone()
                assert row is not None
                if row["n"] != (row["top"] or 0):
                    seen_holes.append(row)

    def write(writer: int) -> None:
        with warehouse.connect("loader") as connection:
            for turn in range(20):
                batch_id = landed(connection, window=on(1 + writer * 7 + turn % 7))
                with connection.transaction():
                    batches.end(connection, batch_id, "failed", reason="uji", code="uji")
                    if turn % 3 == 0:  # a number that is taken and rolled back must not leave a hole
                        raise psycopg.Rollback()

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(3)]
    reader.start()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    stop_reading.set()
    reader.join()
    assert seen_holes == []
    found = loader.execute(
        "select count(*) as n, max(load_no) as top from iku.batch where load_no is not null"
    ).fetchone()
    assert found is not None and found["n"] == found["top"] == 39


def test_as_of_an_older_load_gives_what_was_known_then(warehouse: Warehouse, loader: Connection) -> None:
    first = in_force(loader, rows(3))
    second = in_force(loader, rows(4), asked_at=LATER)
    with warehouse.connect("auditor") as connection:
        for as_of, expected in ((0, []), (1, [first]), (2, [second]), (None, [second])):
            with database.reading(connection, as_of):
                found = connection.execute("select batch_id from iku.batch_in_force").fetchall()
            assert [row["batch_id"] for row in found] == expected
    assert batches.get(loader, first, ZONE).superseded_by == 2
    assert [batches.get(loader, batch_id, ZONE).revision for batch_id in (first, second)] == [1, 2]


def test_the_as_of_does_not_leak_out_of_its_transaction(warehouse: Warehouse, loader: Connection) -> None:
    in_force(loader)
    with warehouse.connect("auditor") as connection:
        with database.reading(connection, 0):
            pass
        assert len(connection.execute("select * from iku.batch_in_force").fetchall()) == 1


def test_a_naive_as_of_time_is_refused(loader: Connection) -> None:
    with pytest.raises(ValueError, match="no zone"), database.reading(loader, None, datetime(2026, 1, 1)):  # noqa: DTZ001  # a workbook has no zones
        pass


def test_content_that_goes_a_b_a_is_three_revisions(loader: Connection) -> None:
    for hours, number in enumerate((3, 4, 3)):
        in_force(loader, rows(number), asked_at=ASKED + timedelta(hours=hours))
    found = loader.execute("select revision from iku.batch order by load_no").fetchall()
    assert [row["revision"] for row in found] == [1, 2, 3]


def test_a_look_confirms_only_what_is_in_force(loader: Connection) -> None:
    first = in_force(loader)
    in_force(loader, rows(4), asked_at=LATER)
    look = landed(loader, asked_at=LATER + timedelta(hours=1))
    with pytest.raises(psycopg.errors.SerializationFailure, match="is in force"):
        batches.end(loader, look, "unchanged", confirms=first)


def test_an_older_fetch_loses_against_a_newer_batch_or_look(loader: Connection) -> None:
    first = in_force(loader)
    look = landed(loader, asked_at=LATER)
    batches.end(loader, look, "unchanged", confirms=first)
    between = landed(loader, asked_at=ASKED + timedelta(minutes=5))
    with pytest.raises(psycopg.errors.SerializationFailure, match="loses"), loader.transaction():
        insert(loader, between, rows(9))
        batches.end(loader, between, "in_force", fingerprint="x", counts=(9, 9, 0, 0))
    assert count(loader, "meter") == 3


def test_what_was_read_is_loaded_quarantined_or_declared_out(loader: Connection) -> None:
    batch_id = landed(loader)
    for wrong in ((4, 3, 0, 0), (3, 4, 0, -1), (4, 3, 1, 0)):  # one lost; counts that lie; a quarantine that is empty
        with pytest.raises(psycopg.errors.CheckViolation), loader.transaction():
            insert(loader, batch_id, rows(3))
            batches.end(loader, batch_id, "in_force", fingerprint="x", counts=wrong)
    with loader.transaction():
        insert(loader, batch_id, rows(3))
        batches.end(loader, batch_id, "in_force", fingerprint="x", counts=(5, 3, 0, 2))


def test_a_rejected_batch_holds_no_facts(loader: Connection) -> None:
    batch_id = landed(loader)
    with pytest.raises(psycopg.errors.CheckViolation, match="holds 3 facts"), loader.transaction():
        insert(loader, batch_id, rows(3))
        batches.end(loader, batch_id, "rejected", reason="uji", code="contract")


@pytest.mark.parametrize("ending", ["in_force", "unchanged", "waiting"])
def test_a_batch_that_has_not_landed_can_not_stand(loader: Connection, ending: str) -> None:
    batch_id = batches.open_batch(loader, METER, DAY)
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="has not landed"):
        batches.end(loader, batch_id, ending, counts=(0, 0, 0, 0))


def test_a_batch_ends_once(loader: Connection) -> None:
    batch_id = in_force(loader)
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="ended already"):
        batches.end(loader, batch_id, "failed", reason="uji", code="uji")


def test_facts_name_an_open_batch_of_their_source_and_window(warehouse: Warehouse, loader: Connection) -> None:
    ended, unlanded, other_day = (
        in_force(loader),
        batches.open_batch(loader, METER, on(6)),
        landed(loader, window=on(7)),
    )
    for batch_id, window_on, why in (
        (ended, DAY.first_day, "already ended"),
        (999, DAY.first_day, "unknown"),
        (unlanded, date(2026, 1, 6), "not landed"),
        (other_day, DAY.first_day, "another window"),
    ):
        with pytest.raises(psycopg.errors.ForeignKeyViolation, match=why):
            insert(loader, batch_id, rows(1), window_on=window_on, first_no=100)
    assert count(loader, "meter") == 3


def test_facts_and_the_manifest_are_never_changed_even_by_their_owner(owner: Connection, loader: Connection) -> None:
    in_force(loader)
    for statement in (
        "update fact.meter set up = false",
        "delete from fact.meter",
        "truncate fact.meter",
        "update iku.batch set reason = 'x'",
        "delete from iku.batch",
        "update iku.payload set name = 'x'",
        "delete from iku.payload",
    ):
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(statement)


def test_window_due_lists_every_ended_cell_and_gaps_show_without_a_scheduler(loader: Connection) -> None:
    in_force(loader, window=on(2))
    with database.reading(loader, as_of_time=datetime(2026, 1, 4, 17, tzinfo=UTC)):  # 5 January, midnight in Manna
        found = listing.gaps(loader, "meter")
    assert [row["window_on"].day for row in found] == [1, 3, 4]
    with database.reading(loader, as_of_time=datetime(2026, 1, 4, 16, 59, tzinfo=UTC)):
        assert [row["window_on"].day for row in listing.gaps(loader, "meter")] == [1, 3]


def test_month_and_hour_cells_are_due_when_they_end(warehouse: Warehouse, loader: Connection) -> None:
    monthly = replace(METER, grid="month", name="monthly", roll_ups=())
    hourly = replace(METER, grid="hour", name="hourly", roll_ups=())
    declare(warehouse, monthly, hourly)
    with database.reading(loader, as_of_time=datetime(2026, 2, 28, 17, tzinfo=UTC)):
        assert [str(row["window_on"]) for row in listing.gaps(loader, "monthly")] == ["2026-01-01", "2026-02-01"]
        assert len(listing.gaps(loader, "hourly")) == 59 * 24
    for source, grid in ((monthly, "month"), (hourly, "hour")):
        window = window_at(grid, datetime(2026, 2, 10, 5, 30, tzinfo=UTC), ZONE)
        assert batches.open_batch(loader, source, window) > 0


def test_a_withdrawn_window_reads_as_not_observed(owner: Connection, loader: Connection) -> None:
    batch_id = in_force(loader)
    decisions.decide(
        owner, "withdraw", source="meter", batch_id=batch_id, reason="alat uji salah pasang", decided_by="Kasi"
    )
    assert loader.execute("select * from iku.batch_in_force").fetchall() == []
    with database.reading(loader, as_of=1):
        assert len(loader.execute("select * from iku.batch_in_force").fetchall()) == 1
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="not in force"):
        decisions.decide(owner, "withdraw", source="meter", batch_id=batch_id, reason="sekali lagi", decided_by="Kasi")


def test_a_decision_has_a_reason_and_a_name(owner: Connection, loader: Connection) -> None:
    batch_id = in_force(loader)
    for reason, name in (("", "Kasi"), ("alat salah pasang", ""), ("  x ", "Kasi")):
        with pytest.raises(psycopg.errors.CheckViolation):
            decisions.decide(owner, "withdraw", source="meter", batch_id=batch_id, reason=reason, decided_by=name)


def test_a_replay_beats_the_age_rule_and_names_what_it_stands_for(owner: Connection, loader: Connection) -> None:
    first = in_force(loader)
    second = in_force(loader, rows(4), asked_at=LATER)
    decision = decisions.decide(
        owner, "instead_of", source="meter", batch_id=first, reason="bita lama yang benar", decided_by="Kasi"
    )
    replayed = in_force(loader, rows(3), asked_at=ASKED, instead_of=first, decision_id=decision)
    batch = batches.get(loader, replayed, ZONE)
    assert (batch.purpose, batch.instead_of, batch.revision) == ("replay", first, 3)
    assert batches.get(loader, second, ZONE).superseded_by == batch.load_no


def test_a_waiting_revision_is_listed_until_somebody_decides(owner: Connection, loader: Connection) -> None:
    first = in_force(loader)
    waiting = landed(loader, asked_at=LATER)
    batches.end(loader, waiting, "waiting", reason="kehilangan kunci", code="loses_keys")
    assert [row["batch_id"] for row in owner.execute("select * from iku.batch_waiting")] == [waiting]
    assert windows.in_force(loader, METER, DAY, ZONE) == batches.get(loader, first, ZONE)
    decisions.decide(owner, "instead_of", source="meter", batch_id=waiting, reason="memang dihapus", decided_by="Kasi")
    assert owner.execute("select * from iku.batch_waiting").fetchall() == []


def test_windows_are_cut_at_local_midnight() -> None:
    window = window_at("day", datetime(2026, 1, 5, 18, tzinfo=UTC), ZONE)  # 01.00 WIB on the 6th
    assert (window.first_day, window.label) == (date(2026, 1, 6), "2026-01-06")
    with pytest.raises(ValueError, match="no zone"):
        window_at("day", datetime(2026, 1, 5), ZONE)  # noqa: DTZ001  # a workbook has no zones
    assert isinstance(window, Window)


def test_what_describes_a_batch_comes_before_its_ending(loader: Connection) -> None:
    batch_id = in_force(loader)
    for statement in (
        "insert into fact.meter_day (batch_id, roll_up_version, window_on, site, up_count)"
        " values (%s, 1, '2026-01-05', 'b', 288)",
        "insert into iku.quarantine (batch_id, record_no, payload_no, place, rules, message, record_key, record_hash,"
        " public_values) values (%s, 9, 1, 'x', '{x}', 'x', '{}', 'x', '{}')",
        "insert into iku.check_result (batch_id, check_no, expectation, severity, evaluated, unexpected, success)"
        " values (%s, 9, 'x', 'warn', 1, 0, true)",
        "insert into iku.payload (batch_id, payload_no, sha256, size_bytes, media_type, name, request, asked_at,"
        " answered_at) values (%s, 9, repeat('0', 64), 1, 'x', 'x', '{}', now(), now())",
    ):
        with pytest.raises((psycopg.errors.ObjectNotInPrerequisiteState, psycopg.errors.ForeignKeyViolation)):
            loader.execute(statement, [batch_id])


DESCRIBING = {
    "quarantine": "insert into iku.quarantine (batch_id, record_no, payload_no, place, rules, message, record_key,"
    " record_hash, public_values) values (%s, 9, 1, 'x', '{x}', 'x', '{}', 'x', '{}')",
    "left_out": "insert into iku.left_out (batch_id, reason, records) values (%s, 'x', 1)",
}


@pytest.mark.parametrize("what", ["facts", *DESCRIBING])
def test_a_batch_can_not_be_ended_under_what_is_being_written_of_it(
    warehouse: Warehouse, loader: Connection, what: str
) -> None:
    batch_id = landed(loader)
    loader.execute("select iku.make_partition('meter', %s)", [DAY.first_day])  # whose lock would hold others up too
    with warehouse.connect("loader") as other, loader.transaction():
        if what == "facts":
            insert(loader, batch_id, rows(1))
        else:
            loader.execute(DESCRIBING[what], [batch_id])
        other.execute("set lock_timeout to '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            batches.end(other, batch_id, "rejected", reason="uji", code="uji")


def test_a_clock_that_runs_ahead_does_not_lock_a_window(loader: Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="set this machine's clock"):
        landed(loader, asked_at=datetime.now(UTC) + timedelta(hours=1))
