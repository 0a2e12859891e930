"""IKU-04 once more, in plain Python from its rules alone: days are walked, nothing is looked up or joined."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

ONE = timedelta(days=1)


@dataclass(frozen=True)
class Asked:
    """A request, the months whose registers list it, and those of them in which its row was set aside."""

    ppid: str
    number: str
    received_on: date
    complete_on: date | None
    outcome: str | None
    extension_notified_on: date | None
    answered_on: date | None
    months: tuple[int, ...]
    aside: frozenset[int] = frozenset()
    is_blurred: bool = False  # where it was set aside no day of it can be read


@dataclass(frozen=True)
class HandIn:
    """What a PPID said of a triwulan."""

    nil: bool
    rows_declared: int | None


@dataclass(frozen=True)
class Records:
    """All that is known by a day: registers of 2026, named by their month; the newest of each kind is read."""

    appointed: Sequence[tuple[str, date, date | None]]
    renewed: Sequence[tuple[str, date]]
    filed: Sequence[tuple[str, int, date]]
    asked: Sequence[Asked]
    hand_ins: Mapping[tuple[str, str], HandIn]
    days_off: frozenset[date]
    week: int
    dip_month: int  # of the newest register; 0: none
    report_month: int
    merged: Mapping[str, tuple[str, date]]  # PPID -> the PPID of its office's successor, the office's last day


@dataclass(frozen=True)
class Row:
    """A member's row."""

    value: int
    low: int
    high: int
    seen: Fraction


