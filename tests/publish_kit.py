"""January of IKU-08: its messages, rules and target, and what was published of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from iku_etl.stages import publish
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Warehouse
from tests import given

JANUARY = date(2026, 1, 1)
MONTH_OVER = given.midnight_after(date(2026, 1, 31))
CUT_OFF = given.midnight_after(date(2026, 2, 10))


def messages(owner: Connection, secured: int, everything: int = 10, unit: str = "A") -> None:
    """January of one register unit, handed in complete."""
    rows = [
        given.message_row(unit, f"2026-01-{place + 1:02}", str(place), place < secured, agenda_no=place + 1)
        for place in range(everything)
    ]
    given.batch(owner, "persandian_message", JANUARY, rows)
    given.batch(owner, "register_submission", JANUARY, [given.submission_row(unit, "2026-01", everything)])


def rules(owner: Connection, **changed: Any) -> None:
    given.batch(owner, "parameter", JANUARY, given.parameter_rows(**changed))


def target(owner: Connection, *rows: tuple[str, Any, str]) -> None:
    given.batch(
        owner, "target", JANUARY,
        [
            {"indicator": "IKU-08", "period": period, "year": 2026, "value": value, "unit": unit,
             "legal_basis": "PK", "in_force_from": "2026-01-01"}
            for period, value, unit in rows
        ],
    )  # fmt: skip


def said(publisher: Connection, at: datetime, as_of: int | None = None, **filters: Any) -> publish.Published:
    if as_of is None:
        as_of = database.load_at(publisher, datetime.now(UTC) + timedelta(hours=1))
    return publish.publish(publisher, as_of=as_of, as_of_time=at, indicators=["IKU-08"], **filters)


def figure(warehouse: Warehouse, period: str = "2026-01") -> Any:
    with warehouse.connect("reader") as reader:
        (found,) = given.figures(reader, "IKU-08", period)
    return found
