"""Floor 6. What people read: Indonesian numbers, dates and periods, tables for a terminal, JSON for programs.

Every number is rounded here and nowhere else, half-up; stored figures keep full precision.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal
from psycopg.types.range import Range

LOCALE = "id_ID"
ABSENT = "–"  # en dash: there is no number; never 0
ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV"}
FIRM = ("periode", "jendela", "sha256")  # like numbers never broken over lines
SOFT_WIDTH = 14  # characters: a column of text gets no narrower
ENDINGS = {
    "in_force": "berlaku",
    "superseded": "digantikan",
    "unchanged": "sama",
    "rejected": "ditolak",
    "failed": "gagal",
    "waiting": "menunggu",
    "open": "terbuka",
    None: "terbuka",
}
DECISIONS = {
    "release": "pelepasan",
    "correction": "koreksi",
    "withdraw": "penarikan",
    "instead_of": "penggantian",
    "verify": "verifikasi",
    "approve": "pengesahan",
}
# C0, DEL, C1 and bidi controls: bytes from outside must not drive a terminal or reorder a line
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def number(value: Decimal | int | None, places: int = 2) -> str:
    """`1.234,50`; a dash for None. Half-up, as people round, not half-even as machines do."""
    if value is None:
        return ABSENT
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return format_decimal(rounded, format=pattern, locale=LOCALE, decimal_quantization=False)


def count(value: Decimal | int | None) -> str:
    """A count: `1.234`, with decimals only where it has some."""
    if value is None:
        return ABSENT
    whole = Decimal(value) == Decimal(value).to_integral_value()
    return number(value, 0 if whole else 2)


def measure(value: Decimal | int | None, form: str) -> str:
    """A figure of an indicator's form: two decimals for `persen`, a count for `jumlah`."""
    return number(value) if form == "persen" else count(value)


def share(seen: Decimal | int, due: Decimal | int) -> str:
    """How much of what was due was seen, as a percentage; a dash where nothing was due."""
    return percent(100 * Decimal(seen) / Decimal(due)) if due else ABSENT


def percent(value: Decimal | int | None) -> str:
    """`81,04 %`; a dash for None."""
    return ABSENT if value is None else f"{number(value)} %"


def day(value: date | None) -> str:
    """`14 Maret 2026`; a dash for None."""
    return ABSENT if value is None else format_date(value, "d MMMM y", locale=LOCALE)


def moment(value: datetime | None, zone: ZoneInfo) -> str:
    """`14 Maret 2026 06.00 WIB`; a dash for None."""
    if value is None:
        return ABSENT
    local = value.astimezone(zone)
    return f"{day(local.date())} {local:%H.%M} {local.tzname()}"


def period(name: str) -> str:
    """`2026-03` as `Maret 2026`, `2026-TW1` as `Triwulan I 2026`, `2026-S2` as `Semester II 2026`, else the year."""
    year, _, rest = name.partition("-")
    if not rest:
        return f"Tahun {year}"
    if rest.startswith("TW"):
        return f"Triwulan {ROMAN.get(rest[2:], rest[2:])} {year}"
    if rest.startswith("S"):
        return f"Semester {ROMAN.get(rest[1:], rest[1:])} {year}"
    return format_date(date(int(year), int(rest), 1), "MMMM y", locale=LOCALE)


def grain(name: str) -> str:
    """What a period is: month, triwulan, semester or year, by its name."""
    rest = name.partition("-")[2]
    if not rest:
        return "year"
    return "triwulan" if rest.startswith("TW") else "semester" if rest.startswith("S") else "month"


def window(first_day: date, grid: str) -> str:
    """A cell of a grid: `Maret 2026` or `14 Maret 2026`."""
    return format_date(first_day, "MMMM y", locale=LOCALE) if grid == "month" else day(first_day)


def size(value: int | None) -> str:
    """`1,2 MB`: bytes for people, in powers of 1024."""
    if value is None:
        return ABSENT
    amount, unit = Decimal(value), "byte"
    for unit in ("byte", "kB", "MB", "GB"):
        if amount < 1024 or unit == "GB":
            break
        amount /= 1024
    return f"{number(amount, 0 if unit == 'byte' else 1)} {unit}"


def plain(value: Any) -> str:
    """Any value of a record as text without control characters; a dash for None."""
    if value is None:
        return ABSENT
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, Decimal):
        return exact(value)
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", str(value)).replace("\n", " ").replace("\t", " ")


def exact(value: Decimal) -> str:
    """Every digit of a number, without the zeros that a table's type adds at the end."""
    whole, point, part = f"{value:f}".partition(".")
    return whole + (point + part.rstrip("0")).rstrip(".")


# ---------------------------------------------------------------- JSON


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
