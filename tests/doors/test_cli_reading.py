"""The reading commands: figures, trace, lists; Indonesian for people, JSON for programs."""

import hashlib
import json
import re
from pathlib import Path

import install_kit as kit
import pytest
from install_kit import Iku

from iku_etl.connectors.registers import files
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings


def test_figures_are_in_indonesian(settled: Iku) -> None:
    code, out, _ = settled("figures", "--indicator", "iku-08", "--period", "2026-01")
    assert code == 0
    for part in ("Januari 2026", "50,00", "83,33 %", "sementara", "cukup", "1 dari 3 entri belum terbukti"):
        assert part in out


def test_companions_stand_below_their_indicator_and_activities_at_the_end(settled: Iku, pipeline: Pipeline) -> None:
    kit.publish_beside(pipeline.warehouse, "KEG-01", "Bimtek peralatan sandi")
    kit.publish_beside(pipeline.warehouse, "IKU-08-OPD", "OPD yang dilayani persandian")
    out = settled("figures")[1]
    own, beside, activities = (
        out.index(text) for text in ("IKU-08  ", "pendamping IKU-08, tidak pernah resmi: IKU-08-OPD", "Kegiatan (KEG)")
    )
    assert own < beside < activities
    companion = re.split(r"^\S*IKU-09", out[beside:activities], flags=re.MULTILINE)[0].splitlines()[1:]
    january = [line for line in companion if "Januari" in line]
    assert january
    assert all(line.startswith("    ") for line in january)
    assert "Bimtek peralatan sandi" in out[activities:]
    assert "IKU-08-OPD" in settled("figures", "--indicator", "IKU-08")[1]


def test_every_figure_says_which_decree_and_definition_it_is_under(settled: Iku) -> None:
    out = settled("figures", "--indicator", "IKU-08")[1]
    said = (
        r"Keputusan 13\.a/2020 melayani periode yang berakhir 2021;"
        r" definisi def_[0-9a-f]{12} berlaku sejak 14 Januari 2020"
    )
    assert re.search(said, out)


def test_json_keeps_every_digit(settled: Iku) -> None:
    _, out, _ = settled("figures", "--period", "2026-01", "--json")
    row = next(row for row in json.loads(out) if row["indicator"] == "IKU-08")
    assert row["value"].startswith("50.000")
    assert len(row["coverage"].rstrip("0")) > len("83.33")


def test_history_and_as_of_show_what_was_said_before(settled: Iku, pipeline: Pipeline) -> None:
    ours = ("--indicator", "IKU-08", "--period", "2026-01", "--json")
    before = json.loads(settled("figures", *ours)[1])[0]
    kit.drop(pipeline.settings, "persandian_message", kit.MESSAGES.replace(",biasa,tidak,-,", ",biasa,ya,jks,"))
    kit.collect(pipeline, "persandian_message")
    kit.publish_on(pipeline.warehouse, 25)
    assert [row["revision"] for row in json.loads(settled("figures", *ours, "--history")[1])] == [1, 2]
    as_of = str(before["as_of"])
    assert json.loads(settled("figures", *ours, "--as-of", as_of)[1]) == [before]
    assert json.loads(settled("figures", *ours, "--as-of-time", "2026-02-20T23:00")[1]) == [before]


@pytest.mark.parametrize("command", ["sources", "batches", "gaps", "quarantine", "figures"])
def test_every_reading_command_has_json_and_as_of(settled: Iku, command: str) -> None:
    code, out, _ = settled(command, "--json", "--as-of", "0", "--as-of-time", "2026-02-01")
    assert code == 0
    rows = json.loads(out)
    assert isinstance(rows, list)
    if command in ("batches", "quarantine", "figures"):
        assert rows == []
    assert settled(command)[0] == 0
    if command == "batches":
        assert "belum ada batch untuk itu" in settled(command, "--as-of", "0", "--as-of-time", "2026-02-01")[1]


