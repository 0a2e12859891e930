"""Floor 8. What was collected and what was not: sources, batches, gaps, quarantine."""

from datetime import datetime
from typing import Any

import click

from iku_etl import indonesian
from iku_etl.cli._click import command
from iku_etl.cli._shared import check_batches, check_known, installation, reading_options, show_json

SOURCE = click.option("--source", metavar="SUMBER", help="Hanya sumber ini.")


def _read(
    query: str, parameters: dict[str, Any], as_of: int | None, as_of_time: datetime | None
) -> list[dict[str, Any]]:
    from iku_etl.warehouse import database

    with installation.warehouse.connect("auditor") as connection:
        if parameters.get("source") is not None:
            known = connection.execute("select source from iku.source order by 1").fetchall()
            check_known("sumber", parameters["source"], [row["source"] for row in known])
        if parameters.get("batch") is not None:
            check_batches(connection, [parameters["batch"]])
        with database.reading(connection, as_of, as_of_time):
            return connection.execute(query, parameters).fetchall()


@command()
@reading_options
def sources(as_json: bool, as_of: int | None, as_of_time: datetime | None) -> None:
    """Sumber data, pemilik, dan kelengkapannya."""
    rows = _read(
        """
        select
            source.source,
            source.title,
            source.owner,
            source.kind,
            source.grid,
            source.since,
            source.version,
            count(window_state.win) as due,
            count(window_state.batch_id) as in_force,
            max(window_state.window_on) filter (where window_state.batch_id is not null) as newest
        from iku.source
        left join iku.window_state on source.source = window_state.source
        group by source.source
        order by source.source
        """,
        {}, as_of, as_of_time,
    )  # fmt: skip
    if as_json:
        return show_json(rows)
    kinds = {"events": "kejadian", "snapshot": "posisi"}
    grids = {"hour": "jam", "day": "hari", "month": "bulan"}
    indonesian.table(
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
    return None


@command()
@SOURCE
@click.option("--limit", type=click.IntRange(min=1), default=40, show_default=True, help="Yang terbaru saja.")
@reading_options
def batches(source: str | None, limit: int, as_json: bool, as_of: int | None, as_of_time: datetime | None) -> None:
    """Percobaan mengumpulkan jendela, dan akhirnya."""
    rows = _read(
        """
        select batch.*, source.grid
        from iku.batch inner join iku.source on batch.source = source.source
        where
            (%(source)s::text is null or batch.source = %(source)s)
            and coalesce(batch.load_no, 0) <= iku.as_of()
            and batch.opened_at <= iku.as_of_time()
        order by batch_id desc
        limit %(limit)s
        """,
        {"source": source, "limit": limit}, as_of, as_of_time,
    )  # fmt: skip
    if as_json:
        return show_json(rows)
    columns = (
        "batch>", "sumber", "jendela", "akhir", "muatan>", "rev>", "dibaca>", "termuat>", "karantina>", "di luar>",
        "diminta", "alasan",
    )  # fmt: skip
    indonesian.table(
        columns,
        [
            (
                str(row["batch_id"]), row["source"], indonesian.window(row["window_on"], row["grid"]),
                indonesian.ENDINGS["superseded" if row["superseded_by"] else row["ending"]],
                indonesian.plain(row["load_no"]), indonesian.plain(row["revision"]),
                *(indonesian.count(row[name]) for name in ("records_read", "loaded", "quarantined", "declared_out")),
                indonesian.moment(row["asked_at"], installation.zone), row["reason"] or "",
            )
            for row in rows
        ],
    )  # fmt: skip
    return None


@command()
@SOURCE
@reading_options
def gaps(source: str | None, as_json: bool, as_of: int | None, as_of_time: datetime | None) -> None:
    """Jendela yang lewat tanpa batch yang berlaku. Dengan hasil percobaan terakhirnya."""
    rows = _read(
        """
        select window_state.source, source.grid, window_on, win, last_batch_id, last_ending, last_reason
        from iku.window_state inner join iku.source on window_state.source = source.source
        where batch_id is null and (%(source)s::text is null or window_state.source = %(source)s)
        order by window_state.source, win
        """,
        {"source": source}, as_of, as_of_time,
    )  # fmt: skip
    if as_json:
        return show_json(rows)
    if not rows:
        indonesian.say("tidak ada celah.")
        return None
    indonesian.table(
        ("sumber", "jendela", "batch terakhir>", "akhir", "alasan"),
        [
            (
                row["source"], indonesian.window(row["window_on"], row["grid"]), indonesian.plain(row["last_batch_id"]),
                indonesian.ENDINGS[row["last_ending"]] if row["last_batch_id"] else "belum dicoba",
                row["last_reason"] or "",
            )
            for row in rows
        ],
    )  # fmt: skip
    indonesian.say(f"{len(rows)} celah.")
    return None


@command()
@SOURCE
@click.option("--batch", "batch_id", type=int, help="Hanya batch ini.")
@reading_options
def quarantine(
    source: str | None, batch_id: int | None, as_json: bool, as_of: int | None, as_of_time: datetime | None
) -> None:
    """Rekaman yang disisihkan dari batch yang berlaku. Dengan tempat dan masalahnya."""
    rows = _read(
        """
        select batch_in_force.source, batch_in_force.window_on, source.grid, quarantine.batch_id,
            quarantine.record_no, quarantine.payload_no, quarantine.place, quarantine.rules, quarantine.message,
            quarantine.record_key, quarantine.record_hash, quarantine.public_values
        from iku.batch_in_force
        inner join iku.source on batch_in_force.source = source.source
        inner join iku.quarantine on batch_in_force.batch_id = quarantine.batch_id
        where
            (%(source)s::text is null or batch_in_force.source = %(source)s)
            and (%(batch)s::bigint is null or quarantine.batch_id = %(batch)s)
        order by batch_in_force.source, batch_in_force.window_on, quarantine.record_no
        """,
        {"source": source, "batch": batch_id}, as_of, as_of_time,
    )  # fmt: skip
    if as_json:
        return show_json(rows)
    if not rows:
        indonesian.say("karantina kosong.")
        return None
    indonesian.table(
        ("sumber", "jendela", "batch>", "rekaman>", "tempat", "aturan", "masalah"),
        [
            (
                row["source"], indonesian.window(row["window_on"], row["grid"]), str(row["batch_id"]),
                str(row["record_no"]), row["place"], ", ".join(row["rules"]), row["message"],
            )
            for row in rows
        ],
    )  # fmt: skip
    indonesian.say("Lepaskan atau koreksi: iku decide release|correction --batch .. --record .. --reason .. --by ..")
    return None
