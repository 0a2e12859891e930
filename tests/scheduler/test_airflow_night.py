"""One night through Airflow's own DAG files gives what the pipeline gives without Airflow, to the last digit."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import airflow_kit
import pytest
from conftest import TEMPLATE, Cluster

from iku_etl import catalogue
from iku_etl.sample import servers
from iku_etl.scheduler import home
from iku_etl.stages import publish
from iku_etl.warehouse import tables

pytestmark = pytest.mark.long

TODAY = datetime.now(ZoneInfo("Asia/Jakarta")).date()  # of the windows: another than UTC's from 17.00 UTC on
DAYS = (TODAY - timedelta(days=2), TODAY - timedelta(days=1))
WINDOWS = {
    "website_uptime": [day.isoformat() for day in DAYS],
    "website_content": [DAYS[-1].isoformat()],
}
BY_HAND = """
import json, sys
from iku_etl import catalogue, pipeline, settings
made = pipeline.pipeline(settings.load())
for source in catalogue.all_sources():
    windows = made.windows(source, json.loads(sys.argv[1]).get(source.name, []))
    made.collect(source, windows)
print("true")
"""
FIGURES = """
    select indicator, period, value, low, high, numerator, denominator, coverage, mutu, reason
    from iku.figure order by indicator, period, revision
"""


def test_a_night_through_the_dags_equals_the_pipeline(cluster: Cluster, tmp_path: Path) -> None:
    first = DAYS[0] - timedelta(days=40)
    by_dags, by_hand = cluster.create("night_dags", TEMPLATE), cluster.create("night_hand", TEMPLATE)
    for warehouse in (by_dags, by_hand):
        with warehouse.connect("owner") as connection:
            tables.declare(connection, catalogue.all_sources(), first, "Asia/Jakarta")
            connection.execute("update iku.source set since = %s", [first])
    site = airflow_kit.installed(cluster, tmp_path / "state", "night_dags")
    env = airflow_kit.environment(cluster, site)
    with servers.serve(site.state, 1, first, DAYS[1]), home.night(site, env) as night:
        states = night(WINDOWS)
        assert set(states) == {f"collect_{name}" for name in catalogue.source_names()} | {"refresh"}
        red = [name for name, state in states.items() if state != "success"]
        assert not red, (red, (home.home(site) / "night.log").read_text()[-3000:])
        with by_dags.connect("auditor") as connection:
            figures = connection.execute(FIGURES).fetchall()
        assert any(row["numerator"] is not None for row in figures)
        other = airflow_kit.installed(cluster, site.state, "night_hand")
        airflow_kit.python(BY_HAND, airflow_kit.environment(cluster, other), json.dumps(WINDOWS))
    with by_hand.connect("publisher") as connection:
        publish.publish(connection)
    with by_hand.connect("auditor") as connection:
        assert connection.execute(FIGURES).fetchall() == figures
    for name in ("night_dags", "night_hand"):
        cluster.drop(name)
