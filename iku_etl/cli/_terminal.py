"""What commands print: tables, lines and pairs for a terminal, JSON for programs, batches, problems."""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from psycopg.types.range import Range

from iku_etl.errors import SettingError
from iku_etl.indonesian import ENDINGS, count, plain

FIRM = ("periode", "jendela", "sha256")  # like numbers never broken over lines
SOFT_WIDTH = 14  # characters: a column of text gets no narrower


def encode(value: Any) -> str:
    """JSON with stable order of keys as given; exact numerics are text, so that no reader rounds them."""
    return json.dumps(value, default=_jsonable, ensure_ascii=False, indent=2)


def _jsonable(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Range):
        return [value.lower, value.upper]
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


# ---------------------------------------------------------------- terminal


def _console() -> Any:
    from rich.console import Console  # 0.1 s, and --json needs none of it

    return Console(highlight=False)


def table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "", dropped: Sequence[str] = (), indent: int = 0
) -> None:
    """Print a table; a column whose name ends in `>` is set flush right. Cells are text, never markup.

    Numbers and periods are never cut. In a terminal that is too narrow the columns `dropped` go first, in that
    order, and are named below; if that is not enough, each row becomes a block. Elsewhere everything is printed.
    """
    from rich.cells import cell_len
    from rich.padding import Padding
    from rich.text import Text

    console = _console()
    room = console.width - indent
    cells = [[cell if isinstance(cell, str) and cell.isprintable() else plain(cell) for cell in row] for row in rows]
    widths = [
        max(cell_len(text) for text in (name.rstrip(">"), *(row[index] for row in cells)))
        for index, name in enumerate(columns)
    ]
    kept, left_out = list(range(len(columns))), []
    if console.is_terminal:
        for name in dropped:
            if _needed(columns, widths, kept) <= room:
                break
            kept.remove(columns.index(name))
            left_out.append(name.rstrip(">"))
        if _needed(columns, widths, kept) > room:
            _blocks(console, columns, cells, title)
            return
    else:
        console.width = max(room, sum(widths) + 3 * len(widths) + 2, cell_len(title)) + indent
    console.print(Padding.indent(_grid(columns, cells, widths, kept, title), indent))
    if left_out:
        console.print(Text(f"Tidak muat di terminal ini: {', '.join(left_out)}; ada di --json.", style="dim"))


def _is_firm(name: str) -> bool:
    return name.endswith(">") or name in FIRM


def _needed(columns: Sequence[str], widths: Sequence[int], kept: Sequence[int]) -> int:
    """The width under which something that must stay whole would be cut."""
    wanted = [widths[index] if _is_firm(columns[index]) else min(widths[index], SOFT_WIDTH) for index in kept]
    return sum(wanted) + 3 * len(kept) - 1


def _grid(
    columns: Sequence[str], cells: Sequence[Sequence[str]], widths: Sequence[int], kept: Sequence[int], title: str
) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    made = Table(box=SIMPLE_HEAD, title=Text(plain(title)) if title else None, title_justify="left", pad_edge=False)
    for index in kept:
        name, firm = columns[index], _is_firm(columns[index])
        made.add_column(
            Text(name.rstrip(">")), justify="right" if name.endswith(">") else "left", no_wrap=firm, overflow="fold",
            min_width=widths[index] if firm else min(widths[index], SOFT_WIDTH),
        )  # fmt: skip
    for row in cells:
        made.add_row(*(Text(row[index]) for index in kept))
    return made


def _blocks(console: Any, columns: Sequence[str], cells: Sequence[Sequence[str]], title: str) -> None:
    from rich.text import Text

    if title:
        console.print(Text(plain(title), style="italic"))
    for row in cells:
        console.print()
        pairs((name.rstrip(">"), cell) for name, cell in zip(columns, row, strict=True))


def say(text: str = "", style: str = "", *, whole: bool = False, indent: int = 0) -> None:
    """Print one line of text, wrapped to the terminal; `style` colours it where there is a terminal.

    `whole`: never broken by us, so that it can be copied: a path, a command.
    """
    from rich.padding import Padding
    from rich.text import Text

    console = _console()
    line = Text(plain(text), style=style)
    is_whole = whole or not console.is_terminal
    if indent and not is_whole:
        console.print(Padding(line, (0, 0, 0, indent)))
    else:
        console.print(Text(" " * indent) + line, soft_wrap=is_whole)


def pairs(rows: Iterable[tuple[str, str]]) -> None:
    """Print names and values under each other, the values aligned."""
    from rich.table import Table
    from rich.text import Text

    made = Table.grid(padding=(0, 2))
    for name, value in rows:
        made.add_row(Text(name, style="dim"), Text(plain(value)))
    console = _console()
    if not console.is_terminal:
        console.width = max(console.width, 200)
    console.print(made)


# ---------------------------------------------------------------- said by several commands


def show_json(value: Any) -> None:
    click.echo(encode(value))


def show_batches(found: Sequence[Any]) -> None:
    rows = []
    for batch in found:
        ending = "superseded" if batch.ending == "in_force" and batch.superseded_by else batch.ending
        rows.append((
            str(batch.batch_id), batch.source, batch.window.label, ENDINGS[ending],
            plain(batch.load_no), plain(batch.revision),
            count(batch.loaded), count(batch.quarantined),
            batch.reason or "",
        ))  # fmt: skip
    columns = ("batch>", "sumber", "jendela", "akhir", "muatan>", "revisi>", "termuat>", "karantina>", "alasan")
    table(columns, rows)


def complain(sentences: Iterable[str]) -> None:
    """Print problems that did not stop the command, on stderr."""
    for sentence in sentences:
        click.echo(f"iku: {plain(sentence)}", err=True)


def say_next() -> None:
    """The heading of what to type next; before it, once, how a terminal finds `iku`."""
    if shutil.which("iku") is None:
        say("Sekali per terminal: . .venv/bin/activate (atau tulis .venv/bin/iku)")
    say("Selanjutnya:", style="bold")


def put_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet; SettingError where it is: what somebody filled in is never overwritten."""
    try:
        with path.open("xb") as stream:
            stream.write(content)
    except FileExistsError:
        raise SettingError(f"{path} sudah ada; tidak ada yang ditimpa. Pilih nama lain dengan --out.") from None
    except OSError as problem:
        raise SettingError(f"{path} tidak dapat ditulis: {problem.strerror}. Pilih tempat lain dengan --out.") from None


@contextmanager
def progress(total: int) -> Iterator[Any]:
    """A bar where there is a terminal, a line per source where there is none."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console()
    if not console.is_terminal:
        done: dict[str, int] = {}

        def count(name: str, windows: int) -> None:
            done[name] = done.get(name, 0) + windows

        yield count
        for name, windows in done.items():
            say(f"{name}: {windows} jendela")
        return
    columns = (TextColumn("{task.description:22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("riwayat", total=total)

        def advance(name: str, windows: int) -> None:
            bar.update(task, description=name, advance=windows)

        yield advance
