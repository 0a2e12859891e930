"""The DAG `ledger`: every night at 01.30, what is committed and in no leaf yet goes into the ledger.

Steps note what they commit by themselves; this is for those that died between, for what ended outside of them, and for
the state of the database itself: roles, rights, views, functions, triggers. It fails, and says so, for a ledger that is
not what was written. Nobody signs here: no process of Airflow can read the key (docs/ledger.md).
"""

from datetime import datetime, timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task

from iku_etl import settings
from iku_etl.scheduler import notices

ZONE = settings.load().zone

with DAG(
    dag_id="ledger",
    dag_display_name="Catat buku besar",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("30 1 * * *", timezone=ZONE.key),
    start_date=datetime(2026, 1, 1, tzinfo=ZONE),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    on_failure_callback=notices.failed,
    on_success_callback=notices.recovered,
    default_args={
        "owner": "Dinas Komunikasi dan Informatika",
        "on_failure_callback": notices.failed,
        "retries": 1,
        "execution_timeout": timedelta(hours=3),
    },
    tags=["buku besar"],
) as dag:

    @task
    def append() -> None:
        """Add what has no leaf yet."""
        from iku_etl import pipeline

        print(f"{len(pipeline.pipeline(settings.load()).append_ledger())} daun")

    append()
