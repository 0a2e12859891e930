"""The DAG files: which DAGs there are, what a parse costs and gives, what one broken source does to the others."""

import json
import re
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import airflow_kit
import pytest

from iku_etl import catalogue, settings
from iku_etl.scheduler import home
from iku_etl.settings import PROJECT

# Parses the DAG files as the DAG processor does. No database is reachable and no file of ours may be opened
# but Python's; what the parse costs is measured after `import airflow.sdk`.
PARSE = """
import builtins, io, json, socket, sys, time
import airflow.sdk
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization

opened = []
def watch(event, arguments):
    if event == "socket.connect":
        opened.append("network")
    if event == "open" and isinstance(arguments[0], str) and arguments[0].endswith((".toml", ".json")):
        opened.append(arguments[0])
known = set(sys.modules)
sys.addaudithook(watch)
began = time.process_time()
bag = DagBag(sys.argv[1])
cost = time.process_time() - began
touched = list(opened)
loaded = sorted(name for name in set(sys.modules) - known if "." not in name)
dags = {
    name: json.dumps(DagSerialization.to_dict(dag), sort_keys=True, default=str) for name, dag in bag.dags.items()
}
nights = {}
for name, dag in bag.dags.items():
    from airflow.serialization.encoders import coerce_to_core_timetable
    import pendulum
    timetable = coerce_to_core_timetable(dag.timetable)
    interval = timetable.infer_manual_data_interval(run_after=pendulum.datetime(2026, 3, 15, tz="Asia/Jakarta"))
    nights[name] = [interval.start.isoformat(), interval.end.isoformat()]
print(json.dumps({
    "dags": dags, "errors": bag.import_errors, "cost": cost, "touched": touched, "loaded": loaded, "nights": nights,
}))
"""


def parse(tmp_path: Path, folder: Path = PROJECT / "dags", **more: str) -> dict[str, Any]:
    """Parse in a process of its own, without any installation."""
    site = settings.load({"IKU_STATE": str(tmp_path / "state")})
    env = home.prepare(site, {home.METADATA: "postgresql+psycopg://127.0.0.1:1/none"} | more)
    found: dict[str, Any] = airflow_kit.python(PARSE, env, str(folder))
    return found


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return parse(tmp_path_factory.mktemp("parse"), PYTHONHASHSEED="1")


def read(parsed: dict[str, Any], dag_id: str) -> Any:
    return json.loads(parsed["dags"][dag_id])["dag"]


def without_state(dag: Any) -> Any:
    """The DAG without where the drop folder lies."""
    return json.loads(re.sub(r'"folder": "[^"]*/drop/', '"folder": "', json.dumps(dag)))


def tasks(parsed: dict[str, Any], dag_id: str) -> dict[str, Any]:
    return {task["__var"]["task_id"]: task["__var"] for task in read(parsed, dag_id)["tasks"]}


def test_there_is_one_dag_per_source_file_and_one_each_that_publishes_tells_shares_and_keeps(
    parsed: dict[str, Any],
) -> None:
    files = {path.stem for path in (PROJECT / "iku_etl" / "sources").glob("*.py")} - {"__init__"}
    assert files
    assert set(parsed["dags"]) == {f"collect_{name}" for name in files} | {"refresh", "message", "ledger", "open_data"}
    assert parsed["errors"] == {}


def test_a_parse_is_cheap_and_touches_nothing(parsed: dict[str, Any]) -> None:
    assert parsed["cost"] < 2
    assert not {"pandas", "great_expectations", "psycopg", "openpyxl"} & set(parsed["loaded"])
    assert parsed["touched"] == []


def test_two_parses_give_the_same(parsed: dict[str, Any], tmp_path: Path) -> None:
    again = parse(tmp_path, PYTHONHASHSEED="2")
    assert {name: text.replace(str(tmp_path), "") for name, text in again["dags"].items()}.keys() == set(parsed["dags"])
    for name in parsed["dags"]:
        one, other = (without_state(read(found, name)) for found in (parsed, again))
        one.pop("_processor_dags_folder"), other.pop("_processor_dags_folder")
        assert one == other


