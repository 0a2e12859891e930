"""The one notifier: what failed is written down, so that `iku status` says it and nobody has to read Airflow's log.

`<state>/notices.jsonl` (0600) has a line for each task and run that failed, and one for the run after which the DAG
was well again; nothing in it is ever changed. Airflow calls `failed` and `recovered`; the message of the night tells of
what stands open (`messages.py`).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from iku_etl import settings
from iku_etl.errors import IkuError
from iku_etl.scheduler import lines

FILE = "notices.jsonl"
STEP_FAILED = "step_failed"  # the code of an error that only says that another task has failed


@dataclass(frozen=True)
class Notice:
    """What became of a run; `is_failure` is False for the first one that went well again."""

    at: str  # an aware moment, ISO 8601
    dag: str
    run: str
    is_failure: bool
    reason: str = ""


def failed(context: Mapping[str, Any]) -> None:
    """Airflow's callback of tasks and DAGs, `on_failure_callback`. Of a run whose tasks told why nothing is added."""
    state, dag, run = settings.load().state, context["dag"].dag_id, str(context["run_id"])
    problem = context.get("exception")
    adds_nothing = problem is None or getattr(problem, "code", None) == STEP_FAILED
    # of all notices, not of the newest: runs of a backfill fail beside each other
    if adds_nothing and any((known.dag, known.run, known.is_failure) == (dag, run, True) for known in read(state)):
        return
    _write(state, Notice(_now(), dag, run, True, _reason(problem, context)))


def recovered(context: Mapping[str, Any]) -> None:
    """Airflow's callback of DAGs, `on_success_callback`: said only where the DAG had failed."""
    state, dag = settings.load().state, context["dag"].dag_id
    if open_failures(state, dag):
        _write(state, Notice(_now(), dag, str(context["run_id"]), False))


def open_failures(state: Path, dag: str | None = None) -> list[Notice]:
    """The newest notice of each DAG, or of this one, that no run has made good since; the oldest first."""
    newest: dict[str, Notice] = {}
    for notice in read(state):
        if dag is None or notice.dag == dag:
            newest.pop(notice.dag, None)
            newest[notice.dag] = notice
    return [notice for notice in newest.values() if notice.is_failure]


def read(state: Path) -> list[Notice]:
    """All notices, oldest first. A line that a crash or a full disk has torn is left out."""
    found = []
    for line in lines.read(state / FILE):
        try:
            found.append(Notice(**line))
        except TypeError:
            continue
    return found


def _reason(problem: object, context: Mapping[str, Any]) -> str:
    """The words of an error of ours; of others only the kind, since their text may carry what is personal."""
    task = getattr(context.get("task_instance") or context.get("ti"), "task_id", None)
    if isinstance(problem, IkuError):
        return str(problem)
    if problem is not None:
        return f"tugas {task}: {type(problem).__name__}"
    return f"Airflow: {context.get('reason') or 'gagal'}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _write(state: Path, notice: Notice) -> None:
    lines.append(state / FILE, asdict(notice))
