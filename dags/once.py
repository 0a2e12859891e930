"""One night, for `iku run` and `make run`: every collect DAG, two at a time, then `refresh`, as real DagRuns.

No DAG file (see .airflowignore). It makes ready what the night needs and waits on its input for JSON, source ->
windows; without it there is no night. Its last line is JSON, DAG id -> state.
"""

import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any

from iku_etl import pipeline, settings
from iku_etl.scheduler import home

AT_ONCE = 2
dags: dict[str, Any] = {}  # what the forked processes run; it can't be handed to them


def prepare() -> None:
    """Read the DAGs of this folder into a metadata database of this release; Great Expectations is imported too."""
    found = settings.load()
    home.migrate_metadata(found, os.environ)
    # the first task would import these: 5 seconds in each process
    import airflow.api_fastapi.execution_api.routes
    import airflow.sdk.execution_time.supervisor
    import airflow.sdk.execution_time.task_runner  # noqa: F401  # for what it brings along
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db

    manager = DagBundlesManager()  # type: ignore[no-untyped-call]  # Airflow leaves it untyped
    manager.sync_bundles_to_db()
    (bundle,) = manager.get_all_dag_bundles()
    bundle.initialize()
    bag = BundleDagBag(dag_folder=bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)
    if bag.import_errors:
        raise SystemExit(f"DAG files with errors: {bag.import_errors}")
    sync_bag_to_db(bag, bundle.name, bundle.version)
    dags.update(bag.dags)
    # `DAG.test` would read and write the whole folder once more for each DAG, a second every time
    nothing = home.home(found) / "no_dags"
    nothing.mkdir(exist_ok=True)
    kind = f"{type(bundle).__module__}.{type(bundle).__qualname__}"
    empty = [{"name": bundle.name, "classpath": kind, "kwargs": {"path": str(nothing)}}]
    os.environ["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"] = json.dumps(empty)
    pipeline.warm()


def run(asked: dict[str, list[str]], dag_id: str) -> tuple[str, str]:
    """Run one DAG once; its id and state."""
    for task in dags[dag_id].tasks:
        task.retries = 0  # no retry: one night does not wait for another try
    windows = asked.get(dag_id.removeprefix("collect_"))
    done = dags[dag_id].test(run_conf={"windows": windows} if windows else None)
    return dag_id, str(getattr(done.state, "value", done.state))


def main(asked: dict[str, list[str]]) -> dict[str, str]:
    """Run the DAGs once each; processes are forked, so that none imports anew."""
    with ProcessPoolExecutor(AT_ONCE, get_context("fork")) as pool:
        states = dict(pool.map(partial(run, asked), sorted(name for name in dags if name.startswith("collect_"))))
        return states | dict([pool.submit(run, asked, "refresh").result()])  # a warm process has it at once


if __name__ == "__main__":
    said = sys.stdout
    sys.stdout = sys.stderr  # tasks print
    prepare()
    if given := sys.stdin.read():
        print(json.dumps(main(json.loads(given))), file=said)
