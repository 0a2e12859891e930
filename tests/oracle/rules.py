"""The oracle's rules: the member rows of one month, of IKU-05 (U10, U13, U18, U19) and IKU-08 (U14, U26)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from tests.oracle.records import Message, Records, Site, Submission, first_day, last_day, month_of, parameters

ASIDE = "tidak teramati: baris register dikarantina"
CONTENT_SNAPSHOT_DAYS = 7  # an older look at a site's content proves nothing


@dataclass(frozen=True)
class Member:
    """A member's row of one month. All four bounds None: nothing can be said of how many there are.

    The denominator None, too: its row was set aside, so that nobody may take it for nothing (U14).
    """

    period: str
    member: str
    numerator: Fraction
    denominator: Fraction | None
    numerator_low: Fraction | None
    numerator_high: Fraction | None
    denominator_low: Fraction | None
    denominator_high: Fraction | None
    seen: Fraction
    due: Fraction
    reason: str = ""


# ---------------------------------------------------------------- IKU-05


def site_rows(now: Records, month: str, ended: date) -> list[Member]:
    """U13: a member is a site that is managed on the month's last day."""
    lines = defaultdict(list)
    for row in now.sites:
        lines[row.site].append(row)
    closing = last_day(month)
    good = [_site(now, month, ended, rows) for _, rows in sorted(lines.items()) if _is_managed(rows, closing)]
    aside = {row.site for row in now.sites_aside if _is_managed([row], closing)} - {row.member for row in good}
    zero, one = Fraction(), Fraction(1)
    return good + [Member(month, site, zero, one, zero, one, one, one, zero, one, ASIDE) for site in sorted(aside)]


def _is_managed(rows: Iterable[Site], day: date) -> bool:
    return any(row.managed_from <= day and (row.managed_to is None or day <= row.managed_to) for row in rows)


def _site(now: Records, month: str, ended: date, rows: list[Site]) -> Member:
    number, name = parameters(now, last_day(month)), rows[0].site
    upto = min(last_day(month), ended)
    days = {first_day(month) + timedelta(days=n) for n in range((upto - first_day(month)).days + 1)}
    managed = {day for day in days if day >= now.since and _is_managed(rows, day)}
    counted = [row for row in now.checks if row.site == name and row.day in managed]
    up, down = sum(row.up for row in counted), sum(row.down for row in counted)
    due = Fraction(len(managed) * 86400)
    longest = number["probe_interval_seconds"]
    seen = sum((_seen_seconds(row.up + row.down, longest) for row in counted), Fraction())  # a day can't stand in
    share, floor = Fraction(up, up + down or 1), number["uptime_floor_pct"] / 100
    surely = share * seen >= floor * due and due > 0  # the unseen were all down
    perhaps = share * seen + due - seen >= floor * due  # .. all up
    judged = surely
    if up + down and seen >= number["site_seen_floor_pct"] / 100 * due:  # U10
        judged = share >= floor
    reason = "" if seen == due else _seen_reason(seen, due, number)
    row = Member(
        month, name, Fraction(judged), Fraction(1), Fraction(surely), Fraction(perhaps), Fraction(1), Fraction(1),
        seen, due, reason,
    )  # fmt: skip
    if min(line.kind for line in rows if _is_managed([line], last_day(month))) == "layanan":
        return row
    return _with_content(now, row, upto, number["content_max_age_days"])


def _seen_seconds(count: int, longest: Fraction) -> Fraction:
    """Of a day with so many checks, one every five minutes or denser: each holds until the next, so long at most.

    Where the next one comes no more than a tenth later it holds until then.
    """
    step = Fraction(min(300, Fraction(86400, count or 1)))
    made_at = [number * step for number in range(count)]
    waits = [after - at for at, after in zip(made_at, [*made_at[1:], 86400], strict=False)]
    return sum((wait if 10 * wait <= 11 * longest else longest for wait in waits), Fraction())


def _with_content(now: Records, row: Member, upto: date, max_age: Fraction) -> Member:
    zero = Fraction()
    looks = [
        look
        for look in now.content
        if look.site == row.member and 0 <= (upto - look.position).days <= CONTENT_SNAPSHOT_DAYS
    ]
    dates = {look.position: look.newest_content_on for look in looks if look.newest_content_on is not None}
    if dates and (upto - dates[max(dates)]).days <= max_age:
        return row
    if upto in dates:  # U18: stale to the end is final, whatever the unseen checks were
        return replace(row, numerator=zero, numerator_low=zero, numerator_high=zero)
    # U19: open, unless reachability alone already says no
    return replace(row, numerator=zero, numerator_low=zero, seen=zero, reason="tidak teramati: tanggal konten")


def _seen_reason(seen: Fraction, due: Fraction, number: dict[str, Fraction]) -> str:
    if not seen:
        return "tidak teramati: pengukur diam"
    word = "teramati" if seen >= number["site_seen_floor_pct"] / 100 * due else "tidak teramati, hanya"
    return f"{word} {float(seen / due * 100):.2f} %"


# ---------------------------------------------------------------- IKU-08


