"""One DAG a source, `collect_<source>`, by the file names under iku_etl/sources.

extract >> validate >> load >> report. Airflow is only the clock here: the tasks hand on batch ids; which
windows are due, and what became of each, is read from the warehouse. So every task may run twice or be
killed, and a task that somebody marked as success is still a gap.

- The windows of a run are those of `{"windows": ["2026-03-14"]}` in its configuration; else the source's grid
  cells that ended in its data interval, and those that `Pipeline.due` names. A backfill does its interval and no more.
- A file put into the source's drop folder starts a run too (plugins/drop_watch.py).
- `extract` tries again, later and later, while a window fails for a reason that may pass, and as late as the
  other side's Retry-After says. It fails at once where trying again does not help, say after a 401. What it could
  land is judged and loaded in any case. One at a time for each source: a backfill does not ask ten times at once.
- Every failure goes to `iku_etl/scheduler/notices.py`, the one notifier.
- A rejected window does not stop the others: `load` brings in all others and announces them by the source's
  asset; then `report` fails the run, with every reason as a sentence, so that somebody looks. The figures
  are refreshed with whatever arrived. A register that nobody has handed in is a gap, not a failure.
- `load` is `skipped` when nothing new is in force: no event, so nothing is refreshed.
"""

from datetime import datetime
from typing import Any

from airflow.sdk import (
    DAG,
    Asset,
    AssetOrTimeSchedule,
    AssetWatcher,
    CronDataIntervalTimetable,
    Param,
    chain,
    get_current_context,
    task,
)
from defaults import RUN, TASK  # type: ignore[import-not-found]  # Airflow adds plugins/ to the path
from drop_watch import DropFolder  # type: ignore[import-not-found]

from iku_etl import catalogue, errors, settings
from iku_etl.model import Source
from iku_etl.scheduler import notices

SETTINGS = settings.load()
ZONE = SETTINGS.zone
IDS = "batch_ids"  # the only key of an XCom
BROKEN_SCHEDULE = "30 0 * * *"  # a source whose module can't be read is reported every night

WINDOWS = Param(
    [],
    type="array",
    items={"type": "string"},
    title="Jendela",
    description="Yang dikumpulkan, satu per baris: 2026-03-14 atau 2026-03. Kosong: semua yang jatuh tempo.",
)


def collect(source: Source) -> DAG:
    """The DAG of one source."""
    asset = Asset(name=source.name, uri=f"iku://{source.name}")
    with DAG(
        dag_id=f"collect_{source.name}",
        dag_display_name=f"Kumpulkan: {source.title}",
        description=source.summary.partition("\n")[0],
        doc_md=source.summary,
        schedule=AssetOrTimeSchedule(
            timetable=CronDataIntervalTimetable(source.schedule, timezone=ZONE.key), assets=[drop_folder(source.name)]
        ),
        start_date=datetime(source.since.year, source.since.month, source.since.day, tzinfo=ZONE),
        params={"windows": WINDOWS},
        default_args=TASK | {"owner": source.owner},
        **RUN,
        tags=["kumpulkan"],
    ) as dag:
        steps = (
            task.python(max_active_tis_per_dag=1)(extract)(source.name),
            task.python(trigger_rule="all_done")(validate)(),
            task.python(outlets=[asset])(load)(source.name),
            task.python(trigger_rule="all_done")(report)(source.name),
        )
        chain(*steps)
    return dag


def drop_folder(name: str) -> Asset:
    """The drop folder of a source as an asset; a source that asks a system may be given files at any time."""
    watcher = AssetWatcher(name=f"drop_{name}", trigger=DropFolder(str(SETTINGS.drop_dir.absolute() / name)))
    return Asset(name=f"drop_{name}", uri=f"iku://drop/{name}", watchers=[watcher])


def broken(name: str) -> DAG:
    """The DAG of a source whose module can't be read: one task that says why."""
    with DAG(
        dag_id=f"collect_{name}",
        dag_display_name=f"Kumpulkan: {name}",
        schedule=CronDataIntervalTimetable(BROKEN_SCHEDULE, timezone=ZONE.key),
        start_date=datetime(2026, 1, 1, tzinfo=ZONE),
        default_args=TASK,
        **RUN,
        tags=["kumpulkan", "rusak"],
    ) as dag:
        task.python(declaration)(name)
    return dag


# ---------------------------------------------------------------- tasks; what they import costs seconds


def _pipeline() -> Any:
    from iku_etl import pipeline

    return pipeline.pipeline(settings.load())


def _pull(task_id: str) -> list[int]:
    return get_current_context()["ti"].xcom_pull(task_ids=task_id, key=IDS) or []


def _push(batch_ids: list[int]) -> None:
    get_current_context()["ti"].xcom_push(key=IDS, value=batch_ids)


def extract(name: str) -> None:
    """Collect and land the windows; hands on the batches even when it fails."""
    from airflow.sdk.exceptions import AirflowSkipException

    from iku_etl.scheduler import tasks

    context: Any = get_current_context()
    run = tasks.Run(
        context.get("data_interval_start"),
        context.get("data_interval_end"),
        is_backfill=context["dag_run"].run_type == "backfill",
        is_retry=context["ti"].try_number > 1,
    )
    found = tasks.extract(_pipeline(), name, context["params"]["windows"], run)
    if found is None:
        raise AirflowSkipException(f"{name}: tidak ada jendela yang berakhir antara {run.after} dan {run.until}")
    _push(found.batch_ids)
    if problem := found.problem or found.refusal:
        raise problem


def validate() -> None:
    """Judge what was landed; hands on the batches that are to be loaded."""
    _push(_pipeline().validate(_pull("extract")))


def load(name: str) -> None:
    """Bring the judged batches to their endings and announce those that are now in force."""
    from airflow.sdk.exceptions import AirflowSkipException

    from iku_etl.scheduler import tasks

    news = tasks.load(_pipeline(), _pull("validate"))
    if news is None:
        raise AirflowSkipException(f"{name}: tidak ada isi baru")
    get_current_context()["outlet_events"][Asset(name=name, uri=f"iku://{name}")].extra = news


def report(name: str) -> None:
    """Fail the run if a batch needs a person or a step before did not end well."""
    from iku_etl.scheduler import tasks

    context = get_current_context()
    tasks.report(_pipeline(), name, _pull("extract"))
    run_id = context["run_id"]
    states = context["ti"].get_task_states(dag_id=context["dag"].dag_id, run_ids=[run_id])[run_id]
    failed = [step for step in ("extract", "validate", "load") if "failed" in str(states.get(step))]
    if failed:
        told = f"{name}: {', '.join(failed)} gagal. Alasannya ada di log tugas itu."
        raise errors.CollectError(told, code=notices.STEP_FAILED)


def declaration(name: str) -> None:
    """Raise what makes the source's module unreadable."""
    catalogue.source(name)


for source_name in catalogue.source_names():
    try:
        found = collect(catalogue.source(source_name))
    except (Exception, SystemExit):  # a broken source does not remove the DAGs of the others
        found = broken(source_name)
    globals()[found.dag_id] = found
