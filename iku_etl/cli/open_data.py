"""`iku open-data`: what the public may read, as files for other offices' programs, and onto a CKAN portal."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iku_etl import indonesian
from iku_etl.cli._click import command
from iku_etl.cli._installation import installation
from iku_etl.cli._options import as_of_options
from iku_etl.cli._terminal import put_new, say
from iku_etl.errors import SettingError

if TYPE_CHECKING:
    from iku_etl.figures.public import Public


@command("open-data")
@click.option("--out", "-o", type=click.Path(path_type=Path), metavar="FOLDER", help="Folder yang dibuat dan diisi.")
@click.option("--push", is_flag=True, help="Kirim ke portal CKAN: [open_data] di connections.toml.")
@click.option("--dry-run", is_flag=True, help="Dengan --push: sebut yang akan dikirim, tanpa mengirim.")
@as_of_options
def open_data(
    out: Path | None, push: bool, dry_run: bool, as_of: int | None, as_of_time: datetime | None
) -> None:  # fmt: skip
    """Tulis data terbuka. CSV, JSON, dan SDMX-CSV dengan strukturnya, dan datapackage.json yang menjelaskannya.

    Isinya seperti halaman Publik: periode yang sudah berakhir, hitungan kecil persandian ditutup. Penerbitan yang sama
    memberi bita yang sama. Lisensinya yang disebut IKU_OPEN_DATA_LICENSE; tanpa itu disebut belum dipilih.
    """
    from iku_etl.figures.open_data import licensed

    if (out is None and not push) or (dry_run and not push):
        raise click.UsageError("sebut --out FOLDER, atau --push (dengan --dry-run untuk melihat dahulu).")
    found, content = installation.pipeline.open_data(as_of, as_of_time)
    if out is not None:
        _put(out, content)
        closed = sum(row["is_closed"] for row in found.rows)
        counts = f"{indonesian.count(len(found.rows))} angka, {indonesian.count(closed)} di antaranya ditutup"
        say(f"dibuat: {out}, {counts}", whole=True)
        if installation.settings.license is None:
            say(f"{licensed(None)} Bila sudah: tulis IKU_OPEN_DATA_LICENSE.")
    if push:
        _push(found, content, is_trial=dry_run)


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


def _push(found: "Public", content: dict[str, bytes], *, is_trial: bool) -> None:
    from iku_etl.pipeline.sharing import DONE

    made = 0
    for step in installation.pipeline.push(found, content, is_trial=is_trial):
        size = f", {indonesian.size(step.size_bytes)}" if step.size_bytes else ""
        say(f"{'akan: ' if is_trial else ''}{DONE[step.action]}: {step.name}{size}")
        made += 1
    if not made:
        say("portal sudah memuat semuanya; tidak ada yang dikirim.")
