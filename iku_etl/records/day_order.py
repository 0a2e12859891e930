"""Which dates of a file may have day and month exchanged, told by the file as a whole.

`05/01/2026` is read day first. Where one cell of a column is a date only month first (`02/25/2026`), nobody can tell
what the others mean. A spreadsheet that expects the month first leaves `13/01/2026` as text and makes of `05/01/2026`
the fifth month's first day: a column of such texts and of date cells up to the twelfth was exchanged on typing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from iku_etl.records.cells import whole
from iku_etl.records.spellings import DATE_CELL, SLASHED_DATE
from iku_etl.records.texts import Unread

HINT = "Tulis semua tanggal kolom ini seperti 2026-01-31"
Numbers = npt.NDArray[np.int64]


@dataclass
class _Seen:
    """What one column showed: where and how, of the first cell of its kind."""

    month_first: str | None = None  # 02/25/2026
    day_first: str | None = None  # 25/02/2026
    cell_to_twelfth: str | None = None  # a real date cell that is another day when exchanged
    cell_after_twelfth: str | None = None


@dataclass
class DayOrder:
    """The date columns of one payload: `look` at all its tables first, then ask for the `doubtful` cells of each.

    `is_known`: whoever looked says so, since two who read the payload share what it shows.
    """

    names: Iterable[str]
    is_known: bool = False
    _seen: dict[str, _Seen] = field(init=False)

    def __post_init__(self) -> None:
        self._seen = {name: _Seen() for name in self.names}

    def look(self, table: pa.Table) -> None:
        """Take in a piece of the payload as the source says it: texts, and the column `place`."""
        for name, seen in self._seen.items():
            if name not in table.column_names or not pa.types.is_string(table[name].type):
                continue
            texts, places = whole(table[name]), table["place"]
            left, middle = _parts(texts, SLASHED_DATE)
            month, day = _parts(texts, DATE_CELL)
            for kind, is_one in (
                ("month_first", (left > 0) & (left <= 12) & (middle > 12) & (middle <= 31)),
                ("day_first", (left > 12) & (left <= 31) & (middle > 0) & (middle <= 12)),
                ("cell_to_twelfth", (day > 0) & (day <= 12) & (day != month)),
                ("cell_after_twelfth", day > 12),
            ):
                if getattr(seen, kind) is None and is_one.any():
                    first = int(np.argmax(is_one))
                    setattr(seen, kind, f'"{texts[first]}" di {str(places[first]).split(",")[0]}')

    def doubtful(self, name: str, texts: pa.Array, days: pa.Array) -> list[Unread]:
        """The cells of a column whose day, as it was read, may be the month; nothing where the file shows no doubt."""
        why = self._why(self._seen[name]) if name in self._seen and pa.types.is_string(texts.type) else None
        if why is None:
            return []
        left, middle = _parts(texts, SLASHED_DATE)
        month, day = _parts(texts, DATE_CELL)
        is_doubtful = (day > 0) & (day <= 12) & (day != month)
        if why.texts_too:
            is_doubtful |= (left > 0) & (left <= 12) & (middle <= 12) & (left != middle)
        is_doubtful &= pc.is_valid(days).to_numpy(zero_copy_only=False)
        return [
            Unread(row, texts[row].as_py(), why.said_of(texts[row].as_py(), days[row].as_py()), is_typed=True)
            for row in np.flatnonzero(is_doubtful).tolist()
        ]

    def _why(self, seen: _Seen) -> "_Why | None":
        shown = seen.month_first
        if shown is None and not seen.day_first and not seen.cell_after_twelfth:  # nothing speaks against its own file
            shown = next((other.month_first for other in self._seen.values() if other.month_first), None)
        if shown:
            return _Why(f"berkas ini menulis bulan lebih dulu ({shown})", texts_too=True)
        if seen.day_first and seen.cell_to_twelfth and not seen.cell_after_twelfth:
            return _Why(
                f"Excel yang membaca bulan lebih dulu meninggalkan {seen.day_first} sebagai teks dan menukar sel ini",
                texts_too=False,
            )
        return None


@dataclass(frozen=True)
class _Why:
    """Why the cells of a column are in doubt, and whether those that stand there as text are too."""

    reason: str
    texts_too: bool

    def said_of(self, text: str, day: date) -> str:
        other = day.replace(month=day.day, day=day.month)
        return f'"{text.removesuffix("T00:00:00")}" bisa berarti {day} atau {other}: {self.reason}. {HINT}'


def _parts(texts: pa.Array, pattern: str) -> tuple[Numbers, Numbers]:
    """The two numbers that a pattern names `left` and `right`, as int; 0 where a text does not match."""
    found = pc.extract_regex(texts, pattern)
    return _numbers(found, "left"), _numbers(found, "right")


def _numbers(found: pa.Array, name: str) -> Numbers:
    part = pc.if_else(pc.is_valid(found), pc.struct_field(found, name), pa.scalar(None, pa.string()))
    numbers: Numbers = pc.fill_null(part.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    return numbers
