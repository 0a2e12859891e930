"""What tasks read and write, by OpenLineage's names: from a source's system to the table of figures."""

import json
import re
from pathlib import Path
from typing import Any

import airflow_kit
import lineage_kit
import loopback
import pytest
from lineage_kit import Collector

from iku_etl import settings
from iku_etl.pipeline import Pipeline
from iku_etl.scheduler import home, lineage
from iku_etl.scheduler.lineage import Step
from iku_etl.settings import Settings


def test_from_a_folder_to_the_table_of_figures_every_end_is_the_next_beginning(pipeline: Pipeline) -> None:
    extract, validate, load = (
        lineage.step(pipeline.settings, "collect_website_uptime", task, lambda _: pipeline)
        for task in ("extract", "validate", "load")
    )
    assert [(one.namespace, one.name) for one in extract.inputs] == [
        ("file", str(pipeline.settings.drop_dir / "website_uptime"))
    ]
    assert extract.outputs == validate.inputs and validate.outputs == load.inputs
    fact, *roll_ups = load.outputs
    assert fact.namespace.startswith("postgres://127.0.0.1:") and fact.name.endswith(".fact.website_uptime")
    assert {"site", "checked_at", "up"} <= {field.name for field in fact.fields}
    assert all(field.type and field.comment for field in fact.fields)
    assert [one.name.rpartition(".")[2] for one in roll_ups] == ["website_uptime_day", "website_uptime_gap"]
    publish = lineage.step(pipeline.settings, "refresh", "publish", lambda _: pipeline)
    assert fact in publish.inputs
    *views, figure = publish.outputs
    (active,) = [one for one in views if one.name.endswith(".indicator.iku_05_website_aktif")]
    assert fact in [origin.dataset for origin in active.made_of]
    assert not [origin for origin in active.made_of if "persandian" in origin.dataset.name]
    assert figure.name.endswith(".iku.figure") and [origin.dataset for origin in figure.made_of] == views
    assert len(views) == len({one.name for one in views}) == len(list(Path("sql/indicators").glob("*.sql")))


def test_other_tasks_have_no_data(site: Settings) -> None:
    for dag, task in (
        ("collect_website", "report"),
        ("collect_none", "load"),
        ("message", "tell"),
        ("website", "load"),
    ):
        assert lineage.step(site, dag, task) == Step()


@pytest.mark.parametrize(
    ("url", "namespace", "name"),
    [
        ("https://orang:rahasia@mon.example:8443/a/?token=rahasia#x", "https://mon.example:8443", "/a/website_uptime"),
        ("http://mon.example", "http://mon.example", "/website_uptime"),
        ("/var/backups/kuma.db", "file", "/var/backups/kuma.db"),
    ],
)
def test_an_address_is_told_without_what_it_hides(tmp_path: Path, url: str, namespace: str, name: str) -> None:
    (tmp_path / "connections.toml").write_text(f'[website_uptime]\nsystem = "uptime_kuma"\nurl = "{url}"\n')
    site = settings.load({"IKU_STATE": str(tmp_path)})
    (system,) = lineage.step(site, "collect_website_uptime", "extract").inputs
    assert (system.namespace, system.name) == (namespace, name)
    assert "rahasia" not in repr(lineage.step(site, "collect_website_uptime", "extract"))


TOLD = """
import json, uuid
from types import SimpleNamespace
from airflow.providers.openlineage.plugins.adapter import OpenLineageAdapter
from lineage import Steps
found = Steps(SimpleNamespace(dag_id="collect_website_uptime", task_id="extract"))._execute_extraction()
adapter, job = OpenLineageAdapter(), "collect_website_uptime.extract"
beside = dict(nominal_start_time=None, nominal_end_time=None, owners=["Seksi"], tags=["kumpulkan"], job_description="d")
run = str(uuid.uuid4())
adapter.start_task(run, job, event_time="2026-01-05T00:10:00+00:00", task=found, **beside)
adapter.complete_task(run, job, end_time="2026-01-05T00:11:00+00:00", task=found, **beside)
print(json.dumps(run))
"""


def documented() -> list[dict[str, Any]]:
    """The transports that the administrator's page names: to a file, and to a collector."""
    lines = re.findall(r"^AIRFLOW__OPENLINEAGE__TRANSPORT='(.*)'$", Path("docs/admin.md").read_text(), re.MULTILINE)
    return [json.loads(line) for line in lines]


def test_the_documented_transports_bring_events_that_a_collector_takes(site: Settings, tmp_path: Path) -> None:
    """And a collector that hangs up is asked once more for each event, then left alone."""
    to_file, to_collector = documented()
    key = to_collector["auth"]["apiKey"]
    path, collector, deaf = tmp_path / "lineage.jsonl", Collector(key), Collector(key, deaf_to=("collect_",))
    with loopback.server(collector.answer) as url, loopback.server(deaf.answer) as nowhere:
        named = {
            "file": to_file | {"log_file_path": str(path)},
            "collector": to_collector | {"url": url},
            "down": to_collector | {"url": nowhere},
        }
        transport = json.dumps({"type": "composite", "transports": named})
        run = airflow_kit.python(TOLD, home.prepare(site) | {"AIRFLOW__OPENLINEAGE__TRANSPORT": transport})
    assert [(one["eventType"], one["run"]["runId"]) for one in collector.events] == [("START", run), ("COMPLETE", run)]
    assert lineage_kit.named(collector.events[1]["inputs"]) == [f"file {site.drop_dir / 'website_uptime'}"]
    assert [json.loads(line) for line in path.read_text().splitlines()] == collector.events
    assert (deaf.hung_up, deaf.events) == (4, [])


def test_what_the_specification_does_not_allow_is_refused() -> None:
    event = {
        "eventType": "START", "eventTime": "2026-01-05T00:10:00+00:00", "producer": "https://uji.example",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": "01a22341-106b-7be9-9aea-6b058ddf444e"}, "job": {"namespace": "iku", "name": "uji"},
        "inputs": [{"namespace": "iku", "name": "uji", "facets": {}}],
    }  # fmt: skip
    lineage_kit.check(event)
    bare = {"_producer": "https://uji.example", "_schemaURL": event["schemaURL"]}
    for wrong in (
        {"eventType": "DONE"}, {"eventTime": "kemarin"}, {"run": {"runId": "satu"}}, {"job": {"name": "uji"}},
        {"inputs": [{"namespace": "iku", "name": 1}]}, {"inputs": [{"namespace": "iku", "name": "u", "facet": {}}]},
        {"inputs": [{"namespace": "iku", "name": "u", "facets": {"columnLineage": bare}}]},
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"\w"):
            lineage_kit.check(event | wrong)
