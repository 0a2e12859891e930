"""What the sample's world knows, counted from the world and not from anything that was collected."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from iku_etl.sample.regency import CHECKS_A_DAY, ZONE, Site, World, last_day_of, month_of
from iku_etl.sample.registers import Entry, HandIn, hand_in
from iku_etl.sample.uptime import DOWN, UP, checks, posts

REPEAT_DAYS = 90


@dataclass(frozen=True)
class SiteMonth:
    """A site's managed days of a month up to the history's last day; content as at that day."""

    site: str
    kind: str
    is_member: bool  # managed on the month's last day
    due: int
    up: int
    down: int
    newest_content_on: date | None

    @property
    def unseen(self) -> int:
        """Checks that were due and that nobody saw."""
        return self.due - self.up - self.down


@dataclass(frozen=True)
class UnitMonth:
    """A unit's month as known on a day: lines of the register, and messages by the rule of 90 days."""

    unit: str
    role: str
    received_on: date | None  # None: not handed in by the day
    nil: bool
    rows_declared: int
    bad_rows: int  # must be quarantined
    void: int
    repeats: int  # later transmissions of a message, of this month or an earlier one
    messages: int  # first entries of the month, void and bad ones out
    secured: int  # of these, secured in every transmission known by the day
    last_running_number: int


def site_day(world: World, day: date) -> dict[str, tuple[int, int]]:
    """(up, down) of each site on a day, as a prober could see them."""
    made = {site.site: checks(world, site, day).state for site in world.sites}
    return {name: (int((state == UP).sum()), int((state == DOWN).sum())) for name, state in made.items()}


def site_months(world: World, month: date, last_day: date) -> dict[str, SiteMonth]:
    """Every site that was managed on some day of the month, within the history."""
    final = min(last_day_of(month), last_day)
    begin = max(month, world.first_day)
    days = [begin + timedelta(days=step) for step in range((final - begin).days + 1)]
    counts = {day: site_day(world, day) for day in days}
    found = {}
    for site in world.sites:
        managed = [day for day in days if site.is_managed(day)]
        if managed:
            found[site.site] = SiteMonth(
                site.site,
                site.kind,
                site.is_managed(last_day_of(month)),
                len(managed) * CHECKS_A_DAY,
                sum(counts[day][site.site][0] for day in managed),
                sum(counts[day][site.site][1] for day in managed),
                newest_content_on(world, site, final),
            )
    return found


def unit_months(world: World, month: date, known_on: date) -> dict[str, UnitMonth]:
    """Every unit's month as the drop folder shows it on the morning of `known_on`."""
    found = {}
    for unit in world.units:
        history = [hand_in(world, unit, each, known_on) for each in world.months(month_of(known_on))]
        known = [one for one in history if one.received_on is not None and one.received_on <= known_on]
        own = next(one for one in history if one.month == month)
        found[unit.unit] = _unit_month(own, own in known, known)
    return found


def _unit_month(own: HandIn, came: bool, known: list[HandIn]) -> UnitMonth:
    groups = _messages([entry for one in known for entry in one.entries])
    ours = [group for group in groups if month_of(group[0].recorded_on) == own.month] if came else []
    repeats = [entry for group in groups for entry in group[1:] if month_of(entry.recorded_on) == own.month]
    entries = own.entries if came else ()
    return UnitMonth(
        unit=own.unit.unit,
        role=own.unit.role,
        received_on=own.received_on if came else None,
        nil=own.nil and came,
        rows_declared=len(entries),
        bad_rows=sum(entry.is_bad for entry in entries),
        void=sum(entry.void for entry in entries),
        repeats=len(repeats) if came else 0,
        messages=len(ours),
        secured=sum(all(entry.secured for entry in group) for group in ours),
        last_running_number=own.last_running_number,
    )


def _messages(entries: list[Entry]) -> list[list[Entry]]:
    """Entries of one unit, grouped into messages, oldest entry first."""
    groups: list[list[Entry]] = []
    newest: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: (one.recorded_on, one.agenda_no)):
        if entry.void or entry.is_bad:
            continue
        name = (entry.direction, entry.sender, entry.number)
        group = newest.get(name)
        if group is None or (entry.recorded_on - group[0].recorded_on).days > REPEAT_DAYS:
            group = newest[name] = []
            groups.append(group)
        group.append(entry)
    return groups


def newest_content_on(world: World, site: Site, position: date) -> date | None:
    """The day of the newest post on or before a position; None when there is none."""
    if site.kind == "layanan":
        return None
    found = posts(world, site, datetime.combine(position + timedelta(days=1), time(), ZONE))
    return found[0].at.date() if found else None
