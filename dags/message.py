"""The DAG `message`: one message of the night, by e-mail and Telegram, every morning at 06.00.

What it says and whom it told are read from committed data (`iku_etl/scheduler/telling.py`), so it may run twice, or be
started by hand at any time, and nobody is told twice. If the figures are not out by 06.00, it says what they wait
for; the later looks tell of the night once it is published, and try again what could not be sent. Publishing knows
nothing of it and waits for nothing here. Without a connection it is off, and `iku status` says so.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task
from defaults import RUN, TASK  # type: ignore[import-not-found]  # Airflow adds plugins/ to the path

from iku_etl import settings

ZONE = settings.load().zone
LOOKS = "0 6,7,9,12,15 * * *"

with DAG(
    dag_id="message",
    dag_display_name="Kabar malam",
    doc_md=__doc__,
    schedule=CronTriggerTimetable(LOOKS, timezone=ZONE.key),
    start_date=datetime(2026, 1, 1, tzinfo=ZONE),
    default_args=TASK
    | {
        "max_retry_delay": timedelta(minutes=15),
        "execution_timeout": timedelta(minutes=30),
        "retry_policy": None,  # whatever stood in the way of a message may have passed
    },
    **RUN | {"dagrun_timeout": timedelta(hours=2)},
    tags=["kabar"],
) as dag:

    @task
    def tell() -> None:
        """Tell whoever was not told yet."""
        import couriers  # type: ignore[import-not-found]  # Airflow adds plugins/ to the path
        from airflow.sdk.exceptions import AirflowSkipException

        from iku_etl.scheduler import telling

        done = telling.tell(settings.load(), couriers.switched_on(), datetime.now(UTC))
        if not done:
            raise AirflowSkipException("tidak ada kabar yang belum disampaikan")
        print("\n".join(done))

    tell()
