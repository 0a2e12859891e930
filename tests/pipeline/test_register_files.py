"""Files of a drop folder on their whole way: a good one counts, another is named, and neither costs the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kit import ZONE
from pipeline_kit import HEADER, JANUARY, ROWS, collect, drop

from iku_etl import catalogue
from iku_etl.connectors.registers import files
from iku_etl.manifest import listing
from iku_etl.model import Batch
from iku_etl.pipeline import Pipeline
from iku_etl.stages import land
from iku_etl.warehouse import database
from iku_etl.window import window_at

JUST_ENDED = window_at("month", datetime.now(ZONE).date().replace(day=1) - timedelta(days=1), ZONE)
DAY = JUST_ENDED.last_day
MARK = f"posisi_per,{DAY}"
HTML = b"<!DOCTYPE html><html><body>masuk dahulu</body></html>"


@pytest.fixture(name="pipeline")
def with_the_clock_of_the_machine(pipeline: Pipeline) -> Pipeline:
    """What is newest in a folder is so by that clock."""
    return replace(pipeline, now=lambda: datetime.now(UTC))


def put(pipeline: Pipeline, source: str, **contents: bytes) -> Path:
    """Files in a source's drop folder; `__` in a name is a point."""
    where = pipeline.settings.drop_dir / source
    where.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (where / name.replace("__", ".")).write_bytes(content)
    return where


def request(ppid: str) -> bytes:
    return (
        f"ID PPID;{ppid};;;;;\nposisi_per;{DAY};;;;;\nNo. Pendaftaran;Tanggal;Nama;Keputusan;Tanggal Lengkap;"
        f"Perpanjangan;Pemberitahuan Tertulis\n001/X;{DAY.replace(day=5)};x;Dikabulkan;;;{DAY.replace(day=9)}\n"
    ).encode()


@contextmanager
def auditor(pipeline: Pipeline) -> Iterator[Any]:
    with pipeline.warehouse.connect("auditor") as connection, database.reading(connection, as_of_time=pipeline.now()):
        yield connection


def said(pipeline: Pipeline, source: str) -> list[str]:
    with auditor(pipeline) as connection:
        return [row["message"] for row in listing.quarantine(connection, source, None)]


def left_out(pipeline: Pipeline, batch: Batch) -> dict[str, int]:
    with auditor(pipeline) as connection:
        rows = connection.execute("select reason, records from iku.left_out where batch_id = %s", [batch.batch_id])
        return {row["reason"]: row["records"] for row in rows}


def test_the_offices_that_handed_in_well_count_and_the_third_is_named(pipeline: Pipeline) -> None:
    good = {"ppid_dinkes__csv": request("ppid_dinkes"), "ppid_dpmd__csv": request("ppid_dpmd")}
    where = put(pipeline, "ppid_request", **good, ppid_rsud__xls=b"\xd0\xcf\x11\xe0")
    batch = collect(pipeline, "ppid_request", JUST_ENDED)
    assert (batch.ending, batch.loaded, batch.quarantined) == ("in_force", 2, 1)
    name = files.shown_name(where / "ppid_rsud.xls", show=False)
    (sentence,) = said(pipeline, "ppid_request")
    assert sentence.startswith(f"{name}: jenis .xls tidak dibaca.")
    assert f"dicatat pada jendela terbaru, {JUST_ENDED.label}" in sentence
    assert collect(pipeline, "ppid_request", JUST_ENDED).ending == "unchanged"  # the same fault is the same content
    put(pipeline, "ppid_request", ppid_rsud__csv=request("ppid_rsud"))
    (where / "ppid_rsud.xls").unlink()
    mended = collect(pipeline, "ppid_request", JUST_ENDED)
    assert (mended.ending, mended.loaded, mended.quarantined) == ("in_force", 3, 0)


def test_a_file_with_headings_alone_is_said_by_name_beside_one_with_rows(pipeline: Pipeline) -> None:
    head = f"{MARK}\nsite,host,name,opd,kind,is_media_information,managed_from\n"
    row = "satu,satu.example,Situs Satu,Dinas Satu,informasi,tidak,2024-01-01\n"
    put(pipeline, "website", satu__csv=f"{head}{row}".encode(), dua__csv=head.encode())
    batch = collect(pipeline, "website", JUST_ENDED)
    assert (batch.ending, batch.loaded) == ("in_force", 1)
    assert batch.reason is not None
    assert "berkas dua.csv: 0 baris" in batch.reason
    assert "satu.csv" not in batch.reason


