"""`iku psql`: the warehouse's own door, as a role that only reads."""

import os
import shutil
import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click

from iku_etl.cli._click import command
from iku_etl.cli._installation import installation
from iku_etl.cli._options import reading_options
from iku_etl.cli._terminal import say, show_json, table
from iku_etl.errors import SettingError

if TYPE_CHECKING:
    from iku_etl.warehouse.database import Row


@command()
@click.option("--role", type=click.Choice(["auditor", "reader"]), default="auditor", show_default=True,
              help="Sebagai siapa; keduanya hanya membaca.")  # fmt: skip
@click.option("-c", "query", metavar="KUERI", help="Jalankan satu kueri; psql tidak diperlukan.")
@reading_options
def psql(role: str, query: str | None, as_json: bool, as_of: int | None, as_of_time: datetime | None) -> None:
    """Baca gudang data dengan SQL. Tanpa -c membuka psql; dengan -c mencetak hasil satu kueri."""
    if query is None:
        if as_json:
            raise click.UsageError("--json hanya bersama -c KUERI.")
        _open(role, as_of, as_of_time)
        return
    names, rows = _read(role, query, as_of, as_of_time)
    if as_json:
        show_json(rows)
    else:
        table(names, [[row[name] for name in names] for row in rows])


def _read(role: str, query: str, as_of: int | None, as_of_time: datetime | None) -> "tuple[list[str], list[Row]]":
    import psycopg

    from iku_etl.warehouse import database

    with installation.warehouse.connect(role) as connection:
        try:
            with database.reading(connection, as_of, as_of_time):
                # prepared: PostgreSQL then takes one statement only, so none that ends this reading transaction
                done = connection.execute(query.encode(), prepare=True)
                names = [column.name for column in done.description or ()]
                return names, done.fetchall() if names else []
        except psycopg.Error as problem:
            said = problem.diag.message_primary or "tanpa keterangan"
            raise SettingError(f"kueri ditolak PostgreSQL: {said}. Tulis satu kueri yang hanya membaca.") from None


def _open(role: str, as_of: int | None, as_of_time: datetime | None) -> None:
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    found = conninfo_to_dict(installation.warehouse.dsn_by_role[role])
    password = found.pop("password", None)
    if as_of is not None:
        found["options"] = f"{found.get('options') or ''} -c iku.as_of={as_of}".strip()
    if as_of_time is not None:
        found["options"] = f"{found.get('options') or ''} -c iku.as_of_time={as_of_time.isoformat()}".strip()
    where = make_conninfo("", **found)
    if shutil.which("psql") is None:
        raise SettingError('psql tidak terpasang di mesin ini. Tulis kuerinya di sini: iku psql -c "select ...".')
    if not _is_terminal():
        say(f'psql "{where}"')
        say("Kata sandinya tidak dicetak; dari terminal, iku psql menyambung sendiri.")
        return
    if password is not None:  # an argument would show in the list of processes
        os.putenv("PGPASSWORD", str(password))
    os.execvp("psql", ["psql", where])


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
