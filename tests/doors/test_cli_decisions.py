"""The stages by hand and the decisions of people, as commands."""

import json

import install_kit as kit
import pytest
from install_kit import Iku

from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings


def test_stages_apart_do_what_collect_does(iku: Iku, site: Settings, pipeline: Pipeline) -> None:
    kit.drop(site, "register_submission", kit.SUBMISSIONS)
    code, out, _ = iku("extract", "register_submission", "--window", "2026-01")
    assert (code, "terbuka" in out) == (0, True)
    assert "siap dimuat: 1" in iku("validate", "1")[1]
    code, out, _ = iku("load", "1")
    assert (code, "berlaku" in out) == (0, True)
    code, out, _ = iku("collect", "register_submission", "--window", "2026-01")
    assert (code, "bita sama" in out) == (0, True)


def test_a_rejected_batch_ends_with_code_1_and_its_reason(iku: Iku, site: Settings) -> None:
    kit.drop(site, "register_submission", kit.SUBMISSIONS.replace("unit_name", "unit_label"))
    code, out, _ = iku("collect", "register_submission", "--window", "2026-01")
    assert code == 1
    assert "ditolak" in out
    assert "unit_name" in out


def test_migrate_can_be_run_again(iku: Iku) -> None:
    assert iku("migrate")[0] == 0


# ---------------------------------------------------------------- decisions


def test_release_brings_a_record_in(settled: Iku, pipeline: Pipeline) -> None:
    (row,) = json.loads(settled("quarantine", "--json")[1])
    where = ("--batch", str(row["batch_id"]), "--record", str(row["record_no"]))
    code, out, err = settled("decide", "release", *where, *kit.SIGNED)
    assert (code, err) == (0, "")
    assert "berlaku" in out
    assert json.loads(settled("quarantine", "--json")[1]) == []


def test_correction_changes_a_column_and_keeps_the_original(settled: Iku, pipeline: Pipeline) -> None:
    (row,) = json.loads(settled("quarantine", "--json")[1])
    where = ("--batch", str(row["batch_id"]), "--record", str(row["record_no"]))
    code, _, err = settled("decide", "correction", *where, "--set", "class=biasa", *kit.SIGNED)
    assert (code, err) == (0, "")
    with pipeline.warehouse.connect("auditor") as connection:
        known = connection.execute(
            "select class from fact.persandian_message where agenda_no = 3 order by batch_id desc limit 1"
        ).fetchone()
    assert known == {"class": "biasa"}


def test_withdraw_makes_the_window_a_gap(settled: Iku) -> None:
    batch = next(row for row in json.loads(settled("batches", "--json")[1]) if row["source"] == "register_submission")
    code, _, err = settled("decide", "withdraw", "--batch", str(batch["batch_id"]), *kit.SIGNED)
    assert (code, err) == (0, "")
    gaps = json.loads(settled("gaps", "--source", "register_submission", "--json")[1])
    assert "2026-01-01" in [row["window_on"] for row in gaps]
    assert (
        "hanya batch yang berlaku" in settled("decide", "withdraw", "--batch", str(batch["batch_id"]), *kit.SIGNED)[2]
    )


def test_a_revision_that_loses_records_waits_until_somebody_decides(settled: Iku, pipeline: Pipeline) -> None:
    kit.drop(pipeline.settings, "persandian_message", "\n".join(kit.MESSAGES.splitlines()[:-1]) + "\n")
    waiting = kit.collect(pipeline, "persandian_message")
    assert waiting.ending == "waiting"
    code, out, _ = settled("decide", "instead-of", "--batch", str(waiting.batch_id), *kit.SIGNED)
    assert (code, "berlaku" in out) == (0, True)


def test_approval_is_a_decision_about_a_revision(settled: Iku) -> None:
    assert settled("decide", "verify", "IKU-08", "2026-01", "--revision", "1", *kit.SIGNED)[0] == 0
    assert settled("decide", "approve", "IKU-08", "2026-01", "--revision", "1", *kit.APPROVED)[0] == 0
    row = json.loads(settled("figures", "--indicator", "IKU-08", "--period", "2026-01", "--json")[1])[0]
    assert row["tahap"] == "disahkan"
    assert row["approved_official"] == "Kepala Dinas"
    assert row["approved_letter"] == "800/1/KOMINFO/2026"
    assert settled("decide", "approve", "IKU-08", "2026-01", "--revision", "8", *kit.APPROVED)[0] == 1


def test_four_eyes_are_asked_for_before_the_database_does(settled: Iku) -> None:
    figure = ("IKU-08", "2026-01", "--revision", "1")
    code, _, err = settled("decide", "approve", *figure, *kit.APPROVED)
    assert (code, "belum diverifikasi" in err) == (1, True)
    assert settled("decide", "verify", *figure, "--reason", "diperiksa", "--by", "Budi Santoso, S.Kom")[0] == 0
    same = ("--reason", "rapat bulanan", "--letter", "800/1", "--by", "BUDI  santoso (Plt. Kepala Dinas)")
    code, _, err = settled("decide", "approve", *figure, *same)
    assert (code, "Yang memverifikasi tidak mengesahkan" in err) == (1, True)
    code, _, err = settled("decide", "approve", *figure, *kit.APPROVED, "--official", "budi santoso")
    assert (code, "Yang memverifikasi tidak mengesahkan" in err) == (1, True)
    assert settled("decide", "approve", *figure, *kit.APPROVED[:4])[0] == 2  # no letter
    assert settled("decide", "approve", *figure, *kit.APPROVED)[0] == 0
    code, _, err = settled("decide", "verify", *figure, "--reason", "diperiksa lagi", "--by", "kepala dinas")
    assert (code, "Yang mengesahkan tidak memverifikasi" in err) == (1, True)


def test_what_is_not_official_is_remarked_and_what_was_superseded_is_refused(settled: Iku, pipeline: Pipeline) -> None:
    code, out, _ = settled("decide", "verify", "IKU-08", "2026-01", "--revision", "1", *kit.SIGNED)
    assert (code, "Catatan: Januari 2026 bukan periode resmi IKU-08" in out) == (0, True)
    kit.drop(pipeline.settings, "persandian_message", kit.MESSAGES.replace("aneh", "biasa"))
    kit.collect(pipeline, "persandian_message")
    assert kit.publish_on(pipeline.warehouse, 21).figures
    approve = ("decide", "approve", "IKU-08", "2026-01", "--letter", "800/1/KOMINFO/2026", "--by", "Kepala Dinas")
    code, out, err = settled(*approve, "--reason", "rapat bulanan", "--revision", "1")
    assert (code, out) == (1, "")
    assert "nomor 1 sudah digantikan nomor 2" in err
    assert "putuskan nomor 2" in err
    assert settled("decide", "verify", "IKU-08", "2026-01", "--revision", "2", *kit.SIGNED)[0] == 0
    assert settled(*approve, "--reason", "rapat bulanan", "--revision", "2")[0] == 0


@pytest.mark.parametrize(("option", "left"), [("--reason", kit.SIGNED[2:]), ("--by", kit.SIGNED[:2])])
def test_no_decision_without_reason_and_name(settled: Iku, option: str, left: tuple[str, ...]) -> None:
    code, _, err = settled("decide", "withdraw", "--batch", "1", *left)
    assert code == 2
    assert option in err
