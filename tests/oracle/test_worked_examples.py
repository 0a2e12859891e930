"""Hand-calculated figures of tests/data/worked_examples.json, to the digit, in the order in which data arrived."""

import importlib
import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import TEMPLATE, Cluster

from iku_etl.stages import publish
from iku_etl.warehouse.database import Connection
from tests import given

EXAMPLES = Path(__file__).parents[1] / "data" / "worked_examples.json"
ARRIVALS = sorted(path.stem for path in (Path(__file__).parent / "worked").glob("iku_*.py"))
BASE_PERIOD = re.compile(r" 20\d\d(-(\d\d|TW\d|S\d))?(?= tidak teramati)")  # D5 2026-S1 tidak teramati: ..
NAME = re.compile(r"\b(Sistem|OPD|Dinas|Desa|PPID|Data|Lokasi) (?=[A-Z]\d? )")  # PPID P4 tidak teramati: ..
Example = dict[str, Any]


def example(code: str) -> Example:
    found: list[Example] = json.loads(EXAMPLES.read_text(encoding="utf-8"))["indicators"]
    return next(entry for entry in found if entry["indicator"] == code)


@pytest.fixture(params=ARRIVALS, scope="module")
def published(request: pytest.FixtureRequest, cluster: Cluster) -> Iterator[tuple[Example, list[Any]]]:
    """The year of an example: data arrive, and at each cut-off and late arrival everything is published."""
    entry = example(request.param.upper().replace("_", "-"))
    arrivals = importlib.import_module(f"tests.oracle.worked.{request.param}").Arrivals(entry["given"])
    warehouse = cluster.create(f"worked_{request.param}", TEMPLATE)
    with warehouse.connect("owner") as owner, warehouse.connect("publisher") as publisher:
        for day in sorted({date.fromisoformat(row["as_of_date"]) for row in entry["expected"]}):
            arrivals.arrive(owner, day)
            publish.publish(publisher, as_of_time=given.midnight_after(day), as_of=newest(owner))
    with warehouse.connect("reader") as reader:
        yield entry, given.figures(reader, entry["indicator"], history=True)
    cluster.drop(f"worked_{request.param}")


def newest(connection: Connection) -> int:
    row = connection.execute("select load_no from iku.load_counter").fetchone()
    assert row is not None
    return int(row["load_no"])


def shown(value: Decimal | None) -> str | None:
    return None if value is None else str(value.quantize(Decimal("0.01"), ROUND_HALF_UP))


def clauses(reason: str, hint: str) -> list[str]:
    """What a reason says, whatever comes first: its order is the arithmetic's, by weight.

    Hints write points and members' ids, and some leave out which base period a member is of.
    """
    reason = NAME.sub("", reason)
    said = reason if BASE_PERIOD.search(hint) else BASE_PERIOD.sub("", reason)
    return sorted(said.replace(",", ".").split("; "))


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
        }  # fmt: skip
        assert got == {key: row[key] for key in got}, f"{row['period']} revision {row['revision']}"
        hint = row["reason_hint"]
        assert clauses(figure.reason, hint) == clauses(hint, hint), f"{row['period']} revision {row['revision']}"


def test_there_is_no_revision_that_nobody_expects(published: tuple[Example, list[Any]]) -> None:
    entry, figures = published
    periods = {row["period"] for row in entry["expected"]}
    got = {(figure.period, figure.revision) for figure in figures if figure.revision and figure.period in periods}
    assert got == {(row["period"], row["revision"]) for row in entry["expected"]}


def test_every_row_waits_for_approval(published: tuple[Example, list[Any]]) -> None:
    assert {figure.tahap for figure in published[1]} == {"sementara"}
