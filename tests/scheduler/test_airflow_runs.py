"""Real DagRuns through a real scheduler: what Airflow does to a batch when it runs twice, dies, or is told lies."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import airflow_kit
import lineage_kit
import pytest
from airflow_kit import Api
from conftest import TEMPLATE, Cluster
from lineage_kit import Collector
from loopback import server
from patience import wait
from post_kit import CHAT, KADIS, PASSWORD, TOKEN, Post, bot_connection, mail_connection, smtp
from tls_kit import certificate

from iku_etl import catalogue
from iku_etl.errors import SettingError
from iku_etl.pipeline import deadline
from iku_etl.scheduler import home, keeper
from iku_etl.settings import Settings
from iku_etl.warehouse import tables
from iku_etl.warehouse.database import Warehouse

pytestmark = pytest.mark.long

TWICE, KILLED, MIXED, TOLD = LEDGERS = ("ledger_twice", "ledger_killed", "ledger_mixed", "ledger_told")
TODAY = {date.today()}  # noqa: DTZ011  # ended already in Manna while it lasts in UTC, from 17.00 UTC on
LAST = date.today() - timedelta(days=1)  # noqa: DTZ011  # a window that has ended in every zone
DAYS = [LAST - timedelta(days=back) for back in (3, 2, 1)]
KEY = "kunci-pengumpul-uji-0123456789"
GOOD = "entry,amount\nbuku,1\npena,2\n"


@dataclass
class Night:
    """What was set going, and what came of it."""

    site: Settings
    warehouse: Warehouse
    door: home.Door
    api: Api
    post: Post
    collector: Collector
    states: dict[str, str] = field(default_factory=dict)

    def endings(self, source: str, day: date | None = None) -> list[str]:
        """How the batches of a source, or of one window, ended, in the order in which they were opened."""
        with self.warehouse.connect("auditor") as connection:
            rows = connection.execute(
                """
                select ending from iku.batch
                where source = %s and (%s::date is null or window_on = %s)
                order by batch_id
                """,
                [source, day, day],
            ).fetchall()
        return [row["ending"] for row in rows]

    def facts(self, source: str) -> list[tuple[str, int]]:
        """The entries in force."""
        with self.warehouse.connect("auditor") as connection:
            rows = connection.execute(
                f"""
                select entry, amount from fact.{source}
                inner join iku.batch_in_force using (batch_id) order by batch_in_force.window_on, entry
                """
            ).fetchall()
        return [(row["entry"], row["amount"]) for row in rows]

    def gaps(self, source: str) -> set[date]:
        """The windows that nothing is in force for."""
        with self.warehouse.connect("auditor") as connection:
            rows = connection.execute(
                "select window_on from iku.window_state where source = %s and batch_id is null", [source]
            ).fetchall()
        return {row["window_on"] for row in rows}


def drop(site: Settings, source: str, name: str, text: str = "") -> None:
    (site.drop_dir / source).mkdir(parents=True, exist_ok=True)
    (site.drop_dir / source / name).write_text(text)


def set_the_scene(site: Settings) -> None:
    for source in LEDGERS:
        for day in DAYS:
            drop(site, source, f"{day}.csv", GOOD)
    drop(site, MIXED, "stumble")
    drop(site, MIXED, f"{DAYS[1]}.csv", "entry,many\nbuku,1\n")  # its column is gone
    drop(site, KILLED, "hang")
    drop(site, TOLD, "hang")


@pytest.fixture(scope="module")
def night(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """One scheduler for all tests of this file: the runs are set going at once and looked at when they ended."""
    folder = tmp_path_factory.mktemp("airflow")
    on_path = airflow_kit.write_ledgers(folder, LEDGERS, DAYS[0].isoformat())
    warehouse = cluster.create("airflow_runs", TEMPLATE)
    with airflow_kit.seen_here(folder / "ledgers"), warehouse.connect("owner") as connection:
        tables.declare(connection, [catalogue.source(name) for name in LEDGERS], None, "Asia/Jakarta")
    site = airflow_kit.installed(cluster, folder / "state", "airflow_runs")
    set_the_scene(site)
    post, proof, collector = Post(), certificate(folder), Collector(KEY, deaf_to=("message",))
    with (
        pytest.MonkeyPatch.context() as patch, smtp(post, proof) as port, server(post.answer) as bot,
        server(collector.answer) as listening,
    ):  # fmt: skip
        patch.setenv("SSL_CERT_FILE", str(proof))
        patch.setenv("AIRFLOW_CONN_IKU_EMAIL", json.dumps(mail_connection(port, KADIS)))
        patch.setenv("AIRFLOW_CONN_IKU_TELEGRAM", json.dumps(bot_connection(bot)))
        key = {"type": "api_key", "apiKey": KEY}
        told_to = {"type": "http", "url": listening, "auth": key, "retry": {"total": 1}}
        patch.setenv("AIRFLOW__OPENLINEAGE__TRANSPORT", json.dumps(told_to))
        patch.setenv(home.METADATA, cluster.server.url("airflow", "airflow"))
        patch.setenv("PYTHONPATH", str(on_path))
        patch.setenv("AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION", "true")
        patch.setenv("AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY", "1")
        patch.setenv("AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL", "1")  # how soon a task hears what it was told
        try:
            door = home.up(site)
            started = Night(site, warehouse, door, Api.login(door), post, collector)
            play(started)
            yield started
        finally:
            home.down(site)
    cluster.drop("airflow_runs")


def play(night: Night) -> None:
    """Set everything going; kill one task and lie about another; wait for all."""
    api = night.api
    for dag_id in (*(f"collect_{name}" for name in LEDGERS), "refresh"):
        wait(lambda dag_id=dag_id: dag_id in known(api), dag_id)
        api.call("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})
    for source in LEDGERS:
        api.trigger(f"collect_{source}", "one", [day.isoformat() for day in DAYS])
    hanging = {source: night.site.drop_dir / source / "hanging" for source in (KILLED, TOLD)}
    wait(hanging[KILLED].exists, "the task to kill")
    os.kill(int(hanging[KILLED].read_text()), signal.SIGKILL)
    wait(hanging[TOLD].exists, "the task to lie about")
    path = f"/api/v2/dags/collect_{TOLD}/dagRuns/one/taskInstances/extract"
    api.call("PATCH", path, {"new_state": "success"})
    night.states[TWICE] = api.finished(f"collect_{TWICE}", "one")
    api.trigger(f"collect_{TWICE}", "two", [day.isoformat() for day in DAYS])
    for source in (KILLED, MIXED, TOLD):
        night.states[source] = api.finished(f"collect_{source}", "one")
    night.states["again"] = api.finished(f"collect_{TWICE}", "two")
    wait(lambda: deadline.last_end(night.site.state), "the figures")
    api.call("PATCH", "/api/v2/dags/message", {"is_paused": False})
    for run in ("one", "two"):
        api.trigger("message", run, [])
        night.states[f"message {run}"] = api.finished("message", run)


def known(api: Api) -> set[str]:
    return {dag["dag_id"] for dag in api.call("GET", "/api/v2/dags?limit=100")["dags"]}


def test_the_same_window_twice_is_one_in_force_and_a_look(night: Night) -> None:
    assert (night.states[TWICE], night.states["again"]) == ("success", "success")
    for day in DAYS:
        assert night.endings(TWICE, day) == ["in_force", "unchanged"]
    assert night.facts(TWICE) == [("buku", 1), ("pena", 2)] * 3
    assert night.gaps(TWICE) - TODAY == {LAST}
    tasks = night.api.tasks(f"collect_{TWICE}", "two")
    assert tasks["load"]["state"] == "skipped"  # nothing new, so nothing is announced


def test_a_killed_task_is_tried_again_and_ends_right(night: Night) -> None:
    assert night.states[KILLED] == "success"
    assert night.api.tasks(f"collect_{KILLED}", "one")["extract"]["try_number"] == 2
    for day in DAYS:
        assert night.endings(KILLED, day) == ["in_force"]
    assert night.facts(KILLED) == [("buku", 1), ("pena", 2)] * 3


def test_what_may_pass_is_tried_again_and_what_may_not_fails_at_once(night: Night) -> None:
    """The first window stumbles once, the second is rejected; the others are loaded, the run says that it failed."""
    tasks = night.api.tasks(f"collect_{MIXED}", "one")
    assert night.states[MIXED] == "failed"
    assert (tasks["extract"]["state"], tasks["extract"]["try_number"]) == ("success", 2)
    assert (tasks["load"]["state"], tasks["load"]["try_number"]) == ("success", 1)
    assert (tasks["report"]["state"], tasks["report"]["try_number"]) == ("failed", 1)
    assert night.endings(MIXED, DAYS[0]) == ["failed", "in_force"]
    assert night.endings(MIXED, DAYS[1]) == ["rejected"]  # landed by the first try: not fetched a second time
    assert night.endings(MIXED, DAYS[2]) == ["in_force"]
    log = night.api.call("GET", f"/api/v2/dags/collect_{MIXED}/dagRuns/one/taskInstances/report/logs/1")
    assert f"{MIXED} {DAYS[1]}: payload 1" in str(log)


def test_a_task_marked_as_success_by_hand_is_still_a_gap(night: Night) -> None:
    assert night.api.tasks(f"collect_{TOLD}", "one")["extract"]["state"] == "success"
    assert night.gaps(TOLD) - TODAY == {*DAYS, LAST}
    assert night.facts(TOLD) == []


def test_an_event_says_what_was_loaded_and_refreshes_the_figures(night: Night) -> None:
    events = night.api.call("GET", "/api/v2/assets/events?limit=100")["asset_events"]
    extras = {event["name"]: event["extra"] for event in events if event["name"] in LEDGERS}
    assert set(extras) == {TWICE, KILLED, MIXED}
    assert sum(event["name"] == TWICE for event in events) == 1  # the look announced nothing
    said = extras[TWICE]
    assert (said["loaded"], said["quarantined"], said["endings"]) == (6, 0, {"in_force": 3})
    assert said["windows"] == [day.isoformat() for day in DAYS]
    assert len(said["batch_ids"]) == 3

    def refreshed() -> list[Any]:
        runs = night.api.call("GET", "/api/v2/dags/refresh/dagRuns?limit=100")["dag_runs"]
        return [run for run in runs if run["run_type"] == "asset_triggered" and run["state"] == "success"]

    assert wait(refreshed, "refresh")


def test_the_night_is_told_once_to_each_however_often_it_is_asked_for(night: Night) -> None:
    assert (night.states["message one"], night.states["message two"]) == ("success", "success")
    has_begun = datetime.now(night.site.zone).time() >= deadline.PUBLISHED_BY  # before six nobody is told
    assert (len(night.post.mails), len(night.post.calls)) == ((1, 1) if has_begun else (0, 0))
    assert night.post.mails == [] or night.post.mails[0].rcpt_tos == [KADIS]
    path = "/api/v2/dags/message/dagRuns/one/taskInstances/tell/xcomEntries"
    assert night.api.call("GET", path)["xcom_entries"] == []


def test_a_trial_goes_by_what_was_entered_in_the_pages_and_in_the_environment(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_once = len(night.post.mails), len(night.post.calls)
    bot = json.loads(os.environ["AIRFLOW_CONN_IKU_TELEGRAM"])
    monkeypatch.delenv("AIRFLOW_CONN_IKU_TELEGRAM")
    entered = bot | {"connection_id": "iku_telegram", "extra": json.dumps(bot["extra"])}
    night.api.call("POST", "/api/v2/connections", entered)
    words = dict.fromkeys(("key", "subject", "text", "html", "short"), "Percobaan")
    assert home.try_message(night.site, words) == {f"surel {KADIS}": "", f"Telegram {CHAT}": ""}
    assert (len(night.post.mails), len(night.post.calls)) == (told_once[0] + 1, told_once[1] + 1)
    night.api.call("DELETE", "/api/v2/connections/iku_telegram")


def test_tasks_tell_what_they_read_and_wrote_as_openlineage_has_it(night: Night) -> None:
    def complete() -> dict[str, Any]:
        return {event["job"]["name"]: event for event in night.collector.events if event["eventType"] == "COMPLETE"}

    known = wait(lambda: (found := complete()) and "refresh.publish" in found and found, "the events")
    drop_folder = f"file {night.site.drop_dir / TWICE}"
    way = {step: known[f"collect_{TWICE}.{step}"] for step in ("extract", "validate", "load")}
    assert lineage_kit.named(way["extract"]["inputs"]) == [drop_folder]
    assert lineage_kit.named(way["extract"]["outputs"]) == lineage_kit.named(way["validate"]["inputs"])
    assert lineage_kit.named(way["validate"]["outputs"]) == lineage_kit.named(way["load"]["inputs"])
    (table,) = way["load"]["outputs"]
    assert table["namespace"].startswith("postgres://127.0.0.1:")
    assert table["name"] == f"airflow_runs.fact.{TWICE}"
    assert [one["name"] for one in table["facets"]["schema"]["fields"]] == ["entry", "amount"]
    assert GOOD.splitlines()[1] not in json.dumps(night.collector.events)  # names of columns, no value
    assert night.collector.refused == []


def test_a_collector_that_hangs_up_stops_no_task(night: Night) -> None:
    assert wait(lambda: night.collector.hung_up, "an event of the message")
    assert (night.states["message one"], night.states["message two"]) == ("success", "success")


def test_tasks_hand_on_batch_ids_and_nothing_else(night: Night) -> None:
    for source in LEDGERS:
        run = f"/api/v2/dags/collect_{source}/dagRuns/one/taskInstances"
        for entry in night.api.call("GET", f"{run}/~/xcomEntries")["xcom_entries"]:
            value = night.api.call("GET", f"{run}/{entry['task_id']}/xcomEntries/{entry['key']}")["value"]
            assert entry["key"] == "batch_ids"
            assert all(isinstance(number, int) for number in airflow_kit.as_list(value))


def test_no_log_holds_a_password(night: Night) -> None:
    folder = home.home(night.site)
    secrets = (PASSWORD, TOKEN, TOKEN.split(":")[1], KEY)
    assert not [secret for secret in secrets if secret in json.dumps(night.collector.events)]
    passwords = [
        night.door.password,
        *secrets,
        *(url.split(":")[2].split("@")[0] for url in night.site.role_urls.values()),
    ]
    for path in folder.rglob("*.log"):
        text = path.read_text(errors="replace")
        assert not [number for number, password in enumerate(passwords) if password in text], path


def test_steps_in_processes_of_their_own_and_the_load_step_without_great_expectations(night: Night) -> None:
    """The steps are functions without Airflow; what one process judged, another loads."""
    drop(night.site, TWICE, f"{LAST}.csv", GOOD)
    env = home.prepare(night.site)
    begin = "import json, sys; from iku_etl import pipeline, settings; from iku_etl.scheduler import tasks;"
    begin += "p = pipeline.pipeline(settings.load());"
    ids = airflow_kit.python(
        begin + f"found = tasks.extract(p, '{TWICE}', [sys.argv[1]]);print(json.dumps(p.validate(found.batch_ids)))",
        env,
        LAST.isoformat(),
    )
    said, modules = airflow_kit.python(
        begin + "news = tasks.load(p, json.loads(sys.argv[1])); print(json.dumps([news, sorted(sys.modules)]))",
        env,
        str(ids),
    )
    assert said["windows"] == [LAST.isoformat()]
    assert not {"great_expectations", "airflow"} & set(modules)


def test_up_refuses_a_second_time(night: Night) -> None:
    with pytest.raises(SettingError, match="sudah berjalan"):
        home.up(night.site)


def test_down_leaves_no_process_and_a_killed_keeper_no_orphan(night: Night) -> None:
    """The last test of this file: it ends the scheduler, after killing what keeps it."""
    folder = home.home(night.site)
    kept_by = keeper.running(folder)
    assert kept_by is not None
    assert len(keeper.members(kept_by)) > 5
    os.kill(kept_by, signal.SIGKILL)
    wait(lambda: keeper.running(folder) is None, "the keeper")
    assert home.down(night.site) is True
    assert keeper.members(kept_by) == set()
    assert home.down(night.site) is False
    assert (folder / "ports.json").exists()
