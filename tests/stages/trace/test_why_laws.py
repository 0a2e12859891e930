"""The parts of every difference add up exactly, whatever happened in between; for every indicator and roll-up."""

import itertools
import os
import shutil
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from conftest import TEMPLATE, Cluster
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from why_kit import Files, between, figures, histories, live

from iku_etl import catalogue
from iku_etl.catalogue import SQL
from iku_etl.figures.causes import MEASURES, NAMES
from iku_etl.stages import views
from iku_etl.stages.trace import Why
from iku_etl.stages.trace.amounts import NOTHING, Amount
from iku_etl.warehouse.database import Connection

BOTH = f"{TEMPLATE}_redefined"
EACH = int(os.environ.get("IKU_WHY_EXAMPLES", "1"))  # histories of an indicator
INDICATORS = {
    found.code: found
    for found in catalogue.all_indicators()
    if not found.code.startswith("KEG") or found.code == "KEG-19"
}
_numbers = itertools.count(1)
Definitions = dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def redefined(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Definitions]:
    """A template in which each indicator has two definitions, the second of other arithmetic: code -> both."""
    folder = tmp_path_factory.mktemp("redefined") / "sql"
    shutil.copytree(SQL, folder)
    path = folder / "figure_number.sql"
    text = path.read_text(encoding="utf-8")
    for old, new in (
        ("nullif(sums.denominator, 0) -- U22", "nullif(sums.denominator + 1, 0)"),
        ("100 * collected.share", "99 * collected.share"),
    ):
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    warehouse = cluster.create(BOTH, TEMPLATE)
    with warehouse.connect("owner") as owner:
        first = {row["indicator"]: row["definition"] for row in owner.execute("select * from indicator.current")}
        second = views.build(owner, folder)
    yield {code: (first[code], second[code]) for code in first}
    cluster.drop(BOTH)


@pytest.mark.parametrize("code", INDICATORS)
@settings(max_examples=EACH, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_parts_add_up(cluster: Cluster, redefined: Definitions, code: str, data: st.DataObject) -> None:
    found = INDICATORS[code]
    files = Files.of(found.name)
    name = f"test_{os.getpid()}_why_{next(_numbers)}"
    warehouse = cluster.create(name, BOTH)
    try:
        live(warehouse, code, files, data.draw(histories(files, found.base_period)), redefined[code])
        with warehouse.connect("auditor") as auditor:
            for _, rows in figures(auditor, code):
                check(auditor, rows)
    finally:
        cluster.drop(name)


def check(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """The laws of the published rows of one figure."""
    steps = [between(connection, then, now) for then, now in itertools.pairwise(rows)]
    for then, now, why in zip(rows, rows[1:], steps, strict=False):
        assert_sum(why, then, now)
        assert not between(connection, now, now).parts
    if len(rows) > 1:
        whole = between(connection, rows[0], rows[-1])
        assert_sum(whole, rows[0], rows[-1])
        for cause in NAMES:  # what each publication changed adds up to what all of them did
            assert of(whole, cause) == add(of(why, cause) for why in steps), cause


def assert_sum(why: Why, then: dict[str, Any], now: dict[str, Any]) -> None:
    assert (why.before, why.after) != (None, None)
    assert not why.unproven
    assert "unexplained" not in {part.cause for part in why.parts}
    total = add(part.amounts for part in why.parts)
    for name in MEASURES:
        was, is_now = then[name], now[name]
        assert total[name].appeared == (is_now is not None) - (was is not None), name
        if was is not None and is_now is not None:
            assert Fraction(total[name].moved) == Fraction(is_now) - Fraction(was), name  # Decimal would round
    assert total == why.amounts
    for part in why.parts:
        assert part.steps
        assert all(step.columns for step in part.steps)


def of(why: Why, cause: str) -> dict[str, Amount]:
    return add(part.amounts for part in why.parts if part.cause == cause)


def add(several: Iterator[dict[str, Amount]]) -> dict[str, Amount]:
    total = dict.fromkeys(MEASURES, NOTHING)
    for amounts in several:
        total = {name: total[name] + amounts[name] for name in MEASURES}
    return total
