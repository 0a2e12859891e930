"""Hand-calculated figures of tests/data/worked_examples.json, to the digit, in the order in which data arrived."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from iku_etl import publish
from iku_etl.database import Connection, Warehouse
from tests import given

EXAMPLES = Path(__file__).parent / "data" / "worked_examples.json"
MONTHS = [date(2026, month, 1) for month in range(1, 13)]
Example = dict[str, Any]


def last_day(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def example(code: str) -> Example:
    found: list[Example] = json.loads(EXAMPLES.read_text(encoding="utf-8"))["indicators"]
    return next(entry for entry in found if entry["indicator"] == code)


def known(rows: list[Example], day: date) -> list[Example]:
    """The rows that had arrived by a day."""
    return [row for row in rows if row["arrived"] is None or date.fromisoformat(row["arrived"]) <= day]


def registers(connection: Connection, code: str, rows: list[Example], month: date) -> None:
    """A month's rules and targets."""
    given.batch(connection, "parameter", month, given.parameter_rows())
    targets = [
        {"indicator": code, "year": 2026, "legal_basis": "PK contoh", "in_force_from": "2026-01-01", **row}
        for row in rows
    ]
    given.batch(connection, "target", month, targets)


class Websites:
    """IKU-05: register, roll-ups of days, content snapshots; a day is loaded again when its counts changed."""

    def __init__(self, rows: Example) -> None:
        self.rows = rows
        self.loaded: dict[date, list[Example]] = {}

    def arrive(self, connection: Connection, day: date) -> None:
        for month in (month for month in MONTHS if last_day(month) < day):
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


class Messages:
    """IKU-08: register files by month and the list of hand-ins."""

    def __init__(self, rows: Example) -> None:
        self.rows = rows
        self.loaded: dict[date, list[Example]] = {}

    def arrive(self, connection: Connection, day: date) -> None:
        over = [month for month in MONTHS if last_day(month) < day]
        hand_ins = []
        for month in over:
            if month not in self.loaded:
                registers(connection, "IKU-08", self.rows["targets"], month)
            entries, submissions = self.month(month, day)
            hand_ins += submissions
            if self.loaded.get(month) != entries and entries:
                given.batch(connection, "persandian_message", month, entries)
            self.loaded[month] = entries
        given.batch(connection, "register_submission", over[-1], hand_ins)

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


ARRIVALS = {"IKU-05": Websites, "IKU-08": Messages}


@pytest.fixture(params=sorted(ARRIVALS))
def published(request: pytest.FixtureRequest, warehouse: Warehouse) -> Iterator[tuple[Example, list[Any]]]:
    """The year of an example: data arrive, and at each cut-off and late arrival everything is published."""
    entry = example(request.param)
    arrivals = ARRIVALS[request.param](entry["given"])
    with warehouse.connect("owner") as owner, warehouse.connect("publisher") as publisher:
        for day in sorted({date.fromisoformat(row["as_of_date"]) for row in entry["expected"]}):
            arrivals.arrive(owner, day)
            publish.publish(publisher, as_of_time=given.midnight_after(day), as_of=newest(owner))
    with warehouse.connect("reader") as reader:
        yield entry, given.figures(reader, entry["indicator"], history=True)


def newest(connection: Connection) -> int:
    row = connection.execute("select load_no from iku.load_counter").fetchone()
    assert row is not None
    return int(row["load_no"])


def shown(value: Decimal | None) -> str | None:
    return None if value is None else str(value.quantize(Decimal("0.01"), ROUND_HALF_UP))


def test_every_expected_figure_comes_out(published: tuple[Example, list[Any]]) -> None:
    entry, figures = published
    by_name = {(figure.period, figure.revision): figure for figure in figures}
    for row in entry["expected"]:
        figure = by_name[row["period"], row["revision"]]
        got = {
            "value": shown(figure.value), "low": shown(figure.low), "high": shown(figure.high),
            "numerator": figure.numerator, "denominator": figure.denominator,
            "coverage_pct": shown(figure.coverage), "mutu": figure.mutu, "target": shown(figure.target),
            "capaian": shown(figure.capaian), "predikat": figure.predikat,
            "reason_hint": figure.reason.replace(",", "."),
        }  # fmt: skip
        assert got == {key: row[key] for key in got}, f"{row['period']} revision {row['revision']}"


def test_there_is_no_revision_that_nobody_expects(published: tuple[Example, list[Any]]) -> None:
    entry, figures = published
    periods = {row["period"] for row in entry["expected"]}
    got = {(figure.period, figure.revision) for figure in figures if figure.revision and figure.period in periods}
    assert got == {(row["period"], row["revision"]) for row in entry["expected"]}


def test_every_row_waits_for_approval(published: tuple[Example, list[Any]]) -> None:
    assert {figure.tahap for figure in published[1]} == {"sementara"}
