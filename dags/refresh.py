"""The DAG `refresh`: publish the figures, every night at 01.00 and when a source has brought something new.

Sources arrive one by one; what comes while a run is under way waits for the next one (`max_active_runs=1`),
and a run that finds nothing loaded since the newest publication does nothing. `publish` is `skipped` when
no figure changed, else the asset `iku://figures` names the changed ones.
"""

from datetime import datetime
from typing import Any

from airflow.sdk import (
    DAG,
    Asset,
    AssetAny,
    AssetOrTimeSchedule,
    CronTriggerTimetable,
    get_current_context,
    task,
)
from defaults import RUN, TASK  # type: ignore[import-not-found]  # Airflow adds plugins/ to the path

from iku_etl import catalogue, settings

ZONE = settings.load().zone
FIGURES = Asset(name="figures", uri="iku://figures")
SHOWN = 200  # a night changes a few dozen figures; the first publication of a long history thousands

with DAG(
    dag_id="refresh",
    dag_display_name="Terbitkan angka IKU",
    doc_md=__doc__,
    schedule=AssetOrTimeSchedule(
        assets=AssetAny(*(Asset(name=name, uri=f"iku://{name}") for name in catalogue.source_names())),
        timetable=CronTriggerTimetable("0 1 * * *", timezone=ZONE.key),
    ),
    start_date=datetime(2026, 1, 1, tzinfo=ZONE),
    default_args=TASK,
    **RUN,
    tags=["terbitkan"],
) as dag:

    @task(outlets=[FIGURES])
    def publish() -> None:
        """Compute and write the figures that differ from those published."""
        from airflow.sdk.exceptions import AirflowSkipException

        from iku_etl import pipeline
        from iku_etl.scheduler import tasks

        context: Any = get_current_context()
        changed = tasks.refresh(
            pipeline.pipeline(settings.load()),
            only_if_loaded=context["dag_run"].run_type == "asset_triggered",
        )
        if not changed:
            raise AirflowSkipException("tidak ada angka yang berubah")
        context["outlet_events"][FIGURES].extra = {"count": len(changed), "figures": changed[:SHOWN]}

    publish()
