"""One night in one process, for `iku run` and `make run`: every collect DAG, then `refresh`, as real DagRuns.

No DAG file (see .airflowignore). It makes ready what the night needs and waits on its input for JSON, source ->
windows; without it there is no night. Its last line is JSON, DAG id -> state.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from iku_etl import pipeline, settings
from iku_etl.scheduler import home


def prepared() -> Any:
    """The DAGs of this folder, over a metadata database of this release; Great Expectations is imported for all."""
    home.migrate_metadata(settings.load(), os.environ)
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(Path(__file__).parent))
    if bag.import_errors:
        raise SystemExit(f"DAG files with errors: {bag.import_errors}")
    pipeline.warm()
    return bag


def main(bag: Any, asked: dict[str, list[str]]) -> dict[str, str]:
    """Run the DAGs once each."""
    states = {}
    for dag_id in sorted(bag.dags, key=lambda name: (name == "refresh", name)):
        dag: Any = bag.dags[dag_id]
        for task in dag.tasks:
            task.retries = 0  # no retry: one night does not wait for another try
        windows = asked.get(dag_id.removeprefix("collect_"))
        run = dag.test(run_conf={"windows": windows} if windows else None)
        states[dag_id] = str(getattr(run.state, "value", run.state))
    return states


if __name__ == "__main__":
    said = sys.stdout
    sys.stdout = sys.stderr  # tasks print
    dags = prepared()
    if asked := sys.stdin.read():
        print(json.dumps(main(dags, json.loads(asked))), file=said)
