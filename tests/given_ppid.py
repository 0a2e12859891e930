"""Rows of the PPID registers and of the calendar, as `given` has them for the others."""

from collections.abc import Iterable
from typing import Any

from tests import given


def ppid_row(ppid: str, appointed_on: str = "2021-01-04", **changed: Any) -> dict[str, Any]:
    """One appointment."""
    row = {
        "ppid": ppid, "name": f"PPID {ppid}", "opd": "opd", "appointment_letter": "SK contoh",
        "appointed_on": appointed_on, "ended_on": None,
    }  # fmt: skip
    return row | changed


def opd_row(opd: str, valid_to: str | None = None, successor: str | None = None) -> dict[str, Any]:
    """One office."""
    return {
        "opd": opd, "name": f"Dinas {opd}", "kind": "dinas", "counted": True, "counting_basis": None,
        "valid_from": "2020-01-01", "valid_to": valid_to, "successor": successor,
    }  # fmt: skip


def dip_row(ppid: str, renewed_on: str) -> dict[str, Any]:
    """One renewal of a DIP."""
    return {"ppid": ppid, "renewed_on": renewed_on, "document_count": 10, "published_at": "https://ppid.example/dip"}


def report_row(ppid: str, report_year: int, filed_on: str) -> dict[str, Any]:
    """One annual report."""
    return {"ppid": ppid, "report_year": report_year, "filed_on": filed_on, "letter": None}


def request_row(ppid: str, received_on: str, answered_on: str | None = None, **changed: Any) -> dict[str, Any]:
    """One request, complete when it came in; its number is its day unless told."""
    row = {
        "ppid": ppid, "request_no": f"{ppid}/{received_on}", "received_on": received_on, "complete_on": received_on,
        "extension_notified_on": None, "answered_on": answered_on,
        "outcome": "dikabulkan" if answered_on else None,
    }  # fmt: skip
    return row | changed


def hand_in_row(ppid: str, period: str, rows: int | None, received_on: str | None, **changed: Any) -> dict[str, Any]:
    """One statement about a triwulan; `rows` 0 is nihil."""
    row = given.submission_row(ppid, period, rows, register="ppid_request", due_on="2026-12-31", nil=rows == 0)
    return row | {"received_on": received_on, "role": "wajib"} | changed


def holiday_rows(holidays: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The days off of the worked examples (`date`, `kind`, `name`), as the library says them."""
    return [
        {"day": day["date"], "kind": day["kind"], "name": day["name"], "decree": None, "origin": "pustaka"}
        for day in holidays
    ]
