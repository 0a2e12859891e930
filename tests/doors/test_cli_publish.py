"""`iku publish` says one line a figure: from what to what, whose, and because of what; `iku status` says what waits."""

import json

import install_kit as kit
import pytest
from install_kit import Iku

from iku_etl.pipeline import Pipeline
from iku_etl.sources.persandian_message import SOURCE


def test_publish_says_what_moved_whose_and_because_of_which_file(settled: Iku, pipeline: Pipeline) -> None:
    changed = kit.MESSAGES.replace("biasa,tidak,-,tidak,Undangan", "biasa,ya,jks,tidak,Undangan")
    kit.drop(pipeline.settings, "persandian_message", changed)
    assert kit.collect(pipeline, "persandian_message").ending == "in_force"
    code, out, _ = settled("publish")
    assert code == 0
    (line,) = [line for line in out.splitlines() if line.startswith("IKU-08 Januari 2026, revisi ke-1")]
    assert "50,00 menjadi 75,00" in line
    assert "anggota Dinas" in line
    assert "1/3 menjadi 2/3" in line
    assert f"karena data dikoreksi: {SOURCE.title} Januari 2026 (batch" in line
    assert "tidak ada angka yang berubah" in settled("publish")[1]


def test_publish_gives_programs_everything(settled: Iku, pipeline: Pipeline) -> None:
    kit.drop(pipeline.settings, "persandian_message", kit.MESSAGES.replace("jks", "faksimile_sandi"))
    kit.collect(pipeline, "persandian_message")
    code, out, _ = settled("publish", "--json")
    found = json.loads(out)
    assert code == 0
    assert len(found["changes"]) == len(found["figures"])
    assert {"figure", "before", "columns", "members", "batches", "gone", "decisions"} <= found["changes"][0].keys()


@pytest.fixture
def waiting(settled: Iku, pipeline: Pipeline) -> Iku:
    """The register of messages has lost a message of January, which is an event."""
    lost = "".join(line for line in kit.MESSAGES.splitlines(keepends=True) if not line.startswith("2,"))
    kit.drop(pipeline.settings, "persandian_message", lost)
    assert kit.collect(pipeline, "persandian_message").ending == "waiting"
    return settled


def test_status_names_what_waits_and_the_command(waiting: Iku) -> None:
    _, out, _ = waiting("status")
    assert "Menunggu keputusan, batch:" in out
    assert "persandian_message Januari 2026: batch" in out
    assert "iku decide instead-of --batch" in out
    assert json.loads(waiting("status", "--json")[1])["data"]["waiting"] == 1


def test_status_names_what_was_refused_until_something_takes_over(settled: Iku, pipeline: Pipeline) -> None:
    assert "Ditolak" not in settled("status")[1]
    kit.drop(pipeline.settings, "persandian_message", "")
    assert kit.collect(pipeline, "persandian_message").ending == "rejected"
    _, out, _ = settled("status")
    assert "Ditolak, dan belum ada penggantinya yang berlaku:" in out
    assert "persandian_message Januari 2026: batch" in out
    assert "Berkas kosong (0 baris)" in out
    assert "iku collect persandian_message --window 2026-01" in out
    (told,) = json.loads(settled("status", "--json")[1])["data"]["refused"]
    assert told["source"] == "persandian_message"
    kit.drop(pipeline.settings, "persandian_message", kit.MESSAGES)
    assert kit.collect(pipeline, "persandian_message").ending == "unchanged"
    assert "Ditolak" not in settled("status")[1]


def test_status_names_what_lies_where_nobody_reads(settled: Iku, pipeline: Pipeline) -> None:
    assert "tidak dibaca" not in settled("status")[1]
    kit.drop(pipeline.settings, "persandian_mesage", kit.MESSAGES)
    (pipeline.settings.drop_dir / "a.csv").write_text(kit.MESSAGES)
    (pipeline.settings.drop_dir / ".diganti").mkdir()
    _, out, _ = settled("status")
    assert "Folder yang bukan nama sumber, maka tidak dibaca:" in out
    assert "drop/persandian_mesage/ (1 berkas). Bila maksudnya persandian_message, pindahkan isinya" in out
    assert "1 berkas langsung di " in out
    assert "diganti" not in out
    told = json.loads(settled("status", "--json")[1])["data"]["strays"]
    assert [row["name"] for row in told] == ["persandian_mesage", None]
