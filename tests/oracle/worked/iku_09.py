"""IKU-09: the register of access points as it stood at each month's end; a controller that reported did so that day."""

from datetime import date

from tests.oracle.worked.common import Example, Snapshots, known, last_day


class Arrivals(Snapshots):
    def __init__(self, rows: Example) -> None:
        super().__init__("IKU-09", rows)

    def month(self, month: date, day: date) -> dict[str, list[Example]]:
        position = str(last_day(month))
        points = {row["point"]: row for row in known(self.rows["points"], day) if row["position"] == position}
        told = {
            row["area"]: row["controller_reported"]
            for row in known(self.rows["controllers"], day)
            if row["position"] == position
        }
        rows = [
            {
                "area": row["area"], "area_name": f"Lokasi {row['area']}", "point": row["point"],
                "managed_by_dinas": row["managed_by_dinas"], "in_monitoring": row["in_monitoring"],
                "last_seen_on": row["last_seen"], "controller_reported_on": position if told.get(row["area"]) else None,
            }
            for row in points.values()
        ]  # fmt: skip
        return {"public_area": rows} if rows else {}
