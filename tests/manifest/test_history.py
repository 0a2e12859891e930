"""What the tables themselves refuse, whoever writes: history that is changed, rows that contradict themselves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from kit import ASKED, DAY, METER, ZONE, declare, in_force, insert, landed, on, rows
from psycopg.types.range import Range

from iku_etl.manifest import batches, decisions
from iku_etl.warehouse.database import Connection, Warehouse, one
from iku_etl.window import window_at

LATER = ASKED + timedelta(hours=1)


def refused(owner: Connection, statement: str, error: type[psycopg.Error], *about: Any) -> None:
    with pytest.raises(error), owner.transaction():
        owner.execute(statement, about)


# ---------------------------------------------------------------- cells


def test_an_hour_begins_on_the_hour_and_is_named_by_its_local_day(warehouse: Warehouse, loader: Connection) -> None:
    hourly = replace(METER, grid="hour", name="hourly", roll_ups=())
    declare(warehouse, hourly)
    hour = window_at("hour", datetime(2026, 1, 5, 18, 20, tzinfo=UTC), ZONE)  # 01.00 WIB on the 6th
    half = timedelta(minutes=30)
    for wrong in (
        replace(hour, start=hour.start + half, end=hour.end + half),
        replace(hour, end=hour.end + half),
        replace(hour, first_day=hour.start.astimezone(UTC).date()),
    ):
        with pytest.raises(psycopg.errors.CheckViolation, match="no cell of the hour grid"):
            batches.open_batch(loader, hourly, wrong)
    assert batches.open_batch(loader, hourly, hour) > 0


def test_a_month_is_named_by_any_of_its_days_and_is_whole(warehouse: Warehouse, loader: Connection) -> None:
    monthly = replace(METER, grid="month", name="monthly", roll_ups=())
    declare(warehouse, monthly)
    month = window_at("month", DAY.first_day, ZONE)
    with pytest.raises(psycopg.errors.CheckViolation, match="no cell of the month grid"):
        batches.open_batch(loader, monthly, replace(month, first_day=on(7).first_day))
    with pytest.raises(psycopg.errors.CheckViolation, match="no cell of the month grid"):
        batches.open_batch(loader, monthly, replace(month, end=month.end - timedelta(days=1)))
    assert batches.open_batch(loader, monthly, month) > 0


# ---------------------------------------------------------------- a batch


def test_an_open_batch_stays_that_of_its_source_and_window(owner: Connection, loader: Connection) -> None:
    landed(loader)
    for change in (
        "source = 'website_uptime'",
        "win = tstzrange(lower(win) - interval '1 day', lower(win)), window_on = '2026-01-04'",
        "batch_id = 99",
    ):
        refused(owner, f"update iku.batch set {change}", psycopg.Error)
    assert one(owner, "select source, window_on::text as day from iku.batch") == {
        "source": "meter",
        "day": "2026-01-05",
    }


def test_a_batch_that_has_ended_and_was_superseded_is_never_touched_again(
    owner: Connection, loader: Connection
) -> None:
    first = in_force(loader)
    in_force(loader, rows(4), asked_at=LATER)
    before = one(owner, "select * from iku.batch where batch_id = %s", [first])
    for change in (
        "ending = 'failed', revision = null, superseded_by = null", "reason = 'lain'", "loaded = 99",
        "superseded_by = null", "superseded_by = 99", "superseded_by = superseded_by", "load_no = 77",
        "asked_at = now()", "ended_at = now()", "payload_fingerprint = 'x'",
    ):  # fmt: skip
        refused(owner, f"update iku.batch set {change} where batch_id = %s", psycopg.errors.RestrictViolation, first)
    assert one(owner, "select * from iku.batch where batch_id = %s", [first]) == before


def test_whoever_supersedes_a_batch_changes_nothing_else_of_it(owner: Connection, loader: Connection) -> None:
    in_force(loader)
    for more in ("reason = 'lain'", "loaded = 0", "asked_at = now()"):
        refused(owner, f"update iku.batch set superseded_by = 50, {more}", psycopg.errors.RestrictViolation)


def test_a_batch_does_not_contradict_itself(owner: Connection, loader: Connection) -> None:
    """Past every function of ours: what it is follows from its ending, and the counts of one in force add up."""
    in_force(loader)
    ended = {"load_no": 9, "ended_at": "2026-01-06"}
    standing = ended | {"ending": "in_force", "revision": 2, "records_read": 2, "loaded": 2, "quarantined": 0,
                        "declared_out": 0}  # fmt: skip
    for row in (
        {"ending": "failed"}, {"load_no": 9}, {"ended_at": "2026-01-06"}, {"ending": "failed", "load_no": 9},
        ended | {"ending": "failed", "revision": 1},
        ended | {"ending": "failed", "superseded_by": 10},
        ended | {"ending": "failed", "confirms": 1},
        ended | {"ending": "unchanged"},
        ended | {"ending": "done"},
        standing | {"revision": None}, standing | {"superseded_by": 9}, standing | {"superseded_by": 8},
        standing | {"superseded_by": 10, "records_read": 3}, standing | {"superseded_by": 10, "loaded": 3},
        standing | {"superseded_by": 10, "declared_out": -1, "loaded": 3}, standing,  # two in force for one cell
        {"purpose": "replay"}, {"instead_of": 1}, {"purpose": "try"}, {"source": "nobody"},
    ):  # fmt: skip
        whole = {"source": "meter", "window_on": DAY.first_day, "contract_version": 1} | row
        whole["win"] = Range(DAY.start, DAY.end)
        statement = f"insert into iku.batch ({', '.join(whole)}) values ({', '.join(['%s'] * len(whole))})"
        refused(owner, statement, psycopg.Error, *whole.values())
    assert one(owner, "select count(*) as n from iku.batch") == {"n": 1}


# ---------------------------------------------------------------- what describes a batch


def test_a_payload_is_named_by_its_hash_or_by_why_there_is_none(loader: Connection) -> None:
    batch_id = batches.open_batch(loader, METER, DAY)
    columns = ("batch_id", "payload_no", "sha256", "size_bytes", "media_type", "name", "request", "asked_at",
               "answered_at", "received_hmac", "error_code")  # fmt: skip
    insert = f"insert into iku.payload ({', '.join(columns)}) values ({', '.join(['%s'] * len(columns))})"

    def put(**about: Any) -> None:
        row = dict.fromkeys(columns) | {
            "batch_id": batch_id, "payload_no": 2, "sha256": "0" * 64, "size_bytes": 1, "media_type": "x", "name": "x",
            "request": "{}", "asked_at": ASKED, "answered_at": ASKED,
        }  # fmt: skip
        loader.execute(insert, list((row | about).values()))

    put(payload_no=1)
    for change in (
        {"sha256": "0" * 63}, {"sha256": "A" * 64}, {"sha256": None}, {"sha256": None, "received_hmac": "x"},
        {"sha256": None, "error_code": "x"}, {"payload_no": 0}, {"payload_no": 1}, {"batch_id": 99},
    ):  # fmt: skip
        with pytest.raises(psycopg.errors.IntegrityError):
            put(**change)
    put()
    put(payload_no=3, sha256=None, received_hmac="x", error_code="x")


def test_a_batch_lands_once(loader: Connection) -> None:
    batch_id = landed(loader)
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="landed or ended already"):
        batches.land(loader, batch_id, LATER, "other", None)
    batches.end(loader, batch_id, "failed", reason="uji", code="uji")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="landed or ended already"):
        batches.land(loader, batch_id, LATER, "other", None)
    unlanded = batches.open_batch(loader, METER, DAY)
    batches.end(loader, unlanded, "failed", reason="uji", code="uji")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="landed or ended already"):
        batches.land(loader, unlanded, LATER, "other", None)
    assert batches.get(loader, batch_id, ZONE).payload_fingerprint == "f"


def test_no_payload_joins_a_batch_that_has_landed(loader: Connection) -> None:
    batch_id = landed(loader)
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="has landed already"):
        loader.execute(
            "insert into iku.payload (batch_id, payload_no, sha256, size_bytes, media_type, name, request, asked_at,"
            " answered_at) values (%s, 2, repeat('0', 64), 1, 'x', 'x', '{}', now(), now())",
            [batch_id],
        )


def test_a_verdict_is_written_down_while_its_batch_is_open_and_landed(loader: Connection) -> None:
    unlanded = batches.open_batch(loader, METER, on(6))
    batches.judged(loader, unlanded, "a")
    open_one = landed(loader)
    for newest in ("a", "b"):
        batches.judged(loader, open_one, newest)
    ended = in_force(loader, window=on(7))
    batches.judged(loader, ended, "a")
    found = [batches.get(loader, batch_id, ZONE).judged_sha256 for batch_id in (unlanded, open_one, ended)]
    assert found == [None, "b", None]


def test_a_left_out_count_has_a_reason_and_is_no_nothing(loader: Connection) -> None:
    batch_id = landed(loader)
    add = "insert into iku.left_out (batch_id, reason, records) values (%s, %s, %s)"
    for reason, records in (("", 1), ("baris jumlah", 0), ("baris jumlah", -1)):
        with pytest.raises(psycopg.errors.CheckViolation):
            loader.execute(add, [batch_id, reason, records])
    loader.execute(add, [batch_id, "baris jumlah", 1])
    with pytest.raises(psycopg.errors.UniqueViolation):
        loader.execute(add, [batch_id, "baris jumlah", 1])


# ---------------------------------------------------------------- an ending


def test_counts_that_add_up_must_be_those_of_the_tables_too(loader: Connection) -> None:
    """Conservation is counted by the database: read = loaded + quarantined + declared out, each as it lies there."""
    batch_id = landed(loader)
    for wrong in ((3, 2, 1, 0), (3, 2, 0, 1), (4, 3, 1, 0), (2, 3, 0, -1), (9, 3, 0, 0), None, (3, 3, 0, None)):
        with pytest.raises(psycopg.errors.CheckViolation), loader.transaction():
            insert(loader, batch_id, rows(3))
            batches.end(loader, batch_id, "in_force", fingerprint="x", counts=wrong)


def test_only_what_is_in_force_holds_facts(loader: Connection) -> None:
    first = in_force(loader)
    for hours, ending in enumerate(("rejected", "failed", "waiting", "unchanged"), 1):
        batch_id = landed(loader, asked_at=ASKED + timedelta(hours=hours))
        how: Any = {"confirms": first} if ending == "unchanged" else {"reason": "uji", "code": "uji"}
        with pytest.raises(psycopg.errors.CheckViolation, match="holds 3 facts"), loader.transaction():
            insert(loader, batch_id, rows(3))
            batches.end(loader, batch_id, ending, **how)
        batches.end(loader, batch_id, ending, **how)
        assert batches.get(loader, first, ZONE).superseded_by is None


def test_a_waiting_look_is_a_look_for_whatever_was_asked_before_it(loader: Connection) -> None:
    batches.end(loader, landed(loader, asked_at=LATER), "waiting", reason="uji", code="loses_keys")
    with pytest.raises(psycopg.errors.SerializationFailure, match="loses"):
        in_force(loader, asked_at=ASKED)
    in_force(loader, asked_at=LATER)  # asked at the same moment: neither is older


def test_an_attempt_that_brought_nothing_is_no_look(loader: Connection) -> None:
    for ending in ("rejected", "failed"):
        batches.end(loader, landed(loader, asked_at=LATER), ending, reason="uji", code="uji")
    assert batches.get(loader, in_force(loader, asked_at=ASKED), ZONE).ending == "in_force"


def test_a_replay_makes_no_fetch_older(owner: Connection, loader: Connection) -> None:
    """A replay is as old as the bytes it reads; whatever is fetched after a decision is compared with fetches."""
    first = in_force(loader, asked_at=ASKED)
    decision = decisions.decide(
        owner, "instead_of", source="meter", batch_id=first, reason="kontrak baru", decided_by="Kasi"
    )
    in_force(loader, rows(4), asked_at=LATER, instead_of=first, decision_id=decision)
    again = in_force(loader, rows(5), asked_at=ASKED + timedelta(minutes=1))
    assert batches.get(loader, again, ZONE).revision == 3


def test_revisions_are_counted_by_source_and_window(warehouse: Warehouse, loader: Connection) -> None:
    gauge = replace(METER, name="gauge", roll_ups=())
    declare(warehouse, gauge)
    made = [in_force(loader), in_force(loader, window=on(6)), in_force(loader, rows(4), asked_at=LATER)]
    assert [batches.get(loader, batch_id, ZONE).revision for batch_id in made] == [1, 1, 2]
    other = landed(loader, source=gauge)
    loader.execute("select iku.make_partition('gauge', %s)", [DAY.first_day])
    batches.end(loader, other, "waiting", reason="uji", code="uji")
    assert batches.get(loader, made[1], ZONE).superseded_by is None


# ---------------------------------------------------------------- a decision


def test_a_decision_says_what_it_is_about(owner: Connection) -> None:
    before = one(owner, "select load_no from iku.load_counter")
    abouts: tuple[tuple[str, dict[str, Any]], ...] = (
        ("release", {"source": "meter", "record_key": {"a": 1}}), ("release", {"source": "meter", "record_hash": "x"}),
        ("correction", {"source": "meter", "record_key": {"a": 1}, "record_hash": "x"}),
        ("withdraw", {"source": "meter"}), ("instead_of", {"source": "meter"}), ("verify", {"source": "meter"}),
        ("approve", {}), ("erase", {"figure": ("IKU-05", "2026-01", 1)}),
    )  # fmt: skip
    for kind, about in abouts:
        with pytest.raises(psycopg.errors.IntegrityError):
            decisions.decide(owner, kind, reason="alasan yang cukup", decided_by="Kasi", **about)
    assert one(owner, "select load_no from iku.load_counter") == before  # no number is lost


def test_a_batch_is_decided_about_under_its_own_source_and_where_it_is_in_force(
    owner: Connection, loader: Connection
) -> None:
    first = in_force(loader)
    signed = {"reason": "alat salah pasang", "decided_by": "Kasi"}
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="is unknown"):
        decisions.decide(owner, "withdraw", source="website", batch_id=first, **signed)
    waiting = landed(loader, asked_at=LATER)
    batches.end(loader, waiting, "waiting", reason="uji", code="loses_keys")
    superseded = first
    second = in_force(loader, rows(4), asked_at=LATER + timedelta(hours=1))
    for batch_id in (waiting, superseded):
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="not in force"):
            decisions.decide(owner, "withdraw", source="meter", batch_id=batch_id, **signed)
    decisions.decide(owner, "withdraw", source="meter", batch_id=second, **signed)
    assert batches.get(loader, second, ZONE).superseded_by == 4


# ---------------------------------------------------------------- a figure


def test_a_figure_is_a_number_or_none_stale_since_a_day_and_each_revision_is_one_row(owner: Connection) -> None:
    made = one(owner, "insert into iku.publication (as_of, as_of_time) values (1, now()) returning publication_id as n")
    definition = one(owner, "select definition from iku.definition where indicator = 'IKU-08'")["definition"]
    row = {
        "publication_id": made["n"], "indicator": "IKU-08", "period": "2026-01", "revision": 1, "value": 50, "low": 50,
        "capaian": None, "is_official": True, "mutu": "cukup", "stale_since": None, "reason": "",
        "definition": definition, "as_of": 1, "as_of_time": ASKED,
    }  # fmt: skip
    put = f"insert into iku.figure ({', '.join(row)}) values ({', '.join(['%s'] * len(row))})"
    owner.execute(put, list(row.values()))
    for change in (
        {"value": "NaN"}, {"low": "NaN"}, {"capaian": "NaN"}, {"mutu": "basi"}, {"stale_since": "2026-01-01"},
        {"mutu": "bagus"}, {"revision": -1}, {"revision": 1}, {"definition": "def_000000000000"}, {"reason": None},
    ):  # fmt: skip
        with pytest.raises(psycopg.errors.IntegrityError):
            owner.execute(put, list((row | {"revision": 2} | change).values()))
    owner.execute(put, list((row | {"revision": 2}).values()))
    for _ in range(2):  # what is provisional may differ from night to night
        owner.execute(put, list((row | {"revision": 0}).values()))
