"""The way of the data by hand: migrate, collect and its stages apart, publish, replay."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from iku_etl.cli import _published
from iku_etl.cli._click import command
from iku_etl.cli._installation import chosen_source, installation, known_batches
from iku_etl.cli._options import Moment, signed
from iku_etl.cli._terminal import complain, say, show_batches, show_json
from iku_etl.errors import IkuError

if TYPE_CHECKING:
    from iku_etl.model import Batch

WINDOW = click.option(
    "--window", "labels", multiple=True, metavar="JENDELA", help="2026-03 atau 2026-03-14; boleh berulang."
)
ALL_GAPS = click.option("--all-gaps", is_flag=True, help="Juga celah lama yang biasanya tidak dicoba lagi.")
BATCHES = click.argument("batch_ids", metavar="BATCH...", type=int, nargs=-1, required=True)


@command()
def migrate() -> int:
    """Siapkan gudang data. Tabel inti, tabel tiap sumber, dan definisi indikator; aman diulang."""
    done, problems = installation.migrate()
    for sentence in done:
        say(sentence)
    say("gudang data siap, kecuali yang di bawah ini." if problems else "gudang data siap.")
    complain(problems)
    return 1 if problems else 0


@command()
@click.argument("name", metavar="[SUMBER]", required=False)
@click.option("--all", "every", is_flag=True, help="Semua sumber, satu demi satu.")
@WINDOW
@ALL_GAPS
def collect(name: str | None, every: bool, labels: tuple[str, ...], all_gaps: bool) -> int:
    """Kumpulkan sumber: ambil, periksa, muat. Tanpa --window: semua jendela yang jatuh tempo."""
    from iku_etl import catalogue

    if every == (name is not None) or (every and labels):
        raise click.UsageError("sebut satu SUMBER (boleh dengan --window), atau --all saja.")
    pipeline = installation.pipeline
    ended: list[Batch] = []  # for type checkers only, as above
    problems: list[str] = []
    for one in catalogue.source_names() if every else (str(name),):
        try:
            source = chosen_source(one)
            made = pipeline.collect(source, pipeline.windows(source, labels, all_gaps=all_gaps))
            ended += made.batches
            problems += [str(made.problem)] if made.problem else []
        except IkuError as problem:  # a broken source does not stop the others
            if not every:
                raise
            problems.append(str(problem))
    show_batches(ended)
    if not ended and not problems:
        say("tidak ada jendela yang jatuh tempo.")
    complain(problems)
    return 1 if problems or _needs_a_person(ended) else 0


def _needs_a_person(ended: "Sequence[Batch]") -> bool:
    """Whether a batch was rejected, waits or broke; a register that nobody has handed in is a gap, not a failure."""
    from iku_etl.manifest import batches

    with installation.warehouse.connect("auditor") as connection:
        return bool(batches.needing_a_person(connection, [batch.batch_id for batch in ended]))


@command()
@click.argument("name", metavar="SUMBER")
@WINDOW
@ALL_GAPS
def extract(name: str, labels: tuple[str, ...], all_gaps: bool) -> int:
    """Ambil dan simpan bita mentah. Lanjutkan dengan iku validate dan nomor batch yang dicetak."""
    source, pipeline = chosen_source(name), installation.pipeline
    made = pipeline.extract(source, pipeline.windows(source, labels, all_gaps=all_gaps))
    show_batches(pipeline.batches(made.batch_ids))
    if made.problem is not None:
        raise made.problem
    return 0


@command()
@BATCHES
def validate(batch_ids: tuple[int, ...]) -> None:
    """Periksa batch yang telah diambil. Lanjutkan dengan iku load dan nomor yang dicetak."""
    known_batches(batch_ids)
    ready = installation.pipeline.validate(batch_ids)
    say(f"siap dimuat: {' '.join(map(str, ready)) or 'tidak ada'}")


@command()
@BATCHES
def load(batch_ids: tuple[int, ...]) -> int:
    """Muat batch yang telah diperiksa. Satu transaksi untuk setiap batch."""
    known_batches(batch_ids)
    ended = installation.pipeline.load(batch_ids)
    show_batches(ended)
    return 1 if _needs_a_person(ended) else 0


@command()
@click.option("--as-of", type=click.IntRange(min=0), help="Terbitkan keadaan sampai nomor muatan itu.")
@click.option("--as-of-time", type=Moment(), help="Terbitkan keadaan pada waktu itu.")
@click.option("--json", "as_json", is_flag=True, help="Keluaran JSON: semua perubahan, angka persis sebagai teks.")
def publish(as_of: int | None, as_of_time: "datetime | None", as_json: bool) -> None:
    """Hitung semua angka dan terbitkan yang berubah. Dari berapa menjadi berapa, anggota mana, karena apa."""
    if as_of_time is not None and as_of_time > datetime.now(UTC):
        raise click.BadParameter(
            "waktu itu belum tiba; angka yang terbit tidak pernah dihapus.", param_hint="--as-of-time"
        )
    made = installation.pipeline.publish(as_of, as_of_time)
    if as_json:
        show_json({**asdict(made), "changes": installation.pipeline.changes(made)})
        return
    _published.show(made, installation.pipeline.changes(made, _published.SHOWN), installation.zone)


@command()
@click.argument("batch_id", metavar="BATCH", type=int)
@signed
def replay(batch_id: int, reason: str, by: str) -> int:
    """Baca ulang bita tersimpan sebuah batch. Misalnya setelah kontrak sumbernya diperbaiki."""
    known_batches([batch_id])
    ended = installation.pipeline.decide_replay(batch_id, reason=reason, by=by)
    show_batches([ended])
    return 0 if ended.ending in ("in_force", "unchanged") else 1
