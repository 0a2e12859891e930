"""`iku template`: the workbook that an office fills in for a register source."""

from pathlib import Path

import click

from iku_etl.cli._click import command
from iku_etl.cli._installation import chosen_source, installation
from iku_etl.cli._terminal import complain, put_new, say, say_next, table


@command()
@click.argument("source", metavar="[SUMBER]", required=False)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="BERKAS",
              help="Berkas yang ditulis; biasanya SUMBER.xlsx di folder ini.")  # fmt: skip
def template(source: str | None, out: Path | None) -> None:
    """Buat formulir XLSX untuk diisi. Dengan pilihan, contoh, dan aturan dari sumbernya. Tanpa SUMBER: daftarnya."""
    from iku_etl.catalogue import form

    if source is None:
        _list()
        return
    found = chosen_source(source)
    path = out or Path(f"{found.name}.xlsx")
    put_new(path, form.workbook(found))
    say(f"dibuat: {path}", whole=True)
    say_next()
    drop = installation.settings.drop_dir / found.name
    say(f'1. Isi lembar "{form.SHEET}"; aturannya di lembar "{form.RULES}".')
    say(f"2. Serahkan di halaman Serah, atau taruh di {drop}/, lalu: iku collect {found.name}", whole=True)


def _list() -> None:
    from iku_etl import catalogue

    found, problems = catalogue.importable()
    registers = [source for source in found if source.is_register]
    table(("sumber", "judul", "pemilik"), [(one.name, one.title, one.owner) for one in registers])
    say(f"Satu formulir: iku template {registers[0].name}")
    complain(problems)
