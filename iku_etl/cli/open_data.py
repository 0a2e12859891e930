"""`iku open-data`: what the public may read, as files for other offices' programs, and onto a CKAN portal."""

from datetime import datetime
from pathlib import Path

import click

from iku_etl import indonesian
from iku_etl.cli._click import command
from iku_etl.cli._installation import installation
from iku_etl.cli._options import as_of_options
from iku_etl.cli._terminal import put_new, say
from iku_etl.errors import SettingError


@command("open-data")
@click.option("--out", "-o", type=click.Path(path_type=Path), metavar="FOLDER", help="Folder yang dibuat dan diisi.")
@as_of_options
def open_data(out: Path | None, as_of: int | None, as_of_time: datetime | None) -> None:
    """Tulis data terbuka. CSV, JSON, dan SDMX-CSV, dengan datapackage.json yang menjelaskannya.

    Isinya seperti halaman Publik: periode yang sudah berakhir, hitungan kecil persandian ditutup. Penerbitan yang sama
    memberi bita yang sama.
    """
    from iku_etl.figures import open_data as made
    from iku_etl.figures.public import public

    if out is None:
        raise click.UsageError("sebut foldernya: --out FOLDER.")
    with installation.warehouse.connect("auditor") as connection:
        found = public(connection, as_of, as_of_time)
    content = made.files(found)
    _put(out, content)
    closed = sum(row["is_closed"] for row in found.rows)
    say(f"dibuat: {out}, {indonesian.count(len(found.rows))} angka, {indonesian.count(closed)} di antaranya ditutup")


def _put(folder: Path, content: dict[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise SettingError(
            f"{folder} tidak dapat dibuat: {problem.strerror}. Pilih tempat lain dengan --out."
        ) from None
    for name in content:
        if (folder / name).exists():
            raise SettingError(f"{folder / name} sudah ada; tidak ada yang ditimpa. Pilih folder lain dengan --out.")
    for name, each in content.items():
        put_new(folder / name, each)
