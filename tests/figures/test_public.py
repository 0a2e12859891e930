"""What the public is shown: nothing small of persandian, and no sum that gives it back."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any

import install_kit as kit
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iku_etl.figures import public
from iku_etl.figures.publications import Span
from iku_etl.pipeline import Pipeline

MONTHS = [f"2026-{number:02}" for number in range(1, 13)]
TOTALS = {f"2026-TW{number}": MONTHS[3 * number - 3 : 3 * number] for number in range(1, 5)}
TOTALS |= {"2026-S1": MONTHS[:6], "2026-S2": MONTHS[6:], "2026": MONTHS}


def _ends(month: str) -> date:
    return (date(2026, int(month[5:]), 28) + timedelta(4)).replace(day=1) - timedelta(1)


SPANS = {month: Span("month", date(2026, int(month[5:]), 1), _ends(month), True, None) for month in MONTHS}
SPANS |= {
    name: Span("triwulan", SPANS[parts[0]].first_day, SPANS[parts[-1]].last_day, True, None)
    for name, parts in TOTALS.items()
}


def row(period: str, numerator: int, denominator: int | None = None, **others: Any) -> dict[str, Any]:
    known = {"indicator": "IKU-08", "owner": "Seksi Operasional Pengamanan Persandian", "roll_up": "sum"}
    whole = None if denominator is None else Decimal(denominator)
    return known | {"period": period, "numerator": Decimal(numerator), "denominator": whole} | others


def year(counts: list[tuple[int, int | None]]) -> list[dict[str, Any]]:
    """Twelve months and every sum of them."""
    by_month = dict(zip(MONTHS, counts, strict=True))
    rows = [row(month, *count) for month, count in by_month.items()]
    for total, parts in TOTALS.items():
        whole = [by_month[part][1] for part in parts]
        summed = None if None in whole else sum(one or 0 for one in whole)
        rows.append(row(total, sum(by_month[part][0] for part in parts), summed))
    return rows


@pytest.mark.parametrize(
    ("numerator", "denominator", "is_closed"),
    [(4, 50, True), (5, 50, False), (0, 50, False), (46, 50, True), (45, 50, False), (50, 50, False), (0, 4, True),
     (4, None, True), (5, None, False), (0, None, False), (0, 0, False)],
)  # fmt: skip
def test_a_count_below_the_least_closes_a_figure_and_so_does_the_rest_of_the_whole(
    numerator: int, denominator: int | None, is_closed: bool
) -> None:
    found = public.closed_cells([row("2026-01", numerator, denominator)], SPANS, 5)
    assert found == ({("IKU-08", "2026-01")} if is_closed else set())


def test_only_figures_of_persandian_are_closed() -> None:
    assert not public.closed_cells([row("2026-01", 1, 2, owner="Seksi Statistik")], SPANS, 5)


def test_a_sum_that_holds_a_closed_month_is_closed_up_to_the_year_and_its_neighbours_stay() -> None:
    rows = year([(10, None)] * 4 + [(2, None)] + [(10, None)] * 7)
    closed = {period for _, period in public.closed_cells(rows, SPANS, 5)}
    assert closed == {"2026-05", "2026-TW2", "2026-S1", "2026"}


def test_the_last_state_of_a_period_is_no_sum_so_an_earlier_small_one_leaves_it() -> None:
    rows = [row("2026-01", 2, roll_up="last"), row("2026-TW1", 20, roll_up="last")]
    assert {period for _, period in public.closed_cells(rows, SPANS, 5)} == {"2026-01"}


@given(st.lists(st.integers(0, 9), min_size=12, max_size=12), st.integers(2, 6))
def test_no_sum_or_difference_of_what_is_told_gives_a_closed_month_back(counts: list[int], least: int) -> None:
    rows = year([(count, None) for count in counts])
    closed = {period for _, period in public.closed_cells(rows, SPANS, least)}
    told = [set(TOTALS.get(one["period"], [one["period"]])) for one in rows if one["period"] not in closed]
    small = {month for month, count in zip(MONTHS, counts, strict=True) if 0 < count < least}
    assert small <= closed
    for one in told:
        assert not one & small  # no told number holds a small month, so no arithmetic of told numbers does
    assert all(not (one ^ other) & small for one, other in combinations(told, 2))


def test_what_is_told_names_no_member_and_a_closed_figure_has_no_number(pipeline: Pipeline) -> None:
    kit.settle(pipeline)
    with pipeline.warehouse.connect("auditor") as connection:
        found = public.public(connection)
    (january,) = [one for one in found.rows if (one["indicator"], one["period"]) == ("IKU-08", "2026-01")]
    assert january["is_closed"]
    assert [january[name] for name in public.CLOSED] == [None] * len(public.CLOSED)
    assert january["tahap"] == "sementara"
    assert found.least == public.LEAST
    assert not any(one["is_running"] for one in found.rows)
    assert not any({"reason", "note", "running_target"} & one.keys() for one in found.rows)
    assert "Kesehatan" not in str(found.rows)


def test_the_least_count_is_a_parameter_of_the_register(pipeline: Pipeline) -> None:
    kit.drop(pipeline.settings, "parameter", kit.parameters() + "public_least_count,2,jumlah,SK contoh,2026-01-01\n")
    for source, text in (("register_submission", kit.SUBMISSIONS), ("persandian_message", kit.MESSAGES)):
        kit.drop(pipeline.settings, source, text)
    for source in ("parameter", "register_submission", "persandian_message"):
        kit.collect(pipeline, source)
    kit.publish_on(pipeline.warehouse, 20)
    with pipeline.warehouse.connect("auditor") as connection:
        found = public.public(connection)
        before = public.public(connection, as_of=0)
    (january,) = [one for one in found.rows if (one["indicator"], one["period"]) == ("IKU-08", "2026-01")]
    assert (found.least, january["is_closed"], january["value"]) == (2, False, 50)
    assert (before.least, before.rows) == (2, ())  # today's threshold holds for earlier states too
