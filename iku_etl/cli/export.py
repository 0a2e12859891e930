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
@click.option("--format", "kind", type=click.Choice(["csv", "xlsx"]),
              help="Jenis berkas; biasanya xlsx, dengan --csv csv.")  # fmt: skip
@click.option("--csv", "shape", type=click.Choice(["office", "machine"]),
              help="CSV untuk kantor (; dan koma, dua angka) atau untuk program (semua angka, titik).")  # fmt: skip
@click.option("--out", metavar="BERKAS", help="Berkas yang ditulis, - untuk keluaran standar; biasanya iku.csv|xlsx.")
@click.option("--year", type=click.IntRange(2000, 2999), metavar="TAHUN", help="Hanya tahun ini.")
@as_of_options
def export(
    kind: str | None,
    shape: str | None,
    out: str | None,
    year: int | None,
    as_of: int | None,
    as_of_time: datetime | None,
) -> None:
    """Tulis angka yang diterbitkan sebagai tabel. Satu baris satu indikator dan periode."""
    from iku_etl.figures.export import csv_bytes, table, xlsx_bytes

    with installation.warehouse.connect("reader") as connection:
        rows = publications.select(connection, as_of=as_of, as_of_time=as_of_time)
    with installation.warehouse.connect("auditor") as connection:
        spans = publications.spans(connection, as_of, as_of_time)
    kind = kind or ("csv" if shape else "xlsx")
    if shape and kind != "csv":
        raise click.UsageError("--csv memilih bentuk CSV; buang --format xlsx.")
    publications.dated(rows, spans, installation.zone)
    cells = table([row for row in rows if year is None or row["period"][:4] == str(year)], spans)
    content = csv_bytes(cells, for_machines=shape == "machine") if kind == "csv" else xlsx_bytes(cells)
    if out == "-":
        click.echo(content, nl=False)
        return
    path = Path(out or f"iku{'' if year is None else f'_{year}'}.{kind}")
    put_new(path, content)
    say(f"dibuat: {path}, {len(cells)} baris", whole=True)
