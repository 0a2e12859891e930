"""Errors as sentences, help pages, start-up."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import install_kit as kit
import pytest
from install_kit import Iku

from iku_etl import indonesian
from iku_etl.cli import main
from iku_etl.cli._document import text as help_page
from iku_etl.settings import PROJECT, Settings
from iku_etl.warehouse.database import Warehouse


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
        (("decide", "release", "--batch", "1", "--record", "99", *kit.SIGNED), 1, "iku quarantine"),
        (("load", "4711"), 1, "batch 4711 tidak ada"),
        (("validate", "4711"), 1, "batch 4711 tidak ada"),
        (("replay", "4711", *kit.SIGNED), 1, "batch 4711 tidak ada"),
        (("quarantine", "--batch", "4711"), 1, "batch 4711 tidak ada"),
        (("decide", "withdraw", "--batch", "4711", *kit.SIGNED), 1, "batch 4711 tidak ada"),
        (("decide", "withdraw", "--batch", "1", "--reason", " ", *kit.SIGNED[2:]), 2, "alasan"),
        (("decide", "withdraw", "--batch", "1", *kit.SIGNED[:2], "--by", " "), 2, "nama"),
        (("replay", "1", "--reason", "ok", *kit.SIGNED[2:]), 2, "alasan"),
        (("figures", "--period", "2026-W1"), 1, "2026-TW1"),
        (("figures", "--period", "2026-13"), 1, "2026-TW1"),
        (("trace", "IKU-08", "2026-TW5"), 1, "2026-TW1"),
        (("figures", "--as-of", "999"), 1, "muatan terbaru"),
        (("trace", "IKU-08", "2026-01", "--as-of", "999"), 1, "muatan terbaru"),
        (("gaps", "--as-of", "999"), 1, "muatan terbaru"),
        (("figures", "--as-of-time", "2999-01-01"), 2, "belum tiba"),
        (("publish", "--as-of-time", "kemarin"), 2, "2026-03-14"),
        (("extract",), 2, "sebut SUMBER. Lihat: iku extract --help."),
        (("decide", "withdraw", *kit.SIGNED), 2, "sebut --batch (Nomor batch)"),
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
