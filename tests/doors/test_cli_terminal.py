"""What a terminal shows, the sample's night, psql."""

import json
import os
import re
import shutil
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from install_kit import Iku

from iku_etl import catalogue
from iku_etl.catalogue import sources
from iku_etl.cli import _beside, _payload, _terminal, figures
from iku_etl.cli._installation import installation
from iku_etl.errors import DeclarationError
from iku_etl.settings import PROJECT, Settings
from iku_etl.warehouse.database import Warehouse

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


def test_a_hundred_columns_keep_what_a_figure_is_held_against(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("FORCE_COLOR", "1")
    row = ("IKU-05", "Persentase website yang aktif", "Triwulan III 2026 *", "92,31", "12", "13", "99,50 %",
           "tidak diketahui", "tidak diketahui", "masih berjalan", "tidak tersedia", "~80,00", "~115,38 %",
           "Sangat Tinggi", "1")  # fmt: skip
    columns = ("kode", "indikator", *figures.COLUMNS)
    _terminal.table(columns, [row], dropped=("indikator", *figures.DROPPED))
    lines = ANSI.sub("", capsys.readouterr().out).splitlines()
    assert max(map(len, lines[:4])) <= 100
    for part in ("Triwulan III 2026 *", "92,31", "~80,00", "~115,38 %", "Sangat"):
        assert any(part in line for line in lines), part


def test_beside_another_copy_of_the_project_it_is_said_which_one_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    inside = tmp_path / "copy" / "docs"
    inside.mkdir(parents=True)
    mark = tmp_path / "copy" / _beside.MARK
    mark.parent.mkdir(parents=True)
    mark.touch()
    state = PROJECT / ".iku"
    monkeypatch.chdir(inside)
    _beside.warn_of_another(PROJECT, state)
    said = capsys.readouterr().err
    for part in (str(PROJECT), str(state), str(tmp_path / "copy"), ".venv/bin/iku"):
        assert part in said
    _beside.warn_of_another(tmp_path / "copy", tmp_path / "copy" / ".iku")  # the right one
    monkeypatch.chdir(tmp_path)
    _beside.warn_of_another(PROJECT, state)  # in none
    monkeypatch.chdir(inside)
    _beside.warn_of_another(PROJECT, tmp_path / "named")  # IKU_STATE: it was asked for
    assert capsys.readouterr().err == ""


def test_without_a_terminal_nothing_is_left_out(settled: Iku, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = settled("figures", "--indicator", "IKU-08", "--period", "2026-01")
    for name in ("periode", "pembilang", "penyebut", "rendah", "tinggi", "capaian", "predikat", "nomor", "keadaan"):
        assert name in out


def test_rows_that_fit_no_table_become_blocks(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("FORCE_COLOR", "1")
    _terminal.table(("periode", "a>", "b>"), [("Triwulan III 2026 *", "1.234.567,00", "7.654.321,00")])
    out = ANSI.sub("", capsys.readouterr().out)
    for part in ("Triwulan III 2026 *", "1.234.567,00", "7.654.321,00"):
        assert part in out


def test_what_was_asked_of_a_system_is_said_in_words() -> None:
    file = {"method": "read", "file": "opd.csv", "size_bytes": 4664, "modified_at": "2026-11-28T08:19:35+00:00"}
    assert _payload.asked_for(file) == "dibaca, berkas opd.csv, diubah 2026-11-28T08:19:35+00:00, bita 4664"
    call = {"method": "POST", "url": "http://a/", "parameters": {"method": "Visits.get", "date": "2026-09-26"}}
    assert _payload.asked_for(call) == "POST http://a/, date=2026-09-26, method=Visits.get"


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


def test_what_to_type_next_is_preceded_by_how_to_find_iku(
    iku: Iku, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    from iku_etl.cli import _terminal

    for found, is_said in ((None, True), ("/usr/bin/iku", False)):
        monkeypatch.setattr(shutil, "which", lambda name, found=found: found)
        _terminal.say_next()
        assert ("Sekali per terminal: . .venv/bin/activate" in capsys.readouterr().out) == is_said


DRIVING = "Dinas \x1b[2J\x1b]0;judul\x07\u202eTIDAK\x9b31m\rBAIK\x00"


def test_a_name_from_outside_drives_no_terminal(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """Tables, titles, lines, pairs, blocks and complaints alike: escapes are shown, not obeyed."""
    for colour in (None, "1"):
        for name, value in (("COLUMNS", "300"), ("FORCE_COLOR", colour), ("NO_COLOR", None if colour else "1")):
            monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
        _terminal.table(("nama", "angka>"), [(DRIVING, DRIVING)], title=DRIVING)
        _terminal.say(DRIVING)
        _terminal.say(DRIVING, whole=True, indent=4)
        _terminal.pairs([("nama", DRIVING)])
        _terminal.complain([DRIVING])
        monkeypatch.setenv("COLUMNS", "20")
        _terminal.table(("jendela", "angka>"), [(DRIVING, DRIVING)], title=DRIVING)  # too narrow: blocks
        said = capsys.readouterr()
        shown = ANSI.sub("", said.out) + said.err  # colours are ours
        assert shown.count("judul") >= 8
        for letter in ("\x1b", "\x07", "\u202e", "\x9b", "\r", "\x00"):
            assert letter not in shown, ascii(letter)


def test_an_error_that_quotes_what_came_from_outside_drives_no_terminal(iku: Iku) -> None:
    for arguments in (("collect", DRIVING.strip("\x00")), ("trace", "IKU-08", DRIVING.strip("\x00")), (DRIVING,)):
        code, _, err = iku(*arguments)
        assert code in (1, 2)
        assert "judul" in err
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", err), ascii(err)


def test_what_a_record_says_is_shown_without_its_escapes(settled: Iku, warehouse: Warehouse) -> None:
    """A name that was published with escapes in it, long before any rule refused them."""
    with warehouse.connect("owner") as owner:
        owner.execute("alter table iku.batch disable trigger user")
        owner.execute("update iku.batch set reason = %s", [DRIVING.replace("\x00", "")])
        owner.execute("update iku.source set title = %s, owner = %s", [DRIVING.replace("\x00", "")] * 2)
    for command in (("batches",), ("sources",), ("gaps",)):
        code, out, _ = settled(*command)
        assert code == 0
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", out), command
