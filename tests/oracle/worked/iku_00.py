"""IKU-00: registers of applications and integrations by month, the success log as known; the systems' statements."""

from collections.abc import Mapping
from datetime import date

from tests import given
from tests.oracle.worked import common
from tests.oracle.worked.common import Example, known, last_day


class Arrivals(common.Snapshots):
    def __init__(self, rows: Example) -> None:
        super().__init__("IKU-00", rows)

    def month(self, month: date, day: date) -> Mapping[str, list[Example]]:
        """A late line of the success log is a new revision of the month's register."""
        end = last_day(month).isoformat()
        successes: dict[str, str] = {}
        for row in known(self.rows["success_log"], day):
            if row["succeeded_on"] <= end:
                successes[row["integration"]] = max(row["succeeded_on"], successes.get(row["integration"], ""))
        return {
            "spbe_application": [given.application_row(**row) for row in self.rows["systems"]],
            "app_integration": [
                given.integration_row(
                    row["integration"], row["end_a"], row["end_b"], successes.get(row["integration"]),
                    method=row["kind"], evidence="Log API" if row["evidence"] else None,
                )
                for row in self.rows["integrations"]
            ],
            "register_submission": [
                given.submission_row(
                    row["system"], semester(row["position"]), None, register="app_integration",
                    due_on=row["position"], received_on=row["position"] if row["handed_in"] else None,
                )
                for row in self.rows["statements"]
                if row["position"] <= end
            ],
        }  # fmt: skip


def semester(position: str) -> str:
    """`2026-06-30` as `2026-S1`."""
    return f"{position[:4]}-S{1 if position[5:7] <= '06' else 2}"
