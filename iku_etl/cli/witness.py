"""`iku witness`: for who checks from outside, say the Inspektorat: nothing of the warehouse is asked or needed."""

from pathlib import Path

import click

from iku_etl import indonesian
from iku_etl.cli._click import command
from iku_etl.cli._terminal import pairs, say


@command()
@click.argument("brought", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    required=True,
    metavar="SAKSI",
    help="Folder ingatan saksi sendiri.",
)
@click.option("--key", metavar="BARIS", help="Kunci pemeriksa buku besar; yang pertama kali, dan bila berganti.")
@click.option("--name", metavar="NAMA", help="Nama saksi, yang pertama kali: inspektorat.example.go.id.")
def witness(brought: Path, folder: Path, key: str | None, name: str | None) -> None:
    """Periksa buku besar yang dibawa (entries.jsonl dan head), lalu beri tanda tangan saksi.

    Dicek: tanda tangan kepala, bahwa berkasnya adalah isi kepala itu, dan bahwa riwayat yang pernah dilihat saksi ini
    masih sama, daun demi daun. Yang ditolak disebut sebabnya, dan tidak ditandatangani.
    """
    from iku_etl.audit import signing

    found = signing.witness(folder, brought, name=name, log_key=key)
    new = found.head.size - found.before
    pairs([
        ("buku besar", found.head.origin),
        ("kunci", str(found.log_key)),
        ("tanda tangan kepala", "benar"),
        ("isi berkas", f"{indonesian.count(found.head.size)} daun, akarnya sama dengan di kepala"),
        ("yang pernah dilihat", f"{indonesian.count(found.before)} daun, semuanya tetap sama" if found.before else
         "belum ada: ini yang pertama kali"),
        ("yang baru", f"{indonesian.count(new)} daun"),
        ("saksi", str(found.by)),
    ])  # fmt: skip
    click.echo(str(found.head), nl=False)
    say(f"ditandatangani sebagai saksi: {found.note}. Serahkan salinannya kembali.", whole=True)
    say("Yang dicek adalah riwayatnya, bukan benar tidaknya isinya sebelum tercatat.")
