"""Peak memory of one process that lands, judges and loads one payload: a register of websites, 1 GB of CSV.

Measured in a child process of its own (ru_maxrss). The checks of a whole window (distinct values, unique columns) are
left out of the suite: they hold their columns in memory and are refused beyond 2 million records.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from world import reach, warehouse

from iku_etl import catalogue, settings
from iku_etl.model import Expectation, Source
from iku_etl.pipeline import Pipeline
from iku_etl.warehouse import database, server
from iku_etl.window import window_at

HEADER = "site,host,name,opd,kind,is_media_information,managed_from,managed_to,closure_letter\n"
WHOLE = ("ExpectColumnDistinctValuesToBeInSet", "ExpectCompoundColumnsToBeUnique")
BLOCK = 10_000


def write(path: Path, megabytes: int) -> int:
    """A register of that size; how many records it holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number = 0
    with path.open("w", encoding="utf-8") as stream:
        stream.write("posisi_per,2026-09-30\n" + HEADER)
        while stream.tell() < megabytes * 1024**2:
            stream.writelines(
                f"situs-{n},situs-{n}.bengkuluselatan.example,Situs resmi nomor {n} milik sebuah kantor,"
                f"Kantor nomor {n % 97},layanan,tidak,2021-03-01,,\n"
                for n in range(number, number + BLOCK)
            )
            number += BLOCK
    return number


def declared() -> Source:
    """The source website without the checks of a whole window."""
    source = catalogue.source("website")
    kept = [one for one in source.expectations if not (isinstance(one, Expectation) and one.name in WHOLE)]
    return replace(source, expectations=tuple(kept))


def one_turn(state: Path) -> dict[str, float]:
    """Peak memory in MiB after each step."""
    site = settings.load({"IKU_STATE": str(state)})
    running = server.ensure_running(state, durable=False)
    source = declared()
    catalogue.source = lambda _: source
    pipeline = Pipeline(site, reach(running, database.DATABASE), lambda: datetime(2026, 10, 2, tzinfo=UTC))
    started, found = time.perf_counter(), {}

    def note(step: str) -> None:
        found[step] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        found[f"{step} s"] = time.perf_counter() - started

    note("start")
    from iku_etl.stages.validate import suite

    suite.warm()
    note("import")
    made = pipeline.extract(source, [window_at("month", date(2026, 9, 1), ZoneInfo("Asia/Jakarta"))]).batch_ids
    note("land")
    judged = pipeline.validate(made)
    note("judge")
    ended = pipeline.load(judged)
    note("load")
    assert [batch.ending for batch in ended] == ["in_force"], ended
    return found


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--mb", type=int, default=1024)
    made.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    return made


def main(arguments: argparse.Namespace) -> dict[str, str]:
    with warehouse(durable=False) as (_, site):
        records = write(site.drop_dir / "website" / "register.csv", arguments.mb)
        command = [sys.executable, __file__, "--child", str(site.state)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    steps = ("start", "import", "land", "judge", "load")
    summary = {"payload": f"{arguments.mb} MB, {records:,} records"}
    summary["peak memory"] = f"{max(found[step] for step in steps):.0f} MiB"
    summary["after each step"] = ", ".join(
        f"{step} {found[step]:.0f} MiB at {found[step + ' s']:.0f} s" for step in steps
    )
    return summary


if __name__ == "__main__":
    given = parser().parse_args()
    if given.child:
        print(json.dumps(one_turn(given.child)))
    else:
        for label, sentence in main(given).items():
            print(f"{label}: {sentence}")