def month_end(month: int) -> date:
    return date(2026 + month // 12, month % 12 + 1, 1) - ONE


def members(records: Records, period: str, as_of: date) -> dict[str, Row]:
    """Every member of a triwulan of 2026 as known at the end of a day."""
    quarter = int(period[-1])
    first, last = date(2026, 3 * quarter - 2, 1), min(month_end(3 * quarter), as_of)
    ids = {ppid for ppid, since, until in records.appointed if since <= last and (until is None or until >= last)}
    return {ppid: member(records, ppid, period, first, last) for ppid in ids}


def member(records: Records, ppid: str, period: str, first: date, last: date) -> Row:
    due = late = unproven = 0
    is_handed_in = True
    for registered, is_asked in registers(records, ppid, first, last):
        own_due, own_late, own_open, listed = requests(records, registered, first, last)
        hand_in = records.hand_ins.get((registered, period))
        aside = extra = set_aside(records, registered, first, last)
        if hand_in is not None:
            declared = 0 if hand_in.nil else hand_in.rows_declared
            extra = max(aside, (declared or 0) - listed)
            if declared is None and listed + aside == 0:
                hand_in = None  # a list without length and without content
        due, late, unproven = due + own_due + extra, late + own_late, unproven + own_open + extra
        is_handed_in = is_handed_in and (hand_in is not None or not is_asked)
    answers = False if late else True if is_handed_in and unproven == 0 else None
    dip = renewed(records, ppid, last, is_handed_in)
    report = reported(records, ppid, last, is_handed_in)
    conditions = (answers, dip, report)
    if False in conditions:
        return Row(0, 0, 0, Fraction(1))
    if None not in conditions:
        return Row(1, 1, 1, Fraction(1))
    is_open = is_handed_in and dip and report
    return Row(0, 0, 1, Fraction(due - unproven, due) if is_open else Fraction(0))


def registers(records: Records, ppid: str, first: date, last: date) -> list[tuple[str, bool]]:
    """Whose registers count for a PPID: its own, and what a dissolved office left it; whether each is asked for."""
    found = [(ppid, True)]
    for one, since, until in records.appointed:
        heir, closed_on = records.merged.get(one, (None, date.max))
        if heir == ppid and since <= last and until is not None and until < last and closed_on < last:
            found.append((one, until >= first))
    return found


def renewed(records: Records, ppid: str, last: date, is_handed_in: bool) -> bool | None:
    try:
        since = last.replace(year=last.year - 1)
    except ValueError:
        since = last.replace(year=last.year - 1, day=28)
    if records.dip_month and any(one == ppid and since <= day <= last for one, day in records.renewed):
        return True
    known = records.dip_month and month_end(records.dip_month) >= last
    return False if is_handed_in and known else None


def reported(records: Records, ppid: str, last: date, is_handed_in: bool) -> bool | None:
    year = last.year - (1 if last >= date(last.year, 3, 31) else 2)
    in_office = [
        one for one, since, until in records.appointed
        if one == ppid and since.year <= year and (until is None or until.year >= year)
    ]  # fmt: skip
    if not in_office:
        return True
    days = [day for one, of, day in records.filed if (one, of) == (ppid, year)] if records.report_month else []
    if days:
        return days[0] <= last
    known = records.report_month and month_end(records.report_month) >= last
    return False if is_handed_in and known else None


# ---------------------------------------------------------------- requests


def requests(records: Records, ppid: str, first: date, last: date) -> tuple[int, int, int, int]:
    """(due, late, open, listed) of the requests of a register whose newest row could be read."""
    due = late = unproven = listed = 0
    for one in records.asked:
        # a row that was set aside hides the request, unless its day can't be read: who knows whose row that is?
        newest = max(whole(one) if one.is_blurred else one.months, default=None)
        if one.ppid != ppid or newest not in whole(one) or one.received_on > last:
            continue
        assert newest is not None
        is_doubted = any(month > newest for other in namesakes(records, one) for month in blurred(other))
        day, answered = due_on(records, one), answer_in(one, newest)
        is_due = day is not None and first <= day <= last
        listed += is_due or first <= one.received_on <= last
        is_withdrawn = one.outcome == "dicabut"
        is_excused = is_withdrawn and answered is not None and day is not None and answered <= day and not is_doubted
        if not is_due or is_excused:
            continue
        assert day is not None
        due += 1
        if is_doubted:
            unproven += 1
        elif answered is not None:
            late += answered > day
        elif month_end(newest) >= day and not is_withdrawn:
            late += 1
        else:
            unproven += 1
    return due, late, unproven, listed


def answer_in(one: Asked, month: int) -> date | None:
    """The answer as the register of a month knows it."""
    return one.answered_on if one.answered_on and one.answered_on <= month_end(month) else None


def due_on(records: Records, one: Asked) -> date | None:
    begun = one.complete_on or (None if one.outcome == "tidak_lengkap" else one.received_on)
    if begun is None:
        return None
    tenth = walk(records, begun, 10)
    is_extended = one.extension_notified_on is not None and one.extension_notified_on <= tenth
    return walk(records, begun, 17) if is_extended else tenth


def walk(records: Records, day: date, working_days: int) -> date:
    while working_days:
        day += ONE
        if day.isoweekday() <= records.week and day not in records.days_off:
            working_days -= 1
    return day


def whole(one: Asked) -> set[int]:
    """The months whose registers list the request so that it can be read."""
    return set(one.months) - one.aside


def blurred(one: Asked) -> frozenset[int]:
    """The months whose registers list its number without a day that can be read."""
    return one.aside if one.is_blurred else frozenset()


def namesakes(records: Records, one: Asked) -> list[Asked]:
    """The requests of one number, whatever their days, itself among them."""
    return [other for other in records.asked if (other.ppid, other.number) == (one.ppid, one.number)]


def set_aside(records: Records, ppid: str, first: date, last: date) -> int:
    """How many requests that were set aside, and not read since, may be due in the triwulan."""
    found = 0
    for one in (one for one in records.asked if one.ppid == ppid):
        if one.is_blurred:
            spans = [
                (date(2026, month, 1), month_end(month)) for month in one.aside if not cleared(records, one, month)
            ]
        else:
            days = [one.received_on, one.complete_on or one.received_on]
            is_open = any(not [later for later in whole(one) if later > month] for month in one.aside)
            spans = [(min(days), max(days))] if is_open else []
        found += sum(walk(records, begin, 10) <= last and walk(records, end, 17) >= first for begin, end in spans)
    return found


def cleared(records: Records, one: Asked, month: int) -> bool:
    """Whether a later register lists the number with a day by which that month's register could know it."""
    return any(
        other.received_on <= month_end(month) and month not in whole(other) and max(whole(other), default=0) > month
        for other in namesakes(records, one)
    )
