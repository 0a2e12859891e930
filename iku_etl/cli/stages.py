"""Floor 8. The way of the data by hand: migrate, collect and its stages apart, publish, replay."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from iku_etl import indonesian
from iku_etl.cli import _shared
from iku_etl.cli._click import command
from iku_etl.cli._shared import (
    Moment,
    chosen_source,
    collect_windows,
    complain,
    installation,
    known_batches,
    show_batches,
    signed,
)
from iku_etl.errors import IkuError, SettingError
from iku_etl.figures import wording

if TYPE_CHECKING:
    from iku_etl.model import Batch, Source
    from iku_etl.window import Window

WINDOW = click.option(
    "--window", "labels", multiple=True, metavar="JENDELA", help="2026-03 atau 2026-03-14; boleh berulang."
)
ALL_GAPS = click.option("--all-gaps", is_flag=True, help="Juga celah lama yang biasanya tidak dicoba lagi.")
BATCHES = click.argument("batch_ids", metavar="BATCH...", type=int, nargs=-1, required=True)


@command()
def migrate() -> int:
    """Siapkan gudang data. Tabel inti, tabel tiap sumber, dan definisi indikator; aman diulang."""
    done, problems = _shared.migrate(installation.settings)
    for sentence in done:
        indonesian.say(sentence)
    indonesian.say("gudang data siap, kecuali sumber di bawah ini." if problems else "gudang data siap.")
    complain(problems)
    return 1 if problems else 0


def windows(source: "Source", labels: Sequence[str], all_gaps: bool) -> "list[Window]":
    """The windows that were asked for by label, else those that are due."""
    from iku_etl.window import window_named

    asked = []
    for label in labels:
        try:
            asked.append(window_named(source.grid, label, installation.zone))
        except ValueError:
            example = {"hour": "2026-03-14T07", "day": "2026-03-14", "month": "2026-03"}[source.grid]
            raise SettingError(f"{source.name}: {label!r} bukan jendela. Tulis seperti {example}.") from None
    return asked or (installation.pipeline.missing(source) if all_gaps else installation.pipeline.due(source))


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
    names = catalogue.source_names() if every else (str(name),)
    ended: list[Batch] = []  # for type checkers only, as above
    problems: list[str] = []
    for one in names:
        try:
            source = chosen_source(one)
            made, passing = collect_windows(installation.pipeline, source, windows(source, labels, all_gaps))
            ended += made
            problems += [str(passing)] if passing else []
        except IkuError as problem:  # one broken source never takes down the others
            if not every:
                raise
            problems.append(str(problem))
    show_batches(ended)
    if not ended and not problems:
        indonesian.say("tidak ada jendela yang jatuh tempo.")
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
    source = chosen_source(name)
    made = installation.pipeline.extract(source, windows(source, labels, all_gaps))
    show_batches(installation.pipeline.batches(made))
    return 0


@command()
@BATCHES
def validate(batch_ids: tuple[int, ...]) -> None:
    """Periksa batch yang telah diambil. Lanjutkan dengan iku load dan nomor yang dicetak."""
    known_batches(batch_ids)
    ready = installation.pipeline.validate(batch_ids)
    indonesian.say(f"siap dimuat: {' '.join(map(str, ready)) or 'tidak ada'}")


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
def publish(as_of: int | None, as_of_time: "datetime | None") -> None:
    """Hitung semua angka dan terbitkan yang berubah."""
    from iku_etl.stages import publish as stage

    if as_of_time is not None and as_of_time > datetime.now(UTC):
        raise click.BadParameter(
            "waktu itu belum tiba; angka yang terbit tidak pernah dihapus.", param_hint="--as-of-time"
        )
    with installation.warehouse.connect("publisher") as connection:
        made = stage.publish(connection, as_of=as_of, as_of_time=as_of_time)
    if not made.figures:
        indonesian.say("tidak ada angka yang berubah.")
        return
    columns = ("indikator", "periode", "keadaan")
    rows = [(code, indonesian.period(period), wording.revision(revision)) for code, period, revision in made.figures]
    indonesian.table(columns, rows)
    indonesian.say(
        f"{len(made.figures)} angka terbit, sampai muatan {made.as_of},"
        f" {indonesian.moment(made.as_of_time, installation.zone)}."
    )


@command()
@click.argument("batch_id", metavar="BATCH", type=int)
@signed
def replay(batch_id: int, reason: str, by: str) -> int:
    """Baca ulang bita tersimpan sebuah batch. Misalnya setelah kontrak sumbernya diperbaiki."""
    from iku_etl.manifest import batches

    (batch,) = known_batches([batch_id])
    with installation.warehouse.connect("owner") as connection:
        decision = batches.decide(
            connection, "instead_of", source=batch.source, batch_id=batch_id, reason=reason, decided_by=by
        )
    ended = installation.pipeline.replay(batch_id, decision)
    show_batches([ended])
    return 0 if ended.ending in ("in_force", "unchanged") else 1
