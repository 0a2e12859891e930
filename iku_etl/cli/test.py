"""`iku test`: the house's tests of one source or one indicator, in seconds; it writes what pins a new example."""

import subprocess
import sys

import click

from iku_etl.cli._click import command
from iku_etl.cli._installation import check_known, installation
from iku_etl.cli._terminal import say
from iku_etl.errors import SettingError

OF_A_SOURCE = ("tests/test_house.py", "tests/sources", "tests/catalogue/test_form.py")
OF_AN_INDICATOR = ("tests/test_house.py", "tests/test_docs.py", "tests/catalogue/test_kamus.py", "tests/stages/views")


@command()
@click.argument("name", metavar="NAMA")
def test(name: str) -> None:
    """Uji satu sumber atau satu indikator. NAMA: call_center atau IKU-10. Sidik contoh baru dan kamus data ditulis."""
    from iku_etl import catalogue
    from iku_etl.catalogue import dictionary

    project = installation.settings.project
    if not (project / "tests").is_dir():
        raise SettingError(f"{project} tidak memuat tests/. Jalankan dari salinan repositorinya.")
    indicators = {found.code: found.name for found in catalogue.all_indicators()}
    check_known("sumber atau indikator", name, [*catalogue.source_names(), *indicators])
    if page := dictionary.renew(project):
        say(f"diperbarui: {page}")
    files = OF_AN_INDICATOR if name in indicators else OF_A_SOURCE
    chosen = f"{indicators[name]} or {name}" if name in indicators else f"{name} and not {name}_"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--no-header", *files, "--write-pins", "-k", chosen],
        cwd=project, check=False,
    )  # fmt: skip
    sys.exit(done.returncode)
