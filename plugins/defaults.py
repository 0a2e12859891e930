"""What all DAGs say alike: how runs and tasks tell of themselves, and when a task tries again. No plugin.

`TASK` is a DAG's `default_args`, changed where a DAG is another; `RUN` are arguments of the DAG itself.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryDecision, RetryRule

from iku_etl import errors
from iku_etl.scheduler import notices

LONGEST_WAIT = timedelta(hours=6)  # what asks for more is tried by the next night


class Patient(ExceptionRetryPolicy):
    """Waits as long as the other side asked for (Retry-After), without holding a worker."""

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> RetryDecision:
        asked = getattr(exception, "retry_after", None)
        if asked is None:
            return super().evaluate(exception, try_number, max_tries, context)
        delay = timedelta(seconds=asked)
        return RetryDecision.retry(delay=delay) if delay <= LONGEST_WAIT else RetryDecision.fail("next night")


TASK: dict[str, Any] = {
    "owner": "Dinas Komunikasi dan Informatika",
    "on_failure_callback": notices.failed,
    "retries": 3,  # the delay is [core] default_task_retry_delay, doubled each time
    "retry_exponential_backoff": 2,
    "max_retry_delay": timedelta(minutes=30),
    "execution_timeout": timedelta(hours=3),  # a hung connection must not hold the DAG for ever
    "retry_policy": Patient(
        rules=[
            RetryRule(exception=[errors.TransientError, errors.WarehouseError], action=RetryAction.RETRY),
            RetryRule(exception=errors.IkuError, action=RetryAction.FAIL),  # trying again would not help
        ]
    ),
}
RUN: dict[str, Any] = {
    "catchup": False,
    "max_active_runs": 1,
    "dagrun_timeout": timedelta(hours=20),  # below a day, so that a run that hangs does not cost the next night
    "on_failure_callback": notices.failed,  # of a run that no task could tell of: killed, or out of time
    "on_success_callback": notices.recovered,
}
