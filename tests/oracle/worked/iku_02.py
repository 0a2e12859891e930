"""IKU-02: registers of OPD and applications, logs of use by month, the OPDs' hand-ins, each as known by the day."""

from collections.abc import Mapping
from datetime import date

from tests import given
from tests.oracle.worked import common
from tests.oracle.worked.common import Example, known, last_day

ROLES = {"owner": "pemilik", "user": "pengguna"}


class Arrivals(common.Snapshots):
    def __init__(self, rows: Example) -> None:
        super().__init__("IKU-02", rows)

    def month(self, month: date, day: date) -> Mapping[str, list[Example]]:
        """A late log is a new revision of its month; a hand-in is in the list of the month that it came in."""
        return {
            "opd": [
                {"name": f"Dinas {row['opd']}", "kind": "dinas", "counted": True, **row} for row in self.rows["opd"]
            ],
            "spbe_application": [
                given.application_row(row["application"], scope=row["scope"], owner=row["owner"])
                for row in self.rows["applications"]
            ],
            "app_usage": [
                {
                    "opd": row["opd"], "application": row["application"], "role": ROLES[row["role"]],
                    "used_on": row["used_on"], "evidence": "Log masuk",
                }
                for row in known(self.rows["usage"], day)
                if row["used_on"].startswith(f"{month:%Y-%m}")
            ],
            "register_submission": [
                given.submission_row(
                    row["opd"], row["period"], None, register="app_usage", due_on="2026-12-31",
                    received_on=row["arrived"] or last_day(month).isoformat(),
                )
                for row in known(self.rows["log_submission"], day)
                if int(row["period"][-1]) * 3 <= month.month
            ],
        }  # fmt: skip
