"""The stages in order, through the front door: files in a drop folder or a test source in, batches and facts out."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from kit import DAY, METER, ZONE, count, declare, on, wait_for_sessions
from psycopg import sql

from iku_etl import catalogue
from iku_etl import pipeline as pipeline_module
from iku_etl.errors import ContractError, RawStoreError, SettingError, TransientError
from iku_etl.manifest import batches, decisions, listing
from iku_etl.model import Batch, KeptPayload, Payload, Rows, Source
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Endpoint
from iku_etl.stages import extract
from iku_etl.warehouse import database
from iku_etl.window import Window, window_at

FEBRUARY = window_at("month", date(2026, 2, 1), ZONE)
JANUARY = window_at("month", date(2026, 1, 1), ZONE)
HEADER = "indicator,period,year,value,value_high,unit,legal_basis,in_force_from"
ROWS = ("IKU-05,2026,2026,95,,persen,PK 2026,2026-01-02", "IKU-08,2026,2026,85,,persen,PK 2026,2026-01-02")


def drop(
    pipeline: Pipeline, source: str, *lines: str, name: str = "berkas.csv", mark: str = "posisi_per,2026-01-31"
) -> None:
    """Put a register file into a source's drop folder, in place of one of that name."""
    folder = pipeline.settings.drop_dir / source
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join((mark, *lines)) + "\n", encoding="utf-8")


def collect(pipeline: Pipeline, source: str, window: Window = JANUARY) -> Batch:
    (batch,) = pipeline.collect(catalogue.source(source), [window]).batches
    return batch


def facts(pipeline: Pipeline, source: str) -> int:
    with pipeline.warehouse.connect("auditor") as connection:
        return count(connection, source)


def owner_decides(pipeline: Pipeline, kind: str, **about: object) -> int:
    with pipeline.warehouse.connect("owner") as connection:
        return decisions.decide(connection, kind, reason="diperiksa ulang", decided_by="Kasi", **about)  # type: ignore[arg-type]


# ---------------------------------------------------------------- looks and revisions


