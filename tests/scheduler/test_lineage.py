"""What tasks read and write, by OpenLineage's names: from a source's system to the table of figures."""

from pathlib import Path

import pytest

from iku_etl import settings
from iku_etl.pipeline import Pipeline
from iku_etl.scheduler import lineage
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