def test_one_broken_source_leaves_the_others_alone(parsed: dict[str, Any], tmp_path: Path) -> None:
    sources = tmp_path / "broken"
    sources.mkdir()
    (sources / "broken_at_import.py").write_text("raise RuntimeError('no such thing')\n")
    (sources / "broken_syntax.py").write_text("def def\n")
    (sources / "broken_exit.py").write_text("raise SystemExit(3)\n")
    found = parse(tmp_path, PYTHONPATH=str(airflow_kit.finder(tmp_path, sources)))
    bad = {"collect_broken_at_import", "collect_broken_syntax", "collect_broken_exit"}
    assert set(found["dags"]) == set(parsed["dags"]) | bad
    assert found["errors"] == {}
    for dag_id in bad:
        assert list(tasks(found, dag_id)) == ["declaration"]
    assert tasks(found, "collect_website") == tasks(parsed, "collect_website")


@pytest.mark.parametrize("name", catalogue.source_names())
def test_a_collect_dag_hands_batches_through_four_tasks(parsed: dict[str, Any], name: str) -> None:
    dag, steps = read(parsed, f"collect_{name}"), tasks(parsed, f"collect_{name}")
    order = ["extract", "validate", "load", "report"]
    assert {step: steps[step].get("downstream_task_ids", []) for step in order} == {
        step: [after] for step, after in pairwise(order)
    } | {"report": []}
    # what was landed is judged though a window failed for good, and the run always says how it went
    assert steps["validate"]["trigger_rule"] == steps["report"]["trigger_rule"] == "all_done"
    assert dag["catchup"] is False
    assert dag["max_active_runs"] == 1
    assert all(step["retries"] >= 1 and step["has_retry_policy"] for step in steps.values())
    assert all(step["retry_exponential_backoff"] == 2 for step in steps.values())
    assert [asset["__var"]["name"] for asset in steps["load"]["outlets"]] == [name]
    assert dag["timetable"]["__var"]["timetable"]["__var"] == {
        "expression": catalogue.source(name).schedule, "timezone": "Asia/Jakarta",
    }  # fmt: skip
    assert f'"iku://drop/{name}"' in json.dumps(dag["timetable"]).replace('/"', '"')
    assert steps["extract"]["max_active_tis_per_dag"] == 1  # a backfill does not ask ten times at once
    assert steps["extract"]["owner"] == catalogue.source(name).owner
    assert all(step["has_on_failure_callback"] for step in steps.values())
    assert (dag["has_on_failure_callback"], dag["has_on_success_callback"]) == (True, True)
    assert 0 < dag["dagrun_timeout"] < 24 * 3600


def test_a_nightly_source_has_a_data_interval_of_a_day_and_not_of_nothing(parsed: dict[str, Any]) -> None:
    for name in catalogue.source_names():
        minute, hour, *rest = catalogue.source(name).schedule.split()
        if rest == ["*", "*", "*"] and minute.isdigit() and hour.isdigit():
            start, end = map(datetime.fromisoformat, parsed["nights"][f"collect_{name}"])
            assert (end - start).total_seconds() == 24 * 3600
            assert end.astimezone(settings.load({}).zone).strftime("%-H %-M") == f"{int(hour)} {int(minute)}"


def test_refresh_runs_at_one_in_the_night_and_on_any_source(parsed: dict[str, Any]) -> None:
    dag = read(parsed, "refresh")
    assert dag["max_active_runs"] == 1
    timetable = dag["timetable"]["__var"]
    assert timetable["timetable"]["__var"]["expression"] == "0 1 * * *"
    assert timetable["timetable"]["__var"]["timezone"] == "Asia/Jakarta"
    condition = json.dumps(timetable["asset_condition"])
    assert '"asset_any"' in condition
    for name in catalogue.source_names():
        assert f'"iku://{name}/"' in condition


