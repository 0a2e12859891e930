"""Decisions of people, and personal data, through the whole pipeline."""

from dataclasses import replace
from pathlib import Path

import pytest
from pipeline_kit import GOOD_SITE, HEADER, ODD_SITE, ROWS, SITES, collect, drop, owner_decides
from psycopg import sql

from iku_etl.errors import SettingError
from iku_etl.pipeline import Pipeline


def quarantined(pipeline: Pipeline) -> dict[str, object]:
    with pipeline.warehouse.connect("auditor") as connection:
        row = connection.execute("select record_key, record_hash from iku.quarantine order by batch_id desc").fetchone()
    assert row is not None
    return {"source": "website", "record_key": row["record_key"], "record_hash": row["record_hash"]}


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
