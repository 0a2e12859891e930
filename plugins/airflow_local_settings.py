"""Warms the scheduler: LocalExecutor forks every task from it, so what it has imported costs a task nothing.

Airflow imports this file in each of its processes, but only the scheduler imports Great Expectations here: once, and
not in every `validate` task (10 CPU seconds each). A Celery worker forks its pool likewise.
"""

import sys

__all__: tuple[str, ...] = ()  # Airflow would take over every name as a setting

if {"scheduler", "worker"} & set(sys.argv):
    from iku_etl import pipeline

    pipeline.warm()
