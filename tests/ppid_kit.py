"""One PPID of which everything is in order, how its row reads, and a request of it that was set aside."""

import json
from datetime import date
from typing import Any

from given import batch, midnight_after
from given_ppid import dip_row, hand_in_row, holiday_rows, opd_row, ppid_row, report_row, request_row

from iku_etl.catalogue import kamus
from iku_etl.sources import ppid_request
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection
from tests.oracle.worked import iku_04

EXAMPLES = json.loads(iku_04.EXAMPLES.read_text(encoding="utf-8"))
CUT_OFF = date(2026, 4, 15)
MARCH, APRIL, JUNE = "2026-03-01", "2026-04-01", "2026-06-01"
Row = dict[str, Any]


def in_order(connection: Connection, *without: str) -> None:
    """One PPID, P, of which everything is in order by the end of March, but for the registers left out."""
    rows = {
        "holiday": holiday_rows(EXAMPLES["holidays"]),
        "opd": [opd_row("opd")],
        "ppid": [ppid_row("P")],
        "ppid_dip": [dip_row("P", "2026-01-20")],
        "ppid_report": [report_row("P", 2025, "2026-02-27")],
        "ppid_request": [request_row("P", "2026-03-09", "2026-03-30")],
        "register_submission": [hand_in_row("P", "2026-TW1", 1, "2026-04-02")],
    }
    for source in rows.keys() - set(without):
        batch(connection, source, MARCH, rows[source])


def row(connection: Connection, period: str = "2026-TW1", day: date = CUT_OFF, as_of: int | None = None) -> Row:
    """P's row of a period, as read at the end of a day."""
    definition = kamus.current(connection)["IKU-04"]
    with database.reading(connection, as_of=as_of, as_of_time=midnight_after(day)):
        (found,) = connection.execute(
            f"select * from {definition}.member where member = 'P' and period = %s", [period]
        ).fetchall()
    return dict(found)


def verdict(found: Row) -> tuple[int, int, int, str]:
    """Value, low, high and why."""
    return (*(int(found[name]) for name in ("numerator", "numerator_low", "numerator_high")), found["reason"])


ACTIVE = (1, 1, 1, "")
LATE = (0, 0, 0, "1 dari 1 permohonan terlambat dijawab")
UNPROVEN = (0, 0, 1, "tidak teramati: 1 dari 1 permohonan belum terbukti")


def set_aside(connection: Connection, window_on: str, *requests: Row) -> None:
    """A register whose requests were all set aside, with the keys that the judge writes down."""
    number = batch(connection, "ppid_request", window_on, quarantined=requests)
    with connection.transaction():
        connection.execute("alter table iku.quarantine disable trigger user")
        for record_no, request in enumerate(requests, 1):
            key = {name: request[name] for name in ppid_request.SOURCE.key}
            connection.execute(
                "update iku.quarantine set record_key = %s where batch_id = %s and record_no = %s",
                [json.dumps(key), number, record_no],
            )
        connection.execute("alter table iku.quarantine enable trigger user")
