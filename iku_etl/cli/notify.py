"""`iku notify`: the message of the night as it would be said now, and a trial of who can be told."""

from dataclasses import asdict, replace
from datetime import UTC, datetime

import click

from iku_etl.cli._click import command
from iku_etl.cli._installation import installation
from iku_etl.cli._terminal import pairs, say


@command()
@click.option("--test", "is_test", is_flag=True, help="Kirim sebagai percobaan ke semua penerima.")
def notify(is_test: bool) -> int:
    """Tampilkan kabar malam. Dengan --test dikirim; 1 bila tidak menyala atau seorang penerima tidak terjangkau."""
    from iku_etl.scheduler import home, messages

    settings = replace(installation.settings, desk_url=home.desk_url(installation.settings))
    now = datetime.now(UTC)
    made = messages.message(messages.night(settings, now, opened=lambda _: installation.pipeline), settings)
    if not is_test:
        say(made.subject, style="bold")
        for line in made.text.splitlines():
            say(line, whole=True)
        return 0
    tried = replace(made, subject=f"Percobaan. {made.subject}", key=f"percobaan {now.isoformat()}")
    said = home.try_message(settings, asdict(tried))
    if not said:
        say("Kabar malam mati: belum ada sambungan iku_email atau iku_telegram. Cara menyalakannya: docs/admin.md.")
        return 1
    pairs([(to, problem.removeprefix(f"{to}: ") or "terkirim") for to, problem in said.items()])
    return 1 if any(said.values()) else 0