def test_trace_ends_at_a_place_and_says_that_it_agrees(settled: Iku) -> None:
    code, out, _ = settled("trace", "iku-08", "2026-01", "--member", "bappeda")
    assert code == 0
    assert "Dihitung ulang dari anggota: cocok" in out
    assert "byte " in out
    assert "utuh" in out
    files = [line.split()[1] for line in out.splitlines() if line.startswith("berkas ")]
    assert files
    for path in files:  # as a person would: the file's bytes hash to its own name
        assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == Path(path).name
    found = json.loads(settled("trace", "IKU-08", "2026-01", "--json")[1])
    assert found["agrees"] is True
    assert len(found["trace"]["members"]) == 2


def test_of_a_redacted_file_both_places_are_told(settled: Iku) -> None:
    _, out, _ = settled("trace", "IKU-08", "2026-01", "--member", "dinkes")
    found = re.findall(r"baris (\d+) berkas tersimpan; di berkas asli baris \d+, byte \d+-\d+", out)
    assert list(dict.fromkeys(found)) == ["1", "2", "3"]  # two records, and the one that was set aside
    files = [Path(line.split()[1]) for line in out.splitlines() if line.startswith("berkas ")]
    ndjson = next(path for path in files if path.read_bytes().startswith(b"{"))
    place = json.loads(ndjson.read_text().splitlines()[1])["place"]  # sed -n 2p FILE
    assert f"baris 2 berkas tersimpan; di berkas asli {place}" in out


def test_trace_of_torn_bytes_is_loud(settled: Iku, site: Settings) -> None:
    for path in site.raw_dir.glob("??/*"):
        path.chmod(0o600)
        path.write_bytes(b"torn")
    code, out, err = settled("trace", "IKU-08", "2026-01")
    assert code == 1
    assert "HILANG ATAU RUSAK" in out
    assert "BITA RUSAK" in err
    torn = [line.split()[3].rstrip(":") for line in err.splitlines() if line.startswith("BITA RUSAK")]
    assert torn
    assert all(Path(path).exists() for path in torn)


def test_trace_of_a_payload_leads_back(settled: Iku, pipeline: Pipeline) -> None:
    with pipeline.warehouse.connect("auditor") as connection:
        row = connection.execute("select min(payload_id) as payload_id from iku.payload").fetchone()
    assert row is not None
    code, out, _ = settled("trace", "--payload", str(row["payload_id"]))
    assert code == 0
    assert "Januari 2026" in out


def test_as_of_hides_decisions_that_came_later(settled: Iku) -> None:
    ours = ("--indicator", "IKU-08", "--period", "2026-01", "--json")
    before = json.loads(settled("figures", *ours)[1])[0]
    settled("decide", "verify", "IKU-08", "2026-01", "--revision", "1", *kit.SIGNED)
    settled("decide", "approve", "IKU-08", "2026-01", "--revision", "1", *kit.APPROVED)
    assert json.loads(settled("figures", *ours)[1])[0]["tahap"] == "disahkan"
    for asked in (("--as-of", str(before["as_of"])), ("--as-of-time", "2026-02-20T23:00")):
        assert json.loads(settled("figures", *ours, *asked)[1])[0]["tahap"] == "sementara"
        found = json.loads(settled("trace", "IKU-08", "2026-01", "--json", *asked)[1])
        assert found["trace"]["figure"]["tahap"] == "sementara"


def test_a_payload_is_saved_and_an_original_compared(settled: Iku, pipeline: Pipeline, tmp_path: Path) -> None:
    with pipeline.warehouse.connect("auditor") as connection:
        rows = connection.execute("select payload_id, source from iku.payload inner join iku.batch using (batch_id)")
        payload = {row["source"]: str(row["payload_id"]) for row in rows}["persandian_message"]
    folder = tmp_path / "audit"
    code, out, _ = settled("trace", "--payload", payload, "--save", str(folder))
    (saved,) = folder.iterdir()
    assert code == 0
    assert str(saved) in out
    assert saved.suffix == ".ndjson"
    dropped = pipeline.settings.drop_dir / "persandian_message" / "a_2026-01.csv"
    code, out, _ = settled("trace", "--payload", payload, "--original", str(dropped))
    assert (code, out.split(":")[0]) == (0, "SAMA")
    code, out, _ = settled("trace", "--payload", payload, "--original", str(saved))
    assert (code, out.split(":")[0]) == (1, "BEDA")
    code, out, _ = settled("trace", "--payload", payload, "--original", str(dropped), "--json")
    assert json.loads(out)["original"]["is_same"]
    assert settled("trace", "IKU-08", "2026-01", "--save", str(tmp_path))[0] == 2


