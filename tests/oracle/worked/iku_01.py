"""IKU-01: the register of OPD, the register of links as it stood at each month's end, its hand-ins."""

from datetime import date

from tests import given
from tests.oracle.worked.common import Example, Snapshots, known, last_day


class Arrivals(Snapshots):
    def __init__(self, rows: Example) -> None:
        super().__init__("IKU-01", rows)

    def month(self, month: date, day: date) -> dict[str, list[Example]]:
        position = str(last_day(month))
        seen = {row["link"]: row for row in known(self.rows["last_seen"], day) if row["position"] == position}
        found = {"opd": [self.office(row) for row in self.rows["opd"]]}
        if seen:  # the example gives the register at the ends that it reads
            links = [row for row in known(self.rows["links"], day) if row["active_from"] <= position]
            found["network_link"] = [self.link(row, seen.get(row["link"]), position) for row in links]
        found["register_submission"] = [
            given.submission_row("diskominfo", row["position"][:7], None)
            | {"register": "network_link", "received_on": row["position"], "complete": row["declared_complete"]}
            for row in self.rows["register_submission"]
            if row["position"] <= position
        ]
        return found

    @staticmethod
    def office(row: Example) -> Example:
        return {"name": f"OPD {row['opd']}", "kind": "dinas", "counted": True, **row}

    @staticmethod
    def link(row: Example, seen: Example | None, position: str) -> Example:
        return {
            "link": row["link"], "serves_kind": "opd", "serves": row["opd"], "medium": "fiber_optik",
            "supplied_by_dinas": row["supplier"] == "Dinas", "monitored": row["supplier"] == "Dinas",
            "active_from": row["active_from"], "active_to": row["active_to"],
            "last_seen_on": seen["last_seen"][:10] if seen else None, "last_polled_on": position,
        }  # fmt: skip
