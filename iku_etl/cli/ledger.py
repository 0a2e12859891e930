"""`iku ledger`: the log of what was committed, its head, its proofs, and who signs it."""

from pathlib import Path

import click

from iku_etl import indonesian
from iku_etl.cli._click import group
from iku_etl.cli._installation import check_known, installation
from iku_etl.cli._terminal import say, show_json, table
from iku_etl.errors import LedgerError, NotFound

FOLDER = click.option(
    "--folder", type=click.Path(path_type=Path), required=True, metavar="FOLDER", help="Folder penanda tangan sendiri."
)
LOG = click.option(
    "--ledger", "folder", type=click.Path(path_type=Path), metavar="FOLDER", help="Buku besar di folder lain."
)
HASH_SHOWN = 12  # characters; --json and the file have all 64


@group()
def ledger() -> None:
    """Buku besar: apa yang tercatat, dalam bentuk yang dapat diperiksa orang lain tanpa kita."""


def _folder(given: Path | None) -> Path:
    return installation.settings.ledger_dir if given is None else given


@ledger.command()
def append() -> None:
    """Catat yang belum tercatat. Juga dikerjakan sesudah memuat, memutuskan, dan menerbitkan; aman diulang."""
    new = installation.pipeline.append_ledger()
    say(f"{indonesian.count(len(new))} daun ditambahkan ke {installation.settings.ledger_dir}.", whole=True)


@ledger.command()
@click.option("--kind", metavar="JENIS", help="Hanya jenis ini: batch, publication, approval, dan seterusnya.")
@click.option("--limit", type=click.IntRange(min=1), default=40, show_default=True, help="Yang terbaru saja.")
@click.option("--json", "as_json", is_flag=True, help="Keluaran JSON, daun utuh.")
@LOG
def show(kind: str | None, limit: int, as_json: bool, folder: Path | None) -> None:
    """Daun buku besar, yang terbaru di bawah."""
    from iku_etl.audit import leaves, log

    if kind is not None:
        check_known("jenis daun", kind, leaves.kinds())
    entries = log.read(_folder(folder))
    found = [
        (number, leaf) for number, leaf in enumerate(entries.each(), start=1) if kind is None or leaf["kind"] == kind
    ][-limit:]
    if as_json:
        show_json([{"number": number, "leaf": leaf} for number, leaf in found])
        return
    table(
        ("daun>", "pada", "jenis", "yang mana", "isi", "hash"),
        [
            (
                str(number), leaf.get("at", indonesian.ABSENT)[:19], leaf["kind"], leaf["id"][:60], _said(leaf),
                entries.hashes[number - 1].hex()[:HASH_SHOWN],
            )
            for number, leaf in found
        ],
    )  # fmt: skip


def _said(leaf: dict[str, object]) -> str:
    """What is first asked of a leaf, in one cell."""
    names = ("source", "ending", "decision", "indicator", "period", "revision")
    cells = [str(leaf[name]) for name in names if name in leaf]
    for name in ("figures", "changed"):
        if isinstance(found := leaf.get(name), list | dict):
            cells.append(f"{len(found)} {'angka' if name == 'figures' else 'objek basis data'}")
    return " ".join(cells)


@ledger.command()
@LOG
def head(folder: Path | None) -> None:
    """Kepala buku besar: tiga baris untuk dicetak di laporan; yang ditandatangani bila ada."""
    from iku_etl.audit import heads, log, notes

    place = _folder(folder)
    entries = log.read(place)
    signed = place / log.HEAD
    if not signed.exists():
        click.echo(str(entries.head()), nl=False)
        click.echo("iku: kepala ini belum ditandatangani. Lihat: docs/ledger.md.", err=True)
        return
    note = notes.parse(signed.read_bytes())
    found = heads.parse(note.text)
    click.echo(str(found), nl=False)
    names = ", ".join(name for name, _, _ in note.signatures)
    later = len(entries.lines) - found.size
    click.echo(f"iku: ditandatangani {names}; {indonesian.count(max(later, 0))} daun sesudahnya.", err=True)
    if later < 0 or entries.tree.root(found.size) != found.root:
        raise LedgerError(
            f"{signed} bukan kepala dari {place / log.ENTRIES}: buku besar diganti atau dipotong, atau kepala itu milik"
            " buku besar lain. Bandingkan dengan kepala di folder penanda tangan dan saksi."
        )


@ledger.command()
@click.argument("number", metavar="DAUN", type=click.IntRange(min=1))
@LOG
def prove(number: int, folder: Path | None) -> None:
    """Bukti JSON bahwa sebuah daun ada di buku besar: daunnya, jalannya ke akar, dan kepala bila ditandatangani."""
    from iku_etl.audit import heads, log, notes

    place = _folder(folder)
    entries = log.read(place)
    size, content = len(entries.lines), None
    if (place / log.HEAD).exists():
        content = (place / log.HEAD).read_bytes()
        signed = heads.parse(notes.parse(content).text).size
        size, content = (signed, content) if number <= signed <= size else (size, None)
    if number > size:
        raise NotFound(f"buku besar hanya berisi {len(entries.lines)} daun. Lihat: iku ledger show.")
    show_json({**entries.proof(number, size), "head": content.decode() if content else None})


@ledger.command()
@click.argument("name", metavar="NAMA")
@FOLDER
@click.option("--replace", is_flag=True, help="Ganti kunci yang ada; namanya tetap.")
def key(name: str, folder: Path, replace: bool) -> None:
    """Buat kunci penanda tangan, sebagai pengguna penanda tangan. NAMA seperti iku.example.go.id/buku.

    Mencetak kunci pemeriksa: serahkan barisnya kepada pengelola (iku ledger trust) dan kepada saksi.
    """
    from iku_etl.audit import notes, signing

    click.echo(str(signing.make_key(folder, name, notes.ED25519, again=replace)))


@ledger.command()
@click.argument("line", metavar="BARIS")
def trust(line: str) -> None:
    """Umumkan kunci pemeriksa di buku besar: sejak daun itu tanda tangannya dipercaya."""
    from iku_etl.audit.ledger import ledger as book

    found = book(installation.settings).trust(line)
    installation.pipeline.append_ledger()
    say(f"{found.name} dipercaya sejak daun terbaru. Lihat: iku ledger show --kind key.")


@ledger.command()
@FOLDER
@click.option(
    "--ledger", "place", type=click.Path(path_type=Path), metavar="FOLDER", help="Buku besar yang ditandatangani."
)
@click.option(
    "--trial", is_flag=True, help="Untuk mencoba: boleh sebagai pemilik buku besar. Tidak membuktikan apa pun."
)
def sign(folder: Path, place: Path | None, trial: bool) -> None:
    """Tandatangani kepala buku besar, sebagai pengguna lain dari yang menjalankan gudang data.

    Menolak buku besar yang lebih pendek atau lain dari yang terakhir ditandatangani; daun pertama yang lain disebut.
    """
    from iku_etl.audit import log, signing

    made, before = signing.sign(folder, _folder(place), is_trial=trial)
    click.echo(str(made), nl=False)
    say(
        f"ditandatangani: {folder / log.HEAD}, {indonesian.count(made.size - before)} daun sejak yang lalu.", whole=True
    )
