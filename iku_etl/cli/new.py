"""`iku new`: the one file and the example files that a new source or indicator is made of."""

import importlib
from pathlib import Path

import click

from iku_etl.cli._click import group
from iku_etl.cli._installation import installation
from iku_etl.cli._terminal import say, say_next


@group()
def new() -> None:
    """Buat sumber atau indikator baru. Tidak ada daftar yang perlu disunting."""


@new.command()
@click.argument("name", metavar="NAMA")
@click.option("--kind", type=click.Choice(["events", "snapshot"]), default="snapshot", show_default=True,
              help="Kejadian dalam jendela, atau keadaan pada suatu tanggal.")  # fmt: skip
@click.option("--grid", type=click.Choice(["day", "month"]), default="month", show_default=True,
              help="Panjang satu jendela.")  # fmt: skip
def source(name: str, kind: str, grid: str) -> None:
    """Buat satu modul sumber dan contoh berkasnya. NAMA seperti call_center."""
    from iku_etl.catalogue import scaffold

    made = scaffold.new_source(installation.settings.project, name, kind, grid, drop=installation.settings.drop_dir)
    _say(made.files, made.next_steps)


@new.command()
@click.argument("code", metavar="KODE")
@click.argument("title", metavar="JUDUL")
@click.option(
    "--source", "of", metavar="NAMA", default="website", show_default=True,
    help="Sumber yang dibacanya; tampilan stagingnya dibuat bila belum ada.",
)  # fmt: skip
@click.option(
    "--member", metavar="KOLOM",
    help="Kolom sumber itu yang menamai anggota, misalnya unit; tanpa ini kolom pertama kuncinya.",
)  # fmt: skip
def indicator(code: str, title: str, of: str, member: str | None) -> None:
    """Buat satu berkas SQL indikator dan contohnya. Misalnya: iku new indicator IKU-10 "Situs media informasi"."""
    from iku_etl.catalogue import scaffold

    made = scaffold.new_indicator(installation.settings.project, code, title, of, member)
    _say(made.files, made.next_steps)


def _say(files: tuple[Path, ...], next_steps: tuple[str, ...]) -> None:
    from iku_etl.catalogue import dictionary

    importlib.invalidate_caches()  # the module was made a moment ago
    if page := dictionary.renew(installation.settings.project):
        say(f"diperbarui: {page}")
    for path in files:
        say(f"dibuat: {path}")
    say()
    say_next()
    for number, step in enumerate(next_steps, start=1):
        say(f"{number}. {step}")