def unit_rows(now: Records, month: str, ended: date) -> list[Member]:
    """The units that the hand-in register names for the month."""
    named = [
        row
        for row in now.submissions
        if (row.register, row.period) == ("persandian_message", month) and row.role in ("wajib", "sukarela")
    ]
    aside = {row.unit for row in now.submissions_aside if (row.register, row.period) == ("persandian_message", month)}
    unread = sorted(aside - {row.unit for row in named})
    zero, one = Fraction(), Fraction(1)
    there = {row.unit for row in now.messages if month_of(row.recorded_on) == month}
    there |= {row.unit for row in now.quarantined if row.period == month}
    unnamed = sorted(there - aside - {row.unit for row in named})
    why = "tidak teramati: register ada, penyerahannya belum dicatat"
    return (
        [_unit(now, row) for row in sorted(named, key=lambda row: row.unit)]
        + [Member(month, unit, zero, zero, None, None, None, None, zero, one, why) for unit in unnamed]
        + [Member(month, unit, zero, None, None, None, None, None, zero, one, ASIDE) for unit in unread]
    )


def _unit(now: Records, handed: Submission) -> Member:
    one, zero = Fraction(1), Fraction()
    unobserved = Member(handed.period, handed.unit, zero, zero, None, None, None, None, zero, one)
    if _lost_its_first_number(now, handed):
        return replace(unobserved, denominator=None, reason=ASIDE)
    if handed.received_on is None:
        return replace(unobserved, reason="tidak teramati: register belum diserahkan")
    own = [row for row in now.messages if row.unit == handed.unit]
    of_month = [row for row in own if month_of(row.recorded_on) == handed.period]
    loaded = sum(not row.aside for row in of_month)
    placed = sum(row.aside and not row.void for row in of_month)  # they are counted in their message
    set_aside = sum(row.count for row in now.quarantined if (row.unit, row.period) == (handed.unit, handed.period))
    set_aside += sum(row.aside for row in of_month)
    if _leaves_gaps(now, handed, loaded + set_aside) or _is_of_unknown_length(now, handed, loaded + set_aside):
        return replace(unobserved, reason="tidak teramati: penyebut tidak lengkap")
    if handed.nil:
        return Member(handed.period, handed.unit, zero, zero, zero, zero, zero, zero, one, one)
    missing = Fraction(max((handed.rows_declared or 0) - loaded, set_aside, 0))  # U14
    groups = [group for group in _messages(now, own) if month_of(group[0].recorded_on) == handed.period]
    secured = Fraction(sum(all(entry.secured and not entry.aside for entry in group) for group in groups))
    perhaps = Fraction(sum(all(entry.secured or entry.aside for entry in group) for group in groups))
    rest = missing - placed - sum(row.aside and row.void for row in of_month)  # a void entry is no message
    everything = len(groups) + rest
    seen = loaded / (loaded + missing) if loaded + missing else one
    reason = f"{missing} entri belum terbukti" if missing else ""
    return Member(
        handed.period, handed.unit, secured, everything, secured, perhaps + rest, everything, everything,
        seen, one, reason,
    )  # fmt: skip


def _lost_its_first_number(now: Records, handed: Submission) -> bool:
    """Whether the hand-in of the month before was set aside, and this month's numbers begin where it ends."""
    if handed.last_running_number is None or _running_number_before(now, handed) is not None:
        return False
    earlier = month_of(first_day(handed.period) - timedelta(days=1))
    return any((row.unit, row.period) == (handed.unit, earlier) for row in now.submissions_aside)


def _leaves_gaps(now: Records, handed: Submission, listed: int) -> bool:
    """Whether the running number moved on by more than the register lists."""
    before, last = _running_number_before(now, handed), handed.last_running_number
    if before is None or last is None:
        return False
    return last - before > (listed if _declared(handed) is None else _declared(handed))


def _is_of_unknown_length(now: Records, handed: Submission, listed: int) -> bool:
    """U9: whether nothing says how many entries there must be, so that an absent one proves nothing.

    Fewer numbers than entries say nothing either: they are those of one direction.
    """
    before, last = _running_number_before(now, handed), handed.last_running_number
    return _declared(handed) is None and (before is None or last is None or last - before < listed)


def _declared(handed: Submission) -> int | None:
    return 0 if handed.nil else handed.rows_declared


def _running_number_before(now: Records, handed: Submission) -> int | None:
    begin = first_day(handed.period)
    if begin.month == 1:
        return 0
    earlier = month_of(begin - timedelta(days=1))
    for row in now.submissions:
        if (row.unit, row.register, row.period) == (handed.unit, handed.register, earlier):
            return row.last_running_number
    return None


def _messages(now: Records, entries: list[Message]) -> list[list[Message]]:
    """U26: entries grouped into messages, the first entry first; its month's parameter says what a repeat is."""
    groups: list[list[Message]] = []
    newest: dict[tuple[str, str, str], list[Message]] = {}
    for entry in sorted(entries, key=lambda entry: (entry.recorded_on, entry.agenda_no)):
        if entry.void:
            continue
        group = newest.get((entry.direction, entry.sender, entry.number))
        if group is None or (entry.recorded_on - group[0].recorded_on).days > _repeat_days(now, group[0]):
            group = newest[entry.direction, entry.sender, entry.number] = []
            groups.append(group)
        group.append(entry)
    return groups


def _repeat_days(now: Records, first: Message) -> Fraction:
    return parameters(now, last_day(month_of(first.recorded_on)))["message_repeat_days"]
