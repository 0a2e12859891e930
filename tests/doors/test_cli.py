"""The door for hands: every command over a small installation; help pages, errors, start-up."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import install_kit as kit
import pytest
from install_kit import Iku

from iku_etl import catalogue, indonesian
from iku_etl.catalogue import sources
from iku_etl.cli import _terminal, main
from iku_etl.cli._document import text as help_page
from iku_etl.cli._installation import installation
from iku_etl.errors import DeclarationError
from iku_etl.pipeline import Pipeline
from iku_etl.settings import PROJECT, Settings
from iku_etl.warehouse.database import Warehouse


@pytest.fixture
def iku(monkeypatch: pytest.MonkeyPatch, capsys: Any, warehouse: Warehouse, site: Settings) -> Iterator[Iku]:
    """`iku ..` over an empty, migrated installation."""
    with kit.at_hand(monkeypatch, capsys, warehouse, site.state) as call:
        yield call


@pytest.fixture
def settled(pipeline: Pipeline, iku: Iku) -> Iku:
    """`iku ..` over January of IKU-08, published."""
    kit.settle(pipeline)
    return iku


# ---------------------------------------------------------------- reading


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
    assert found == ["1", "2", "3"]  # two records, and the one that was set aside
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


# ---------------------------------------------------------------- stages


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

SIGNED = ("--reason", "kelas lama, masih sah", "--by", "Kepala Seksi")


def test_release_brings_a_record_in(settled: Iku, pipeline: Pipeline) -> None:
    (row,) = json.loads(settled("quarantine", "--json")[1])
    where = ("--batch", str(row["batch_id"]), "--record", str(row["record_no"]))
    code, out, err = settled("decide", "release", *where, *SIGNED)
    assert (code, err) == (0, "")
    assert "berlaku" in out
    assert json.loads(settled("quarantine", "--json")[1]) == []


def test_correction_changes_a_column_and_keeps_the_original(settled: Iku, pipeline: Pipeline) -> None:
    (row,) = json.loads(settled("quarantine", "--json")[1])
    where = ("--batch", str(row["batch_id"]), "--record", str(row["record_no"]))
    code, _, err = settled("decide", "correction", *where, "--set", "class=biasa", *SIGNED)
    assert (code, err) == (0, "")
    with pipeline.warehouse.connect("auditor") as connection:
        known = connection.execute(
            "select class from fact.persandian_message where agenda_no = 3 order by batch_id desc limit 1"
        ).fetchone()
    assert known == {"class": "biasa"}


def test_withdraw_makes_the_window_a_gap(settled: Iku) -> None:
    batch = next(row for row in json.loads(settled("batches", "--json")[1]) if row["source"] == "register_submission")
    code, _, err = settled("decide", "withdraw", "--batch", str(batch["batch_id"]), *SIGNED)
    assert (code, err) == (0, "")
    gaps = json.loads(settled("gaps", "--source", "register_submission", "--json")[1])
    assert "2026-01-01" in [row["window_on"] for row in gaps]
    assert "hanya batch yang berlaku" in settled("decide", "withdraw", "--batch", str(batch["batch_id"]), *SIGNED)[2]


def test_a_revision_that_loses_records_waits_until_somebody_decides(settled: Iku, pipeline: Pipeline) -> None:
    kit.drop(pipeline.settings, "persandian_message", "\n".join(kit.MESSAGES.splitlines()[:-1]) + "\n")
    waiting = kit.collect(pipeline, "persandian_message")
    assert waiting.ending == "waiting"
    code, out, _ = settled("decide", "instead-of", "--batch", str(waiting.batch_id), *SIGNED)
    assert (code, "berlaku" in out) == (0, True)


def test_approval_is_a_decision_about_a_revision(settled: Iku) -> None:
    assert settled("decide", "verify", "IKU-08", "2026-01", "--revision", "1", *SIGNED)[0] == 0
    assert settled("decide", "approve", "IKU-08", "2026-01", "--revision", "1", *SIGNED)[0] == 0
    row = json.loads(settled("figures", "--indicator", "IKU-08", "--period", "2026-01", "--json")[1])[0]
    assert row["tahap"] == "disahkan"
    assert settled("decide", "approve", "IKU-08", "2026-01", "--revision", "8", *SIGNED)[0] == 1


@pytest.mark.parametrize(("option", "left"), [("--reason", SIGNED[2:]), ("--by", SIGNED[:2])])
def test_no_decision_without_reason_and_name(settled: Iku, option: str, left: tuple[str, ...]) -> None:
    code, _, err = settled("decide", "withdraw", "--batch", "1", *left)
    assert code == 2
    assert option in err


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        (("figurs",), 2, "figures"),
        (("collect", "websit"), 1, "website"),
        (("figures", "--indicator", "IKU-88"), 1, "IKU-08"),
        (("trace", "IKU-08", "2026-O1"), 1, "2026-01"),
        (("trace", "IKU-08", "2026-01", "--member", "bapeda"), 1, "bappeda"),
        (("gaps", "--source", "persandian"), 1, "persandian_message"),
        (("collect", "parameter", "--window", "Januari"), 1, "2026-03"),
        (("decide", "release", "--batch", "1", "--record", "99", *SIGNED), 1, "iku quarantine"),
        (("load", "4711"), 1, "batch 4711 tidak ada"),
        (("validate", "4711"), 1, "batch 4711 tidak ada"),
        (("replay", "4711", *SIGNED), 1, "batch 4711 tidak ada"),
        (("quarantine", "--batch", "4711"), 1, "batch 4711 tidak ada"),
        (("decide", "withdraw", "--batch", "4711", *SIGNED), 1, "batch 4711 tidak ada"),
        (("decide", "withdraw", "--batch", "1", "--reason", " ", *SIGNED[2:]), 2, "alasan"),
        (("decide", "withdraw", "--batch", "1", *SIGNED[:2], "--by", " "), 2, "nama"),
        (("replay", "1", "--reason", "ok", *SIGNED[2:]), 2, "alasan"),
        (("figures", "--period", "2026-W1"), 1, "2026-TW1"),
        (("figures", "--period", "2026-13"), 1, "2026-TW1"),
        (("trace", "IKU-08", "2026-TW5"), 1, "2026-TW1"),
        (("figures", "--as-of", "999"), 1, "muatan terbaru"),
        (("trace", "IKU-08", "2026-01", "--as-of", "999"), 1, "muatan terbaru"),
        (("gaps", "--as-of", "999"), 1, "muatan terbaru"),
        (("figures", "--as-of-time", "2999-01-01"), 2, "belum tiba"),
        (("publish", "--as-of-time", "kemarin"), 2, "2026-03-14"),
        (("extract",), 2, "sebut SUMBER. Lihat: iku extract --help."),
        (("decide", "withdraw", *SIGNED), 2, "sebut --batch (Nomor batch)"),
        (("figures", "--indikator", "IKU-08"), 2, "pilihan --indikator tidak dikenal. Mungkin: --indicator"),
        (("figures", "--period"), 2, "pilihan --period perlu nilai"),
        (("figures", "--json=1"), 2, "pilihan --json tidak memakai nilai"),
        (("figures", "IKU-08"), 2, "'IKU-08' tidak diminta di sini"),
        (("export", "--format", "pdf"), 2, "--format: 'pdf' tidak dapat dipakai; tulis salah satu: csv, xlsx"),
        (("load", "satu"), 2, "BATCH...: 'satu' tidak dapat dipakai; tulis bilangan bulat"),
        (("export", "--year", "26"), 2, "tulis bilangan 2000 sampai 2999"),
        (("batches", "--limit", "0"), 2, "tulis bilangan 1 atau lebih"),
    ],
)
def test_an_error_is_one_sentence_that_helps(settled: Iku, arguments: tuple[str, ...], code: int, hint: str) -> None:
    ended, _, err = settled(*arguments)
    assert ended == code
    assert hint in err
    assert "Traceback" not in err
    assert err.count("\n") == 1


def test_without_a_name_the_templates_are_listed(iku: Iku) -> None:
    code, out, err = iku("template")
    assert (code, err) == (0, "")
    for part in ("target", "Target indikator", "ppid_request", "Satu formulir: iku template "):
        assert part in out
    assert "website_uptime" not in out  # a system fills it in


def test_migrate_tells_in_indonesian_what_it_did(iku: Iku) -> None:
    out = iku("migrate")[1]
    assert "IKU-08 dihitung menurut def_" in out


def test_debug_shows_where_an_error_came_from(settled: Iku, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IKU_DEBUG", "1")
    with pytest.raises(Exception, match="4711"):
        main(["load", "4711"])


# ---------------------------------------------------------------- start-up, help, formats

HEAVY = ("pandas", "numpy", "pyarrow", "great_expectations", "airflow", "alembic", "fastapi", "openpyxl")


def test_figures_start_without_the_heavy_libraries(settled: Iku, warehouse: Warehouse, site: Settings) -> None:
    code = (
        "import sys\nfrom iku_etl.cli import main\n"
        "try:\n    main(['figures'])\nexcept SystemExit as end:\n    assert not end.code\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\nassert not loaded, loaded\n"
    )
    environment = kit.environment(warehouse, site.state)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert "IKU-08" in done.stdout


def test_the_help_pages_are_those_of_the_docs() -> None:
    path = PROJECT / "docs" / "cli.md"
    assert path.read_text(encoding="utf-8") == help_page(), "python -m iku_etl.cli._document > docs/cli.md"


def test_the_help_pages_have_no_words_of_clicks_own() -> None:
    assert not re.findall(r"OPTIONS|COMMAND|ARGS|INTEGER|TEXT\b|required\]|default:", help_page())


def test_every_command_and_option_is_explained() -> None:
    def walk(command: click.Command) -> Iterator[click.Command]:
        yield command
        if isinstance(command, click.Group):
            for child in command.commands.values():
                yield from walk(child)

    for command in walk(main):
        assert command.help, command.name
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{command.name} {parameter.opts}"


def test_modules_of_commands_are_found_without_a_list() -> None:
    files = {path.stem for path in (PROJECT / "iku_etl" / "cli").glob("[a-z]*.py")}
    callbacks = [command.callback for command in main.commands.values()]
    assert files == {callback.__module__.rpartition(".")[2] for callback in callbacks if callback}


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        (indonesian.number(indonesian.Decimal("1234.565")), "1.234,57"),
        (indonesian.number(indonesian.Decimal("0.005")), "0,01"),
        (indonesian.number(indonesian.Decimal("-1.005")), "-1,01"),
        (indonesian.number(None), "–"),
        (indonesian.count(1234567), "1.234.567"),
        (indonesian.percent(indonesian.Decimal("81.036")), "81,04 %"),
        (indonesian.day(indonesian.date(2026, 3, 14)), "14 Maret 2026"),
        (indonesian.period("2026-03"), "Maret 2026"),
        (indonesian.period("2026-TW4"), "Triwulan IV 2026"),
        (indonesian.period("2026-S2"), "Semester II 2026"),
        (indonesian.period("2026"), "Tahun 2026"),
        (indonesian.plain("a\x1b[31mb\u202ec"), "a\\x1b[31mb\\x202ec"),
    ],
)
def test_format(shown: str, wanted: str) -> None:
    assert shown == wanted


def test_run_leaves_real_connections_alone(iku: Iku, site: Settings) -> None:
    site.state.mkdir(parents=True, exist_ok=True)
    path = site.state / "connections.toml"
    path.write_text('[website_uptime]\nsystem = "prometheus"\nurl = "https://prometheus.example"\n')
    code, _, err = iku("run")
    assert code == 1
    assert "iku collect --all" in err
    assert "prometheus.example" in path.read_text()


def test_module_is_a_command_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "iku_etl.cli", "--version"], capture_output=True, text=True, check=False, cwd=Path("/")
    )
    assert (done.returncode, done.stdout.startswith("iku-etl ")) == (0, True)


# ---------------------------------------------------------------- a terminal, the installation, the database's own door

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("width", [80, 120])
def test_a_narrow_terminal_keeps_periods_and_numbers_whole(
    settled: Iku, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes the output for a terminal
    _, out, _ = settled("figures", "--indicator", "IKU-08")
    lines = [line.strip() for line in ANSI.sub("", out).splitlines()]
    assert max(map(len, lines)) <= width
    row = next(line for line in lines if line.startswith("Januari 2026 *"))
    for part in ("50,00", "83,33 %"):
        assert part in row
    assert any(line.startswith("Triwulan I 2026 *") for line in lines)
    _, out, _ = settled("trace", "IKU-08", "2026-01")
    lines = ANSI.sub("", out).splitlines()
    assert max(map(len, lines)) <= width
    assert all(any(name in line for line in lines) for name in ("dinkes", "bappeda"))


def test_without_a_terminal_nothing_is_left_out(settled: Iku, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = settled("figures", "--indicator", "IKU-08", "--period", "2026-01")
    for name in ("periode", "pembilang", "penyebut", "rendah", "tinggi", "capaian", "predikat", "keadaan"):
        assert name in out


def test_rows_that_fit_no_table_become_blocks(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("FORCE_COLOR", "1")
    _terminal.table(("periode", "a>", "b>"), [("Triwulan III 2026 *", "1.234.567,00", "7.654.321,00")])
    out = ANSI.sub("", capsys.readouterr().out)
    for part in ("Triwulan III 2026 *", "1.234.567,00", "7.654.321,00"):
        assert part in out


def test_migrate_keeps_the_samples_first_day(warehouse: Warehouse, iku: Iku, site: Settings) -> None:
    first = date(2026, 5, 1)
    site.state.mkdir(parents=True, exist_ok=True)
    (site.state / "sample.json").write_text(json.dumps({"seed": 1, "first_day": first.isoformat()}))
    with warehouse.connect("owner") as connection:
        connection.execute("update iku.source set since = %s where since < %s", [first, first])
    iku("publish")
    assert iku("migrate")[0] == 0
    assert "tidak ada angka yang berubah" in iku("publish")[1]
    with warehouse.connect("auditor") as connection:
        since = {row["since"] for row in connection.execute("select since from iku.source")}
    assert min(since) == first


def test_a_source_that_cannot_be_imported_stops_no_other(
    iku: Iku, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, source = catalogue.source_names(), catalogue.source

    def found(name: str) -> Any:
        if name == "broken":
            raise DeclarationError("source broken: its module can't be imported: SyntaxError('x').")
        return source(name)

    monkeypatch.setattr(sources, "source_names", lambda: ("broken", *names))
    monkeypatch.setattr(sources, "source", found)
    with warehouse.connect("owner") as connection:
        connection.execute("update iku.source set title = 'lama'")
    code, out, err = iku("migrate")
    assert code == 1
    assert "source broken" in err
    assert "IKU-08" in out
    with warehouse.connect("auditor") as connection:
        assert connection.execute("select 1 from iku.source where title = 'lama'").fetchone() is None


def test_up_starts_with_a_broken_source_too(iku: Iku, monkeypatch: pytest.MonkeyPatch) -> None:
    from iku_etl.scheduler import home, keeper

    names, source = catalogue.source_names(), catalogue.source
    monkeypatch.setattr(sources, "source_names", lambda: ("broken", *names))
    monkeypatch.setattr(sources, "source", lambda name: source("websit" if name == "broken" else name))
    monkeypatch.setattr(keeper, "running", lambda home: None)
    door = SimpleNamespace(url="http://127.0.0.1:1", user="admin", password="x")
    monkeypatch.setattr(home, "up", lambda settings: door)
    code, out, err = iku("up")
    assert (code, door.url in out) == (0, True)
    assert "websit" in err


def test_another_seed_than_that_of_the_sample_is_refused(iku: Iku, site: Settings) -> None:
    site.state.mkdir(parents=True, exist_ok=True)
    path = site.state / "sample.json"
    path.write_text('{"seed": 1, "first_day": "2026-05-01"}')
    code, _, err = iku("run", "--seed", "2")
    assert code == 1
    assert "benih 1" in err
    assert '"seed": 1' in path.read_text()


def test_a_night_whose_dags_failed_ends_with_their_names_and_code_1(iku: Iku, monkeypatch: pytest.MonkeyPatch) -> None:
    from iku_etl.cli import run

    monkeypatch.setattr(run, "_is_done", lambda: False)
    monkeypatch.setattr(run, "_run_sample", lambda seed: ["collect_website"])
    code, out, _ = iku("run")
    assert code == 1
    assert "collect_website" in out.splitlines()[-1]


@pytest.mark.parametrize(("system", "is_told"), [("ckan", False), ("register", True)])
def test_a_night_is_done_without_a_live_list_of_long_ago(iku: Iku, site: Settings, system: str, is_told: bool) -> None:
    site.state.mkdir(parents=True, exist_ok=True)
    (site.state / "connections.toml").write_text(
        f'[sectoral_dataset]\nsystem = "{system}"\nurl = "http://127.0.0.1:9"\n'
    )
    assert iku("sources")[0] == 0  # reads the settings anew
    untried = {(source.name, window.label) for source, window in installation.pipeline.untried()}
    assert ("web_visits", "2026-01-05") in untried
    assert (("sectoral_dataset", "2026-01") in untried) is is_told


def test_psql_reads_as_auditor_and_cannot_write(settled: Iku) -> None:
    code, out, _ = settled("psql", "-c", "select current_user::text as who, 1.50 as exact", "--json")
    assert (code, json.loads(out)) == (0, [{"who": "iku_auditor", "exact": "1.50"}])
    assert "iku_auditor" in settled("psql", "-c", "select current_user")[1]
    assert json.loads(settled("psql", "--as-of", "2", "-c", "select iku.as_of() as n", "--json")[1]) == [{"n": 2}]
    for query in ("delete from iku.batch", "commit; select 1", "selec 1"):
        code, _, err = settled("psql", "-c", query)
        assert (code, err.count("\n"), "kueri" in err) == (1, 1, True)


def test_psql_hands_the_password_over_in_the_environment(settled: Iku, monkeypatch: pytest.MonkeyPatch) -> None:
    from iku_etl.cli import psql

    called: list[Any] = []
    monkeypatch.setattr(psql, "_is_terminal", lambda: True)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    environment: dict[str, str] = {}
    monkeypatch.setattr(os, "putenv", environment.__setitem__)
    monkeypatch.setattr(os, "execvp", lambda *how: called.append(how))
    settled("psql")
    ((_, arguments),) = called
    assert environment["PGPASSWORD"]
    assert environment["PGPASSWORD"] not in " ".join(arguments)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    code, _, err = settled("psql")
    assert code == 1
    assert "iku psql -c" in err
    assert environment["PGPASSWORD"] not in err


def test_as_of_hides_decisions_that_came_later(settled: Iku) -> None:
    ours = ("--indicator", "IKU-08", "--period", "2026-01", "--json")
    before = json.loads(settled("figures", *ours)[1])[0]
    settled("decide", "approve", "IKU-08", "2026-01", "--revision", "1", *SIGNED)
    assert json.loads(settled("figures", *ours)[1])[0]["tahap"] == "disahkan"
    for asked in (("--as-of", str(before["as_of"])), ("--as-of-time", "2026-02-20T23:00")):
        assert json.loads(settled("figures", *ours, *asked)[1])[0]["tahap"] == "sementara"
        found = json.loads(settled("trace", "IKU-08", "2026-01", "--json", *asked)[1])
        assert found["trace"]["figure"]["tahap"] == "sementara"


def test_what_to_type_next_is_preceded_by_how_to_find_iku(
    iku: Iku, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    from iku_etl.cli import _terminal

    for found, is_said in ((None, True), ("/usr/bin/iku", False)):
        monkeypatch.setattr(shutil, "which", lambda name, found=found: found)
        _terminal.say_next()
        assert ("Sekali per terminal: . .venv/bin/activate" in capsys.readouterr().out) == is_said
