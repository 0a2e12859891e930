"""IKU-07: sites by day, social channels by month or by their counter; a window is loaded again when it has changed."""

from datetime import date, timedelta

from iku_etl.warehouse.database import Connection
from tests import given
from tests.oracle.worked.common import Example, known, last_day, over, registers

METHODS = {"situs M (Matomo)": "matomo", "situs L (log)": "log"}


class Arrivals:
    def __init__(self, rows: Example) -> None:
        self.rows = rows
        self.loaded: dict[tuple[str, date], list[Example]] = {}

    def arrive(self, connection: Connection, day: date) -> None:
        opening = [reading("YouTube", date(2025, 12, 31), self.rows["counters"][0]["counter_start"])]
        self.load(connection, "social_visits", date(2025, 12, 1), opening)
        for month in over(day):
            self.registers(connection, month)
            rows = {
                row["channel"]: row
                for row in known(self.rows["channel_months"], day)
                if row["month"] == f"{month:%Y-%m}"
            }
            for place in range(last_day(month).day):
                self.load(connection, "web_visits", month + timedelta(days=place), site_day(rows, place))
            self.load(connection, "social_visits", month, self.social(rows, month))

    def load(self, connection: Connection, source: str, window_on: date, rows: list[Example]) -> None:
        if self.loaded.get((source, window_on)) != rows:
            given.batch(connection, source, window_on, rows)
            self.loaded[source, window_on] = rows

    def registers(self, connection: Connection, month: date) -> None:
        if ("website", month) not in self.loaded:
            registers(connection, "IKU-07", self.rows["targets"], month)
        sites = [given.website_row(site, is_media_information=True) for site in METHODS]
        channels = [
            *(given.channel_row(site, "situs", method) for site, method in METHODS.items()),
            given.channel_row("Facebook", "facebook", "page_views_total", "bulanan"),
            given.channel_row("YouTube", "youtube", "views", "penghitung"),
        ]
        self.load(connection, "website", month, sites)
        self.load(connection, "social_channel", month, channels)

    def social(self, rows: dict[str, Example], month: date) -> list[Example]:
        label, end = f"{month:%Y-%m}", last_day(month)
        found = [reading("YouTube", end, row["counter_end"]) for row in self.rows["counters"] if row["month"] == label]
        if (visits := rows["Facebook"]["visits"]) is not None:
            found.append(
                {"channel": "Facebook", "metric": "page_views_total", "first_day": month, "last_day": end,
                 "visits": visits}
            )  # fmt: skip
        return found


def reading(channel: str, day: date, counter: int) -> Example:
    return {"channel": channel, "metric": "views", "first_day": day, "last_day": day, "counter": counter}


def site_day(rows: dict[str, Example], place: int) -> list[Example]:
    """The month's visits of each site spread over the days that were seen."""
    found = []
    for site, method in METHODS.items():
        visits, seen = rows[site]["visits"], rows[site]["seen"]
        if place < seen:
            share = visits // seen + (place < visits % seen)
            found.append({"site": site, "method": method, "visits": share})
    return found
