"""IKU-04: registers of PPID, DIP, reports and requests, the list of hand-ins, and the calendar of the examples."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from tests.given_ppid import dip_row, hand_in_row, holiday_rows, opd_row, ppid_row, report_row, request_row
from tests.oracle.worked.common import Example, Snapshots, known, last_day

EXAMPLES = Path(__file__).parents[2] / "data" / "worked_examples.json"


class Arrivals(Snapshots):
    def __init__(self, rows: Example) -> None:
        super().__init__("IKU-04", rows)
        self.holidays = holiday_rows(json.loads(EXAMPLES.read_text(encoding="utf-8"))["holidays"])

    def month(self, month: date, day: date) -> Mapping[str, list[Example]]:
        """Every register as it stood at the month's end, and what had been handed in by the day."""
        end = str(last_day(month))
        requests = [request_row(**said(row)) for row in known(self.rows["requests"], day)]
        return {
            "holiday": self.holidays,
            "opd": [opd_row("opd")],
            "ppid": [
                ppid_row(**row, opd=f"opd_{row['ppid'].lower()}")
                for row in self.rows["ppid"]
                if row["appointed_on"] <= end
            ],
            "ppid_dip": [dip_row(**said(row)) for row in known(self.rows["dip"], day)],
            "ppid_report": [report_row(**said(row)) for row in known(self.rows["annual_reports"], day)],
            "ppid_request": [row for row in requests if row["received_on"] <= end],
            "register_submission": [
                hand_in_row(
                    row["ppid"], row["period"], length(row, requests), row["filed_on"], nil=row["kind"] == "nihil"
                )
                for row in known(self.rows["handins"], day)
                if row["filed_on"] <= str(day)
            ],
        }


def said(row: Example) -> dict[str, Any]:
    """The row without its day of arrival."""
    return {name: value for name, value in row.items() if name != "arrived"}


def length(hand_in: Example, requests: list[dict[str, Any]]) -> int:
    """How many requests of that triwulan the register lists."""
    year, quarter = int(hand_in["period"][:4]), int(hand_in["period"][-1])
    first, last = str(date(year, 3 * quarter - 2, 1)), str(last_day(date(year, 3 * quarter, 1)))
    return sum(row["ppid"] == hand_in["ppid"] and first <= row["received_on"] <= last for row in requests)
