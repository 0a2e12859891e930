"""Which files and tables of a drop folder belong to a window, and what is said of those that nobody can place.

A file that says no month, can't be opened or is of a kind that is not read costs no other file its month. It is named
in the newest window, which is the one that it may be for, and in the one that was newest when it came.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from iku_etl.connectors.registers import kinds
from iku_etl.connectors.registers.opening import Opening
from iku_etl.connectors.registers.statements import POSITION, Statement, read_period
from iku_etl.model import Unobserved
from iku_etl.window import Window, window_at

NAMED = 10  # files in one sentence
_IN_NAME = re.compile(r"(?<!\d)20\d\d-\d\d(?:-\d\d)?(?!\d)")  # agenda_diskominfo_2026-01.csv


@dataclass(frozen=True)
class Found:
    """A file of the folder, what messages call it, its kind, what it says of itself, and when it was changed last."""

    path: Path
    name: str
    kind: kinds.Kind
    shown_kind: str
    opening: Opening
    changed_at: datetime


@dataclass
class Placed:
    """The registers of a window with their position, what can't be known, and what is none and left out by name."""

    registers: list[tuple[Found, date | None]] = field(default_factory=list)
    unread: list[Unobserved] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Placing:
    """The rules for one window of a source: see `folder.extract`. `now` is the moment of the run."""

    window: Window
    late_by: timedelta | None
    since: date | None
    now: datetime

    def of(self, found: Sequence[Found]) -> Placed:
        """Every file in one of three places, or in none: it is for another window."""
        placed = Placed()
        readable = []
        for one in found:
            if one.kind == "register" and one.opening.problem is None:
                readable.append(one)
            elif one.kind == "register" and one.opening.code not in ("no_file", "not_opened"):
                if self._is_for_this(one):  # its bytes are kept, and it says itself why it can't be read
                    placed.registers.append((one, None))
            elif self._may_be_for_this(one):
                self._name(placed, one)
        faults = {one.path: fault for one in readable if (fault := self._fault(one))}
        self._place(placed, [one for one in readable if one.path not in faults])
        placed.unread += [
            self._unplaced(one, faults[one.path])
            for one in readable
            if one.path in faults and self._may_be_for_this(one)
        ]
        placed.registers.sort(key=lambda register: register[0].path)
        return placed if placed.registers else _all_named(placed)

    # ---------------------------------------------------------------- when a file came

    def _may_be_for_this(self, one: Found) -> bool:
        """Whether this window is the newest, or was when the file came: so a later run says the same of it."""
        return self._was_newest(self.now) or self._was_newest(one.changed_at)

    def _was_newest(self, moment: datetime) -> bool:
        window = self.window
        after = window_at(window.grid, window.end, cast(ZoneInfo, window.end.tzinfo))
        return window.end <= moment < after.end

    def _is_for_this(self, one: Found) -> bool:
        """Of a file that can't be opened, by its name, else by when it came."""
        said = self._periods(one) if self.late_by is None else ()
        return self.window.label in said if said else self._may_be_for_this(one)

    # ---------------------------------------------------------------- what a file says

    def _periods(self, one: Found) -> tuple[str, ...]:
        """The window labels that a file's tables give, else its name; a day is cut to its month, never the reverse."""
        label = self.window.label
        named = _IN_NAME.search(one.path.stem)
        said = one.opening.periods or (read_period(named.group()) if named else None,)
        return tuple(text[: len(label)] for text in said if text and len(text) >= len(label))

    def _fault(self, one: Found) -> str | None:
        """Why a file can't be placed; None if it can, or if it says nothing and may be taken for what just ended."""
        days = [day.isoformat() for day in one.opening.positions]
        labels = list(self._periods(one)) if self.late_by is None else [day[: len(self.window.label)] for day in days]
        if self.window.label in labels:
            return None
        if one.opening.unread:
            what = "tanggal" if one.opening.unread == POSITION else "bulan"
            return f"{one.opening.unread} tidak dapat dibaca sebagai {what}"
        if self.late_by is None and not labels:
            return "tidak jelas untuk kapan"
        if (
            not days
            and one.opening.periods
            and self.late_by is not None
            and self.window.label not in self._periods(one)
        ):
            return f"hanya menyebut periode {one.opening.periods[0]}"
        says = days + labels if self.late_by is None else days
        today = self.now.astimezone(self.window.start.tzinfo).date().isoformat()
        if says and max(says) > today:
            return f"{max(says)} belum tiba"
        if says and self.since and min(says) < self.since.isoformat()[: len(min(says))]:
            return f"{min(says)} sebelum data pertama"
        return None

    def _place(self, placed: Placed, found: Sequence[Found]) -> None:
        if self.late_by is None:
            placed.registers += [(one, None) for one in found if self.window.label in self._periods(one)]
            return
        window, late_by = self.window, self.late_by
        newest = max((day for one in found for day in one.opening.positions if window.contains(day)), default=None)
        age = self.now - window.end
        for one in found:
            came_after = one.changed_at - window.end
            if one.opening.positions:
                if newest in one.opening.positions:
                    placed.registers.append((one, newest))
            elif newest is None and timedelta(0) <= age <= late_by:
                placed.registers.append((one, None))
            elif not self._may_be_for_this(one):
                continue
            elif (newest and (age <= late_by or timedelta(0) <= came_after <= late_by)) or (
                age > late_by and came_after > late_by
            ):  # else it was taken for an earlier month, or for this one in time
                placed.unread.append(self._unplaced(one, "tidak jelas untuk kapan"))

    # ---------------------------------------------------------------- what is said of the others

    def _name(self, placed: Placed, one: Found) -> None:
        if one.kind == "paper":
            what = one.name if one.name.startswith("berkas ") else f"berkas {one.name}"
            placed.left_out[f"{what} ({one.shown_kind}), bukan register"] = 1
            return
        why = one.opening.problem or f"{one.name}: {one.shown_kind} tidak dibaca. {kinds.what_to_do(one.path)}"
        placed.unread.append(Unobserved(one.name, f"{why} {self._where}"))

    @property
    def _where(self) -> str:
        return f"Bulannya tidak diketahui, maka ini dicatat pada jendela terbaru, {self.window.label}."

    def _unplaced(self, one: Found, why: str) -> Unobserved:
        row = "periode,2026-01" if self.late_by is None else "posisi_per,2026-01-31"
        hint = f'Tulis baris "{row}" yang benar sebelum judul kolom, atau pindahkan berkasnya.'
        return Unobserved(one.name, f"{one.name}: {why}. {hint} {self._where}")