def test_people_are_told_from_six_in_the_morning_on_beside_publishing(parsed: dict[str, Any]) -> None:
    dag = read(parsed, "message")
    assert dag["timetable"]["__var"]["expression"].split() == ["0", "6,7,9,12,15", "*", "*", "*"]
    assert dag["timetable"]["__var"]["timezone"] == "Asia/Jakarta"
    assert (dag["catchup"], dag["max_active_runs"]) == (False, 1)
    told = tasks(parsed, "message")["tell"]
    assert told["retries"] >= 1 and told["has_on_failure_callback"]  # a failure is told by `iku status`
    assert dag["has_on_success_callback"]
    assert list(tasks(parsed, "refresh")) == ["publish"]  # it waits for no message


def test_the_ledger_is_kept_every_night_and_nobody_signs_there(parsed: dict[str, Any]) -> None:
    dag = read(parsed, "ledger")
    assert dag["timetable"]["__var"]["expression"] == "30 1 * * *"
    assert dag["timetable"]["__var"]["timezone"] == "Asia/Jakarta"
    assert list(tasks(parsed, "ledger")) == ["append"] and tasks(parsed, "ledger")["append"]["has_on_failure_callback"]


def test_the_portal_is_brought_up_to_date_after_publishing_and_each_day_and_publishing_waits_for_nothing(
    parsed: dict[str, Any],
) -> None:
    dag = read(parsed, "open_data")
    timetable = dag["timetable"]["__var"]
    assert timetable["timetable"]["__var"]["expression"] == "30 4 * * *"
    assert '"iku://figures/"' in json.dumps(timetable["asset_condition"])
    assert (dag["catchup"], dag["max_active_runs"]) == (False, 1)
    told = tasks(parsed, "open_data")["push"]
    assert told["retries"] >= 1 and told["has_retry_policy"] and told["has_on_failure_callback"]
    assert not told.get("outlets")


def test_an_empty_folder_gives_no_dag_and_no_error(tmp_path: Path) -> None:
    """Why the first test here compares names: a wrong folder would say nothing."""
    (tmp_path / "empty").mkdir()
    found = parse(tmp_path, tmp_path / "empty")
    assert (found["dags"], found["errors"]) == ({}, {})


def test_the_load_step_never_imports_great_expectations(tmp_path: Path) -> None:
    """It reads what the judge kept; only a lost cache makes it judge again."""
    code = "import sys, json, iku_etl.scheduler.tasks, iku_etl.pipeline; print(json.dumps(sorted(sys.modules)))"
    site = settings.load({"IKU_STATE": str(tmp_path / "state")})
    env = home.prepare(site, {home.METADATA: "none"})
    assert "great_expectations" not in airflow_kit.python(code, env)


def test_the_environment_keeps_everything_on_this_machine_and_its_secrets_to_itself(tmp_path: Path) -> None:
    site = settings.load({"IKU_STATE": str(tmp_path / "state"), "IKU_SINCE": "2026-02-01"})
    env = home.prepare(site, {home.METADATA: "postgresql+psycopg://127.0.0.1:1/none"})
    assert env == home.prepare(site, {home.METADATA: "postgresql+psycopg://127.0.0.1:1/none"})
    assert settings.load(env) == settings.load({k: v for k, v in env.items() if k.startswith("IKU_")})
    assert settings.load(env).since == site.since
    assert env["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert env["AIRFLOW__CORE__LOAD_EXAMPLES"] == "false"
    for name in ("passwords.json", "secrets.json", "ports.json"):
        assert (home.home(site) / name).stat().st_mode & 0o077 == 0
    door = home.door(site)
    assert door.password not in repr(door)
    chosen = home.prepare(site, env | {"AIRFLOW__CORE__PARALLELISM": "2"})
    assert chosen["AIRFLOW__CORE__PARALLELISM"] == "2"
