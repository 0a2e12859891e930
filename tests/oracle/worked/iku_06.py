"""IKU-06: Daftar Data, deliveries with the walidata's decisions, and the statement that the register is complete."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from tests import given
from tests.oracle.worked.common import Example, Snapshots, known, last_day


class Arrivals(Snapshots):
    def __init__(self, rows: Example) -> None:
        super().__init__("IKU-06", rows)

    def month(self, month: date, day: date) -> Mapping[str, list[Example]]:
        listed = [
            {"name": f"Data {row['dataset']}", "producer": "dinas", "year": 2026, **row}
            for row in self.rows["daftar_data"]
        ]
        return {
            "data_list": listed,
            "sectoral_dataset": self.deliveries(month, day),
            "register_submission": [
                {**given.submission_row("diskominfo", period, 1), "register": "sectoral_dataset", "due_on": position,
                 "received_on": position, "complete": row["declared_complete"]}
                for row in self.rows["register_submission"]
                if date.fromisoformat(position := row["position"]) <= last_day(month)
                for period in ["2026-S1" if position == "2026-06-30" else "2026-S2"]
            ],
        }  # fmt: skip

    def deliveries(self, month: date, day: date) -> list[Example]:
        """Events of a dataset from one delivery to the next are one row."""
        rows: list[dict[str, Any]] = []
        for event in sorted(known(self.rows["events"], day), key=lambda row: (row["dataset"], row["on"])):
            if date.fromisoformat(event["on"]) > last_day(month):
                continue
            if event["event"] == "delivered":
                rows.append(
                    {
                        "dataset": event["dataset"],
                        "delivered_on": event["on"],
                        "has_metadata": event["metadata"],
                        "accepted_on": None,
                        "withdrawn_on": None,
                    }
                )
            else:
                assert rows[-1]["dataset"] == event["dataset"], "a decision without a delivery"
                rows[-1][f"{event['event']}_on"] = event["on"]
        return rows  # fmt: skip
