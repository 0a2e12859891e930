"""What was collected and what was not: sources, batches, gaps, quarantine."""

from collections import Counter
from datetime import datetime

import click

from iku_etl import indonesian
from iku_etl.cli._click import command
from iku_etl.cli._installation import check_source, installation, known_batches
from iku_etl.cli._options import reading_options
from iku_etl.cli._terminal import say, show_json, table
from iku_etl.figures import wording
from iku_etl.manifest import listing
from iku_etl.warehouse.database import Row
from iku_etl.window import window_at

SOURCE = click.option("--source", metavar="SUMBER", help="Hanya sumber ini.")
QUARANTINE_SHOWN = 50  # of all sources, the newest


@command()
@reading_options
def sources(as_json: bool, as_of: int | None, as_of_time: datetime | None) -> None:
    """Sumber data, pemilik, dan kelengkapannya."""
    rows = installation.pipeline.sources(as_of, as_of_time)
    if as_json:
        show_json(rows)
        return
    kinds = {"events": "kejadian", "snapshot": "posisi"}
    grids = {"hour": "jam", "day": "hari", "month": "bulan"}
    table(
        ("sumber", "judul", "pemilik", "jenis", "jendela", "sejak", "lengkap>", "terbaru"),
        [
            (
                row["source"], row["title"], row["owner"], kinds[row["kind"]], grids[row["grid"]],
                indonesian.day(row["since"]), f"{row['in_force']} / {row['due']}",
                indonesian.window(row["newest"], row["grid"]) if row["newest"] else indonesian.ABSENT,
            )
            for row in rows
        ],
    )  # fmt: skip


@command()
@SOURCE
@click.option("--limit", type=click.IntRange(min=1), default=40, show_default=True, help="Yang terbaru saja.")
@reading_options
def batches(source: str | None, limit: int, as_json: bool, as_of: int | None, as_of_time: datetime | None) -> None:
    """Percobaan mengumpulkan jendela, dan akhirnya."""
    with installation.reading(as_of, as_of_time) as connection:
        check_source(connection, source)
        rows = listing.batches(connection, source, limit)
    if as_json:
        show_json(rows)
        return
    if not rows:
        say("belum ada batch untuk itu. Kumpulkan: iku collect --all.")
        return
    columns = (
        "batch>", "sumber", "jendela", "akhir", "muatan>", "rev>", "dibaca>", "termuat>", "karantina>", "di luar>",
        "diminta", "alasan",
    )  # fmt: skip
    table(
        columns,
        [
            (
                str(row["batch_id"]), row["source"], indonesian.window(row["window_on"], row["grid"]),
                "terhenti" if row["is_over"]
                else indonesian.ENDINGS["superseded" if row["superseded_by"] else row["ending"]],
                indonesian.plain(row["load_no"]), indonesian.plain(row["revision"]),
                *(indonesian.count(row[name]) for name in ("records_read", "loaded", "quarantined", "declared_out")),
                indonesian.moment(row["asked_at"], installation.zone),
                "; ".join(filter(None, (row["reason"] or _unended(row), wording.left_out(row["left_out"])))),
            )
            for row in rows
        ],
    )  # fmt: skip


def _unended(row: Row) -> str:
    """What a batch without an ending is: nobody writes one for a process that was killed."""
    if row["ending"] is not None:
        return ""
    if row["landed_at"] is not None:
        return "isinya sudah lengkap, belum diperiksa; pengambilan berikutnya memeriksanya"
    if not row["is_over"]:
        return "sedang diambil"
    after = (
        f"jendelanya diambil lagi oleh batch {row['followed_by']}"
        if row["followed_by"]
        else (
            f"jendelanya belum diambil lagi; ambil: iku collect {row['source']} --window"
            f" {window_at(row['grid'], row['win'].lower, installation.zone).label}"
        )
    )
    return f"prosesnya mati sebelum isinya lengkap, tidak ada yang termuat; {after}"


