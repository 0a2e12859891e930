"""`iku decide`: what a person decides, with reason and name; kept for good, and replayed where it applies."""

from typing import TYPE_CHECKING

import click

from iku_etl import indonesian
from iku_etl.cli._click import group
from iku_etl.cli._installation import installation, known_batches
from iku_etl.cli._options import check_period, signed
from iku_etl.cli._terminal import say, show_batches
from iku_etl.errors import SettingError
from iku_etl.figures import publications, wording

if TYPE_CHECKING:
    from iku_etl.manifest.decisions import RecordDecision
    from iku_etl.model import Batch

BATCH = click.option("--batch", "batch_id", type=int, required=True, help="Nomor batch.")
RECORD = click.option("--record", "record_no", type=int, required=True, help="Nomor rekaman dalam batch.")
REVISION = click.option("--revision", type=click.IntRange(min=1), required=True,
                        help="Nomor angka: 1 yang pertama sejak batas data, 2 revisi ke-1.")  # fmt: skip


@group()
def decide() -> None:
    """Catat keputusan, dengan alasan dan nama."""


@decide.command()
@BATCH
@RECORD
@signed
def release(batch_id: int, record_no: int, reason: str, by: str) -> int:
    """Lepaskan rekaman dari karantina: nilainya benar walau pemeriksaan menolaknya."""
    return _about_record("release", batch_id, record_no, None, reason, by)


@decide.command()
@BATCH
@RECORD
@click.option("--set", "changes", multiple=True, required=True, metavar="KOLOM=NILAI", help="Boleh berulang.")
@signed
def correction(batch_id: int, record_no: int, changes: tuple[str, ...], reason: str, by: str) -> int:
    """Koreksi kolom sebuah rekaman; rekaman aslinya tetap tersimpan."""
    wanted = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise SettingError(f"--set {change}: tulis KOLOM=NILAI, misalnya up=ya. NILAI kosong: tidak ada nilai.")
        wanted[name.strip()] = value.strip() or None
    return _about_record("correction", batch_id, record_no, wanted, reason, by)


@decide.command()
@BATCH
@signed
def withdraw(batch_id: int, reason: str, by: str) -> int:
    """Tarik batch yang berlaku: jendelanya menjadi tidak teramati."""
    known_batches([batch_id])
    decision = installation.pipeline.decide_batch("withdraw", batch_id, reason=reason, by=by)
    say(f"keputusan {decision}: batch {batch_id} ditarik. Terbitkan akibatnya: iku publish.")
    return 0


@decide.command("instead-of")
@BATCH
@signed
def instead_of(batch_id: int, reason: str, by: str) -> int:
    """Berlakukan batch yang menunggu (misalnya yang kehilangan rekaman) menggantikan yang berlaku."""
    known_batches([batch_id])
    pipeline = installation.pipeline
    decision = pipeline.decide_batch("instead_of", batch_id, reason=reason, by=by)
    return _show_replayed(batch_id, decision, pipeline.replay(batch_id, decision))


@decide.command()
@click.argument("indicator", metavar="INDIKATOR")
@click.argument("period", metavar="PERIODE")
@REVISION
@signed
def verify(indicator: str, period: str, revision: int, reason: str, by: str) -> int:
    """Verifikasi sebuah revisi angka. Yang memverifikasi tidak dapat mengesahkannya."""
    code, period = indicator.upper(), check_period(period)
    made = installation.pipeline.verify_figure(code, period, revision, reason=reason, by=by)
    return _show_decided(made, "diverifikasi", code, period, revision)


@decide.command()
@click.argument("indicator", metavar="INDIKATOR")
@click.argument("period", metavar="PERIODE")
@REVISION
@click.option("--letter", required=True, metavar="NOMOR", help="Nomor surat pengesahan.")
@click.option("--official", default="", metavar="NAMA", help="Pejabat yang mengesahkan, bila bukan --by.")
@signed
def approve(indicator: str, period: str, revision: int, letter: str, official: str, reason: str, by: str) -> int:
    """Sahkan sebuah revisi angka yang sudah diverifikasi orang lain; sejak itu ia beku.

    Orang yang sama: nama sampai koma atau kurung pertama, tanpa beda huruf besar, spasi, dan titik.
    """
    code, period = indicator.upper(), check_period(period)
    made = installation.pipeline.approve_figure(
        code, period, revision, reason=reason, by=by, letter=letter, official=official
    )
    return _show_decided(made, "disahkan", code, period, revision)


# ---------------------------------------------------------------- calls


def _about_record(
    kind: "RecordDecision", batch_id: int, record_no: int, changes: dict[str, str | None] | None, reason: str, by: str
) -> int:
    known_batches([batch_id])
    decision, ended = installation.pipeline.decide_record(
        kind, batch_id, record_no, changes=changes, reason=reason, by=by
    )
    return _show_replayed(batch_id, decision, ended)


def _show_decided(decision: int, done: str, code: str, period: str, revision: int) -> int:
    from iku_etl.manifest import decisions

    with installation.warehouse.connect("reader") as connection:
        rows = publications.select(connection, code, period, history=True)
    decided = next(row for row in reversed(rows) if row["revision"] == revision)
    installation.dated([decided])
    say(f"keputusan {decision}: {code} {indonesian.period(period)}, {wording.revision(decided)}, {done}.")
    if said := decisions.remark(decided):
        say(f"Catatan: {said}")
    return 0


def _show_replayed(batch_id: int, decision: int, ended: "Batch") -> int:
    say(f"keputusan {decision} tercatat; batch {batch_id} dibaca ulang:")
    show_batches([ended])
    return 0 if ended.ending in ("in_force", "unchanged") else 1
