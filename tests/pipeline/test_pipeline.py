"""The stages in order, through the front door: files in a drop folder or a test source in, batches and facts out."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from kit import ZONE
from pipeline_kit import FEBRUARY, GOOD_SITE, HEADER, JANUARY, ROWS, SITES, collect, drop, facts

from iku_etl import catalogue
from iku_etl.connectors.registers import folder
from iku_etl.errors import RawStoreError
from iku_etl.manifest import batches, listing
from iku_etl.model import Batch
from iku_etl.pipeline import Pipeline
from iku_etl.warehouse import database
from iku_etl.window import window_at


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
    assert second.reason == f"1 rekaman batch {first.batch_id} tidak ada lagi (IKU-08 2026 persen 2026-01-02)"
    drop(pipeline, "target", HEADER, ROWS[1], mark="posisi_per,2026-02-28")  # against the month before it
    later = collect(replace(pipeline, now=lambda: datetime(2026, 3, 5, tzinfo=UTC)), "target", FEBRUARY)
    assert later.reason == f"1 rekaman batch {second.batch_id} tidak ada lagi (IKU-05 2026 persen 2026-01-02)"


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


BAD_FILES = {
    "missing column": ((HEADER.replace(",value", ",nilai_lain"), *ROWS), "value"),
    "retyped column": (
        (HEADER, *(row.replace(",95,", ",tinggi,").replace(",85,", ",rendah,") for row in ROWS)),
        "value",
    ),
    "empty register": ((HEADER,), "rekaman"),
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
    assert batch.reason == "kolom catatan tidak dideklarasikan, tidak dimuat; berkas aslinya tetap disimpan utuh"
    assert not columns


def test_an_undeclared_column_of_an_undeclared_file_is_stripped_before_it_is_kept(pipeline: Pipeline) -> None:
    drop(
        pipeline,
        "ppid",
        "ppid,name,opd,appointment_letter,appointed_on,ended_on,NIK,Budi",
        "P1,PPID Dinkes,dinkes,SK 1/2025,2025-01-01,,1701010101800001,Santoso",
        "P2,1701010101800001,setda,SK 2/2025,2025-01-01,,1701010101800001,Santoso",
    )
    batch = collect(pipeline, "ppid")
    assert (batch.ending, batch.loaded, batch.quarantined) == ("in_force", 1, 1)
    assert batch.reason is not None
    assert "tidak dideklarasikan, dibuang sebelum berkas disimpan: NIK, 1 kolom lain" in batch.reason
    with pipeline.warehouse.connect("auditor") as connection:
        (aside,) = connection.execute("select place, message from iku.quarantine").fetchall()
    assert aside["place"].startswith("baris 4, byte ")
    assert "menyerupai NIK" in aside["message"]
    raw = [path.read_bytes() for path in pipeline.settings.raw_dir.rglob("*") if path.is_file()]
    assert raw and not [content for content in raw if b"1701010101800001" in content or b"Santoso" in content]


def test_a_number_of_a_person_in_a_file_declared_free_of_them_is_said(pipeline: Pipeline) -> None:
    drop(pipeline, "target", f"{HEADER},nik", *(f"{row},1701010101800001" for row in ROWS))
    batch = collect(pipeline, "target")
    assert "kolom nik (memuat angka serupa NIK: target tidak bebas data pribadi" in str(batch.reason)


def test_a_number_of_a_person_is_found_however_far_down_a_file_it_stands(pipeline: Pipeline) -> None:
    """Files are read in pieces: what the first of them does not hold is in a later one."""
    header = "area,area_name,point,managed_by_dinas,in_monitoring,last_seen_on,controller_reported_on,catatan"
    rows = [f"terminal,Terminal,AP-{number},ya,ya,,," for number in range(folder.ROWS + 1)]
    drop(pipeline, "public_area", header, *rows[:-1], rows[-1] + "1701010101800001")
    batch = collect(pipeline, "public_area")
    assert (batch.ending, batch.loaded) == ("in_force", folder.ROWS + 1), batch.reason
    assert str(batch.reason).count("kolom catatan") == 1
    assert "kolom catatan (memuat angka serupa NIK: public_area tidak bebas data pribadi" in str(batch.reason)


def closing(pipeline: Pipeline, name: str) -> Batch:
    """The register of one site with the day on which it was closed."""
    row = f"{GOOD_SITE.replace('Situs', name)},2026-06-30,"
    drop(pipeline, "website", f"{SITES},managed_to,closure_letter", row)
    return collect(pipeline, "website")


def test_a_column_that_is_not_there_any_more_waits_and_empties_nothing(pipeline: Pipeline) -> None:
    drop(pipeline, "website", SITES, GOOD_SITE)
    assert collect(pipeline, "website").reason is None  # it never was there
    filled = closing(pipeline, "Situs")
    assert (filled.reason, filled.ending, filled.loaded) == (None, "in_force", 1)
    drop(pipeline, "website", SITES, GOOD_SITE)
    bare = collect(pipeline, "website")
    assert bare.ending == "waiting"
    for part in (
        "kolom Dikelola sampai (managed_to) tidak ada pada sumber",
        f"padahal batch {filled.batch_id} mengisinya (1 rekaman)",
        f"iku replay {bare.batch_id}",
        f"iku decide instead-of --batch {bare.batch_id}",
    ):
        assert part in str(bare.reason)
    assert pipeline.batches([filled.batch_id])[0].superseded_by is None
    drop(pipeline, "website", SITES, GOOD_SITE, mark="posisi_per,2026-02-28")
    march = replace(pipeline, now=lambda: datetime(2026, 3, 5, tzinfo=UTC))
    assert collect(march, "website", FEBRUARY).ending == "waiting"  # against the window before
    assert closing(pipeline, "Halaman").ending == "in_force"  # it is back


def test_a_column_that_is_indeed_gone_is_emptied_by_a_decision_and_said_once(pipeline: Pipeline) -> None:
    filled = closing(pipeline, "Situs")
    drop(pipeline, "website", SITES, GOOD_SITE)
    waiting = collect(pipeline, "website")
    assert waiting.ending == "waiting"
    done = pipeline.decide_replay(waiting.batch_id, reason="kolom dihapus dari formulir", by="Kepala Seksi")
    assert done.ending == "in_force"
    called = "kolom Dikelola sampai (managed_to)"
    assert done.reason == f"{called} tidak ada pada sumber, dikosongkan; batch {filled.batch_id} mengisinya"
    drop(pipeline, "website", SITES, GOOD_SITE.replace("Situs", "Laman"))
    again = collect(pipeline, "website")
    assert (again.ending, again.reason) == ("in_force", None)


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
