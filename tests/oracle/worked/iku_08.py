"""IKU-08: register files by month and the list of hand-ins."""

from datetime import date

from iku_etl.warehouse.database import Connection
from tests import given
from tests.oracle.worked.common import MONTHS, Example, known, over, registers


class Arrivals:
    def __init__(self, rows: Example) -> None:
        self.rows = rows
        self.loaded: dict[date, list[Example]] = {}

    def arrive(self, connection: Connection, day: date) -> None:
        months = over(day)
        hand_ins = []
        for month in months:
            if month not in self.loaded:
                registers(connection, "IKU-08", self.rows["targets"], month)
            entries, submissions = self.month(month, day)
            hand_ins += submissions
            if self.loaded.get(month) != entries and entries:
                given.batch(connection, "persandian_message", month, entries)
            self.loaded[month] = entries
        given.batch(connection, "register_submission", months[-1], hand_ins)

    def month(self, month: date, day: date) -> tuple[list[Example], list[Example]]:
        period = f"{month:%Y-%m}"
        entries: list[Example] = []
        hand_ins = {}
        for row in known(self.rows["unit_months"], day):
            if row["month"] != period:
                continue
            if row["unit"] == "A" and month == MONTHS[0]:
                lines = self.january_of_a()
            else:
                lines = [
                    given.message_row(
                        row["unit"], f"{period}-{place % 28 + 1:02}", f"{period}/{place}", place < row["secured"]
                    )
                    for place in range(row["entries"] or 0)
                ]
            entries += [{**line, "agenda_no": place} for place, line in enumerate(lines, 1)]
            hand_ins[row["unit"]] = given.submission_row(row["unit"], period, len(lines) if row["handed_in"] else None)
        return entries, list(hand_ins.values())

    def january_of_a(self) -> list[Example]:
        return [
            given.message_row(
                "A", f"2026-01-{place:02}", row["number"], row["secured"],
                direction=row["direction"], sender=row["sender"], void=row["void"],
            )
            for place, row in enumerate(self.rows["entries_of_A_in_January"], 1)
        ]  # fmt: skip
