"""`iku figures --reported`: what documents elsewhere printed, beside what was published."""

from iku_etl import indonesian
from iku_etl.cli._installation import installation
from iku_etl.cli._terminal import say, show_json, table
from iku_etl.figures import reported


def show(indicator: str | None, period: str | None, *, as_json: bool) -> int:
    """Print every printed figure with its verdict; 1 if one was never published."""
    with installation.warehouse.connect("auditor") as connection:
        rows = reported.reported(connection, indicator, period)
        aside = reported.set_aside(connection)
    if as_json:
        show_json({"reported": rows, "set_aside": aside})
    elif rows:
        table(
            ("dokumen", "nomor", "tanggal", "kode", "periode", "tercetak>", "hasil"),
            [
                (
                    row["document"], row["document_number"], indonesian.day(row["document_on"]), row["indicator"],
                    indonesian.period(row["period"]), reported.as_printed(row), row["verdict"],
                )
                for row in rows
            ],
            dropped=("nomor", "tanggal"),
        )  # fmt: skip
        for row in rows:
            if row["verdict"] != "sama":
                named = f"{row['document']} {row['document_number']}, {row['indicator']}"
                say(f"{named} {indonesian.period(row['period'])}: {row['said']}", style="dim")
    else:
        say("belum ada angka dari dokumen lain untuk pilihan ini. Formulirnya: iku template reported_figure.")
    if aside and not as_json:
        where = "iku quarantine --source reported_figure"
        say(f"{indonesian.count(aside)} baris dikarantina dan tidak dibandingkan: {where}.")
    return 1 if any(row["verdict"] == "tidak pernah terbit" for row in rows) else 0
