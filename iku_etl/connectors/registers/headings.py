"""What the columns of a register may be called, and the row of a file that names them; standard library only,
so that the capped child of `redact` can use it.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple

from iku_etl.errors import ContractError
from iku_etl.records.spellings import BLANKS, NIHIL, NOTHING

HEAD_ROWS = 60  # title rows an office may put before the header
RUNNING_NUMBERS = ("no", "no.", "nomor", "no._urut", "no_urut", "nomor_urut", "#")
SHOWN_CHARACTERS = 60  # of a heading, in a message
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")  # _x000D_: how XML of a workbook writes what it can't hold
_IGNORABLE = re.compile(  # soft hyphens, zero-width ones, marks of direction, fillers, variation selectors
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_SHORT = re.compile(r"\b(id|opd|ppid|spbe|dip|sk|url|tik)\b")  # of headings: said letter by letter


class Row(NamedTuple):
    """One row of a table with its place; whether it is hidden, and whether cells of it are `Merged`."""

    place: str
    cells: list[str]
    is_hidden: bool = False
    is_merged: bool = False


@dataclass(frozen=True)
class Heading:
    """A declared column, and the folded names it may have in a file; `title` is what messages call it.

    `fits`: whether a text could be a value of it. `is_retired`: nobody misses it.
    """

    name: str
    names: frozenset[str]
    required: bool
    is_text: bool = False
    title: str = ""
    is_number: bool = False
    fits: Callable[[str], bool] = lambda _: True
    is_retired: bool = False

    @classmethod
    def of(
        cls, name: str, others: Sequence[str], *, required: bool, is_text: bool = False, is_number: bool = False,
        fits: Callable[[str], bool] = lambda _: True, is_retired: bool = False,
    ) -> "Heading":  # fmt: skip
        """The heading of a column: its name and its other names, folded."""
        names = frozenset(fold(text) for text in (name, *others))
        return cls(name, names, required, is_text, (*others, name)[0], is_number, fits, is_retired)

    @property
    def called(self) -> str:
        """What messages call it: as the form does, then as commands and tables do; `Batal (void)`."""
        return self.name if self.title in ("", self.name) else f"{titled(self.title)} ({self.name})"


@dataclass(frozen=True)
class Header:
    """The header of a table: its cells, the rows it is made of, and columns that stand before it with one value."""

    cells: list[str]
    used: list[list[str]]
    constants: dict[str, str]
    names: tuple[str, ...]
    unknown: tuple[tuple[int, str], ...]  # cells that no declared column claims: number, heading


def titled(text: str) -> str:
    """A heading as a form writes it: `id situs` is `ID situs`."""
    text = _SHORT.sub(lambda found: found[0].upper(), text)
    return text[:1].upper() + text[1:]


def visible(text: str) -> str:
    """The text without characters that nobody sees, and with `_x000D_` as the character that it stands for."""
    if "_x" in text:
        text = _ESCAPE.sub(lambda code: chr(int(code[1], 16)), text)
    return _IGNORABLE.sub("", text)


def fold(text: str) -> str:
    """A heading without case, and with blanks of any kind and underscores as one underscore."""
    text = _DASHES.sub("-", unicodedata.normalize("NFKC", visible(text)))
    return re.sub(r"[\s_]+", "_", text.strip(" \t\r\n_:*")).casefold()


def clean(text: str) -> str:
    return text.strip(BLANKS)


def header_of(rows: Iterator[Row], headings: Sequence[Heading]) -> tuple[Header, Iterator[Row]]:
    """The header that names most of the headings, and the rows below; ContractError `no_header` if none does."""
    known = {name: heading.name for heading in headings for name in heading.names}
    needed = min(len(headings), max(2, sum(heading.required for heading in headings) // 2))
    constants: dict[str, str] = {}
    above: list[str] = []
    for row in islice(rows, HEAD_ROWS):
        cells, used = row.cells, [row.cells]
        joined = _joined(above, cells, known)
        if len(_matched(joined, known)) > len(_matched(cells, known)) and _is_header(joined, headings, known):
            cells, used = joined, [above, cells]
        if len(_matched(cells, known)) < needed:
            above = cells
            filled = [clean(cell) for cell in cells if clean(cell)]
            if len(filled) == 2 and fold(filled[0]) in known:
                constants[known[fold(filled[0])]] = filled[1]
            continue
        below = next(rows, None)
        if below is not None and _is_second_row(cells, below.cells, known):
            cells, used = _joined(cells, below.cells, known), [*used, below.cells]
        elif below is not None:
            rows = chain([below], rows)
        called = {heading.name: heading.called for heading in headings}
        return _header(row.place, cells, used, constants, known, called), rows
    expected = ", ".join(heading.called for heading in headings if heading.required)
    raise ContractError(
        f"Tidak ada baris judul dalam {HEAD_ROWS} baris pertama; diharapkan: {expected}.", code="no_header"
    )


def _header(
    place: str, cells: list[str], used: list[list[str]], constants: dict[str, str], known: dict[str, str],
    called: dict[str, str],
) -> Header:  # fmt: skip
    matched = Counter(known[folded] for cell in cells if (folded := fold(cell)) in known)
    if twice := sorted(called[name] for name, count in matched.items() if count > 1):
        raise ContractError(f"{place}: dua judul untuk kolom {', '.join(twice)}.", code="header_twice")
    names = _names(cells, known)
    constants = {name: text for name, text in constants.items() if name not in names}
    unknown = tuple(
        (number, clean(cells[number])) for number, name in enumerate(names) if fold(cells[number]) not in known
    )
    return Header(cells, used, constants, names, unknown)


def _matched(cells: Sequence[str], known: dict[str, str]) -> set[str]:
    return {known[folded] for cell in cells if (folded := fold(cell)) in known}


def _joined(above: Sequence[str], cells: Sequence[str], known: dict[str, str]) -> list[str]:
    """Two rows of headings as one: merged cells hold their text in the first cell alone, right and down.

    `Dikelola` over `sejak` and `sampai` are `Dikelola sejak` and `Dikelola sampai` where those are declared.
    """
    joined: list[str] = []
    group = ""
    for number in range(max(len(above), len(cells))):
        upper = clean(above[number]) if number < len(above) else ""
        lower = clean(cells[number]) if number < len(cells) else ""
        group = upper or group
        both = f"{group} {lower}"
        joined.append(both if lower and fold(both) in known else lower or upper)
    return joined


def _is_header(joined: Sequence[str], headings: Sequence[Heading], known: dict[str, str]) -> bool:
    """Whether two rows make a header only together: joined they name all required columns, and little else."""
    matched, filled = _matched(joined, known), sum(bool(clean(cell)) for cell in joined)
    return {heading.name for heading in headings if heading.required} <= matched and 2 * len(matched) >= filled


def _is_second_row(first: Sequence[str], second: Sequence[str], known: dict[str, str]) -> bool:
    """Whether the row below a header is its second half: empty below each known heading, and only headings."""
    filled = [number for number, cell in enumerate(second) if clean(cell)]
    if any(fold(first[number]) in known for number in filled if number < len(first)):
        return False
    joined = _joined(first, second, known)
    return bool(filled) and all(fold(joined[number]) in known for number in filled)


def _names(cells: Sequence[str], known: dict[str, str]) -> tuple[str, ...]:
    """A name per cell, unique; trailing cells without heading are cut."""
    width = max(number for number, cell in enumerate(cells, 1) if clean(cell))
    names: dict[str, None] = {}
    for number, cell in enumerate(cells[:width], 1):
        name = known.get(fold(cell)) or clean(cell) or f"kolom {number}"
        while name in names or name == "place":
            name = f"{name} (kolom {number})"
        names[name] = None
    return tuple(names)


class Unclaimed:
    """Columns that nobody declared, beside optional ones that are not there: one may be the other, misspelt.

    Then what an office wrote would be lost without a word, and with the end of a link the link would live for ever.
    """

    def __init__(self, header: Header, headings: Sequence[Heading], *, show: bool) -> None:
        there = {*header.names, *header.constants}
        self._missing = [heading for heading in headings if heading.name not in there and not heading.is_retired]
        if any(heading.required for heading in self._missing):
            self._missing = []  # that is the cause, and the reader says it
        self._columns = header.unknown if self._missing else ()
        self._show = show
        parts = {part for heading in self._missing for name in heading.names for part in name.split("_")}
        self._counting = () if parts & {"no", "no.", "nomor"} else RUNNING_NUMBERS

    def __bool__(self) -> bool:
        return bool(self._columns)

    def check(self, place: str, cells: Sequence[str]) -> None:
        """Raise ContractError for a row with a value in such a column that could be one of those that are missing."""
        for number, heading in self._columns:
            text = clean(cells[number])
            if text in NOTHING or text in NIHIL or (fold(heading) in self._counting and text.rstrip(".").isdigit()):
                continue
            lost = [f'"{missing.title}"' for missing in self._missing if missing.fits(text)]
            if lost:
                raise ContractError(self._said(place, number, heading, lost), code="unknown_heading")

    def _said(self, place: str, number: int, heading: str, lost: Sequence[str]) -> str:
        named = f'"{heading[:SHOWN_CHARACTERS]}" ' if self._show and heading else ""
        return (
            f"{place}: judul {named}pada kolom ke-{number + 1} tidak dikenal dan berisi, padahal kolom"
            f" {', '.join(lost)} tidak ada. Bila itu kolomnya, ganti judulnya menjadi {' atau '.join(lost)};"
            f" bila bukan, tambahkan kolom kosong berjudul {', '.join(lost)}."
        )
