"""Whether the figures are out in time: publishing ends by `PUBLISHED_BY` of its day, in the installation's zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from iku_etl.manifest import calendar
from iku_etl.pipeline.deadline import PUBLISHED_BY, last_end
from iku_etl.web.desk import Desk


@dataclass(frozen=True)
class Publication:
    """The newest publication as seen at a moment; `is_stale`: publishing did not come to an end in the last night that
    was due, nor since. A night that computed the figures and found none changed leaves no publication and is none.
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
    end = last_end(desk.settings.state)
    is_stale = max(row["published_at"], end.at if end else row["published_at"]) < start
    return Publication(row["published_at"], row["as_of"], now - row["published_at"], has_moved, is_stale)
