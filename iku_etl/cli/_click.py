"""Click in Indonesian: headings of help pages, near names for unknown commands, errors as one sentence."""

import sys
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any

import click

from iku_etl import indonesian
from iku_etl.cli import _misuse
from iku_etl.cli._installation import installation
from iku_etl.errors import IkuError

DEBUG = "IKU_DEBUG"
_INDONESIAN = {"Options": "Pilihan", "Commands": "Perintah", "Arguments": "Argumen"}
_WORDS = (
    ("INTEGER RANGE", "BILANGAN"), ("INTEGER", "BILANGAN"), (" TEXT", " TEKS"), ("required]", "wajib]"),
    ("[default: ", "[biasanya: "),
)  # fmt: skip  # of what an option takes, as click writes it


class Formatter(click.HelpFormatter):
    """Click's help pages with Indonesian headings."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or "Cara pakai: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(_INDONESIAN.get(heading, heading))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write a list of options or commands with what is said of each."""
        super().write_dl([(_said(name), _said(text)) for name, text in rows], col_max, col_spacing)


def _said(text: str) -> str:
    for word, ours in _WORDS:
        text = text.replace(word, ours)
    return text


class Context(click.Context):
    """A context whose help pages are Indonesian and always as wide, so that docs/cli.md is the same everywhere."""

    formatter_class = Formatter


class Command(click.Command):
    context_class = Context

    def __init__(self, *arguments: Any, **how: Any) -> None:
        super().__init__(*arguments, **{"options_metavar": "[PILIHAN]", **how})

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "Tampilkan bantuan ini."
        return option


class Group(Command, click.Group):
    """A group whose unknown commands are answered with the nearest known ones."""

    command_class = Command

    def __init__(self, *arguments: Any, **how: Any) -> None:
        super().__init__(*arguments, **{"subcommand_metavar": "PERINTAH [ARGUMEN]...", **how})

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            near = get_close_matches(args[0], self.list_commands(ctx), n=3, cutoff=0.5)
            hint = f"Mungkin: {', '.join(near)}." if near else f"Lihat: {ctx.command_path} --help."
            raise click.UsageError(f"perintah {args[0]!r} tidak dikenal. {hint}", ctx)
        return super().resolve_command(ctx, args)


class Root(Group):
    """The group that `iku` is: it ends the process with an exit code and never with a traceback."""

    def main(self, args: Sequence[str] | None = None, *_: Any, **__: Any) -> Any:
        """Run a command; an error is one sentence on stderr and exit code 1 (2: wrongly called)."""
        sys.exit(_run(lambda: super(Root, self).main(args, prog_name="iku", standalone_mode=False)))


def command(name: str | None = None, **how: Any) -> Callable[[Callable[..., Any]], Command]:
    return click.command(name, cls=Command, **how)


def group(name: str | None = None, **how: Any) -> Callable[[Callable[..., Any]], Group]:
    return click.group(name, cls=Group, **how)


def _run(call: Callable[[], Any]) -> int:
    """Call; the exit code."""
    try:
        code = call()
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:
        return _complain("dibatalkan.", 130)
    except KeyboardInterrupt:
        return _complain("dihentikan; yang sudah selesai tetap tersimpan.", 130)
    except click.ClickException as problem:
        return _complain(_misuse.sentence(problem), problem.exit_code)
    except BrokenPipeError:
        sys.stderr.close()  # the reader has had enough: `iku batches | head`
        return 0
    except Exception as problem:
        if installation.debug:
            raise
        return _complain(_sentence(problem), 1)
    return code if isinstance(code, int) else 0


def _sentence(problem: Exception) -> str:
    if isinstance(problem, IkuError):
        return str(problem)
    if type(problem).__name__ in ("UndefinedTable", "UndefinedColumn", "InvalidSchemaName", "UndefinedFunction"):
        return "gudang data belum disiapkan atau versinya lama. Jalankan: iku migrate."
    first = str(problem).strip().partition("\n")[0]  # PostgreSQL's further lines may carry values of records
    return f"{type(problem).__name__}: {first or 'tanpa keterangan'}. Asalnya: {DEBUG}=1 iku .."


def _complain(sentence: str, code: int) -> int:
    # what came from outside may hold escape sequences; the sentence's own line breaks stay
    click.echo(f"iku: {chr(10).join(indonesian.plain(line) for line in sentence.splitlines())}", err=True)
    return code
