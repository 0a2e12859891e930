"""`iku export`: the published figures as the table that offices upload."""

from datetime import datetime
from pathlib import Path

import click

from iku_etl.cli._click import command
from iku_etl.cli._installation import installation
from iku_etl.cli._options import as_of_options
from iku_etl.cli._terminal import put_new, say
from iku_etl.figures import publications


@command()
@click.option("--format", "kind", type=click.Choice(["csv", "xlsx"]), default="xlsx", show_default=True,
              help="Jenis berkas.")  # fmt: skip
@click.option("--csv", "reader", is_flag=False, flag_value="kantor", type=click.Choice(["kantor", "machine"]),
              help="Berkas CSV: kantor (titik koma, koma desimal, dua angka di belakangnya; ini bila tanpa pilihan) "
              "atau machine (koma, titik desimal, semua angka).")  # fmt: skip
@click.option("--out", metavar="BERKAS", help="Berkas yang ditulis, - untuk keluaran standar; biasanya iku.csv|xlsx.")
@click.option("--year", type=click.IntRange(2000, 2999), metavar="TAHUN", help="Hanya tahun ini.")
@as_of_options
def export(
    kind: str, reader: str | None, out: str | None, year: int | None, as_of: int | None, as_of_time: datetime | None
) -> None:
    """Tulis angka yang diterbitkan sebagai tabel. Satu baris satu indikator dan periode."""
    from iku_etl.figures.export import machine_csv, office_csv, table, xlsx_bytes

    if reader is not None:
        kind = "csv"

    with installation.warehouse.connect("reader") as connection:
        rows = publications.select(connection, as_of=as_of, as_of_time=as_of_time)
    with installation.warehouse.connect("auditor") as connection:
        spans = publications.spans(connection, as_of, as_of_time)
    cells = table([row for row in rows if year is None or row["period"][:4] == str(year)], spans)
    write = xlsx_bytes if kind == "xlsx" else machine_csv if reader == "machine" else office_csv
    content = write(cells)
    if out == "-":
        click.echo(content, nl=False)
        return
    path = Path(out or f"iku{'' if year is None else f'_{year}'}.{kind}")
    put_new(path, content)
    say(f"dibuat: {path}, {len(cells)} baris", whole=True)
