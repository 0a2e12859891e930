"""The PPID of the sample: who asked, when they answered, and when they handed that in. Nobody in it exists."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

from iku_etl.sample.regency import UNITS, World, last_day_of, month_after

NEVER, NIL, LATE_IN = "satpolpp", "dpmd", "inspektorat"  # hand in nothing, have nothing, hand in after the statement
LATE_ANSWER, BAD_ROW, AT_HOLIDAYS = "disdikbud", "dinkes", "setda"
STALE_DIP, LATE_REPORT, NEW, ENDED = "bkpsdm", "kesbangpol", "kec_manna", "rsud"
ANSWER_DAYS, EXTENSION_DAYS = 10, 7


@dataclass(frozen=True)
class Ppid:
    opd: str
    name: str
    appointed_on: date
    ended_on: date | None = None

    @property
    def ppid(self) -> str:
        return f"ppid_{self.opd}"


@dataclass(frozen=True)
class Request:
    """A line of a PPID's register, as the whole truth of it; a file knows only what had happened by then."""

    number: str
    received_on: date
    complete_on: date
    extension_notified_on: date | None
    answered_on: date
    is_bad: bool = False  # its day is written as 31/02 until the next month's register


def ppids(world: World) -> list[Ppid]:
    since, new = date(2021, 3, 1), world.m0.replace(day=4)
    found = [Ppid(unit.unit, unit.name, new if unit.unit == NEW else since) for unit in UNITS]
    return [*found, Ppid(ENDED, "Rumah Sakit Umum Daerah", since, world.m0 - timedelta(days=1))]


def triwulan_of(month: date) -> tuple[date, date]:
    """The first months of the triwulan that a month lies in, and of the next one."""
    first = date(month.year, 3 * ((month.month - 1) // 3) + 1, 1)
    return first, month_after(first, 3)


def begins(world: World) -> date:
    """The month of the first requests: some are due in the triwulan in which the history begins."""
    return month_after(triwulan_of(world.m0)[0], -1)


def requests(world: World, opd: str, last_month: date) -> list[Request]:
    count = (last_month.year - begins(world).year) * 12 + last_month.month - begins(world).month
    months = [month_after(begins(world), step) for step in range(count + 1)]
    return [request for month in months for request in _of_month(world, opd, month)]


def handed_in_on(world: World, opd: str, month: date) -> date | None:
    """When a PPID's register of a month came; None: never."""
    if opd == NEVER:
        return None
    after = month_after(month)
    if opd == LATE_IN and after == triwulan_of(world.m0)[1]:
        return after.replace(day=20)
    return after.replace(day=3 + Random(f"{world.seed} {opd} {month} ppid").randrange(5))


def _of_month(world: World, opd: str, month: date) -> list[Request]:
    if opd in (NEVER, NIL, ENDED) or (opd == NEW and month <= world.m0):
        return []
    dice = Random(f"{world.seed} {opd} {month} requests")
    workdays = [day for day in _days(month, last_day_of(month)) if is_working(day)]
    received = sorted(dice.choice(workdays) for _ in range(dice.randrange(3)))
    if opd in (LATE_ANSWER, BAD_ROW) and month == world.m0:
        received = [workdays[0]]
    free = [day for day in _days(month, last_day_of(month)) if day in _off(day.year)]
    if opd == AT_HOLIDAYS and free:
        received = sorted([*received, later(free[0] - timedelta(days=7), 1)])  # its days run over the holiday
    return [_request(world, opd, month, day, place, dice) for place, day in enumerate(received, 1)]


def _request(world: World, opd: str, month: date, received_on: date, place: int, dice: Random) -> Request:
    number = f"{place:03}/{month:%m}/PPID-{opd.upper()}/{month.year}"
    complete_on = received_on if dice.random() < 0.7 else later(received_on, 1)
    is_first = month == world.m0
    if opd == LATE_ANSWER and is_first:
        return Request(number, received_on, received_on, None, later(received_on, ANSWER_DAYS + 2))
    if dice.random() < 0.2:
        answered_on = later(complete_on, ANSWER_DAYS + dice.randrange(1, EXTENSION_DAYS + 1))
        return Request(number, received_on, complete_on, later(complete_on, 8), answered_on)
    answered_on = later(complete_on, dice.randrange(2, ANSWER_DAYS + 1))
    return Request(number, received_on, complete_on, None, answered_on, is_bad=opd == BAD_ROW and is_first)


# ---------------------------------------------------------------- working days


def later(day: date, working_days: int) -> date:
    """The working day so many working days after a day."""
    while working_days:
        day += timedelta(days=1)
        working_days -= is_working(day)
    return day


def is_working(day: date) -> bool:
    """Monday to Friday, and neither a national holiday nor cuti bersama."""
    return day.weekday() < 5 and day not in _off(day.year)


@cache
def _off(year: int) -> frozenset[date]:
    import holidays  # half a second, and only the sample of requests needs it

    return frozenset(holidays.country_holidays("ID", years=year, categories=("public", "government")))


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]
