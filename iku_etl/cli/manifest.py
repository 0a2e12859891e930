"""What was collected and what was not: sources, batches, gaps, quarantine."""

from datetime import datetime

import click

from iku_etl import indonesian
from iku_etl.cli._click import command
from iku_etl.cli._installation import check_source, installation, known_batches
from iku_etl.cli._options import reading_options
from iku_etl.cli._terminal import say, show_json, table
from iku_etl.figures import wording
from iku_etl.manifest import listing

SOURCE = click.option("--source", metavar="SUMBER", help="Hanya sumber ini.")


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
                indonesian.ENDINGS["superseded" if row["superseded_by"] else row["ending"]],
                indonesian.plain(row["load_no"]), indonesian.plain(row["revision"]),
                *(indonesian.count(row[name]) for name in ("records_read", "loaded", "quarantined", "declared_out")),
                indonesian.moment(row["asked_at"], installation.zone),
                "; ".join(filter(None, (row["reason"], wording.left_out(row["left_out"])))),
            )
            for row in rows
        ],
    )  # fmt: skip


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
@reading_options
def quarantine(
    source: str | None, batch_id: int | None, as_json: bool, as_of: int | None, as_of_time: datetime | None
) -> None:
    """Rekaman yang disisihkan dari batch yang berlaku. Dengan tempat dan masalahnya."""
    if batch_id is not None:
        known_batches([batch_id])
    with installation.reading(as_of, as_of_time) as connection:
        check_source(connection, source)
        rows = listing.quarantine(connection, source, batch_id)
    if as_json:
        show_json(rows)
        return
    if not rows:
        say("karantina kosong.")
        return
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
    say("Lepaskan atau koreksi: iku decide release|correction --batch .. --record .. --reason .. --by ..")
