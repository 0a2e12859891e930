"""January to March 2026 of the sample, from its servers and files to published figures: the oracle says the same."""

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import given
import oracle
import pytest
from conftest import TEMPLATE, Cluster
from oracle_sample import records_of

from iku_etl import catalogue, database, publish, settings
from iku_etl.pipeline import Pipeline
from iku_etl.sample import Running, bad_night_of, serve

FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)
NOW = datetime(2026, 3, 31, 18, tzinfo=UTC)  # 1 April, 01.00 WIB: the night after
PERIODS = ("2026-01", "2026-02", "2026-03", "2026-TW1", "2026-S1", "2026")


@pytest.fixture(scope="module")
def night(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Running, dict[tuple[str, str], Any], list[str]]:
    """Everything collected in one night, with a first answer that is a web page; figures by indicator and period."""
    state: Path = tmp_path_factory.mktemp("sample-night")
    site = replace(settings.load({"IKU_STATE": str(state), "IKU_FREE_SPACE_FLOOR_MB": "0"}), since=FIRST)
    made = Pipeline(site, cluster.create("sample_night", TEMPLATE), lambda: NOW)
    made.migrate()
    with serve(state, 1, FIRST, LAST) as world_only:
        bad_night = bad_night_of(world_only.world)
    with serve(state, 1, FIRST, LAST, bad_night=bad_night) as running:
        endings = []
        for _ in range(2):  # the rejected night is asked again
            for source in catalogue.sources():
                endings += [str(batch.ending) for batch in made.collect(source, made.missing(source))]
    with made.warehouse.connect("publisher") as connection:
        publish.publish(connection, as_of=database.load_at(connection, datetime.now(UTC)), as_of_time=NOW)
    with made.warehouse.connect("reader") as connection:
        figures = {(found.indicator, found.period): found for found in given.figures(connection)}
    return running, figures, endings


def test_a_rejected_night_is_collected_again(night: tuple[Running, dict[tuple[str, str], Any], list[str]]) -> None:
    _, _, endings = night
    assert endings.count("rejected") == 1
    assert endings.count("in_force") >= 2 * 90


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("indicator", ["IKU-05", "IKU-08"])
def test_the_oracle_gives_the_same_figure(
    night: tuple[Running, dict[tuple[str, str], Any], list[str]], indicator: str, period: str
) -> None:
    running, figures, _ = night
    ours = figures[indicator, period]
    theirs = oracle.figure(records_of(running.world, LAST, date(2026, 4, 1)), indicator, period, date(2026, 4, 1), LAST)
    for name in ("value", "low", "high", "numerator", "denominator", "target", "capaian"):
        expected = getattr(theirs, name) if theirs.members or name in ("target", "capaian") else None
        found = getattr(ours, name)
        assert (found is None) == (expected is None), (name, found, expected)
        if expected is not None:
            assert abs(Fraction(found) - expected) < Fraction(1, 10**9), (name, found, float(expected))
    assert ours.mutu == theirs.mutu
    if theirs.coverage is not None:
        assert ours.coverage is not None
        assert abs(Fraction(ours.coverage) - 100 * theirs.coverage) < Fraction(1, 10**9)