def _all_named(placed: Placed) -> Placed:
    """Without any register, every file is a reason why; the first sentence names the others, for it is shown alone."""
    hint = "Kirim registernya sebagai .xlsx atau CSV UTF-8."
    unread = placed.unread + [
        Unobserved(reason, f"{reason[0].upper()}{reason[1:]}. {hint}") for reason in placed.left_out
    ]
    if len(unread) > 1:
        others = "; ".join(one.sentence.partition(". ")[0] for one in unread[1:NAMED])
        more = f"; dan {len(unread) - NAMED} lagi" if len(unread) > NAMED else ""
        unread[0] = replace(unread[0], sentence=f"{unread[0].sentence} Demikian pula: {others}{more}.")
    return Placed([], unread)


# ---------------------------------------------------------------- tables of a file


def counts(said: Statement, every: Sequence[Statement], window: Window) -> bool | str:
    """Whether a table is of the window, by what it and every table of its file say; a sentence where nobody can tell.

    Of several positions in the window the newest stands, as it does of several files. A title's month (`September`)
    counts where the table itself says nothing and is not alone; a table that says nothing goes with the one that does.
    """
    if said.unread and len(every) > 1:
        return f"{said.unread} tidak dapat dibaca"
    if said.position or said.period:
        return _is_of(said, every, window)
    if said.month and len(every) > 1:
        return said.month in (window.first_day.strftime("%m"), window.first_day.strftime("%Y-%m"))
    others = {(one.position, one.period): one for one in every if one.position or one.period}
    if len(others) > 1:
        return "tidak menyebut posisi_per atau periode, padahal lembar lain menyebut yang berbeda-beda"
    return all(_is_of(one, every, window) for one in others.values())


def _is_of(said: Statement, every: Sequence[Statement], window: Window) -> bool:
    if said.position:
        return said.position == max(
            (one.position for one in every if one.position and window.contains(one.position)), default=None
        )
    return said.period is not None and said.period[: len(window.label)] == window.label
