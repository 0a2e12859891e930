"""`python -m iku_etl.sample`: serve in the foreground until interrupted; days pass by the clock."""

import argparse
import json
import signal
import threading
from datetime import date, datetime
from pathlib import Path

from iku_etl.sample.regency import ZONE
from iku_etl.sample.servers import bad_night_of, default_days, serve
from iku_etl.sample.sheets import put
from iku_etl.sample.state import SAMPLE, sample_of
from iku_etl.settings import load


def begin(state: Path, seed: int, first_day: date | None, today: date) -> tuple[int, date, date]:
    """(seed, first day, last day); a world that this state already holds goes on, unless told otherwise."""
    held = sample_of(state) or {}
    first, last = default_days(today)
    if first_day is not None:
        first = first_day
    elif held.get("seed") == seed:
        first = date.fromisoformat(held["first_day"])
    put(state / SAMPLE, json.dumps({"seed": seed, "first_day": first.isoformat()}).encode() + b"\n")
    return seed, first, last


def main() -> None:
    """Read the arguments, serve, and move on to the next day whenever one has ended."""
    parser = argparse.ArgumentParser(prog="python -m iku_etl.sample", description="Melayani kabupaten contoh.")
    parser.add_argument("--state", type=Path, help="folder data (bawaan: IKU_STATE)")
    parser.add_argument("--seed", type=int, default=1, help="benih dunia contoh")
    parser.add_argument("--first-day", type=date.fromisoformat, help="hari pertama riwayat, YYYY-MM-DD")
    parser.add_argument("--last-day", type=date.fromisoformat, help="hari terakhir; bawaan: kemarin, ikut jam")
    chosen = parser.parse_args()
    state = chosen.state or load().state
    state.mkdir(parents=True, exist_ok=True)
    seed, first, last = begin(state, chosen.seed, chosen.first_day, _today())
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with serve(state, seed, first, chosen.last_day or last) as running:
        running.bad_night = bad_night_of(running.world)
        for name in running.servers:
            print(f"{name}: {running.url(name)}", flush=True)
        print(f"Riwayat {first} s.d. {running.last_day}; berkas register di {state / 'drop'}", flush=True)
        while not stopped.wait(60):
            _, yesterday = default_days(_today())
            if chosen.last_day is None and yesterday != running.last_day:
                running.move_to(yesterday)


def _today() -> date:
    return datetime.now(ZONE).date()


if __name__ == "__main__":
    main()
