"""What can't be read is set aside by name, costs nothing else and is never taken for nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pipeline_kit import HEADER, JANUARY, ROWS, collect, drop, facts

from iku_etl import catalogue
from iku_etl.manifest import listing
from iku_etl.model import Batch, Unobserved
from iku_etl.pipeline import Pipeline
from iku_etl.records import unobserved
from iku_etl.warehouse import database


def quarantine(pipeline: Pipeline, source: str) -> list[dict[str, Any]]:
    with pipeline.warehouse.connect("auditor") as connection, database.reading(connection, as_of_time=pipeline.now()):
        return listing.quarantine(connection, source, None)


def test_a_hand_in_that_cant_be_read_costs_no_other_and_is_named(pipeline: Pipeline) -> None:
    drop(pipeline, "target", HEADER, *ROWS, name="a.csv")
    drop(pipeline, "target", "indicator,period", "IKU-01,2026", name="b.csv")
    batch = collect(pipeline, "target")
    assert (batch.ending, batch.loaded, batch.quarantined, facts(pipeline, "target")) == ("in_force", 2, 1, 2)
    (row,) = quarantine(pipeline, "target")
    assert row["rules"] == [unobserved.RULE]
    assert (row["place"], row["public_values"]["indicator"]) == ("seluruh berkas", None)
    assert "payload 2 (b.csv" in row["message"] and "year" in row["message"]
    assert batch.reason == row["message"]
    drop(pipeline, "target", HEADER, ROWS[0].replace("IKU-05", "IKU-01"), name="b.csv")
    mended = collect(pipeline, "target")
    assert (mended.ending, mended.loaded, mended.quarantined) == ("in_force", 3, 0)


def test_a_row_read_before_the_file_breaks_is_not_loaded_alone(pipeline: Pipeline) -> None:
    drop(pipeline, "target", HEADER, *ROWS, name="a.csv")
    drop(pipeline, "target", HEADER, ROWS[0].replace("IKU-05", "IKU-01"), "\0", name="b.csv")
    assert collect(pipeline, "target").loaded == 2


def test_another_fault_of_the_same_file_is_other_content(pipeline: Pipeline) -> None:
    drop(pipeline, "target", HEADER, *ROWS, name="a.csv")
    drop(pipeline, "target", "indicator,period", name="b.csv")
    first = collect(pipeline, "target")
    drop(pipeline, "target", "indicator,period", "IKU-01,2026,persen", name="b.csv")
    assert (first.ending, collect(pipeline, "target").ending) == ("in_force", "in_force")


def test_a_file_that_cant_be_stripped_costs_no_other_and_leaves_a_note(pipeline: Pipeline) -> None:
    source = "persandian_message"
    header = "unit,recorded_on,direction,sender,number,class,secured,secured_by,void,agenda_no"
    good = "dinkes,2026-01-05,masuk,Polres,R-1,rahasia,ya,jks,tidak,1"
    drop(pipeline, source, header, good, name="a.csv", mark="periode,2026-01")
    drop(pipeline, source, "unit,recorded_on", "Budi Santoso,x", name="Budi Santoso.csv", mark="periode,2026-01")
    batch = collect(pipeline, source)
    assert (batch.ending, batch.loaded, batch.quarantined) == ("in_force", 1, 1)
    (row,) = quarantine(pipeline, source)
    assert "Tidak ada baris judul" in row["message"] and "Budi" not in row["message"]
    with pipeline.warehouse.connect("auditor") as connection:
        payloads = connection.execute("select * from iku.payload where batch_id = %s order by 2", [batch.batch_id])
        kept = next(row for row in payloads if row["error_code"])
    assert (kept["media_type"], kept["error_code"]) == (unobserved.MEDIA_TYPE, "no_header")
    assert b"Budi" not in pipeline.store.path(kept["sha256"]).read_bytes()
    assert pipeline.store.verify(kept["sha256"])


@pytest.mark.parametrize("count", [1, 2])
def test_nothing_but_what_cant_be_read_is_rejected_with_the_first_cause(pipeline: Pipeline, count: int) -> None:
    source = catalogue.source("target")
    items = [Unobserved("seluruh berkas", f"{number}.zip: jenis berkas ini tidak dibaca.") for number in range(count)]
    with pipeline.warehouse.connect("loader") as connection:
        from iku_etl.stages import land

        landing = land.Landing(pipeline.store, lambda: pipeline.settings.token_key, pipeline.now)
        batch_id, problem = landing.land(connection, source, JANUARY, [unobserved.payload("catatan", items)])
    assert problem is not None and batch_id is not None
    (batch,) = pipeline.batches([batch_id])
    assert (batch.ending, str(problem)) == ("rejected", batch.reason)
    assert (batch.reason or "").startswith("target 2026-01: 0.zip: jenis berkas ini tidak dibaca.")


def left_out(pipeline: Pipeline, batch: Batch) -> dict[str, int]:
    with pipeline.warehouse.connect("auditor") as connection:
        rows = connection.execute("select reason, records from iku.left_out where batch_id = %s", [batch.batch_id])
        return {row["reason"]: row["records"] for row in rows}


def test_what_is_left_out_stands_in_the_manifest_by_name_and_count(pipeline: Pipeline) -> None:
    drop(pipeline, "target", HEADER, *ROWS, ROWS[0], "Jumlah,,,180,,,,")
    batch = collect(pipeline, "target")
    found = left_out(pipeline, batch)
    assert found["salinan"] == 1 and len(found) == 2
    assert (batch.ending, sum(found.values())) == ("in_force", batch.declared_out)
    with (
        pipeline.warehouse.connect("auditor") as connection,
        database.reading(connection, as_of_time=datetime.now(UTC)),
    ):
        (row,) = listing.batches(connection, "target", 1)
    assert row["left_out"] == found
