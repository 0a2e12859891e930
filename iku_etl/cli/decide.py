"""Floor 8. `iku decide`: what a person decides, with reason and name; kept for good, and replayed where it applies."""

from difflib import get_close_matches
from typing import Any

import click

from iku_etl import indonesian
from iku_etl.cli._click import group
from iku_etl.cli._shared import check_period, installation, known_batches, show_batches, signed
from iku_etl.errors import NotFound, SettingError
from iku_etl.figures import wording

BATCH = click.option("--batch", "batch_id", type=int, required=True, help="Nomor batch.")
RECORD = click.option("--record", "record_no", type=int, required=True, help="Nomor rekaman dalam batch.")
REVISION = click.option("--revision", type=click.IntRange(min=1), required=True,
                        help="Nomor angka: 1 pada batas data, 2 revisi ke-1.")  # fmt: skip


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
    decision = _about_batch("withdraw", batch_id, reason, by)
    indonesian.say(f"keputusan {decision}: batch {batch_id} ditarik. Terbitkan akibatnya: iku publish.")
    return 0


@decide.command("instead-of")
@BATCH
@signed
def instead_of(batch_id: int, reason: str, by: str) -> int:
    """Berlakukan batch yang menunggu (misalnya yang kehilangan rekaman) menggantikan yang berlaku."""
    return _replay(batch_id, _about_batch("instead_of", batch_id, reason, by))


@decide.command()
@click.argument("indicator", metavar="INDIKATOR")
@click.argument("period", metavar="PERIODE")
@REVISION
@signed
def verify(indicator: str, period: str, revision: int, reason: str, by: str) -> int:
    """Verifikasi sebuah revisi angka."""
    return _about_figure("verify", indicator, period, revision, reason, by)


@decide.command()
@click.argument("indicator", metavar="INDIKATOR")
@click.argument("period", metavar="PERIODE")
@REVISION
@signed
def approve(indicator: str, period: str, revision: int, reason: str, by: str) -> int:
    """Sahkan sebuah revisi angka."""
    return _about_figure("approve", indicator, period, revision, reason, by)


# ---------------------------------------------------------------- records


def _about_record(
    kind: str, batch_id: int, record_no: int, changes: dict[str, Any] | None, reason: str, by: str
) -> int:
    from iku_etl import catalogue
    from iku_etl.manifest import batches

    (batch,) = known_batches([batch_id])
    source = catalogue.source(batch.source)
    key, digest = _identity(source, batch_id, record_no, must_be_set_aside=kind == "release")
    if changes:
        _check_columns(source, changes)
    with installation.warehouse.connect("owner") as connection:
        decision = batches.decide(
            connection, kind, reason=reason, decided_by=by, source=source.name, record_key=key, record_hash=digest,
            changes=changes,
        )  # fmt: skip
    return _replay(batch_id, decision)


def _identity(source: Any, batch_id: int, record_no: int, *, must_be_set_aside: bool) -> tuple[dict[str, Any], str]:
    """Key and hash of a record: from the quarantine, else of the fact."""
    from psycopg import sql

    from iku_etl.records import identity

    numbers = [batch_id, record_no]
    with installation.warehouse.connect("auditor") as connection:
        row = connection.execute(
            "select record_key, record_hash from iku.quarantine where batch_id = %s and record_no = %s", numbers
        ).fetchone()
        if row is not None:
            return row["record_key"], row["record_hash"]
        if must_be_set_aside:
            raise NotFound(
                f"rekaman {record_no} batch {batch_id} tidak ada di karantina."
                f" Lihat: iku quarantine --batch {batch_id}."
            )
        query = sql.SQL("select * from {} where batch_id = %s and record_no = %s").format(
            sql.Identifier("fact", source.name)
        )
        fact = connection.execute(query, numbers).fetchone()
    if fact is None:
        raise NotFound(f"rekaman {record_no} tidak ada di batch {batch_id}. Lihat: iku batches, iku quarantine.")
    return identity.record_key(source, fact), identity.record_hash(source, fact)


def _check_columns(source: Any, changes: dict[str, Any]) -> None:
    names = [column.name for column in source.columns]
    for name in changes:
        if name not in names:
            near = get_close_matches(name, names, n=3, cutoff=0.4) or names
            raise NotFound(f"{source.name}: tidak ada kolom {name}. Mungkin: {', '.join(near)}.")
        if name in source.key:
            raise SettingError(
                f"{source.name}: {name} adalah bagian kunci dan tidak dapat dikoreksi. Minta berkas baru."
            )


# ---------------------------------------------------------------- batches and figures


def _about_batch(kind: str, batch_id: int, reason: str, by: str) -> int:
    from iku_etl.manifest import batches

    (batch,) = known_batches([batch_id])
    wanted = "in_force" if kind == "withdraw" else "waiting"
    if batch.ending != wanted or batch.superseded_by is not None:
        ending = "superseded" if batch.superseded_by else batch.ending
        raise SettingError(
            f"batch {batch_id} {indonesian.ENDINGS[ending]}; hanya batch yang {indonesian.ENDINGS[wanted]} yang dapat"
            f" {'ditarik' if kind == 'withdraw' else 'diberlakukan'}. Lihat: iku batches --source {batch.source}."
        )
    with installation.warehouse.connect("owner") as connection:
        return batches.decide(connection, kind, reason=reason, decided_by=by, source=batch.source, batch_id=batch_id)


def _about_figure(kind: str, indicator: str, period: str, revision: int, reason: str, by: str) -> int:
    from iku_etl.manifest import batches
    from iku_etl.stages import trace

    with installation.warehouse.connect("auditor") as connection:
        row = trace.published(connection, indicator.upper(), check_period(period), revision)
    with installation.warehouse.connect("owner") as connection:
        figure = (row["indicator"], row["period"], revision)
        decision = batches.decide(connection, kind, reason=reason, decided_by=by, figure=figure)
    indonesian.say(
        f"keputusan {decision}: {row['indicator']} {indonesian.period(row['period'])}, {wording.revision(revision)},"
        f" {'disahkan' if kind == 'approve' else 'diverifikasi'}."
    )
    return 0


def _replay(batch_id: int, decision: int) -> int:
    ended = installation.pipeline.replay(batch_id, decision)
    indonesian.say(f"keputusan {decision} tercatat; batch {batch_id} dibaca ulang:")
    show_batches([ended])
    return 0 if ended.ending in ("in_force", "unchanged") else 1
