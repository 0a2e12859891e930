"""Given rows, straight into the warehouse: opens, lands and ends batches as the loader would, without files."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import sql

from iku_etl.figures import publications
from iku_etl.manifest import decisions
from iku_etl.warehouse.database import Connection, one

WIB = ZoneInfo("Asia/Jakarta")
Row = Mapping[str, Any]

PARAMETERS = {
    "coverage_floor_pct": 80, "uptime_floor_pct": 95, "site_seen_floor_pct": 80, "content_max_age_days": 90,
    "probe_interval_seconds": 300, "message_repeat_days": 90, "cut_off_days_month": 10,
    "cut_off_days_triwulan": 15, "cut_off_days_semester": 15, "cut_off_days_year": 31,
    "predikat_sangat_tinggi": 91, "predikat_tinggi": 76, "predikat_sedang": 66, "predikat_rendah": 51,
    "integration_max_age_days": 90, "link_seen_max_age_days": 30, "link_verified_max_age_days": 90,
    "point_seen_max_age_days": 30, "verification_max_age_months": 12, "dip_max_age_months": 12,
    "answer_working_days": 10, "answer_extension_working_days": 7, "annual_report_due_months": 3,
    "working_week_days": 5,
}  # fmt: skip


def midnight_after(day: date) -> datetime:
    """The local midnight that ends a day."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), WIB)


def parameter_rows(**changed: Any) -> list[dict[str, Any]]:
    """The parameters as the contracts name them, some changed; None leaves one out."""
    return [
        {"name": name, "value": value, "unit": "-", "legal_basis": "SK contoh", "in_force_from": "2026-01-01"}
        for name, value in (PARAMETERS | changed).items()
        if value is not None
    ]


def website_row(site: str, kind: str = "informasi", since: str = "2025-01-01", **changed: Any) -> dict[str, Any]:
    """One row of the register of websites."""
    row = {
        "site": site, "host": f"{site.lower()}.example", "name": site, "opd": f"OPD {site}", "kind": kind,
        "is_media_information": False, "managed_from": since, "managed_to": None, "closure_letter": None,
    }  # fmt: skip
    return row | changed


def channel_row(channel: str, platform: str, metric: str, measure: str = "harian", **changed: Any) -> dict[str, Any]:
    """One row of the register of channels."""
    row = {
        "channel": channel, "name": channel, "platform": platform, "metric": metric, "measure": measure,
        "managed_from": "2025-01-01", "managed_to": None,
    }  # fmt: skip
    return row | changed


def submission_row(unit: str, period: str, rows: int | None, **changed: Any) -> dict[str, Any]:
    """One hand-in of the persandian register; `rows` None: not handed in."""
    row = {
        "unit": unit, "unit_name": f"OPD {unit}", "register": "persandian_message", "period": period,
        "due_on": f"{period}-28", "received_on": None if rows is None else f"{period}-28", "nil": rows == 0,
        "rows_declared": rows, "last_running_number": None, "letter": None, "role": "wajib",
    }  # fmt: skip
    return row | changed


def message_row(unit: str, recorded_on: str, number: str, secured: bool = True, **changed: Any) -> dict[str, Any]:
    """One entry of the persandian register."""
    row = {
        "unit": unit, "recorded_on": recorded_on, "direction": "masuk", "sender": "X", "number": number,
        "class": "biasa", "secured": secured, "secured_by": "jks" if secured else None, "void": False,
    }  # fmt: skip
    return row | changed


def application_row(system: str, operating_from: str = "2024-01-01", **changed: Any) -> dict[str, Any]:
    """One row of the register of applications."""
    row = {
        "application": system, "name": f"Sistem {system}", "owner": "setda", "scope": "kabupaten", "kind": "sistem",
        "operating_from": operating_from, "operating_to": None, "closure_letter": None,
    }  # fmt: skip
    return row | changed


def integration_row(
    integration: str, end_a: str, end_b: str, last_success_on: str | None, **changed: Any
) -> dict[str, Any]:
    """One row of the register of integrations."""
    row = {
        "integration": integration, "end_a": end_a, "end_b": end_b, "method": "data", "active_from": "2024-01-01",
        "active_to": None, "last_success_on": last_success_on, "evidence": "Log API",
    }  # fmt: skip
    return row | changed


