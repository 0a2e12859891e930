"""The persandian registers of the sample: what every unit wrote down, and when it handed that in."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from iku_etl.sample.regency import Unit, World, last_day_of, month_after

SENDERS = (
    "Kementerian Dalam Negeri",
    "Pemerintah Provinsi Bengkulu",
    "Badan Siber dan Sandi Negara",
    "Kepolisian Resor Bengkulu Selatan",
    "Kecamatan Kedurang",
    "Kecamatan Seginim",
)
CLASSES = ("biasa", "biasa", "terbatas", "terbatas", "rahasia", "sangat_rahasia")
MEANS = ("jks", "email_sandi", "email_sandi", "srikandi_tte", "faksimile_sandi", "kurir_sandi")
MOVING = 11  # entries that the register of `only_secured` units leaves out each month


@dataclass(frozen=True)
class Entry:
    """One line of a register as it stands in the file; texts may be unreadable on purpose."""

    agenda_no: int
    recorded_on: date
    direction: str
    sender: str
    number: str
    classified: str
    secured: bool
    secured_by: str | None
    void: bool = False
    bad_date: bool = False  # written as 31/02

    @property
    def is_bad(self) -> bool:
        """Whether the line can't be counted and has to be set aside."""
        return self.bad_date or self.classified not in CLASSES


@dataclass(frozen=True)
class HandIn:
    """A unit's month: what it wrote, when the file came, what the statement says."""

    unit: Unit
    month: date
    received_on: date | None  # None: never
    nil: bool
    entries: tuple[Entry, ...]
    last_running_number: int
    letter: str | None

    @property
    def due_on(self) -> date:
        return month_after(self.month).replace(day=7)


def hand_in(world: World, unit: Unit, month: date, known_on: date) -> HandIn:
    """A unit's month as written by a day; a correction of the first month shows from its own day on."""
    entries = _entries(world, unit, month)
    if unit.unit == "disdikbud" and month == world.m0 and known_on >= correction_day(world):
        entries = _corrected(entries)
    received = _received_on(world, unit, month)
    start = _running_number(world, unit, month)
    written = len(entries) + (MOVING if unit.habit == "only_secured" else 0)
    letter = f"Contoh {start + 11}/{unit.unit.upper()}/{month:%m.%Y}" if received else None
    return HandIn(unit, month, received, not entries, entries, start + written, letter)


def correction_day(world: World) -> date:
    """When disdikbud sends its first month's register again, one line changed."""
    return world.m1.replace(day=20)


def _received_on(world: World, unit: Unit, month: date) -> date | None:
    if unit.habit == "never":
        return None
    if unit.unit == "bkpsdm" and month == world.m0:
        return month_after(month, 2).replace(day=5)  # two months late
    return month_after(month).replace(day=2 + Random(f"{world.seed} {unit.unit} {month} in").randrange(6))


def _count(world: World, unit: Unit, month: date) -> int:
    if (unit.unit, month) in (("dpmd", world.m0), ("kec_manna", world.m1)):
        return 0  # nihil
    return unit.busy + Random(f"{world.seed} {unit.unit} {month} count").randrange(-2, 4)


def _running_number(world: World, unit: Unit, month: date) -> int:
    """The last agenda number before the month: numbers begin with 1 each January and run on."""
    first = max(world.m0, date(month.year, 1, 1))
    number = 0 if first.month == 1 else unit.busy * (first.month - 1)
    while first < month:
        number += _count(world, unit, first) + (MOVING if unit.habit == "only_secured" else 0)
        first = month_after(first)
    return number


def _entries(world: World, unit: Unit, month: date) -> tuple[Entry, ...]:
    if unit.habit == "never":
        return ()
    dice = Random(f"{world.seed} {unit.unit} {month} entries")
    count, start = _count(world, unit, month), _running_number(world, unit, month)
    days = sorted(dice.randrange(last_day_of(month).day) for _ in range(count))
    step = 2 if unit.habit == "only_secured" else 1  # the numbers in between are the messages it leaves out
    entries = [
        _entry(dice, unit, start + 1 + place * step, month + timedelta(days=day)) for place, day in enumerate(days)
    ]
    return tuple(_oddities(world, unit, month, entries))


def _entry(dice: Random, unit: Unit, agenda_no: int, day: date) -> Entry:
    incoming = dice.random() < 0.5
    secured = unit.habit == "only_secured" or dice.random() < unit.secured_share
    return Entry(
        agenda_no=agenda_no,
        recorded_on=day,
        direction="masuk" if incoming else "keluar",
        sender=dice.choice(SENDERS) if incoming else unit.name,
        number=f"{agenda_no:03}/{dice.randrange(100, 999)}/{unit.unit.upper()}/{day.year}",
        classified=dice.choice(CLASSES),
        secured=secured,
        secured_by=dice.choice(MEANS) if secured else None,
    )


def _oddities(world: World, unit: Unit, month: date, entries: list[Entry]) -> list[Entry]:
    case = (unit.unit, month)
    if case == ("setda", world.m0):
        entries[3] = replace(entries[3], void=True)
        entries[5] = replace(entries[5], secured=True, secured_by="jks")
        entries[-1] = _again(entries[-1], entries[5], secured=False)  # sent again, in the clear
    if case == ("bappeda", world.m1):
        before = _entries(world, unit, world.m0)[-1]
        entries[0] = _again(entries[0], before, secured=False)  # restates the month before
    if case == ("dinkes", world.m1):
        entries[1] = replace(entries[1], classified="internal")  # no such class
        entries[4] = replace(entries[4], bad_date=True)
    return entries


def _again(entry: Entry, first: Entry, *, secured: bool) -> Entry:
    means = first.secured_by if secured else None
    return replace(
        entry,
        direction=first.direction,
        sender=first.sender,
        number=first.number,
        secured=secured,
        secured_by=means,
    )


def _corrected(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    place = next(number for number, entry in enumerate(entries) if entry.secured)
    changed = replace(entries[place], secured=False, secured_by=None)
    return (*entries[:place], changed, *entries[place + 1 :])