def test_the_same_bytes_again_are_a_look_without_a_parse(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(pipeline, "target", HEADER, *ROWS)
    first = collect(pipeline, "target")
    assert (first.ending, first.revision, first.loaded) == ("in_force", 1, 2)
    from iku_etl.stages import parse

    monkeypatch.setattr(parse, "records", lambda *_: pytest.fail("the bytes are known, nothing is to be parsed"))
    look = collect(pipeline, "target")
    assert (look.ending, look.confirms, facts(pipeline, "target")) == ("unchanged", first.batch_id, 2)


def test_other_bytes_with_the_same_records_are_a_look_that_keeps_its_payload(pipeline: Pipeline) -> None:
    drop(pipeline, "target", HEADER, *ROWS)
    first = collect(pipeline, "target")
    drop(pipeline, "target", HEADER, *reversed(ROWS))
    look = collect(pipeline, "target")
    assert (look.ending, look.confirms) == ("unchanged", first.batch_id)
    with pipeline.warehouse.connect("auditor") as connection:
        (kept,) = batches.payloads(connection, look.batch_id, pipeline.store.path)
    assert pipeline.store.verify(kept.sha256) == kept.size_bytes


def test_a_changed_file_is_a_new_revision_and_the_old_facts_stay(pipeline: Pipeline) -> None:
    drop(pipeline, "target", HEADER, *ROWS)
    first = collect(pipeline, "target")
    drop(pipeline, "target", HEADER, ROWS[0].replace(",95,", ",96,"), ROWS[1])
    second = collect(pipeline, "target")
    assert (second.ending, second.revision, facts(pipeline, "target")) == ("in_force", 2, 4)
    assert pipeline.batches([first.batch_id])[0].superseded_by == second.load_no


def test_a_missing_file_is_said_once_and_stays_a_gap(pipeline: Pipeline) -> None:
    first = collect(pipeline, "target")
    assert (first.ending, first.reason is not None and "belum ada berkas" in first.reason) == ("failed", True)
    assert pipeline.collect(catalogue.source("target"), [JANUARY]).batches == []
    with pipeline.warehouse.connect("loader") as connection, database.reading(connection, as_of_time=pipeline.now()):
        assert [row["source"] for row in listing.gaps(connection, "target")] == ["target"]


def test_a_snapshot_that_loses_rows_is_in_force_and_says_so(pipeline: Pipeline) -> None:
    drop(pipeline, "target", HEADER, *ROWS)
    first = collect(pipeline, "target")
    drop(pipeline, "target", HEADER, ROWS[0])
    second = collect(pipeline, "target")
    assert (second.ending, second.loaded, first.reason) == ("in_force", 1, None)
    assert second.reason == f"1 record batch {first.batch_id} tidak ada lagi (IKU-08 2026 persen 2026-01-02)"
    drop(pipeline, "target", HEADER, ROWS[1], mark="posisi_per,2026-02-28")  # against the month before it
    later = collect(replace(pipeline, now=lambda: datetime(2026, 3, 5, tzinfo=UTC)), "target", FEBRUARY)
    assert later.reason == f"1 record batch {second.batch_id} tidak ada lagi (IKU-05 2026 persen 2026-01-02)"


def test_a_register_corrected_in_its_place_is_due_however_old_its_month_is(pipeline: Pipeline) -> None:
    source = catalogue.source("target")
    drop(pipeline, "target", HEADER, *ROWS, name="januari.csv")
    collect(pipeline, "target")
    drop(pipeline, "target", HEADER, *ROWS, name="maret.csv", mark="posisi_per,2026-03-31")
    later = replace(pipeline, now=lambda: datetime(2026, 4, 5, tzinfo=UTC))
    later.collect(source, [window_at("month", date(2026, 3, 1), ZONE)])

    def due() -> list[int]:
        return [window.first_day.month for window in later.due(source)]

    assert due() == [2, 3]  # a gap, and the newest
    drop(pipeline, "target", HEADER, ROWS[0].replace("95", "961"), ROWS[1], name="januari.csv")
    assert due() == [1, 2, 3]
    ended = later.collect(source, later.due(source)).batches
    assert next((batch.window.first_day.month, batch.ending) for batch in ended) == (1, "in_force")
    assert due() == [2, 3]
    drop(pipeline, "target", HEADER, *ROWS, name="januari.csv")  # back to what it was
    assert due() == [1, 2, 3]
    (pipeline.settings.drop_dir / "target" / "januari.csv").unlink()  # tidied away: what was collected stays
    assert due() == [2, 3]


# ---------------------------------------------------------------- bad input: nothing partial, nothing lost


BAD_FILES = {
    "missing column": ((HEADER.replace(",value", ",nilai_lain"), *ROWS), "value"),
    "retyped column": (
        (HEADER, *(row.replace(",95,", ",tinggi,").replace(",85,", ",rendah,") for row in ROWS)),
        "value",
    ),
    "empty register": ((HEADER,), "record"),
    "key twice": ((HEADER, ROWS[0], ROWS[0].replace(",95,", ",96,")), "muncul dua kali"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_rejected_whole_with_its_bytes_kept(pipeline: Pipeline, name: str) -> None:
    lines, said = BAD_FILES[name]
    drop(pipeline, "target", *lines)
    batch = collect(pipeline, "target")
    assert batch.ending == "rejected"
    assert batch.reason is not None
    assert said in batch.reason
    assert batch.reason.startswith("target 2026-01")
    assert facts(pipeline, "target") == 0
    with pipeline.warehouse.connect("auditor") as connection:
        (kept,) = batches.payloads(connection, batch.batch_id, pipeline.store.path)
    assert pipeline.store.verify(kept.sha256) > 0


BAD_BYTES = {
    "not utf-8": "posisi_per,2026-01-31\nindicator,period\nIKU-05,Manna \xe9\n".encode("latin-1"),
    "a web page": b"<!DOCTYPE html><html><body>503</body></html>",
    "empty": b"",
}


@pytest.mark.parametrize("name", BAD_BYTES)
def test_bytes_that_are_no_register_are_rejected_or_failed_with_a_sentence(pipeline: Pipeline, name: str) -> None:
    folder = pipeline.settings.drop_dir / "target"
    folder.mkdir(parents=True)
    (folder / "target_2026-01.csv").write_bytes(BAD_BYTES[name])
    batch = collect(pipeline, "target")
    assert batch.ending in ("rejected", "failed")
    assert batch.reason
    assert facts(pipeline, "target") == 0


@pytest.mark.parametrize(
    ("cell", "replacement", "said"),
    [
        ("95", '"1.234"', "1.234"),
        ("2026-01-02", "31/02/2026", "31/02/2026"),
        ("95", "NaN", "NaN"),
        ("95", "+Inf", "Inf"),
    ],
)
def test_a_bad_cell_sets_its_record_aside_with_place_and_column(
    pipeline: Pipeline, cell: str, replacement: str, said: str
) -> None:
    drop(pipeline, "target", HEADER, ROWS[0].replace(cell, replacement, 1), ROWS[1])
    batch = collect(pipeline, "target")
    assert (batch.ending, batch.records_read, batch.loaded, batch.quarantined) == ("in_force", 2, 1, 1)
    with pipeline.warehouse.connect("auditor") as connection:
        row = connection.execute("select place, message from iku.quarantine").fetchone()
    assert row is not None
    assert said in row["message"]
    assert row["place"].startswith("baris 3")


def test_an_unknown_column_is_reported_kept_and_not_loaded(pipeline: Pipeline) -> None:
    drop(pipeline, "target", f"{HEADER},catatan", *(f"{row},rahasia kecil" for row in ROWS))
    batch = collect(pipeline, "target")
    assert (batch.ending, batch.loaded) == ("in_force", 2)
    with pipeline.warehouse.connect("auditor") as connection:
        columns = connection.execute(
            "select attname from pg_attribute where attrelid = 'fact.target'::regclass and attname = 'catatan'"
        ).fetchall()
    assert batch.reason == "kolom catatan tidak dideklarasikan, tidak dimuat"
    assert not columns


def test_a_nullable_column_that_is_not_there_any_more_is_said_once(pipeline: Pipeline) -> None:
    def with_end(name: str) -> Batch:
        drop(
            pipeline, "website", f"{SITES},managed_to,closure_letter", GOOD_SITE.replace("Situs", name) + ",2026-06-30,"
        )
        return collect(pipeline, "website")

    def said(filled: Batch) -> str:
        return f"kolom managed_to tidak ada pada sumber, dikosongkan; batch {filled.batch_id} mengisinya"

    drop(pipeline, "website", SITES, GOOD_SITE)
    assert collect(pipeline, "website").reason is None  # it never was there
    filled = with_end("Situs")
    assert (filled.reason, filled.loaded, filled.quarantined) == (None, 1, 0)
    drop(pipeline, "website", SITES, GOOD_SITE)
    assert collect(pipeline, "website").reason == said(filled)
    drop(pipeline, "website", SITES, GOOD_SITE.replace("Situs", "Laman"))
    assert collect(pipeline, "website").reason is None
    filled = with_end("Halaman")
    drop(pipeline, "website", SITES, GOOD_SITE, mark="posisi_per,2026-02-28")
    march = replace(pipeline, now=lambda: datetime(2026, 3, 5, tzinfo=UTC))
    assert collect(march, "website", FEBRUARY).reason == said(filled)  # against the window before


def test_two_workers_with_the_same_bytes_are_one_batch_and_one_that_lost(pipeline: Pipeline) -> None:
    drop(pipeline, "target", HEADER, *ROWS)
    source = catalogue.source("target")
    (first,) = pipeline.extract(source, [JANUARY]).batch_ids
    (second,) = pipeline.extract(source, [JANUARY]).batch_ids
    pipeline.load(pipeline.validate([second]))
    assert pipeline.validate([first]) == []
    endings = [batch.ending for batch in pipeline.batches([first, second])]
    assert endings == ["failed", "in_force"]
    assert collect(pipeline, "target").ending == "unchanged"


def test_bytes_that_changed_on_disk_are_not_judged(pipeline: Pipeline) -> None:
    drop(pipeline, "target", HEADER, *ROWS)
    (made,) = pipeline.extract(catalogue.source("target"), [JANUARY]).batch_ids
    (kept,) = pipeline.settings.raw_dir.glob("??/*")
    kept.chmod(0o600)
    kept.write_bytes(kept.read_bytes().replace(b"95", b"94"))
    with pytest.raises(RawStoreError, match="Pulihkan dari cadangan"):
        pipeline.validate([made])


# ---------------------------------------------------------------- decisions


def quarantined(pipeline: Pipeline) -> dict[str, object]:
    with pipeline.warehouse.connect("auditor") as connection:
        row = connection.execute("select record_key, record_hash from iku.quarantine order by batch_id desc").fetchone()
    assert row is not None
    return {"source": "website", "record_key": row["record_key"], "record_hash": row["record_hash"]}


SITES = "site,host,name,opd,kind,is_media_information,managed_from"
GOOD_SITE = "satu,satu.example,Situs Satu,Dinas Satu,informasi,tidak,2024-01-01"
ODD_SITE = "dua,bukan host,Situs Dua,Dinas Dua,informasi,tidak,2024-01-01"


def test_a_released_record_loads_in_this_and_every_later_revision_that_holds_it(pipeline: Pipeline) -> None:
    drop(pipeline, "website", SITES, GOOD_SITE, ODD_SITE)
    first = collect(pipeline, "website")
    assert (first.loaded, first.quarantined) == (1, 1)
    decision = owner_decides(pipeline, "release", **quarantined(pipeline))
    released = pipeline.replay(first.batch_id, decision)
    assert (released.ending, released.loaded, released.quarantined) == ("in_force", 2, 0)
    drop(pipeline, "website", SITES, GOOD_SITE.replace("Satu,D", "Satu Baru,D"), ODD_SITE)
    later = collect(pipeline, "website")
    assert (later.ending, later.loaded, later.quarantined) == ("in_force", 2, 0)


def test_a_decision_lapses_and_is_reported_when_the_record_changes(pipeline: Pipeline) -> None:
    drop(pipeline, "website", SITES, GOOD_SITE, ODD_SITE)
    first = collect(pipeline, "website")
    pipeline.replay(first.batch_id, owner_decides(pipeline, "release", **quarantined(pipeline)))
    drop(pipeline, "website", SITES, GOOD_SITE, ODD_SITE.replace("Situs Dua", "Situs Dua Lagi"))
    later = collect(pipeline, "website")
    assert (later.loaded, later.quarantined) == (1, 1)
    with pipeline.warehouse.connect("auditor") as connection:
        row = connection.execute(
            "select count(*) as lapsed from iku.check_result where batch_id = %s and detail ilike '%%keputusan%%'",
            [later.batch_id],
        ).fetchone()
    assert row is not None
    assert row["lapsed"] >= 1


def test_a_correction_replaces_the_cell_and_leaves_the_bytes(pipeline: Pipeline) -> None:
    drop(pipeline, "website", SITES, GOOD_SITE, ODD_SITE)
    first = collect(pipeline, "website")
    decision = owner_decides(pipeline, "correction", **quarantined(pipeline), changes={"host": "dua.example"})
    corrected = pipeline.replay(first.batch_id, decision)
    assert (corrected.loaded, corrected.quarantined, corrected.decision_id) == (2, 0, decision)
    with pipeline.warehouse.connect("auditor") as connection:
        hosts = connection.execute(
            "select host from fact.website where batch_id = %s and site = 'dua'", [corrected.batch_id]
        ).fetchall()
    assert [row["host"] for row in hosts] == ["dua.example"]


def test_what_was_withdrawn_does_not_come_back_by_itself(pipeline: Pipeline) -> None:
    drop(pipeline, "target", HEADER, *ROWS)
    first = collect(pipeline, "target")
    owner_decides(pipeline, "withdraw", source="target", batch_id=first.batch_id)
    again = collect(pipeline, "target")
    assert again.ending == "waiting"
    assert again.reason is not None
    assert "ditarik oleh keputusan" in again.reason
    drop(pipeline, "target", HEADER, ROWS[0].replace(",95,", ",96,"), ROWS[1])
    assert collect(pipeline, "target").ending == "in_force"


def test_a_decision_for_an_older_revision_stands_until_the_source_shows_something_new(pipeline: Pipeline) -> None:
    drop(pipeline, "target", HEADER, *ROWS)
    first = collect(pipeline, "target")
    drop(pipeline, "target", HEADER, ROWS[0].replace(",95,", ",96,"), ROWS[1])
    second = collect(pipeline, "target")
    decision = owner_decides(pipeline, "instead_of", source="target", batch_id=first.batch_id)
    chosen = pipeline.replay(first.batch_id, decision)
    again = collect(pipeline, "target")
    assert (again.ending, again.confirms, again.reason) == (
        "unchanged",
        chosen.batch_id,
        f"isi yang dikesampingkan oleh keputusan {decision}; batch {chosen.batch_id} tetap berlaku",
    )
    back = owner_decides(pipeline, "instead_of", source="target", batch_id=second.batch_id)
    assert pipeline.replay(second.batch_id, back).ending == "in_force"
    drop(pipeline, "target", HEADER, ROWS[0].replace("95", "97"), ROWS[1])
    assert collect(pipeline, "target").ending == "in_force"


def test_a_lost_token_key_is_not_silently_made_anew(pipeline: Pipeline) -> None:
    header = "unit,agenda_no,recorded_on,direction,sender,number,class,secured,secured_by,void"
    drop(
        pipeline,
        "persandian_message",
        header,
        "setda,1,2026-01-05,masuk,A,1,biasa,ya,jks,tidak",
        mark="periode,2026-01",
    )
    assert collect(pipeline, "persandian_message").ending == "in_force"
    (pipeline.settings.state / "secrets.toml").unlink()
    forgetful = replace(pipeline, settings=replace(pipeline.settings))
    with pytest.raises(SettingError, match="Pulihkan"):
        collect(forgetful, "persandian_message")


# ---------------------------------------------------------------- a source of our own: events, keys, polling


def meter(lines: Iterable[str], **changes: object) -> Source:
    """METER, fed with these lines of `site,minute`; a line `!` is a network failure."""

    def extract_lines(window: Window, connection: Endpoint) -> Iterator[Payload]:
        now = datetime.now(UTC)
        body = "\n".join(lines)
        if "!" in body:
            raise TransientError("meter: the other side does not answer")
        yield Payload("uji", "text/csv", {"method": "GET"}, now, now, 200, [body.encode()])

    def read(payload: KeptPayload, window: Window) -> Iterator[Rows]:
        cells = [line.split(",") for line in payload.path.read_text().split("\n") if line]
        yield Rows(
            pa.table(
                {
                    "place": pa.array([f"baris {number}" for number, _ in enumerate(cells, 1)], pa.string()),
                    "site": pa.array([cell[0] for cell in cells], pa.string()),
                    "read_at": pa.array(
                        [window.start + timedelta(minutes=int(cell[1])) for cell in cells], pa.timestamp("us", "UTC")
                    ),
                    "up": pa.array([True for _ in cells], pa.bool_()),
                }
            )
        )

    return replace(METER, extract=extract_lines, parse=read, **changes)  # type: ignore[arg-type]


@pytest.fixture
def with_meter(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    declare(pipeline.warehouse)
    sources = catalogue.source
    monkeypatch.setattr(catalogue, "source", lambda name: meter([]) if name == "meter" else sources(name))
    return pipeline


def run(pipeline: Pipeline, *lines: str, window: Window = DAY, **changes: object) -> Batch:
    (batch,) = pipeline.collect(meter(lines, **changes), [window]).batches
    return batch


def test_a_re_collection_that_loses_records_waits_for_a_decision(with_meter: Pipeline) -> None:
    first = run(with_meter, "a,1", "a,2", "a,3")
    waiting = run(with_meter, "a,1", "a,4")
    assert waiting.ending == "waiting"
    assert waiting.reason is not None
    assert "2 record" in waiting.reason
    assert facts(with_meter, "meter") == 3
    decision = owner_decides(with_meter, "instead_of", source="meter", batch_id=waiting.batch_id)
    replayed = with_meter.replay(waiting.batch_id, decision)
    assert (replayed.ending, replayed.revision, replayed.instead_of) == ("in_force", 2, waiting.batch_id)
    assert with_meter.batches([first.batch_id])[0].superseded_by == replayed.load_no
    again = run(with_meter, "a,1", "a,4")
    assert (again.ending, again.confirms) == ("unchanged", replayed.batch_id)


def test_a_network_failure_ends_the_attempt_and_asks_for_another(with_meter: Pipeline) -> None:
    assert isinstance(with_meter.extract(meter(["!"]), [DAY]).problem, TransientError)
    with with_meter.warehouse.connect("auditor") as connection:
        row = connection.execute("select ending, error_code, load_no from iku.batch").fetchone()
    assert row == {"ending": "failed", "error_code": "transient", "load_no": 1}
    assert run(with_meter, "a,1").ending == "in_force"


def test_one_bad_window_does_not_cost_the_others(with_meter: Pipeline) -> None:
    def extract_some(window: Window, connection: Endpoint) -> Iterator[Payload]:
        lines = ["!"] if window == on(6) else ["a,1"]
        source = meter(lines)
        assert source.extract is not None
        yield from source.extract(window, connection)

    source = replace(meter([]), extract=extract_some)
    assert isinstance(with_meter.extract(source, [on(5), on(6), on(7)]).problem, TransientError)
    with with_meter.warehouse.connect("auditor") as connection:
        landed = connection.execute("select window_on from iku.batch where landed_at is not null").fetchall()
    assert [row["window_on"].day for row in landed] == [5, 7]


def test_a_poller_lands_all_day_and_loads_once_when_the_day_has_closed(with_meter: Pipeline) -> None:
    during = replace(with_meter, now=lambda: DAY.start + timedelta(hours=9))
    for minute in (1, 2):
        made = during.extract(meter([f"a,{minute}"], poller=True), [DAY]).batch_ids
        assert during.validate(made) == []
    assert facts(with_meter, "meter") == 0
    closed = replace(with_meter, now=lambda: DAY.end + timedelta(minutes=5))
    (batch,) = closed.collect(meter(["a,3"], poller=True), [DAY]).batches
    assert (batch.ending, batch.loaded, facts(with_meter, "meter")) == ("in_force", 3, 3)
    with with_meter.warehouse.connect("auditor") as connection:
        assert connection.execute("select count(*) as n from iku.batch").fetchone() == {"n": 1}
        payloads = connection.execute("select payload_no from iku.payload order by 1").fetchall()
    assert [row["payload_no"] for row in payloads] == [1, 2, 3]


def test_a_window_is_not_collected_before_it_has_ended(with_meter: Pipeline) -> None:
    early = replace(with_meter, now=lambda: DAY.end - timedelta(seconds=1))
    batch = run(early, "a,1")
    assert batch.ending == "rejected"
    assert batch.reason is not None
    assert "belum dapat diambil" in batch.reason


def test_a_live_register_is_never_backfilled(with_meter: Pipeline) -> None:
    live = meter(["a,1"], kind="snapshot", late_by=timedelta(hours=6), max_age=timedelta(days=7))
    where = Endpoint("api", "http://x.example")
    assert extract.serves(live, DAY, where, DAY.end + timedelta(hours=5))
    assert not extract.serves(live, DAY, where, DAY.end + timedelta(hours=7))
    assert extract.serves(replace(live, serves_history=True), DAY, where, DAY.end + timedelta(days=99))
    with pytest.raises(ContractError, match="tetap kosong"):
        list(extract.collect(live, DAY, where, DAY.end + timedelta(hours=7)))


def test_due_windows_are_the_newest_with_lookback_and_the_gaps(with_meter: Pipeline) -> None:
    at = replace(with_meter, now=lambda: on(9).end + timedelta(minutes=10))
    for day in (1, 2, 4, 5, 6, 7, 8, 9):
        run(at, "a,1", window=on(day))
    assert [window.first_day.day for window in at.due(meter([]))] == [3, 7, 8, 9]  # the gap; newest with lookback 2


def test_the_cache_of_judged_records_is_rebuilt_from_raw(with_meter: Pipeline) -> None:
    source = meter(["a,1"])
    made = with_meter.extract(source, [DAY]).batch_ids
    with_meter.validate(made)
    with_meter.judged_path(made[0]).unlink()
    (batch,) = with_meter.load(made)
    assert (batch.ending, batch.loaded) == ("in_force", 1)


def torn(path: Path, other: bytes) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flipped(path: Path, other: bytes) -> None:
    """One bit of the records: the footer is whole."""
    content = bytearray(path.read_bytes())
    content[30] ^= 1
    path.write_bytes(content)


def another(path: Path, other: bytes) -> None:
    """A whole file of judged records, but not this batch's."""
    path.write_bytes(other)


@pytest.mark.parametrize("spoil", [torn, flipped, another])
def test_a_cache_that_is_not_what_validate_left_is_rebuilt_from_raw(
    with_meter: Pipeline, spoil: Callable[[Path, bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "source", lambda _: source)
    source = meter(["a,1", "a,2"])
    made = with_meter.extract(source, [DAY]).batch_ids
    (other,) = with_meter.validate(with_meter.extract(meter(["a,1", "b,9"]), [on(6)]).batch_ids)
    with_meter.validate(made)
    spoil(with_meter.judged_path(made[0]), with_meter.judged_path(other).read_bytes())
    (batch,) = with_meter.load(made)
    assert (batch.ending, batch.loaded) == ("in_force", 2)
    with with_meter.warehouse.connect("auditor") as connection:
        row = database.one(connection, "select array_agg(site || record_no order by record_no) as s from fact.meter")
    assert row["s"] == ["a1", "a2"]


@pytest.fixture
def two_judged(with_meter: Pipeline, monkeypatch: pytest.MonkeyPatch) -> tuple[Pipeline, list[int]]:
    """Two days of readings, judged and not loaded."""
    source = meter(["a,1", "a,2"])
    monkeypatch.setattr(catalogue, "source", lambda _: source)
    return with_meter, with_meter.validate(with_meter.extract(source, [on(5), on(6)]).batch_ids)


def check_then_load_again(pipeline: Pipeline, made: list[int]) -> None:
    """Nothing of either is there; the next run takes both up, in their order."""
    assert [batch.ending for batch in pipeline.batches(made)] == [None, None]
    assert facts(pipeline, "meter") == 0
    ended = pipeline.load(made)
    assert [(batch.ending, batch.loaded) for batch in ended] == [("in_force", 2)] * 2
    assert ended[0].load_no is not None
    assert ended[1].load_no == ended[0].load_no + 1


def test_a_load_that_fails_keeps_those_after_it_from_ending(
    two_judged: tuple[Pipeline, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline, made = two_judged
    real = batches.end

    def fails(connection: database.Connection, batch_id: int, *about: object, **how: object) -> int:
        if batch_id == made[0]:
            raise RuntimeError("planted")
        return real(connection, batch_id, *about, **how)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(batches, "end", fails)
        with pytest.raises(RuntimeError, match="planted"):
            pipeline.load(made)
    check_then_load_again(pipeline, made)


@pytest.mark.fault
def test_a_load_that_is_killed_takes_nothing_half_along(
    two_judged: tuple[Pipeline, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline, made = two_judged

    real = batches.end

    def dies(connection: database.Connection, batch_id: int, *about: object, **how: object) -> int:
        if batch_id == made[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(connection, batch_id, *about, **how)  # type: ignore[arg-type]

    pid = os.fork()
    if not pid:
        monkeypatch.setattr(batches, "end", dies)
        pipeline.load(made)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    with pipeline.warehouse.connect("auditor") as connection:
        wait_for_sessions(connection)
    check_then_load_again(pipeline, made)


@pytest.fixture
def many_landed(with_meter: Pipeline, monkeypatch: pytest.MonkeyPatch) -> tuple[Pipeline, list[int]]:
    """Days of readings for three runs of the judge."""
    source = meter(["a,1", "a,2"])
    monkeypatch.setattr(catalogue, "source", lambda _: source)
    made = with_meter.extract(source, [on(day) for day in range(5, 10)]).batch_ids
    with with_meter.warehouse.connect("loader") as connection:
        of_one = batches.payload_sizes(connection, made)[made[0]]
    monkeypatch.setattr(pipeline_module, "JUDGED_BYTES", 2 * of_one)
    return with_meter, made


def test_windows_are_loaded_in_order_while_others_are_judged(many_landed: tuple[Pipeline, list[int]]) -> None:
    pipeline, made = many_landed
    pipeline.validate_and_load(made)
    numbers = [batch.load_no or 0 for batch in pipeline.batches(made)]
    assert numbers == list(range(numbers[0], numbers[0] + len(made)))


@pytest.mark.parametrize("bad", [0, 2, 4])
def test_a_load_that_fails_while_others_are_judged_is_said_and_stops_them(
    many_landed: tuple[Pipeline, list[int]], bad: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline, made = many_landed
    real = batches.end

    def fails(connection: database.Connection, batch_id: int, *about: object, **how: object) -> int:
        if batch_id == made[bad]:
            raise RuntimeError("planted")
        return real(connection, batch_id, *about, **how)  # type: ignore[arg-type]  # handed on as it came

    with monkeypatch.context() as patch:
        patch.setattr(batches, "end", fails)
        with pytest.raises(RuntimeError, match="planted"):
            pipeline.validate_and_load(made)
    assert [batch.ending for batch in pipeline.batches(made)] == ["in_force"] * bad + [None] * (len(made) - bad)
    pipeline.validate_and_load(made)  # as the next night does
    assert {batch.ending for batch in pipeline.batches(made)} == {"in_force"}


@hypothesis_settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations([(5, 1), (5, 2), (6, 1), (7, 1), (7, 2)]))
def test_the_order_in_which_windows_arrive_changes_nothing_that_is_in_force(
    with_meter: Pipeline, order: list[tuple[int, int]]
) -> None:
    """(day, number of readings): the highest number is the truth of its day, whenever it was asked for before."""
    name = f"order_{abs(hash(tuple(order)))}"
    source = replace(meter([]), name=name, roll_ups=())
    declare(with_meter.warehouse, source)
    seen: dict[int, int] = {}
    for day, readings in order:
        readings = max(readings, seen.get(day, 0))  # the system never forgets what it has shown
        seen[day] = readings
        one = replace(meter([f"a,{minute}" for minute in range(readings)]), name=name, roll_ups=())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(catalogue, "source", lambda _, one=one: one)
            with_meter.collect(one, [on(day)])
    with with_meter.warehouse.connect("auditor") as connection:
        query = sql.SQL(
            "select batch.window_on, count(*) as n from {} as facts inner join iku.batch_in_force as batch"
            " using (batch_id) group by 1 order by 1"
        ).format(sql.Identifier("fact", name))
        found = [(row["window_on"].day, row["n"]) for row in connection.execute(query)]
    assert found == [(5, 2), (6, 1), (7, 2)]


# ---------------------------------------------------------------- personal data


SECRETS = ("Perihal mutasi jabatan", "Bapak Contoh Nama", "R/001/SANDI/2026", "Kodim Rahasia")


def test_personal_values_reach_neither_store_nor_warehouse_nor_errors(pipeline: Pipeline, tmp_path: Path) -> None:
    drop(
        pipeline, "persandian_message",
        "unit,agenda_no,recorded_on,direction,sender,number,class,secured,secured_by,void,perihal,petugas",
        f"setda,1,2026-01-05,masuk,{SECRETS[3]},{SECRETS[2]},rahasia,ya,jks,tidak,{SECRETS[0]},{SECRETS[1]}",
        f"setda,2,2026-99-05,masuk,{SECRETS[3]},{SECRETS[2]},rahasia,ya,jks,tidak,{SECRETS[0]},{SECRETS[1]}",
        mark="periode,2026-01",
    )  # fmt: skip
    batch = collect(pipeline, "persandian_message")
    assert (batch.ending, batch.loaded, batch.quarantined) == ("in_force", 1, 1)
    kept = b"".join(path.read_bytes() for path in pipeline.settings.raw_dir.rglob("*") if path.is_file())
    with pipeline.warehouse.connect("owner") as connection:
        tables = connection.execute(
            "select schemaname, tablename from pg_tables where schemaname in ('iku', 'fact')"
        ).fetchall()
        for table in tables:
            query = sql.SQL("select coalesce(string_agg(t::text, ' '), '') as content from {} as t").format(
                sql.Identifier(table["schemaname"], table["tablename"])
            )
            row = connection.execute(query).fetchone()
            assert row is not None
            kept += row["content"].encode()
    for secret in SECRETS:
        assert secret.encode() not in kept, f"{secret} got through"
    assert b"setda" in kept
