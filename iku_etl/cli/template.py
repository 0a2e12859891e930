"""Floor 8. `iku template`: the workbook that an office fills in for a register source."""

from pathlib import Path

import click

from iku_etl import present
from iku_etl.cli._click import command
from iku_etl.cli._shared import chosen_source, installation, put_new, say_next


@command()
@click.argument("source", metavar="SUMBER")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="BERKAS",
              help="Berkas yang ditulis; biasanya SUMBER.xlsx di folder ini.")  # fmt: skip
def template(source: str, out: Path | None) -> None:
    """Buat formulir XLSX untuk diisi. Dengan pilihan, contoh, dan aturan dari deklarasi sumbernya."""
    from iku_etl import template as forms

    found = chosen_source(source)
    path = out or Path(f"{found.name}.xlsx")
    put_new(path, forms.workbook(found))
    present.say(f"dibuat: {path}", whole=True)
    say_next()
    drop = installation.settings.drop_dir / found.name
    present.say(f'1. Isi lembar "{forms.SHEET}"; aturannya di lembar "{forms.RULES}".')
    present.say(f"2. Taruh di {drop}/, lalu: iku collect {found.name}", whole=True)
