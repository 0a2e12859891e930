"""IKU-03: the register of desa, and of each desa's link the newest verification known at each month's end."""

from datetime import date

from tests import given
from tests.oracle.worked.common import Example, Snapshots, known, last_day


class Arrivals(Snapshots):
    def __init__(self, rows: Example) -> None:
        super().__init__("IKU-03", rows)

    def month(self, month: date, day: date) -> dict[str, list[Example]]:
        newest = {}
        for row in sorted(known(self.rows["verifications"], day), key=lambda row: row["verified_on"]):
            if row["verified_on"] <= str(last_day(month)):
                newest[row["desa"]] = row
        desa = [
            {"name": f"Desa {row['desa']}", "kecamatan": "Contoh", "valid_from": "2020-01-01", **row}
            for row in self.rows["desa"]
        ]
        links = [self.link(row) for row in newest.values()]
        undeclared = given.submission_row("diskominfo", "2026-S1", None, register="network_link", due_on="2026-07-15")
        return {"desa": desa, "network_link": links, "register_submission": [undeclared]}

    @staticmethod
    def link(row: Example) -> Example:
        return {
            "link": f"L-{row['desa']}", "serves_kind": "desa", "serves": row["desa"], "medium": row["medium"],
            "supplied_by_dinas": False, "monitored": False, "active_from": "2024-01-01", "active_to": None,
            "working": row["connected"], "verified_on": row["verified_on"],
        }  # fmt: skip
