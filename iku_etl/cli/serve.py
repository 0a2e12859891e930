"""`iku serve`: the desk in a browser, without Airflow."""

import click

from iku_etl.cli._click import command
from iku_etl.cli._installation import installation
from iku_etl.cli._terminal import pairs, say

ROLES = ("viewer", "user", "op", "admin")


@command()
@click.option("--port", type=click.IntRange(1, 65_535), default=8090, show_default=True, metavar="PORT",
              help="Di 127.0.0.1; dari mesin lain lewat Airflow (iku up).")  # fmt: skip
@click.option("--role", type=click.Choice(ROLES), default="admin", show_default=True,
              help="Peran Anda: membaca, menyerahkan, memutuskan, mengesahkan.")  # fmt: skip
def serve(port: int, role: str) -> None:
    """Buka meja kerja di peramban, tanpa Airflow. Yang tidak memakai alamat itu hanya melihat halaman publik."""
    import uvicorn

    from iku_etl.web.alone import alone
    from iku_etl.web.login import Role

    app, path = alone(installation.settings, Role[role.upper()], port)
    pairs([("halaman", f"http://127.0.0.1:{port}{path}")])
    say("Hentikan: Ctrl+C")
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)
