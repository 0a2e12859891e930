"""`iku checks`: what the checks of a source found, in words, whatever became of the batch."""

import re
from datetime import datetime

import click

from iku_etl import indonesian
from iku_etl.cli._click import command
from iku_etl.cli._installation import check_source, installation, known_batches
from iku_etl.cli._options import reading_options
from iku_etl.cli._terminal import say, show_json, table
from iku_etl.errors import SettingError
from iku_etl.manifest import listing
from iku_etl.warehouse.database import Row

WINDOW = re.compile(r"20\d\d(-\d\d(-\d\d)?)?")


@command()
@click.option("--source", metavar="SUMBER", help="Hanya sumber ini.")
@click.option("--window", metavar="JENDELA", default="", help="Hanya jendela ini: 2026-10 atau 2026-10-05.")
@click.option("--batch", "batch_id", type=int, help="Hanya batch ini.")
@click.option("--failed", is_flag=True, help="Hanya yang tidak terpenuhi.")
@reading_options
def checks(
    source: str | None, window: str, batch_id: int | None, failed: bool, as_json: bool, as_of: int | None,
    as_of_time: datetime | None,
) -> None:  # fmt: skip
    """Hasil pemeriksaan data, satu baris satu aturan. Dari batch terbaru tiap jendela, juga yang ditolak.

    Tanpa pilihan apa pun hanya yang tidak terpenuhi.
    """
    if window and not WINDOW.fullmatch(window):
        raise SettingError(f"{window!r} bukan jendela. Tulis seperti 2026-10 atau 2026-10-05.")
    if batch_id is not None:
        known_batches([batch_id])
    from iku_etl.catalogue.checks import with_sentences

    with installation.reading(as_of, as_of_time) as connection:
        check_source(connection, source)
        found = with_sentences(listing.checks(connection, source, window, batch_id))
    only_failed = failed or not (source or window or batch_id)
    rows = [row for row in found if not (only_failed and row["success"])]
    if as_json:
        show_json(rows)
        return
    if not found:
        say("belum ada hasil pemeriksaan untuk itu. Lihat: iku batches.")
        return
    _show(rows)
    kept = sum(row["success"] for row in found)
    batches = len({row["batch_id"] for row in found})
    say(f"{indonesian.count(len(found))} pemeriksaan dari {indonesian.count(batches)} batch:"
        f" {indonesian.count(kept)} terpenuhi, {indonesian.count(len(found) - kept)} tidak.")  # fmt: skip


def _show(rows: list[Row]) -> None:
    from iku_etl.catalogue.sentences import OUTCOMES

    columns = (
        "sumber",
        "jendela",
        "batch>",
        "akhir",
        "aturan",
        "bila tidak",
        "diperiksa>",
        "melanggar>",
        "hasil",
        "rincian",
    )
    cells = [
        (
            row["source"], indonesian.window(row["window_on"], row["grid"]), str(row["batch_id"]),
            indonesian.ENDINGS["superseded" if row["superseded_by"] else row["ending"]], row["sentence"],
            OUTCOMES[row["severity"]], indonesian.count(row["evaluated"]), indonesian.count(row["unexpected"]),
            "terpenuhi" if row["success"] else "TIDAK", row["detail"],
        )
        for row in rows
    ]  # fmt: skip
    if cells:
        table(columns, cells, dropped=("bila tidak", "akhir", "rincian"))
