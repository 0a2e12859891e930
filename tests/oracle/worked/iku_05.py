"""IKU-05: register, roll-ups of days, content snapshots; a day is loaded again when its counts changed."""

from datetime import date, timedelta

from iku_etl.warehouse.database import Connection
from tests import given
from tests.oracle.worked.common import Example, known, last_day, over, registers


class Arrivals:
    def __init__(self, rows: Example) -> None:
        self.rows = rows
        self.loaded: dict[date, list[Example]] = {}

    def arrive(self, connection: Connection, day: date) -> None:
        for month in over(day):
            if month not in self.loaded:
                self.register(connection, month)
            self.probes(connection, month, day)

    def register(self, connection: Connection, month: date) -> None:
        self.loaded[month] = []
        registers(connection, "IKU-05", self.rows["targets"], month)
        sites = [given.website_row(row["site"], row["kind"]) for row in self.rows["sites"]]
        given.batch(connection, "website", month, sites)
        content = [
            {"site": row["site"], "newest_content_on": row["newest_content"], "found_by": "rss"}
            for row in self.rows["content"]
            if row["month"] == f"{month:%Y-%m}"
        ]
        given.batch(connection, "website_content", last_day(month), content)

    def probes(self, connection: Connection, month: date, day: date) -> None:
        rows = [row for row in known(self.rows["checks"], day) if row["month"] == f"{month:%Y-%m}"]
        counts = {row["site"]: (row["up"], row["down"], row["unseen"]) for row in rows}  # a later row replaces
        for place, cells in enumerate(given.uptime_days(month, last_day(month).day, counts)):
            window_on = month + timedelta(days=place)
            if self.loaded.get(window_on) != cells:
                given.batch(connection, "website_uptime", window_on, roll_up=cells)
                self.loaded[window_on] = cells
