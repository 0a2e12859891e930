"""How a command was wrongly called, as one Indonesian sentence: click's own words are English."""

import re
from collections.abc import Callable

import click

_EXTRA = re.compile(r"Got unexpected extra arguments? \((.*)\)", re.DOTALL)
_CLICKS_OWN = re.compile(r" is not | does not | is a ")  # ours are Indonesian: bukan, tidak


def sentence(problem: click.ClickException) -> str:
    """What is wrong and what to write instead; a message of our own as it stands."""
    for kind, said in _SENTENCES:
        if isinstance(problem, kind):
            return said(problem)
    return problem.format_message()


def _missing(problem: click.MissingParameter) -> str:
    return f"sebut {_name(problem)}{_explained(problem)}. {_help(problem)}"


def _unknown_option(problem: click.NoSuchOption) -> str:
    near = f" Mungkin: {', '.join(problem.possibilities)}." if problem.possibilities else ""
    return f"pilihan {problem.option_name} tidak dikenal.{near or ' ' + _help(problem)}"


def _option_alone(problem: click.BadOptionUsage) -> str:
    needs = "tidak memakai nilai" if "does not take" in problem.message else "perlu nilai"
    return f"pilihan {problem.option_name} {needs}. {_help(problem)}"


def _bad_value(problem: click.BadParameter) -> str:
    message = problem.message
    if _CLICKS_OWN.search(message):
        message = f"{message.split(' is ')[0]} tidak dapat dipakai; {_wanted(problem.param)}."
    return f"{_name(problem)}: {message}"


def _wanted(param: click.Parameter | None) -> str:
    kind = param.type if param is not None else None
    if isinstance(kind, click.Choice):
        return f"tulis salah satu: {', '.join(map(str, kind.choices))}"
    if isinstance(kind, click.IntRange):
        if kind.max is not None:
            return f"tulis bilangan {kind.min} sampai {kind.max}"
        return f"tulis bilangan {kind.min} atau lebih"
    if isinstance(kind, click.Path):
        return "tulis nama berkas"
    return "tulis bilangan bulat"


def _usage(problem: click.UsageError) -> str:
    if extra := _EXTRA.fullmatch(problem.message):
        return f"{extra[1]!r} tidak diminta di sini. {_help(problem)}"
    return problem.format_message()


def _name(problem: click.BadParameter) -> str:
    if problem.param is None:
        return str(problem.param_hint or "nilai")
    is_option = isinstance(problem.param, click.Option)
    return problem.param.opts[0] if is_option else str(problem.param.metavar or problem.param.name).strip("[]")


def _explained(problem: click.MissingParameter) -> str:
    text = problem.param.help if isinstance(problem.param, click.Option) else None
    return f" ({text.rstrip('.')})" if text else ""


def _help(problem: click.UsageError) -> str:
    return f"Lihat: {problem.ctx.command_path if problem.ctx else 'iku'} --help."


_SENTENCES: tuple[tuple[type[click.ClickException], Callable[..., str]], ...] = (
    (click.MissingParameter, _missing),  # before BadParameter, which it is too
    (click.NoSuchOption, _unknown_option),
    (click.BadOptionUsage, _option_alone),
    (click.BadParameter, _bad_value),
    (click.UsageError, _usage),
)
