"""What `iku status` names: what was refused, lies where nobody reads, waits for a decision, or is asked for no more.

Each with the command to type or the place to move it to.
"""

from itertools import groupby
from typing import TYPE_CHECKING

from iku_etl import indonesian
from iku_etl.cli._installation import installation
from iku_etl.cli._terminal import say
from iku_etl.figures import wording
from iku_etl.warehouse.database import Row

if TYPE_CHECKING:
    from iku_etl.pipeline.standing import State

SHOWN = 10  # of each kind; all with --json
WINDOWS_SHOWN = 5  # of a source, in one command
REASON = 400  # characters; iku batches has all


def show(state: "State") -> None:
    """Print it, the most urgent first; nothing where nothing is open."""
    _list("Menunggu keputusan, batch:", [_batch(row) for row in state.batches])
    _list("Ditolak, dan belum ada penggantinya yang berlaku:", [_refused(row) for row in state.refused])
    _list("Folder yang bukan nama sumber, maka tidak dibaca:", [_stray(row) for row in state.strays])
    installation.dated(state.figures)
    _list("Menunggu keputusan, angka:", [_figure(row) for row in state.figures])
    _list(
        "Tidak teramati, dan tidak ditanyakan lagi oleh malam mana pun:",
        [_asking(name, list(rows)) for name, rows in groupby(state.unobserved, lambda row: str(row["source"]))],
    )


def _stray(row: Row) -> str:
    drop = installation.settings.drop_dir
    if row["name"] is None:
        return f"{indonesian.count(row['files'])} berkas langsung di {drop}/. Pindahkan ke folder sumbernya di sana."
    meant = f"Bila maksudnya {row['near'][0]}, pindahkan isinya" if row["near"] else "Pindahkan isinya"
    where = f"{drop}/{row['near'][0]}/" if row["near"] else "folder bernama sumbernya (iku sources)"
    return f"{drop}/{row['name']}/ ({indonesian.count(row['files'])} berkas). {meant} ke {where}."


def _list(heading: str, lines: list[str]) -> None:
    if not lines:
        return
    say()
    say(heading, style="bold")
    for line in lines[:SHOWN]:
        say(f"  {line}")
    if len(lines) > SHOWN:
        say(f"  dan {indonesian.count(len(lines) - SHOWN)} lainnya (--json)")


def _batch(row: Row) -> str:
    where = f"{row['source']} {indonesian.window(row['window_on'], row['grid'])}"
    return f"{where}: batch {row['batch_id']}. {_shortened(row)}"


def _refused(row: Row) -> str:
    again = f"iku collect {row['source']} --window {_label(row)}"
    return f"{_batch(row)} Sesudah diperbaiki di sumbernya atau diserahkan lagi: {again}"


def _shortened(row: Row) -> str:
    reason = str(row["reason"])
    return reason if len(reason) <= REASON else f"{reason[:REASON]}… (iku batches --source {row['source']})"


def _figure(row: Row) -> str:
    return f"{_named(row)}, {wording.revision(row)}: {_stage(row)}. {_command(row)}"


def _named(row: Row) -> str:
    return f"{row['indicator']} {indonesian.period(row['period'])}"


def _stage(row: Row) -> str:
    if row["tahap"] == "direvisi":
        checked = "sudah" if row["is_verified"] else "belum"
        return f"berubah sesudah nomor {row['approved_revision']} disahkan, {checked} diverifikasi"
    return "sudah diverifikasi, belum disahkan" if row["tahap"] == "terverifikasi" else "belum diverifikasi"


def _command(row: Row) -> str:
    step = "approve" if row["is_verified"] else "verify"
    about = f"{row['indicator']} {row['period']} --revision {row['revision']}"
    return f"iku decide {step} {about}{' --letter ..' if row['is_verified'] else ''} --reason .. --by .."


def _asking(name: str, rows: list[Row]) -> str:
    """One source: how many windows, and the command that asks for the newest of them again."""
    newest = rows[-WINDOWS_SHOWN:]
    labels = " ".join(f"--window {label}" for label in map(_label, newest))
    rest = f" ({indonesian.count(len(newest))} yang terbaru)" if len(rows) > len(newest) else ""
    records = indonesian.count(sum(row["records"] for row in rows))
    return f"{name}: {indonesian.count(len(rows))} jendela, {records} rekaman. iku collect {name} {labels}{rest}"


def _label(row: Row) -> str:
    return f"{row['window_on']:%Y-%m}" if row["grid"] == "month" else f"{row['window_on']:%Y-%m-%d}"