def test_what_was_set_aside_stands_among_the_records_that_are_counted(settled: Iku) -> None:
    out = settled("trace", "IKU-08", "2026-01", "--member", "dinkes")[1]
    assert "rekaman lagi" not in out
    for relation in ("persandian_message: 3 rekaman", "persandian_quarantine: 1 rekaman"):
        part = out.split(f"Bukti {relation}")[1].split("Bukti ")[0]
        assert "isisihkan, tidak dimuat" in part
        assert "salah satu dari biasa, terbatas, rahasia" in part


def test_a_difference_is_told_in_the_words_of_the_figure(settled: Iku, pipeline: Pipeline) -> None:
    with pipeline.warehouse.connect("publisher") as connection:
        columns = "publication_id, indicator, period, low, high, numerator, denominator, coverage, is_official, mutu"
        connection.execute(
            f"""
            insert into iku.figure ({columns}, revision, value, reason, definition, as_of, as_of_time)
            select {columns}, 9, 200 / 3.0, reason, definition, as_of, as_of_time
            from iku.published_figure where indicator = 'IKU-08' and period = '2026-01'
            """
        )
    code, out, _ = settled("trace", "IKU-08", "2026-01")
    assert code == 1
    assert "TIDAK COCOK: realisasi terbit 66,67, sekarang 50,00" in out


def test_checks_are_told_in_words_with_what_they_found(settled: Iku) -> None:
    code, out, _ = settled("checks", "--source", "persandian_message", "--window", "2026-01")
    assert code == 0
    line = next(line for line in out.splitlines() if "Klasifikasi: salah satu dari" in line)
    for part in ("Januari 2026", "berlaku", "baris itu disisihkan", "TIDAK", "1 dari 4 rekaman"):
        assert part in line
    assert "Expect" not in out
    failed = json.loads(settled("checks", "--json")[1])
    assert {row["success"] for row in failed} == {False}
    assert any(row["expectation"] == "ExpectColumnValuesToBeInSet" and row["unexpected"] == 1 for row in failed)
    assert "bukan jendela" in settled("checks", "--window", "januari")[2]


def test_a_rule_that_broke_is_no_code_in_the_quarantine(settled: Iku) -> None:
    out = settled("quarantine")[1]
    assert "Klasifikasi: salah satu dari" in out
    assert "ExpectColumn" not in out


def test_a_record_that_was_set_aside_says_in_which_file_it_stands(settled: Iku, pipeline: Pipeline) -> None:
    kit.drop(pipeline.settings, "persandian_message", kit.MESSAGES.replace(",biasa,", ",ganjil,"))
    kit.collect(pipeline, "persandian_message")
    name = files.shown_name(Path("a_2026-01.csv"), show=False)  # whose columns are stripped: a name may be a person's
    rows = json.loads(settled("quarantine", "--json")[1])
    assert [row["file"] for row in rows] == [name, name]
    out = settled("quarantine")[1]
    assert "berkas" in next(line for line in out.splitlines() if "tempat" in line and "masalah" in line)
    assert name in out
    where = ("--batch", str(rows[0]["batch_id"]), "--record", str(rows[0]["record_no"]))
    assert settled("decide", "release", *where, *kit.SIGNED)[0] == 0
    (left,) = json.loads(settled("quarantine", "--json")[1])
    assert left["batch_id"] != rows[0]["batch_id"]  # it reads the kept bytes of that one again
    assert left["file"] == name


def test_before_the_first_publication_nobody_is_told_to_publish(settled: Iku) -> None:
    out = settled("figures", "--as-of-time", "2020-01-01")[1]
    assert "pada keadaan itu belum ada angka yang terbit" in out
    assert "iku publish" not in out
    assert "iku publish" in settled("figures", "--period", "2031")[1]
