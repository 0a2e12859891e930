"""The notifier: what is written of a failure, and when a DAG is well again."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from iku_etl.errors import CollectError, ContractError
from iku_etl.scheduler import notices


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IKU_STATE", str(tmp_path))
    return tmp_path


def context(dag: str, run: str, **more: Any) -> dict[str, Any]:
    return {"dag": SimpleNamespace(dag_id=dag), "run_id": run, **more}


def test_a_failure_stands_until_a_run_goes_well(state: Path) -> None:
    notices.recovered(context("collect_a", "0"))
    assert notices.read(state) == []  # nothing to make good
    notices.failed(context("collect_a", "1", exception=ContractError("sumber menjawab 401.")))
    notices.failed(context("collect_a", "1", reason="task_failure"))  # the run ends after its task: nothing new
    notices.failed(context("collect_b", "1", reason="timed_out"))
    told = [(one.dag, one.reason) for one in notices.open_failures(state)]
    assert told == [("collect_a", "sumber menjawab 401."), ("collect_b", "Airflow: timed_out")]
    notices.recovered(context("collect_a", "2"))
    assert [one.dag for one in notices.open_failures(state)] == ["collect_b"]
    assert [one.is_failure for one in notices.read(state)] == [True, True, False]
    assert (state / notices.FILE).stat().st_mode & 0o077 == 0


def test_runs_that_fail_beside_each_other_keep_their_reasons(state: Path) -> None:
    for run in ("1", "2"):
        notices.failed(context("collect_a", run, exception=ContractError(f"sumber menjawab 401 ({run}).")))
    for run in ("1", "2"):  # what only repeats that something failed: the task `report`, and the run itself
        notices.failed(context("collect_a", run, exception=CollectError("extract gagal", code=notices.STEP_FAILED)))
        notices.failed(context("collect_a", run, reason="task_failure"))
    assert [one.reason for one in notices.read(state)] == ["sumber menjawab 401 (1).", "sumber menjawab 401 (2)."]


def test_a_foreign_error_tells_its_kind_only(state: Path) -> None:
    task = SimpleNamespace(task_id="load")
    notices.failed(context("collect_a", "1", exception=ValueError("NIK 1701234567890123"), ti=task))
    assert notices.open_failures(state)[0].reason == "tugas load: ValueError"


def test_a_torn_line_costs_no_other(state: Path) -> None:
    notices.failed(context("collect_a", "1", reason="x"))
    with (state / notices.FILE).open("a") as stream:
        stream.write('{"at": "2026\n')
    notices.failed(context("collect_b", "1", reason="x"))
    assert [one.dag for one in notices.open_failures(state)] == ["collect_a", "collect_b"]
