"""Which windows a run answers for: its own interval, and what is due."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from iku_etl import catalogue, settings
from iku_etl.pipeline import Pipeline
from iku_etl.scheduler import tasks
from iku_etl.warehouse.database import Warehouse
from iku_etl.window import windows_ended


@pytest.fixture
def made(tmp_path: Path) -> Pipeline:
    site = settings.load({"IKU_STATE": str(tmp_path), "IKU_SINCE": "2026-03-01"})
    return Pipeline(site, Warehouse({}), now=lambda: datetime(2026, 4, 10, tzinfo=UTC))


def test_a_backfill_collects_its_interval_and_no_more(made: Pipeline) -> None:
    """The warehouse isn't asked what is due: there is none here."""
    zone, source = made.settings.zone, replace(catalogue.source("website_uptime"), since=date(2026, 1, 1))
    night = [datetime(2026, 3, day, 0, 30, tzinfo=zone) for day in (14, 15)]
    run = tasks.Run(*night, is_backfill=True)
    assert [one.label for one in tasks.asked_of(made, source, [], run)] == ["2026-03-14"]
    assert [one.label for one in tasks.asked_of(made, source, ["2026-03-02"], run)] == ["2026-03-02"]
    early = tasks.Run(*(moment.replace(month=2) for moment in night), is_backfill=True)
    assert tasks.asked_of(made, source, [], early) == []  # before IKU_SINCE nothing is collected


def test_months_end_in_one_night_only(made: Pipeline) -> None:
    zone = made.settings.zone
    last, first, second = (datetime(2026, month, day, 5, tzinfo=zone) for month, day in ((3, 31), (4, 1), (4, 2)))
    assert [one.label for one in windows_ended("month", last, first, zone)] == ["2026-03"]
    assert windows_ended("month", first, second, zone) == []
    midnight = datetime(2026, 4, 1, tzinfo=zone)
    assert [one.label for one in windows_ended("month", last, midnight, zone)] == ["2026-03"]
    assert windows_ended("month", midnight, first, zone) == []  # not twice
