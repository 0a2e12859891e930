"""`iku clean`: what earlier installations have left on this machine."""

import click

from iku_etl.cli._click import command
from iku_etl.cli._terminal import say


@command()
@click.option("--orphans", is_flag=True, help="Folder PostgreSQL milik root yang instalasinya sudah tidak ada.")
@click.option("--yes", is_flag=True, help="Hapus; tanpa ini hanya ditunjukkan.")
def clean(orphans: bool, yes: bool) -> None:
    """Tunjukkan atau hapus sisa instalasi lama. Yang masih dipakai tidak pernah dihapus."""
    from iku_etl.warehouse import leftovers

    if not orphans:
        raise click.UsageError("sebut yang dibersihkan: iku clean --orphans.")
    for one in leftovers.found():
        if one.is_orphan:
            why = f"milik {one.state} yang sudah tidak memakainya"
        else:
            why = f"dipakai {one.state}" if one.state else "tidak menyebut pemiliknya, dibiarkan; periksa dengan tangan"
        say(f"{one.folder}  {one.size_bytes / 1024**2:.0f} MB  {why}")
    if yes:
        gone = leftovers.remove()
        say(f"{len(gone)} folder dihapus.")
    elif any(one.is_orphan for one in leftovers.found()):
        say("Belum ada yang dihapus. Hapus yang tidak dipakai: iku clean --orphans --yes")
    else:
        say("Tidak ada yang perlu dihapus.")
