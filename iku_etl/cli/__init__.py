"""The door for hands: `iku`. A thin skin; every command is a call into the rooms below.

Each module here that does not begin with `_` holds commands; they are found by name, no list is edited. Modules
import only what is quick: Great Expectations, pandas, Airflow and Alembic are imported by the commands that need them.
"""

import importlib
import pkgutil
from collections.abc import Iterator

import click

from iku_etl import __version__
from iku_etl.cli._beside import warn_of_another
from iku_etl.cli._click import DEBUG, Root
from iku_etl.cli._installation import installation


@click.group(cls=Root, context_settings={"max_content_width": 100})
@click.version_option(__version__, message="iku-etl %(version)s", help="Tampilkan versi.")
@click.option("--debug", is_flag=True, envvar=DEBUG, help="Tampilkan asal galat; juga dengan IKU_DEBUG=1.")
def main(debug: bool) -> None:
    """Mengumpulkan, memeriksa, menyimpan, dan menghitung sepuluh IKU Dinas Kominfo Bengkulu Selatan."""
    installation.debug = debug
    warn_of_another(installation.settings.project, installation.settings.state)


def _commands() -> Iterator[click.Command]:
    """The commands of all modules, without those that stand in a group."""
    made: list[click.Command] = []
    for found in pkgutil.iter_modules(__path__):
        if not found.name.startswith("_"):
            module = importlib.import_module(f"{__name__}.{found.name}")
            made += [value for value in vars(module).values() if isinstance(value, click.Command)]
    nested = {id(child) for one in made if isinstance(one, click.Group) for child in one.commands.values()}
    yield from (one for one in made if id(one) not in nested)


for made_command in _commands():
    main.add_command(made_command)