def test_a_workbook_that_cant_be_stripped_is_named_by_the_hash_of_its_name(pipeline: Pipeline) -> None:
    where = put(pipeline, "ppid_request", a__csv=request("ppid_dinkes"), b__xlsx=HTML)
    batch = collect(pipeline, "ppid_request", JUST_ENDED)
    assert (batch.ending, batch.loaded, batch.quarantined) == ("in_force", 1, 1)
    (sentence,) = said(pipeline, "ppid_request")
    assert sentence.startswith(f"{files.shown_name(where / 'b.xlsx', show=False)}: Isinya halaman web")


def test_a_letter_beside_a_register_is_left_out_by_name(pipeline: Pipeline) -> None:
    where = put(pipeline, "ppid_request", catatan__pdf=b"%PDF-1.4", ppid_dinkes__csv=request("ppid_dinkes"))
    batch = collect(pipeline, "ppid_request", JUST_ENDED)
    assert (batch.ending, batch.loaded, batch.quarantined, batch.declared_out) == ("in_force", 1, 0, 1)
    name = files.shown_name(where / "catatan.pdf", show=False)
    assert left_out(pipeline, batch) == {f"{name} (jenis .pdf), bukan register": 1}


def test_files_of_other_kinds_alone_are_named_one_and_all(pipeline: Pipeline) -> None:
    names = ("register.csv.gz", "register.doc", "register.xltx", "register.zip")
    put(pipeline, "target", **{name.replace(".", "__"): b"x" for name in names})
    batch = collect(pipeline, "target", JUST_ENDED)
    assert batch.ending == "rejected"
    assert all(f"{name}: jenis " in (batch.reason or "") for name in names)
    assert "belum ada berkas" not in (batch.reason or "")


def test_a_file_that_cant_be_opened_is_said_to_be_that_and_its_bytes_are_kept(pipeline: Pipeline) -> None:
    put(pipeline, "target", i__xlsx=HTML)
    alone = collect(pipeline, "target", JUST_ENDED)
    assert (alone.ending, "halaman web" in (alone.reason or "")) == ("rejected", True)
    assert "posisi_per" not in (alone.reason or "")
    drop(pipeline, "target", HEADER, *ROWS, mark=MARK)
    beside = collect(pipeline, "target", JUST_ENDED)
    assert (beside.ending, beside.loaded, beside.quarantined) == ("in_force", 2, 1)
    assert "(i.xlsx, sha256 " in said(pipeline, "target")[0]
    assert "halaman web" in said(pipeline, "target")[0]
    with auditor(pipeline) as connection:
        rows = connection.execute("select sha256 from iku.payload where batch_id = %s", [beside.batch_id])
        assert HTML in {pipeline.store.path(row["sha256"]).read_bytes() for row in rows}


def test_what_is_not_placed_makes_no_month_due_again(pipeline: Pipeline) -> None:
    """Nor does the file of an older position of the same month: the newest stands."""
    source = catalogue.source("target")
    put(pipeline, "target", i__xlsx=HTML, j__zip=b"x")
    drop(pipeline, "target", HEADER, *ROWS, mark=MARK, name="b.csv")
    drop(pipeline, "target", HEADER, *ROWS, mark=f"posisi_per,{DAY.replace(day=3)}", name="a.csv")
    assert collect(pipeline, "target", JUST_ENDED).ending == "in_force"
    month_later = replace(pipeline, now=lambda: datetime.now(UTC) + timedelta(days=31))
    assert JUST_ENDED not in month_later.due(source)
    drop(pipeline, "target", HEADER, ROWS[0], mark=MARK, name="b.csv")
    assert JUST_ENDED in month_later.due(source)


def test_a_personal_register_that_nobody_changed_is_not_due_again(pipeline: Pipeline) -> None:
    source = catalogue.source("ppid_request")
    put(pipeline, "ppid_request", a__csv=request("ppid_dinkes"))
    assert collect(pipeline, "ppid_request", JUST_ENDED).ending == "in_force"
    month_later = replace(pipeline, now=lambda: datetime.now(UTC) + timedelta(days=31))
    assert JUST_ENDED not in month_later.due(source)
    put(pipeline, "ppid_request", a__csv=request("ppid_dpmd"))
    assert JUST_ENDED in month_later.due(source)


def test_a_batch_of_several_positions_stands_for_the_newest(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\n".join(("posisi_per,2026-01-31", HEADER, *ROWS)))
    payloads = [files.payload(tmp_path / "a.csv", "text/csv", date(2026, 1, day)) for day in (20, 31, 10)]
    landing = land.Landing(pipeline.store, lambda: pipeline.settings.token_key, pipeline.now)
    with pipeline.warehouse.connect("loader") as connection:
        batch_id, problem = landing.land(connection, catalogue.source("target"), JANUARY, payloads)
        row = connection.execute("select position_on from iku.batch where batch_id = %s", [batch_id]).fetchone()
    assert (problem, row) == (None, {"position_on": date(2026, 1, 31)})
