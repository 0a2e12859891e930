"""The sample's world as the oracle's records: what must come out when all that has come by a day was loaded."""

from datetime import date, timedelta

from iku_etl.sample.feeds import register_submission, target, website
from iku_etl.sample.regency import World, month_after
from iku_etl.sample.registers import hand_in
from iku_etl.sample.uptime import serves_future_post
from tests.oracle.iku_05_08 import Check, Content, Message, Quarantined, Records, Site, Submission, Target
from tests.oracle.truth import newest_content_on, site_day


def records_of(world: World, last_day: date, known_on: date | None = None) -> Records:
    """Everything up to `last_day`, as the drop folder and the servers tell it on the morning of `known_on`."""
    known_on = known_on or last_day + timedelta(days=1)
    days = [world.first_day + timedelta(days=n) for n in range((last_day - world.first_day).days + 1)]
    register = _newest_month(world, last_day, known_on, 3)
    sites = website.rows(world, register) if register else []
    return Records(
        sites=[Site(row[0], row[4], row[6], row[7]) for row in sites],
        checks=[Check(site, day, *counts) for day in days for site, counts in site_day(world, day).items()],
        content=[
            Content(site.site, day, newest_content_on(world, site, day) if site.is_managed(day) else None)
            for day in days
            for site in world.sites
            if not serves_future_post(world, site, day)  # that look is set aside
        ],
        since=world.first_day,
        targets=_targets(world, last_day, known_on),
        **_registers(world, last_day, known_on),
    )


def _newest_month(world: World, last_day: date, known_on: date, arrives_on: int) -> date | None:
    """The newest month whose snapshot has come; it comes on that day of the month after."""
    came = [month for month in world.months(last_day) if month_after(month).replace(day=arrives_on) <= known_on]
    return came[-1] if came else None


def _targets(world: World, last_day: date, known_on: date) -> list[Target]:
    month = _newest_month(world, last_day, known_on, 2)
    rows = target.rows(world, month) if month else []
    return [Target(row[0], row[1], row[3], row[4], row[6]) for row in rows]


def _registers(world: World, last_day: date, known_on: date) -> dict[str, object]:
    statement = _newest_month(world, last_day, known_on, 9)
    rows = register_submission.rows(world, statement) if statement else []
    messages, aside = [], []
    for month in world.months(last_day):
        for unit in world.units:
            handed = hand_in(world, unit, month, known_on)
            if handed.received_on is None or handed.received_on > known_on:
                continue
            if bad := sum(entry.is_bad for entry in handed.entries):
                aside.append(Quarantined(unit.unit, f"{month:%Y-%m}", bad))
            messages += [
                Message(unit.unit, e.agenda_no, e.recorded_on, e.direction, e.sender, e.number, e.secured, e.void)
                for e in handed.entries
                if not e.is_bad
            ]
    submissions = [
        Submission(row[0], row[3], row[5], row[6] == "ya", row[7], row[8], row[10])
        for row in rows
        if row[2] == "persandian_message"
    ]
    return {"submissions": submissions, "messages": messages, "quarantined": aside}
