"""Everything that `make bench` measures, one after the other, and a summary. Half an hour on two cores."""

import argparse
import time
from collections.abc import Callable

import airflow_night
import audit
import files
import land_to_load
import memory
import pages
import readings

BARS = {
    "land to load": "land to load / floor at most 3; dlt / ours over 1",
    "readings": "month 50 ms, evidence 20 ms, as of four years back 1.2 x",
    "files": "log / floor at most 3; register / floor at most 12",
    "pages": "each page 100 ms and 200 kB",
    "memory": "peak at most 400 MB",
    "audit": "100,000 leaves checked in 10 s",
    "night": "a whole night under Airflow in 180 s",
}


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("only", nargs="*", choices=[*BARS, []], help=f"of: {', '.join(BARS)}")
    chosen = made.parse_args().only or list(BARS)
    benches: dict[str, Callable[[], dict[str, str]]] = {
        "land to load": lambda: land_to_load.main(land_to_load.parser().parse_args([])),
        "readings": readings.main,
        "files": lambda: files.main(files.parser().parse_args([])),
        "pages": lambda: pages.main(pages.parser().parse_args([])),
        "memory": lambda: memory.main(memory.parser().parse_args([])),
        "audit": lambda: audit.main(audit.parser().parse_args([])),
        "night": airflow_night.main,
    }
    summaries = {}
    for name in chosen:
        started = time.perf_counter()
        print(f"== {name}", flush=True)
        summaries[name] = benches[name]()
        print(f"   {time.perf_counter() - started:.0f} s", flush=True)
    for name, summary in summaries.items():
        print(f"\n{name} (bar: {BARS[name]})")
        width = max(map(len, summary))
        for label, sentence in summary.items():
            print(f"  {label:{width}}  {sentence}")


if __name__ == "__main__":
    main()
