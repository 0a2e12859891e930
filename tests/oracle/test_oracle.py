"""The oracle gives every expected figure of IKU-05 and IKU-08, and keeps the laws that any reading must keep."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from tests.oracle import strategies as some
from tests.oracle.iku_05_08 import (
    Check,
    Content,
    Figure,
    Message,
    Parameter,
    Quarantined,
    Records,
    Site,
    Submission,
    Target,
    figure,
)

EXAMPLES = json.loads((Path(__file__).parents[1] / "data" / "worked_examples.json").read_text(encoding="utf-8"))
BY_CODE = {found["indicator"]: found for found in EXAMPLES["indicators"] if found["indicator"] in ("IKU-05", "IKU-08")}
EXPECTED = [row for indicator in BY_CODE.values() for row in indicator["expected"]]


def day(text: str | None) -> date | None:
    """A date of the examples."""
    return date.fromisoformat(text) if text else None


def shown(value: Fraction | None) -> str | None:
    """Two decimals, half-up."""
    if value is None:
        return None
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return str(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))


def given_targets(code: str, rows: list[dict[str, Any]]) -> list[Target]:
    """The targets of an example."""
    return [Target(code, row["period"], Fraction(row["value"]), row["unit"]) for row in rows]


def given_05(rows: dict[str, list[dict[str, Any]]]) -> Records:
    """IKU-05's rows; a month's counts are spread over its days."""
    return Records(
        sites=[Site(row["site"], row["kind"], date(2020, 1, 1)) for row in rows["sites"]],
        checks=[
            check
            for row in rows["checks"]
            for check in some.spread(row["site"], row["month"], row["up"], row["down"], day(row["arrived"]))
        ],
        content=[
            Content(row["site"], some.days_of(row["month"])[-1], day(row["newest_content"])) for row in rows["content"]
        ],
        targets=given_targets("IKU-05", rows["targets"]),
    )


def given_08(rows: dict[str, list[dict[str, Any]]]) -> Records:
    """IKU-08's rows as registers: numbers run on through the year, A's January entry by entry."""
    submissions, messages = [], []
    running: dict[str, int] = defaultdict(int)
    final = {(row["unit"], row["month"]): row for row in rows["unit_months"]}
    for row in rows["unit_months"]:
        unit, month, arrived = row["unit"], row["month"], day(row["arrived"])
        if not row["handed_in"]:
            submissions.append(Submission(unit, month, None))
            continue
        entries = rows["entries_of_A_in_January"] if (unit, month) == ("A", "2026-01") else plain_entries(row)
        before = sum(
            17 if key == ("A", "2026-01") else earlier["entries"]
            for key, earlier in final.items()
            if key[0] == unit and key[1] < month
        )
        running[unit] = before + len(entries)
        for place, entry in enumerate(entries):
            on = some.days_of(month)[place]
            messages.append(
                Message(
                    unit, before + place + 1, on, entry["direction"], entry["sender"], entry["number"],
                    entry["secured"], entry["void"], arrived,
                )
            )  # fmt: skip
        submissions.append(
            Submission(
                unit, month, arrived or date(2026, 2, 1), not entries, len(entries), running[unit], arrived=arrived
            )
        )
    return Records(submissions=submissions, messages=messages, targets=given_targets("IKU-08", rows["targets"]))


def plain_entries(row: dict[str, Any]) -> list[dict[str, Any]]:
    """As many different messages as the totals say."""
    return [
        {
            "direction": "keluar",
            "sender": row["unit"],
            "number": f"{row['month']}/{place}",
            "secured": place < row["secured"],
            "void": False,
        }
        for place in range(row["entries"])
    ]


RECORDS = {"IKU-05": given_05(BY_CODE["IKU-05"]["given"]), "IKU-08": given_08(BY_CODE["IKU-08"]["given"])}


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: f"{row['indicator']}-{row['period']}-r{row['revision']}")
def test_gives_every_expected_figure(row: dict[str, Any]) -> None:
    found = figure(RECORDS[row["indicator"]], row["indicator"], row["period"], date.fromisoformat(row["as_of_date"]))
    said = {name: shown(getattr(found, name)) for name in ("value", "low", "high", "target", "capaian")}
    said |= {"numerator": found.numerator, "denominator": found.denominator}
    said |= {"mutu": found.mutu, "predikat": found.predikat}
    said["coverage_pct"] = shown(found.coverage * 100 if found.coverage is not None else None)
    assert said == {name: row[name] for name in said}
    for hint in filter(None, row["reason_hint"].split("; ")):
        assert hint in found.reason


def test_examples_are_the_decrees() -> None:
    original = Path(__file__).parents[3] / "shared" / "decree" / "worked_examples.json"
    if not original.exists():
        pytest.skip(f"{original} is not here; a clone has the copy alone")
    assert json.loads(original.read_text(encoding="utf-8")) == EXAMPLES


# ---------------------------------------------------------------- single rules

ALWAYS = date(2020, 1, 1)
LATER = date(2026, 3, 1)


def site_row(**given: Any) -> Any:
    """The one member row of January of a site with the given checks and content."""
    site = Site("s", given.get("kind", "informasi"), given.get("since", ALWAYS))
    records = Records(
        sites=[site],
        checks=some.spread("s", "2026-01", given.get("up", 8928), given.get("down", 0)),
        content=given.get("content", [Content("s", date(2026, 1, 31), date(2026, 1, 20))]),
    )
    (row,) = figure(records, "IKU-05", "2026-01", LATER).members
    return row.numerator, row.numerator_low, row.numerator_high, row.seen / row.due


def test_stale_content_is_final_although_checks_are_missing() -> None:
    stale = [Content("s", date(2026, 1, 31), date(2025, 11, 1))]  # 91 days
    assert site_row(up=7200, content=stale) == (0, 0, 0, Fraction(7200, 8928))


def test_content_of_ninety_days_is_fresh() -> None:
    assert site_row(content=[Content("s", date(2026, 1, 31), date(2025, 11, 2))]) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    "content",
    [
        [],
        [Content("s", date(2026, 1, 31), None)],
        [Content("s", date(2026, 1, 23), date(2026, 1, 20))],  # looked at 8 days before the end
        [Content("s", date(2026, 1, 31), date(2026, 2, 20))],  # dated ahead: set aside
        [Content("s", date(2026, 1, 30), date(2025, 10, 1))],  # stale a day before the end: a post may have come
    ],
)
def test_unknown_content_leaves_the_verdict_open(content: list[Content]) -> None:
    assert site_row(content=content) == (0, 0, 1, 0)
    assert site_row(content=content, up=0, down=8928)[:3] == (0, 0, 0)
    assert site_row(content=content, kind="layanan") == (1, 1, 1, 1)


def test_a_night_without_an_answer_voids_no_month() -> None:
    looks = [Content("s", date(2026, 1, 30), date(2026, 1, 20)), Content("s", date(2026, 1, 31), None)]
    assert site_row(content=looks) == (1, 1, 1, 1)


def test_site_seen_too_little_is_unobserved() -> None:
    assert site_row(up=7000)[:3] == (0, 0, 1)


def test_more_checks_than_due_on_one_day_say_nothing_of_another() -> None:
    half = [replace(check, up=32 * check.up) for check in some.spread("s", "2026-01", 16 * 288, 0)]
    (row,) = figure(Records(sites=[Site("s", "layanan", ALWAYS)], checks=half), "IKU-05", "2026-01", LATER).members
    assert (row.numerator, row.numerator_low, row.numerator_high, row.seen) == (0, 0, 1, 16 * 86400)


def test_site_that_joined_owes_only_its_own_days() -> None:
    days = (date(2026, 1, 30), date(2026, 1, 31))  # probed a day before it was in the register, and down then
    records = Records(
        sites=[Site("s", "layanan", days[1])], checks=[Check("s", days[0], 0, 288), Check("s", days[1], 288, 0)]
    )
    (row,) = figure(records, "IKU-05", "2026-01", LATER).members
    assert (row.numerator, row.seen, row.due) == (1, 86400, 86400)


def test_capaian_of_a_month_has_no_predikat() -> None:
    months = Records(
        sites=[Site("s", "layanan", ALWAYS)],
        checks=some.spread("s", "2026-01", 8928, 0),
        targets=[Target("IKU-05", "2026-01", Fraction(80)), Target("IKU-05", "2026-TW1", Fraction(80))],
    )
    said = [figure(months, "IKU-05", period, date(2026, 1, 31)) for period in ("2026-01", "2026-TW1")]
    assert [(one.capaian, one.predikat) for one in said] == [(125, None), (125, "Sangat Tinggi")]


def test_running_month_owes_only_days_that_ended() -> None:
    records = Records(sites=[Site("s", "layanan", ALWAYS)], checks=some.spread("s", "2026-01", 2880, 0))
    found = figure(records, "IKU-05", "2026-01", date(2026, 1, 11), ended=date(2026, 1, 10))
    assert (found.value, found.coverage) == (100, 1)


def test_no_members_is_not_zero() -> None:
    found = figure(Records(), "IKU-05", "2026-01", LATER)
    assert (found.value, found.coverage, found.mutu) == (None, None, "tidak_tersedia")


def unit(*, declared: int | None, last: int | None = None, aside: int = 0, secured: str = "111") -> Figure:
    """January of one unit; `secured` has one digit per entry."""
    messages = [
        Message("u", place + 1, date(2026, 1, 5), "keluar", "u", str(place), digit == "1")
        for place, digit in enumerate(secured)
    ]
    return figure(
        Records(
            submissions=[Submission("u", "2026-01", date(2026, 2, 3), False, declared, last)],
            messages=messages,
            quarantined=[Quarantined("u", "2026-01", aside)],
        ),
        "IKU-08",
        "2026-01",
        LATER,
    )


def test_set_aside_entries_stay_in_the_denominator() -> None:
    found = unit(declared=4, aside=1)
    assert (found.numerator, found.denominator, found.low, found.high) == (3, 4, 75, 100)
    assert found.coverage == Fraction(3, 4)
    assert unit(declared=5, aside=1).denominator == 5  # one more was declared than read


def test_running_number_ahead_of_the_register_is_an_incomplete_denominator() -> None:
    found = unit(declared=3, last=4)
    assert (found.mutu, found.low, found.high) == ("tidak_tersedia", None, None)
    assert "penyebut tidak lengkap" in found.reason
    assert unit(declared=3, last=3).value == 100
    assert unit(declared=None, last=4).mutu == "tidak_tersedia"  # compared with what is there
    assert unit(declared=None, last=3).value == 100


def test_register_that_says_neither_rows_nor_numbers_proves_nothing() -> None:
    found = unit(declared=None)
    assert (found.mutu, found.low, found.high) == ("tidak_tersedia", None, None)


def test_repeat_counts_in_the_month_of_its_first_entry() -> None:
    first = Message("u", 1, date(2026, 1, 30), "masuk", "x", "7", True)
    again = replace(first, agenda_no=2, recorded_on=date(2026, 2, 3), secured=False)
    new = replace(first, agenda_no=3, recorded_on=date(2026, 5, 1))  # 91 days after the first
    statements = [Submission("u", f"2026-{n:02}", date(2026, n, 28), rows_declared=1) for n in (1, 2, 5)]
    records = Records(submissions=statements, messages=[first, again, new])
    said = {month: figure(records, "IKU-08", month, date(2026, 6, 1)) for month in ("2026-01", "2026-02", "2026-05")}
    assert [(one.numerator, one.denominator) for one in said.values()] == [(0, 1), (0, 0), (1, 1)]


# ---------------------------------------------------------------- laws


def check_laws(found: Figure) -> None:
    """What holds of any figure."""
    assert found.coverage is None or 0 <= found.coverage <= 1
    assert (found.value is None) or found.mutu == "cukup"
    if found.value is not None and found.low is not None:
        assert found.low <= found.value
    if found.value is not None and found.high is not None:
        assert found.value <= found.high


@settings(max_examples=40, deadline=None)
@given(some.iku_05(), some.periods, some.as_of_days)
def test_laws_of_websites(records: Records, period: str, as_of: date) -> None:
    found = figure(records, "IKU-05", period, as_of)
    check_laws(found)
    backwards = replace(records, checks=records.checks[::-1], sites=records.sites[::-1])
    if all(check.arrived is None for check in records.checks):
        assert figure(backwards, "IKU-05", period, as_of) == found


@settings(max_examples=100, deadline=None)
@given(some.iku_08(), some.periods, some.as_of_days)
def test_laws_of_messages(records: Records, period: str, as_of: date) -> None:
    found = figure(records, "IKU-08", period, as_of)
    check_laws(found)
    early = [row for row in records.messages if row.arrived is None or row.arrived <= as_of]
    assert figure(replace(records, messages=early), "IKU-08", period, as_of) == found


@settings(max_examples=60, deadline=None)
@given(some.iku_05(), some.periods)
def test_setting_a_row_of_the_register_aside_never_lifts_a_figure(records: Records, period: str) -> None:
    bare = replace(records, sites_aside=())
    before = figure(bare, "IKU-05", period, date(2026, 5, 1))
    for row in bare.sites:
        rest = [other for other in bare.sites if other.site != row.site]
        aside = [other for other in bare.sites if other.site == row.site]
        after = figure(replace(bare, sites=rest, sites_aside=aside), "IKU-05", period, date(2026, 5, 1))
        if before.value is not None and after.value is not None:
            assert after.value <= before.value
        assert after.denominator == before.denominator


@settings(max_examples=200, deadline=None)
@given(some.iku_08(units=2), some.periods)
def test_setting_a_record_aside_never_lifts_a_figure(records: Records, period: str) -> None:
    floor = [Parameter("coverage_floor_pct", Fraction(1))]  # the usual one would hide most of what may go wrong

    def value(changed: Records) -> Fraction | None:
        return figure(replace(changed, parameters=floor), "IKU-08", period, date(2026, 5, 1)).value

    before = value(records)
    for changed in with_one_set_aside(records):
        after = value(changed)
        assert before is None or after is None or after <= before


def with_one_set_aside(records: Records) -> Iterator[Records]:
    """The records as they would be with any one entry or hand-in set aside, if it was not."""
    for place, entry in enumerate(records.messages):
        rest = [*records.messages[:place], *records.messages[place + 1 :]]
        if not entry.aside:
            yield replace(records, messages=[*rest, replace(entry, aside=True)])
    for row in records.submissions:
        same = [other for other in records.submissions if (other.unit, other.period) == (row.unit, row.period)]
        rest = [other for other in records.submissions if other not in same]
        yield replace(records, submissions=rest, submissions_aside=[*records.submissions_aside, *same])
