"""What `iku trace --payload` shows of one payload: who rests on it, a copy to open, whether a file is its original."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iku_etl import indonesian
from iku_etl.cli._installation import installation
from iku_etl.cli._terminal import pairs, say, table
from iku_etl.figures import wording

if TYPE_CHECKING:
    from iku_etl.stages.land import Compared
    from iku_etl.stages.trace import PayloadTrace


NAMED = {  # of a request, what is not a parameter of the system's own
    "file": "berkas", "size_bytes": "bita", "modified_at": "diubah", "unplaced": "tidak bertempat", "site": "situs",
    "files": "jumlah berkas", "begins": "mulai (epoch)", "ends": "sampai (epoch)", "bots": "daftar bot",
}  # fmt: skip


def file_of(sha256: str) -> str:
    """The path of kept bytes as it can be pasted here."""
    path, here = installation.pipeline.store.path(sha256).absolute(), Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def show_saved(path: Path) -> None:
    """Print where a copy of the kept bytes lies."""
    say(f"Salinan bita yang disimpan: {path}", whole=True)
    say("Hanya Anda yang dapat membacanya (0600).", style="dim")


def show_compared(payload_id: int, path: Path, found: "Compared") -> None:
    """Print whether a file is what was received, and what that proves."""
    how = f"HMAC-SHA256 dengan kunci {found.key_id}" if found.key_id else "SHA-256"
    if found.is_same:
        say(f"SAMA: {path} persis bita yang diterima sebagai payload {payload_id} ({how}).", style="bold green")
        say("Terbukti: berkas ini yang diserahkan dan dibaca, tanpa beda satu bita pun.")
        say("Tidak terbukti: bahwa isinya benar.")
        return
    say(f"BEDA: {path} bukan bita yang diterima sebagai payload {payload_id} ({how}).", style="bold red")
    received, given = (indonesian.count(size) for size in (found.received_bytes, found.given_bytes))
    say(
        f"Diterima {received} bita, berkas ini {given} bita."
        " Dibuka lalu disimpan lagi, sebuah berkas sudah menjadi bita lain walau isinya tampak sama: bandingkan salinan"
        " yang dikirim waktu itu."
    )


def asked_for(request: Mapping[str, Any]) -> str:
    """What was asked, in a line: `berkas opd.csv dibaca, 4.664 bita`, or an address with what was asked of it."""
    said = {"read": "dibaca", "library": "dari pustaka"}.get(request.get("method", ""), request.get("method", ""))
    own = (f"{NAMED.get(key, key)} {indonesian.plain(value)}" for key, value in sorted(request.items())
           if key not in ("method", "url", "parameters"))  # fmt: skip
    about = (f"{key}={indonesian.plain(value)}" for key, value in sorted(request.get("parameters", {}).items()))
    return ", ".join([" ".join(filter(None, (said, request.get("url")))), *own, *about])


def show_payload(back: "PayloadTrace") -> None:
    """Print a payload, the batches that read it, and the figures that rest on them."""
    row, zone = back.payload, installation.zone
    readers = (f"{one['batch_id']} ({one['source']}, {indonesian.ENDINGS[one['ending']]})" for one in back.batches)
    pairs([
        ("payload", f"{row['payload_id']}  {row['name']}"),
        ("sha256", row["sha256"] or indonesian.ABSENT),
        ("ukuran", f"{indonesian.size(row['size_bytes'])}, {row['media_type']}"),
        ("permintaan", asked_for(row["request"])),
        ("diminta", f"{indonesian.moment(row['asked_at'], zone)}, status {indonesian.plain(row['status'])}"),
        ("berkas", indonesian.ABSENT if row["sha256"] is None else file_of(row["sha256"])),
        ("bita", "RUSAK" if back.fault else "utuh (SHA-256 dihitung ulang)"),
        ("batch", ", ".join(readers)),
    ])  # fmt: skip
    if not back.figures:
        say("Tidak ada angka terbit yang bertumpu pada payload ini.")
        return
    installation.dated(back.figures)
    columns = ("terbit", "indikator", "periode", "keadaan", "realisasi>", "tahap", "terbaru")
    rows = [
        (
            indonesian.moment(figure["published_at"], zone), figure["indicator"], indonesian.period(figure["period"]),
            wording.revision(figure), indonesian.measure(figure["value"], figure["header"]["form"]),
            figure["tahap"],
            "ya" if figure["is_newest"] else "tidak",
        )
        for figure in back.figures
    ]  # fmt: skip
    table(columns, rows, title="Angka yang bertumpu pada payload ini")