def batch(
    connection: Connection,
    source: str,
    window_on: date | str,
    rows: Sequence[Row] = (),
    *,
    roll_up: Sequence[Row] = (),
    quarantined: Iterable[Row] = (),
    ending: str = "in_force",
    reason: str | None = None,
    instead_of: int | None = None,
    decision_id: int | None = None,
    version: int | None = None,
) -> int:
    """One batch of a window, from opening to ending, as owner.

    `quarantined` rows are public values, `tokens`, and where it matters `rule` and `message`. `instead_of`: the batch
    that is read again under a decision; `version`: of the contract, if not that of the source.
    """
    set_aside = list(quarantined)
    with connection.transaction():
        found = one(
            connection,
            """
            insert into iku.batch
                (source, window_on, win, contract_version, purpose, instead_of, decision_id)
            select
                source, %(day)s::date, tstzrange(
                    iku.local_midnight(%(day)s::date),
                    iku.local_midnight(
                        (%(day)s::date + case grid when 'month' then interval '1 month' else '1 day' end)::date
                    )
                ), coalesce(%(version)s, version),
                case when %(instead_of)s::bigint is null then 'collect' else 'replay' end, %(instead_of)s, %(decision)s
            from iku.source where source = %(source)s
            returning batch_id
            """,
            {
                "source": source,
                "day": window_on,
                "version": version,
                "instead_of": instead_of,
                "decision": decision_id,
            },
        )
        number = int(found["batch_id"])
        connection.execute("select iku.land_batch(%s, clock_timestamp(), %s, null)", [number, f"given {number}"])
        connection.execute("select iku.make_partition(%s, %s::date)", [source, window_on])
        keys = {"batch_id": number, "window_on": str(window_on), "payload_no": 1}
        facts = [{**row, **keys, "record_no": place} for place, row in enumerate(rows, 1)]
        _insert(connection, source, facts)
        if roll_up:
            _insert(connection, f"{source}_day", [{**row, **keys, "roll_up_version": 1} for row in roll_up])
        if roll_up and source == "website_uptime":
            gaps = [gap for row in roll_up for gap in uptime_gaps(row)]
            _insert(connection, "website_uptime_gap", [{**gap, **keys, "roll_up_version": 1} for gap in gaps])
        for place, values in enumerate(set_aside, len(rows) + 1):
            public = dict(values)
            tokens = public.pop("tokens", {})
            rules, message = [public.pop("rule", None)], public.pop("message", "set aside")
            connection.execute(
                """
                insert into iku.quarantine
                    (batch_id, record_no, payload_no, place, rules, message, record_key, record_hash, public_values,
                    tokens)
                values (%s, %s, 1, %s, array_remove(%s::text[], null), %s, '{}', %s, %s, %s)
                """,
                [
                    number,
                    place,
                    f"baris {place}",
                    rules,
                    message,
                    f"hash {place}",
                    json.dumps(public),
                    json.dumps(tokens),
                ],
            )
        counts = [len(rows) + len(set_aside), len(rows), len(set_aside), 0] if ending == "in_force" else None
        connection.execute(
            "select iku.end_batch(%s, %s, %s, null, null, null, %s::bigint[])", [number, ending, reason, counts]
        )
    return number


def _insert(connection: Connection, table: str, rows: list[dict[str, Any]]) -> None:
    connection.execute(
        sql.SQL("insert into {0} select * from jsonb_populate_recordset(null::{0}, %s)").format(
            sql.Identifier("fact", table)
        ),
        [json.dumps(rows, default=str)],
    )


def uptime_days(first_day: date, days: int, counts: Mapping[str, tuple[int, int, int]]) -> list[list[dict[str, Any]]]:
    """A month's (up, down, unseen) per site as day roll-ups: downs first, 288 checks a day."""
    found: list[list[dict[str, Any]]] = [[] for _ in range(days)]
    for site, (up, down, unseen) in counts.items():
        rest = {"down_count": down, "up_count": up, "unseen_count": unseen}
        for day in found:
            room = 288
            row: dict[str, Any] = {"site": site}
            for name in rest:
                row[name] = min(room, rest[name])
                rest[name] -= row[name]
                room -= row[name]
            day.append(row)
        assert not any(rest.values()), f"{site} {first_day}: more checks than the month holds"
    return found


def uptime_gaps(row: Row) -> list[dict[str, Any]]:
    """The distances between a day's checks that were made every five minutes without a break, or as dense as they fit.

    The last one is followed by the first of the next day.
    """
    count = int(row["up_count"]) + int(row["down_count"])
    if not count:
        return []
    step = Fraction(min(300, Fraction(86400, count)))
    totals = {round(step): [count - 1, (count - 1) * step]}
    last = 86400 - (count - 1) * step
    held = totals.setdefault(round(last), [0, Fraction()])
    held[0] += 1
    held[1] += last
    return [
        {"site": row["site"], "gap_seconds": gap, "check_count": checks, "gap_total_seconds": float(total)}
        for gap, (checks, total) in totals.items()
        if checks
    ]


def approve(
    connection: Connection, figure: tuple[str, str, int], verified_by: str = "Kepala Bidang", by: str = "Kepala Dinas"
) -> int:
    """Verify and approve a figure by two persons, as decider or owner; the approval's id."""
    decisions.decide(connection, "verify", figure=figure, reason="sudah diperiksa", decided_by=verified_by)
    approval = decisions.Approval("Kepala Dinas", "800/1/KOMINFO/2026", date(2026, 2, 10))
    return decisions.decide(
        connection, "approve", figure=figure, reason="rapat bulanan", decided_by=by, approval=approval
    )


def figures(connection: Connection, *about: str, **how: Any) -> list[Any]:
    """Published rows as every door reads them, by attribute."""
    return [SimpleNamespace(**row) for row in publications.select(connection, *about, **how)]


def from_csv(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Rows of a given_*.csv by their `window_on`; an empty cell is null."""
    found: dict[str, list[dict[str, Any]]] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for line in csv.DictReader(stream):
            row = {name: value or None for name, value in line.items()}
            found.setdefault(str(row.pop("window_on")), []).append(row)
    return found
