"""The whole installation in the background: `up`, `down`, `status`."""

from dataclasses import asdict
from datetime import datetime

import click

from iku_etl import indonesian
from iku_etl.cli import _open_ends
from iku_etl.cli._click import command
from iku_etl.cli._installation import installation
from iku_etl.cli._terminal import complain, encode, pairs, say
from iku_etl.sample.state import SAMPLE


@command()
def up() -> None:
    """Jalankan semuanya. PostgreSQL, Airflow, dan halaman angka, di latar belakang."""
    from iku_etl.scheduler import home, keeper

    settings = installation.settings
    say("Menyiapkan gudang data dan Airflow (sampai dua menit)")
    complain(installation.migrate()[1])  # a broken source is reported; the others still run
    is_running = keeper.running(home.home(settings)) is not None
    door = home.door(settings) if is_running else home.up(settings)
    pairs([("halaman", door.url), ("nama", door.user), ("kata sandi", door.password)])
    if (settings.state / SAMPLE).exists():
        say("Sistem sumber kabupaten contoh ikut berjalan.", style="dim")
    say("Hentikan: iku down")


@command()
def down() -> None:
    """Hentikan Airflow dan PostgreSQL. Data tetap tersimpan."""
    from iku_etl.scheduler import home
    from iku_etl.warehouse import server

    stopped = home.down(installation.settings)
    say("Airflow berhenti." if stopped else "Airflow tidak berjalan.")
    if installation.settings.warehouse_url is None:
        stopped = server.stop(installation.settings.state)
        say("PostgreSQL berhenti." if stopped else "PostgreSQL tidak berjalan.")


@command()
@click.option("--json", "as_json", is_flag=True, help="Keluaran JSON.")
def status(as_json: bool) -> int:
    """Apa yang berjalan dan keadaan data. Tidak menjalankan apa pun."""
    from iku_etl.scheduler import home, keeper, notices, outbox
    from iku_etl.warehouse import server

    settings = installation.settings
    failures, messages = notices.open_failures(settings.state), outbox.standing(settings.state, installation.zone)
    is_embedded = settings.warehouse_url is None
    runs = not is_embedded or server.status(settings.state) is not None
    elsewhere = home.kept_elsewhere()
    has_airflow = keeper.is_healthy(elsewhere) if elsewhere else keeper.running(home.home(settings)) is not None
    data = None
    if runs:
        data = installation.pipeline.state()
    if elsewhere:
        airflow = "berjalan" if has_airflow else f"tidak sehat di {elsewhere}"
    else:
        airflow = home.door(settings).url if has_airflow else "tidak berjalan"
    if as_json:
        told = [asdict(one) for one in failures]
        click.echo(
            encode({"warehouse": runs, "airflow": has_airflow, "data": data, "failures": told, "messages": messages})
        )
        return 0 if runs else 1
    pairs([
        ("tempat data", str(settings.state)),
        ("PostgreSQL", f"{'berjalan' if runs else 'tidak berjalan'}{'' if is_embedded else ' (server sendiri)'}"),
        ("Airflow", airflow),
        ("kabar malam", messages),
    ])  # fmt: skip
    if data is not None:
        pairs(
            [
                ("muatan terbaru", indonesian.count(data.load_no)),
                ("terbit terakhir", indonesian.moment(data.published_at, installation.zone)),
                ("celah", f"{indonesian.count(data.gaps)}{' (iku gaps)' if data.gaps else ''}"),
                *([("tidak dapat diisi", f"{indonesian.count(data.untold)} (iku gaps)")] if data.untold else []),
                *([("ditolak", indonesian.count(len(data.refused)))] if data.refused else []),
                ("menunggu keputusan", indonesian.count(len(data.batches) + len(data.figures))),
            ]
        )
        _open_ends.show(data)
    pairs([
        (f"gagal: {one.dag}", f"{indonesian.moment(datetime.fromisoformat(one.at), installation.zone)}: {one.reason}")
        for one in failures
    ])  # fmt: skip
    return 0 if runs else 1
