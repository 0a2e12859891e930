"""IKU-01, IKU-03 and IKU-09 in plain Python, from the rules alone: what each member must be on a day.

A world is what the registers say: rows as dicts of dates; a verdict is (proven, possible, seen): numerator, its upper
bound, and whether the member was observed. A row of nobody opens the bound of whoever is not proven, and hides nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

Row = dict[str, Any]
Verdict = tuple[bool, bool, bool]
SEEN, VERIFIED, MONTHS, STALE = timedelta(30), timedelta(90), 12, timedelta(62)
WIRED = ("fiber_optik", "tetap", "nirkabel", "vsat")
NO, YES, OPEN, MAYBE = (False, False, True), (True, True, True), (False, True, False), (False, True, True)


@dataclass(frozen=True)
class Snapshot:
    month: date
    rows: list[Row]
    aside: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Span:
    """A period as of the end of a day: `end` is its last ended day, `until` the last day that may be known of."""

    name: str
    first: date
    last: date
    as_of: date

    @property
    def end(self) -> date:
        return min(self.last, self.as_of)

    @property
    def until(self) -> date:
        return min(self.last, self.as_of + timedelta(1))

    def newest(self, snapshots: Iterable[Snapshot]) -> Snapshot | None:
        """The register at or before the end, unless it is too old."""
        found = max((one for one in snapshots if one.month <= self.end), key=lambda one: one.month, default=None)
        return found if found and over(found.month) + STALE >= self.end + timedelta(1) else None


def over(month: date) -> date:
    """The first day after a month."""
    return (month + timedelta(32)).replace(day=1)


def is_valid(row: Row, first: str, last: str, day: date) -> bool:
    return bool(row[first] <= day and (row[last] is None or row[last] >= day))


def is_within(day: date | None, earliest: date, latest: date) -> bool:
    return day is not None and earliest <= day <= latest


def absence(span: Span, snapshot: Snapshot | None, hand_in: Row | None, kind: str) -> Verdict:
    """A member without a row."""
    if hand_in is None or not hand_in["complete"]:
        return OPEN
    if hand_in["nil"]:
        return NO
    if snapshot is None or over(snapshot.month) < span.end + timedelta(1):
        return OPEN
    if len(snapshot.rows) + len(snapshot.aside) < hand_in["rows_declared"]:
        return OPEN
    return OPEN if has_nameless(snapshot, kind) else NO


def has_nameless(snapshot: Snapshot | None, kind: str) -> bool:
    rows = snapshot.aside if snapshot else []
    return any(row["serves"] is None and row["serves_kind"] in (None, kind) for row in rows)


def holder(offices: list[Row], opd: str, day: date) -> str:
    """For whom an office's things count on a day."""
    seen: set[str] = set()
    at = opd
    while at not in seen:
        seen.add(at)
        begun = [row for row in offices if row["opd"] == at and row["valid_from"] <= day]
        if not begun:
            return opd
        row = max(begun, key=lambda row: row["valid_from"])
        if row["valid_to"] is None or row["valid_to"] >= day:
            return at
        if row["successor"] is None:
            return opd
        at = row["successor"]
    return opd


def offices(span: Span, register: list[Row], snapshots: list[Snapshot], hand_in: Row | None) -> dict[str, Verdict]:
    """IKU-01."""
    snapshot = span.newest(snapshots)
    members = {row["opd"] for row in register if row["counted"] and is_valid(row, "valid_from", "valid_to", span.end)}

    def of(rows: list[Row], opd: str) -> list[Row]:
        return [row for row in rows if row["serves"] and holder(register, row["serves"], span.end) == opd]

    found = {}
    for opd in members:
        rows = of([row for row in snapshot.rows if row["serves_kind"] == "opd"], opd) if snapshot else []
        aside = of([row for row in snapshot.aside if row["serves_kind"] in (None, "opd")], opd) if snapshot else []
        verdicts = [_link(span, row) for row in rows]
        if YES in verdicts:
            found[opd] = YES
        elif aside or OPEN in verdicts:
            found[opd] = OPEN
        else:
            found[opd] = NO if rows else absence(span, snapshot, hand_in, "opd")
        if found[opd] == NO and has_nameless(snapshot, "opd"):
            found[opd] = MAYBE
    return found


def _link(span: Span, row: Row) -> Verdict:
    if not row["supplied_by_dinas"] or not is_valid(row, "active_from", "active_to", span.end):
        return NO
    seen = row["last_seen_on"]
    if is_within(seen, span.end - SEEN, span.until):
        return YES
    if seen is not None and seen > span.until:
        return OPEN
    if row["monitored"]:
        polled = row["last_polled_on"]
        return NO if polled is not None and polled >= span.end - SEEN else OPEN
    if not is_within(row["verified_on"], span.end - VERIFIED, span.until):
        return OPEN
    return {True: YES, False: NO, None: OPEN}[row["working"]]


def desa(span: Span, register: list[Row], snapshots: list[Snapshot], hand_in: Row | None) -> dict[str, Verdict]:
    """IKU-03."""
    snapshot = span.newest(snapshots)
    earliest = year_before(span.end)
    found = {}
    for area in register:
        code = area["desa"]
        if area["kind"] != "desa" or not is_valid(area, "valid_from", "valid_to", span.end):
            continue
        rows = (
            [row for row in snapshot.rows if (row["serves_kind"], row["serves"]) == ("desa", code)] if snapshot else []
        )
        active = [row for row in rows if is_valid(row, "active_from", "active_to", span.end)]
        fresh = [row for row in active if is_within(row["verified_on"], earliest, span.until)]
        aside = (
            [row for row in snapshot.aside if row["serves"] == code and row["serves_kind"] in (None, "desa")]
            if snapshot
            else []
        )
        unknown = [row for row in fresh if row["working"] is None and row["medium"] != "seluler"]
        unknown += [row for row in fresh if row["working"] and row["medium"] is None]
        if any(row["working"] and row["medium"] in WIRED for row in fresh):
            found[code] = YES
        elif aside or len(fresh) < len(active) or unknown:
            found[code] = OPEN
        else:
            found[code] = NO if rows else absence(span, snapshot, hand_in, "desa")
        if found[code] == NO and has_nameless(snapshot, "desa"):
            found[code] = MAYBE
    return found


def year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def areas(span: Span, snapshots: list[Snapshot]) -> dict[str, Verdict]:
    """IKU-09."""
    snapshot = span.newest(snapshots)
    if snapshot is None:
        return {}
    found = {}
    for area in {row["area"] for row in [*snapshot.rows, *snapshot.aside] if row["area"]}:
        verdicts = [_point(span, row) for row in snapshot.rows if row["area"] == area]
        verdicts += [OPEN for row in snapshot.aside if row["area"] == area]
        found[area] = YES if YES in verdicts else OPEN if OPEN in verdicts else NO
    for number, row in enumerate(snapshot.aside, len(snapshot.rows) + 1):
        if not row["area"]:
            found[f"berkas 1 baris {number}"] = OPEN  # an area all the same, named by its place
    return found


def _point(span: Span, row: Row) -> Verdict:
    if not (row["managed_by_dinas"] and row["in_monitoring"]):
        return NO
    seen, told = row["last_seen_on"], row["controller_reported_on"]
    if is_within(seen, span.end - SEEN, span.until):
        return YES
    if seen is not None and seen > span.until:
        return OPEN
    return NO if told is not None and told >= span.end - SEEN else OPEN