@command()
@SOURCE
@reading_options
def gaps(source: str | None, as_json: bool, as_of: int | None, as_of_time: datetime | None) -> None:
    """Jendela yang jadwalnya lewat tanpa batch yang berlaku. Dengan hasil percobaan terakhirnya."""
    with installation.reading(as_of, as_of_time) as connection:
        check_source(connection, source)
    rows = installation.pipeline.gaps(source, as_of=as_of, as_of_time=as_of_time)
    if as_json:
        show_json(rows)
        return
    if not rows:
        say("tidak ada celah.")
        return
    table(
        ("sumber", "jendela", "batch terakhir>", "akhir", "alasan"),
        [
            (
                row["source"], indonesian.window(row["window_on"], row["grid"]), indonesian.plain(row["last_batch_id"]),
                indonesian.ENDINGS[row["last_ending"]] if row["last_batch_id"] else "belum dicoba",
                row["untold"] or row["last_reason"] or "",
            )
            for row in rows
        ],
    )  # fmt: skip
    untold = sum(row["untold"] is not None for row in rows)
    say(f"{len(rows) - untold} celah{f'; {untold} tidak dapat diisi lagi' if untold else ''}.")


@command()
@SOURCE
@click.option("--batch", "batch_id", type=int, help="Hanya batch ini.")
@click.option("--all", "everything", is_flag=True, help="Semuanya, juga yang tidak teramati.")
@reading_options
def quarantine(
    source: str | None, batch_id: int | None, everything: bool, as_json: bool, as_of: int | None,
    as_of_time: datetime | None,
) -> None:  # fmt: skip
    """Rekaman yang disisihkan dari batch yang berlaku. Dengan tempat dan masalahnya.

    Tanpa pilihan apa pun hanya yang menunggu keputusan, yang terbaru dahulu, dan berapa seluruhnya.
    """
    from iku_etl.records import unobserved  # brings pyarrow, which no other command of this file needs

    if batch_id is not None:
        known_batches([batch_id])
    with installation.reading(as_of, as_of_time) as connection:
        check_source(connection, source)
        rows = listing.quarantine(connection, source, batch_id)
        batch = None if batch_id is None else listing.batch(connection, batch_id)
    if as_json:
        show_json(rows)
        return
    if not rows and batch is not None and (told := _not_in_force(batch)):
        say(told)
        return
    if not rows:
        say("karantina kosong.")
        return
    is_narrow = everything or source is not None or batch_id is not None
    waiting = rows if is_narrow else [row for row in rows if unobserved.RULE not in row["rules"]]
    shown = waiting if is_narrow else sorted(waiting, key=lambda row: row["window_on"], reverse=True)[:QUARANTINE_SHOWN]
    if shown:
        _show_set_aside(shown)
    if not is_narrow:
        _tell_how_many(rows, waiting, len(shown))
    if shown:
        say("Lepaskan atau koreksi: iku decide release|correction --batch .. --record .. --reason .. --by ..")


def _show_set_aside(rows: list[Row]) -> None:
    table(
        ("sumber", "jendela", "batch>", "rekaman>", "berkas", "tempat", "masalah"),
        [
            (
                row["source"], indonesian.window(row["window_on"], row["grid"]), str(row["batch_id"]),
                str(row["record_no"]), indonesian.plain(row["file"]), row["place"], row["message"],
            )
            for row in rows
        ],
    )  # fmt: skip


def _tell_how_many(rows: list[Row], waiting: list[Row], shown: int) -> None:
    """How many wait, of which sources, and how to see others than those shown."""
    by_source = Counter(row["source"] for row in waiting)
    named = ", ".join(f"{name} {indonesian.count(number)}" for name, number in by_source.most_common())
    how = f"{indonesian.count(shown)} terbaru dari {indonesian.count(len(waiting))}" if shown < len(waiting) else (
        indonesian.count(len(waiting))
    )  # fmt: skip
    say(f"{how} rekaman menunggu keputusan{f': {named}' if named else ''}. Persempit: --source atau --batch.")
    if untold := len(rows) - len(waiting):
        say(f"{indonesian.count(untold)} lagi tidak teramati, jadi tidak ada yang diputuskan darinya. Lihat: --all.")


def _not_in_force(batch: Row) -> str:
    """Why the records of a batch are not in force, and what to do; empty for one whose records are."""
    if batch["ending"] == "in_force":
        over = f"batch {batch['batch_id']} sudah digantikan. Lihat: iku batches --source {batch['source']}."
        return over if batch["superseded_by"] else ""
    reason = (batch["reason"] or "belum selesai").rstrip(".")
    told = f"batch {batch['batch_id']} {indonesian.ENDINGS[batch['ending']]}, isinya tidak berlaku: {reason}."
    if batch["is_waiting"]:
        return f"{told} Terima: iku decide instead-of --batch {batch['batch_id']} --reason .. --by .. Atau biarkan."
    return f"{told} Lihat juga: iku checks --batch {batch['batch_id']}."
