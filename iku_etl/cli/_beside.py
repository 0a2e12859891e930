"""Says which installation a command works on where the folder it is called in looks like another one."""

from pathlib import Path

import click

MARK = Path("iku_etl", "cli", "__init__.py")  # of a copy of this project


def warn_of_another(project: Path, state: Path) -> None:
    """Say on stderr that the copy of the project around the working folder is not the one that is asked.

    Nothing is said outside of any copy, inside the right one, or where the data was named (IKU_STATE).
    """
    try:
        here = Path.cwd()
    except FileNotFoundError:  # it was deleted under us
        return
    copy = next((folder for folder in (here, *here.parents) if (folder / MARK).is_file()), None)
    if copy is None or state != project / ".iku" or copy.resolve() == project.resolve():
        return
    click.echo(
        f"iku: memakai pemasangan {project} (datanya {state}), bukan folder ini, {copy}."
        f" Untuk yang di sini: {copy / '.venv/bin/iku'}",
        err=True,
    )
