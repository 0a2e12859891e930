"""`iku indicator`: the kamus indikator: the decree's own text, its doubts, our reading, the rules in force."""

from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from iku_etl import indonesian
from iku_etl.cli._click import command
from iku_etl.cli._installation import check_known, installation
from iku_etl.cli._options import reading_options
from iku_etl.cli._terminal import pairs, say, show_json, table
from iku_etl.reference import decree

if TYPE_CHECKING:
    from iku_etl.catalogue.kamus import KamusEntry


@command()
@click.argument("code", metavar="[KODE]", required=False)
@reading_options
def indicator(code: str | None, as_json: bool, as_of: int | None, as_of_time: datetime | None) -> None:
    """Kamus indikator: bunyi keputusan, keraguannya, dan cara kami membacanya. Tanpa KODE: daftarnya."""
    from iku_etl.catalogue import kamus
    from iku_etl.warehouse import database

    if code is not None:
        code = code.upper()
        check_known("indikator", code, kamus.codes())
    wanted = [code] if code is not None else [known for known in kamus.codes() if known.startswith("IKU")]
    with installation.warehouse.connect("auditor") as connection:
        with database.reading(connection, as_of, as_of_time):
            entries = [kamus.entry(connection, one) for one in wanted]
    if as_json:
        show_json([_plain(entry) for entry in entries])
    elif code is None:
        _list(entries)
    else:
        _show(entries[0])


def _plain(entry: "KamusEntry") -> dict[str, Any]:
    """The entry as JSON holds it: the printed rows are read-only mappings, which asdict can't copy."""
    return {part.name: getattr(entry, part.name) for part in fields(entry)}


def _list(entries: "list[KamusEntry]") -> None:
    from iku_etl.catalogue import kamus

    table(
        ("kode", "indikator", "satuan", "resmi", "pemilik", "definisi"),
        [
            (
                entry.code,
                entry.indicator.title if entry.indicator else entry.decree["sasaran_indicator"],
                entry.indicator.unit if entry.indicator else indonesian.ABSENT,
                kamus.official(entry) if entry.indicator else "belum dihitung",
                entry.indicator.owner if entry.indicator else indonesian.ABSENT,
                entry.definition or indonesian.ABSENT,
            )
            for entry in entries
        ],
        dropped=("definisi", "pemilik"),
    )
    say(f"{decree.NAME} melayani periode yang berakhir {decree.LAST_YEAR}. Satu entri: iku indicator IKU-05")


def _show(entry: "KamusEntry") -> None:
    from iku_etl.catalogue import kamus

    if entry.decree:
        say(f"{entry.code}: bunyi {decree.NAME}, seperti tercetak", style="bold")
        pairs(kamus.printed(entry))
        say()
        say("Keraguan atas cetakannya" + ("" if entry.doubt else " (catatan, bahasa Inggris)"), style="bold")
        say(entry.doubt or entry.decree["decree_note"] or indonesian.ABSENT)
    else:
        say(f"{entry.code}: tidak tercetak dalam {decree.NAME}", style="bold")
    if entry.indicator is not None:
        _show_ours(entry)
    elif entry.code.startswith("IKU"):
        say()
        say("Belum dihitung: tidak ada berkas sql/indicators untuk indikator ini.")
    if entry.activities:
        say()
        table(
            ("kode", "kegiatan", "indikator kegiatan", "target", "penanggung jawab"),
            [
                (
                    row["no"], row["kegiatan"], row["kegiatan_indicator"], row["target_text"] or indonesian.ABSENT,
                    row["responsible_section"] or indonesian.ABSENT,
                )
                for row in entry.activities
            ],
            title="Kegiatan di bawahnya (satu: iku indicator KEG-01)",
            dropped=("penanggung jawab", "indikator kegiatan"),
        )  # fmt: skip


def _show_ours(entry: "KamusEntry") -> None:
    from iku_etl.catalogue import kamus

    ours = entry.indicator
    assert ours is not None
    say()
    say("Cara kami membaca dan menghitungnya", style="bold")
    if entry.reading:
        say(entry.reading)
    if entry.note:
        say(f"Catatan: {entry.note}")
    pairs(list(kamus.ours(entry)))
    say()
    table(
        ("parameter", "nilai>", "satuan", "berlaku sejak", "dasar hukum"),
        [
            (
                row["name"], indonesian.count(row["value"]), row["unit"] or indonesian.ABSENT,
                indonesian.day(row["in_force_from"]), row["legal_basis"] or "belum ditetapkan",
            )
            for row in entry.parameters
        ],
        title="Parameter yang berlaku",
    )  # fmt: skip
    table(
        ("sumber", "judul", "pemilik", "diketahui sampai"),
        [
            (
                row["source"], row["title"], row["owner"] or "tidak terbaca",
                indonesian.day(row["known_to"]) if row["known_to"] else "belum ada data",
            )
            for row in entry.sources
        ],
        title="Sumber datanya",
    )  # fmt: skip
