"""docs/cli.md, made from the help pages: `python -m iku_etl.cli._document > docs/cli.md`; a test compares."""

from collections.abc import Iterator

import click

from iku_etl.cli import main

WIDTH = 100
HEAD = """# Perintah `iku`

Halaman ini dibuat dari `iku ... --help`; jangan disunting. Membuat ulang:
`python -m iku_etl.cli._document > docs/cli.md`.
"""


def text() -> str:
    return HEAD + "".join(_sections(main, "iku"))


def _sections(command: click.Command, path: str) -> Iterator[str]:
    context = command.context_class(command, info_name=path, terminal_width=WIDTH, max_content_width=WIDTH)
    yield f"\n## {path}\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from _sections(child, f"{path} {name}")


if __name__ == "__main__":
    click.echo(text(), nl=False)
