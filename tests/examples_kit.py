"""The example files of an indicator: the rows that are given, and the members that must come out."""

import csv
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import given

from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection

EXAMPLES = Path(__file__).parent / "indicators"
READ_ON = {  # the period that example files are about, by the base period: when they are read, its cut-off
    "2026-01": given.midnight_after(date(2026, 2, 10)),
    "2026-TW1": given.midnight_after(date(2026, 4, 15)),
    "2026-S1": given.midnight_after(date(2026, 7, 15)),
}
CUT_OFF = READ_ON["2026-01"]


def load_examples(connection: Connection, name: str) -> None:
    """The given_*.csv of an indicator, each window one batch, and the rules in force."""
    given.batch(connection, "parameter", "2026-01-01", given.parameter_rows())
    files = {path.stem.removeprefix("given_"): given.from_csv(path) for path in (EXAMPLES / name).glob("given_*.csv")}
    set_aside = {
        source.removeprefix("quarantine_"): files.pop(source)
        for source in list(files)
        if source.startswith("quarantine_")
    }
    for source, windows in sorted(files.items()):
        for window_on, rows in windows.items():
            of_day = source.endswith("_day")
            name = source.removesuffix("_day") if of_day else source
            quarantined = set_aside.get(name, {}).get(window_on, ())
            given.batch(
                connection, name, window_on, () if of_day else rows, roll_up=rows if of_day else (),
                quarantined=quarantined,
            )  # fmt: skip


def members(
    connection: Connection, schema: str, period: str = "2026-01", at: datetime = CUT_OFF
) -> list[dict[str, Any]]:
    with database.reading(connection, as_of_time=at):
        return connection.execute(
            f"select * from {schema}.member where period = %s order by member", [period]
        ).fetchall()


def unexplained(row: dict[str, Any], form: str) -> bool:
    """Whether a member does not count, or not wholly, and doesn't say why: short, not seen, or nothing to count."""
    if form == "persen":
        counts = row["denominator"] is not None and 0 < row["numerator"] == row["denominator"]
    else:
        counts = row["numerator"] > 0
    return not row["reason"] and not (counts and 0 < row["due"] <= row["seen"])


def typed(column: str, text: str) -> Any:
    if column in ("period", "member", "member_name", "reason"):
        return text
    return Decimal(text) if text else None


def expected_members(name: str) -> list[dict[str, Any]]:
    """The rows of an indicator's expected.csv, all of one period."""
    with (EXAMPLES / name / "expected.csv").open(encoding="utf-8", newline="") as stream:
        return [{key: typed(key, text) for key, text in row.items()} for row in csv.DictReader(stream)]
