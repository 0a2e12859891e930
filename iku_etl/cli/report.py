"""`iku report`: what was published as a finished document: Bab III of the LKjIP, or a month on one page."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iku_etl import indonesian
from iku_etl.cli._click import group
from iku_etl.cli._installation import installation
from iku_etl.cli._options import as_of_options, check_period
from iku_etl.cli._terminal import put_new, say
from iku_etl.errors import SettingError

if TYPE_CHECKING:
    from iku_etl.figures.report.document import Document

FORMAT = click.option("--format", "kind", type=click.Choice(["pdf", "docx", "xlsx"]), default="pdf",
                      show_default=True, help="Jenis berkas.")  # fmt: skip
OUT = click.option("--out", metavar="BERKAS", help="Berkas yang ditulis, - untuk keluaran standar.")


@group()
def report() -> None:
    """Buat laporan dari angka yang terbit. Keadaan data yang sama memberi berkas yang sama."""


@report.command()
@click.option("--year", type=click.IntRange(2000, 2999), required=True, metavar="TAHUN", help="Tahun laporan.")
@FORMAT
@OUT
@as_of_options
def lkjip(year: int, kind: str, out: str | None, as_of: int | None, as_of_time: datetime | None) -> None:
    """Bab III LKjIP: target dan realisasi, perbandingan, uraian, kertas kerja, kamus."""
    _write(installation.pipeline.lkjip(year, as_of, as_of_time), kind, out, f"lkjip_{year}")


@report.command()
@click.option("--month", required=True, metavar="BULAN", help="Bulan laporan, seperti 2026-03.")
@FORMAT
@OUT
@as_of_options
def monthly(month: str, kind: str, out: str | None, as_of: int | None, as_of_time: datetime | None) -> None:
    """Satu halaman sebulan: angka, yang sebelumnya, dan register yang belum ada."""
    if indonesian.grain(check_period(month)) != "month":
        raise SettingError(f"{month!r} bukan bulan. Tulis seperti 2026-03.")
    _write(installation.pipeline.monthly(month, as_of, as_of_time), kind, out, f"bulanan_{month}")


def _write(document: "Document", kind: str, out: str | None, name: str) -> None:
    from iku_etl.figures.report import files

    content = files.written(document, kind)
    if out == "-":
        click.echo(content, nl=False)
        return
    path = Path(out or f"{name}.{kind}")
    put_new(path, content)
    say(f"dibuat: {path}, {document.head}", whole=True)
