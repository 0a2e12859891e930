"""Whether the figures are out in time: a night's publication stands by 06.00 of its day, in the installation's zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from iku_etl.manifest import calendar
from iku_etl.web.desk import Desk

PUBLISHED_BY = time(6)


@dataclass(frozen=True)
class Publication:
    """The newest publication as seen at a moment; `is_stale`: the last night whose 06.00 has passed left it behind.

    A night that collected and found nothing new to publish leaves none behind: it has a new look and no new load.
    """

    published_at: datetime | None
    load_no: int | None
    age: timedelta | None
    has_moved: bool
    is_stale: bool


def night_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The local day of which a night is the beginning: what is done in it was done that night, or late."""
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def due_at(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, PUBLISHED_BY, zone)


def last_due(now: datetime, zone: ZoneInfo) -> date:
    """The newest night whose figures should be out."""
    local = now.astimezone(zone)
    return local.date() if local.time() >= PUBLISHED_BY else local.date() - timedelta(days=1)


def publication(desk: Desk) -> Publication:
    """The newest publication and whether it is stale, of what is committed."""
    zone = desk.settings.zone
    with desk.pipeline() as pipeline:
        now, has_moved = pipeline.now(), pipeline.has_moved()
    with desk.connect("auditor") as connection:
        row = calendar.newest_publication(connection)
    start, _ = night_of(last_due(now, zone), zone)
    if row is None:
        return Publication(None, None, None, has_moved, is_stale=True)
    looked = row["last_ended_at"] is not None and row["last_ended_at"] >= start and not has_moved
    is_stale = row["published_at"] < start and not looked
    return Publication(row["published_at"], row["as_of"], now - row["published_at"], has_moved, is_stale)
