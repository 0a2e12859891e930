"""The DAG `open_data`: bring the CKAN portal to what the public may read, after figures changed and every day at 04.30.

Only where connections.toml names a portal under [open_data]; else the task is `skipped`. What the portal has already is
not sent again. A portal that is down is tried again and then makes this DAG fail, never the figures: publishing knows
nothing of it. The daily look ends a failed night, and sends what changed without a figure: a period that is over.
"""

from datetime import datetime

from airflow.sdk import DAG, Asset, AssetOrTimeSchedule, CronTriggerTimetable, task
from defaults import RUN, TASK  # type: ignore[import-not-found]  # Airflow adds plugins/ to the path

from iku_etl import settings

ZONE = settings.load().zone

with DAG(
    dag_id="open_data",
    dag_display_name="Data terbuka ke portal",
    doc_md=__doc__,
    schedule=AssetOrTimeSchedule(
        assets=[Asset(name="figures", uri="iku://figures")],
        timetable=CronTriggerTimetable("30 4 * * *", timezone=ZONE.key),
    ),
    start_date=datetime(2026, 1, 1, tzinfo=ZONE),
    default_args=TASK,
    **RUN,
    tags=["terbitkan"],
) as dag:

    @task
    def push() -> None:
        """Send what the portal does not have yet."""
        from airflow.sdk.exceptions import AirflowSkipException

        from iku_etl import pipeline

        changed = pipeline.pipeline(settings.load()).share()
        if changed is None:
            raise AirflowSkipException("connections.toml tidak menyebut portal: [open_data]")
        print("\n".join(changed) or "portal sudah memuat semuanya")

    push()
