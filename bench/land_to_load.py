"""30 days of probes, land to load, against the floor: COPY of the same rows inside the server, then the same keys.

182 sites x 288 probes x 30 days. Prometheus' answers lie ready on disk: the network is not what is measured. Each turn
is a fresh process and a fresh database; turns of ours, of the floor and of dlt take turns.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from world import admin, copy_database, reach, told

from iku_etl import catalogue, settings
from iku_etl.connectors.uptime import prometheus as reader
from iku_etl.model import Payload
from iku_etl.pipeline import Pipeline
from iku_etl.sample import prometheus
from iku_etl.sample.regency import World
from iku_etl.settings import Endpoint
from iku_etl.warehouse import database, server
from iku_etl.window import Window, window_at

FIRST, DAYS, EXTRA_SITES = date(2026, 9, 1), 30, 168
ZONE = ZoneInfo("Asia/Jakarta")
SLICE = timedelta(hours=6)
CHUNK = 1 << 18
HERE = Path(__file__).parent
DLT = Path(os.environ.get("BENCH_DLT_PYTHON", HERE.parent / ".venv" / "bench" / "bin" / "python"))


def windows(days: int) -> list[Window]:
    """The day cells that are loaded."""
    return [window_at("day", FIRST + timedelta(days=day), ZONE) for day in range(days)]


def write_payloads(folder: Path, days: int) -> None:
    """Prometheus' answers of all slices, as the connector would have received them."""
    folder.mkdir(parents=True, exist_ok=True)
    world = World(1, FIRST, EXTRA_SITES)
    for window in windows(days):
        start = window.start
        while start < window.end:
            left, right = (round(moment.timestamp() * 1000) for moment in (start, start + SLICE))
            path = folder / f"samples-{left}-{right}"
            if not path.exists():
                query = prometheus.Query((("job", "=", "website"),), left, right - 1)
                path.write_bytes(prometheus.answer(world, FIRST + timedelta(days=days), query))
            start += SLICE


# ---------------------------------------------------------------- one turn of ours, in a process of its own


def from_disk(folder: Path) -> "object":
    """An `extract` that takes the prepared answers for what came over the network."""

    def chunks(path: Path) -> Iterator[bytes]:
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                yield chunk

    def extract(window: Window, _: Endpoint) -> Iterable[Payload]:
        start = window.start
        while start < window.end:
            left, right = (round(moment.timestamp() * 1000) for moment in (start, start + SLICE))
            now = datetime.now(UTC)
            path = folder / f"samples-{left}-{right}"
            yield Payload(
                name=path.name, media_type=reader.MEDIA_TYPE, request={"path": path.name},
                asked_at=now, answered_at=now, status=200, chunks=chunks(path),
            )  # fmt: skip
            start += SLICE

    return extract


def one_turn(state: Path, name: str, payloads: Path, days: int, profile: Path | None) -> dict[str, float]:
    """Land, judge and load everything; seconds of each step. Great Expectations' import is timed apart."""
    running = server.ensure_running(state)
    site = settings.load({"IKU_STATE": str(state / name)})
    pipeline = Pipeline(site, reach(running, name), lambda: datetime(2026, 11, 1, tzinfo=UTC))
    source = replace(catalogue.source("website_uptime"), extract=from_disk(payloads))
    started = time.perf_counter()
    from iku_etl.stages.validate import suite

    suite.warm()
    imported = time.perf_counter()
    profiler = None
    if profile is not None:
        import cProfile

        profiler = cProfile.Profile()
        profiler.enable()
    made = pipeline.extract(source, windows(days)).batch_ids
    landed = time.perf_counter()
    pipeline.validate_and_load(made)
    loaded = time.perf_counter()
    ended = pipeline.batches(made)
    if profiler is not None:
        profiler.disable()
        profiler.dump_stats(str(profile))
    assert [batch.ending for batch in ended] == ["in_force"] * days, ended
    return {
        "import": imported - started,
        "land": landed - imported,
        "judge and load": loaded - landed,
        "all": loaded - imported,
        "rows": sum(batch.loaded or 0 for batch in ended),
    }


def ours(state: Path, running: server.Server, name: str, arguments: argparse.Namespace) -> dict[str, float]:
    """One turn in a fresh process, into a fresh database."""
    copy_database(running, name)
    command = [sys.executable, __file__, "--child", str(state), name, "--payloads", str(arguments.payloads)]
    command += ["--days", str(arguments.days), *(["--profile", arguments.profile] if arguments.profile else [])]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    shutil.rmtree(state / name)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


# ---------------------------------------------------------------- the floor and a peer

COLUMNS = "batch_id, record_no, payload_no, window_on, site, checked_at, up, latency_ms, cause"


def export(running: server.Server, name: str, path: Path) -> None:
    """The rows that were loaded, as a CSV file that the server can read."""
    with admin(running, name) as connection:
        connection.execute(
            sql.SQL("copy (select {} from fact.website_uptime order by batch_id, record_no) to {} (format csv)").format(
                sql.SQL(COLUMNS), sql.Literal(str(path))
            )
        )


def floor(running: server.Server, path: Path) -> float:
    """Seconds of COPY from that file into a plain table, then the key and the index that facts have."""
    with admin(running, database.DATABASE) as connection:
        connection.execute("drop table if exists public.floor")
        connection.execute(
            """
            create table public.floor (
                batch_id bigint not null, record_no integer not null, payload_no smallint not null,
                window_on date not null, site text not null, checked_at timestamptz not null, up boolean,
                latency_ms integer, cause text
            )
            """
        )
        connection.execute("checkpoint")
        started = time.perf_counter()
        connection.execute(sql.SQL("copy public.floor from {} (format csv)").format(sql.Literal(str(path))))
        connection.execute("alter table public.floor add primary key (batch_id, record_no)")
        connection.execute("create index on public.floor (batch_id, site)")
        took = time.perf_counter() - started
        connection.execute("drop table public.floor")
    return took


def dlt(running: server.Server, path: Path, folder: Path) -> float:
    """Seconds of dlt merging the same typed rows (handed over as Arrow), in its fastest file format; no checks."""
    with admin(running) as connection:
        connection.execute("drop database if exists bench_dlt with (force)")
        connection.execute("create database bench_dlt")
    login = conninfo_to_dict(running.dsn(server.ADMIN, "bench_dlt"))
    url = f"postgresql://{login['user']}:{login['password']}@{login['host']}:{login['port']}/bench_dlt"
    done = subprocess.run(
        [DLT, HERE / "peer_dlt.py", path, folder],
        input=url, text=True, stdout=subprocess.PIPE, check=True, cwd=folder,
    )  # fmt: skip
    shutil.rmtree(folder / "dlt", ignore_errors=True)
    return float(done.stdout.splitlines()[-1])


# ---------------------------------------------------------------- in turns


def measure(arguments: argparse.Namespace) -> dict[str, str]:
    """All turns; the summary as label -> sentence."""
    write_payloads(arguments.payloads, arguments.days)
    with tempfile.TemporaryDirectory(prefix="iku-bench-") as folder:
        state = Path(folder)
        state.chmod(0o755)
        shared = state / "shared"  # the server is another account when this one is root
        shared.mkdir()
        shared.chmod(0o777)
        running = server.ensure_running(state)
        try:
            Pipeline(settings.load({"IKU_STATE": folder}), reach(running, database.DATABASE)).migrate()
            return _turns(arguments, state, shared, running)
        finally:
            server.destroy(state)


def _turns(arguments: argparse.Namespace, state: Path, shared: Path, running: server.Server) -> dict[str, str]:
    rows = shared / "rows.csv"
    turns: list[dict[str, float]] = []
    floors, peers = [], []
    for turn in range(arguments.turns):
        turns.append(ours(state, running, "bench_ours", arguments))
        if not rows.exists():
            export(running, "bench_ours", rows)
        with admin(running) as connection:
            connection.execute("drop database bench_ours with (force)")
        floors.append(floor(running, rows))
        if turn < arguments.dlt_turns:
            peers.append(dlt(running, rows, shared))
        said = {**{name: round(value, 2) for name, value in turns[-1].items()}, "floor": round(floors[-1], 2)}
        print(json.dumps({**said, **({"dlt": round(peers[turn], 2)} if turn < len(peers) else {})}), flush=True)
    pairs = list(zip(turns, floors, strict=True))
    summary = {
        "records": f"{turns[0]['rows']:,.0f} in {arguments.days} windows",
        "land to load / floor": told([one["all"] / other for one, other in pairs], "x"),
        "with the import of Great Expectations": told(
            [(one["all"] + one["import"]) / other for one, other in pairs], "x"
        ),
        "floor": told(floors, "s"),
        **{name: told([one[name] for one in turns], "s") for name in ("land", "judge and load", "import")},
    }
    if peers:
        ratios = [other / one["all"] for one, other in zip(turns, peers, strict=False)]
        summary["dlt / ours"] = told(ratios, "x")
        with_import = median(other / (one["all"] + one["import"]) for one, other in zip(turns, peers, strict=False))
        summary["dlt / ours with the import"] = f"{with_import:.1f} x"
    return summary


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--turns", type=int, default=3)
    made.add_argument("--dlt-turns", type=int, default=1 if DLT.exists() else 0)
    made.add_argument("--days", type=int, default=DAYS)
    made.add_argument("--payloads", type=Path, help="keep the prepared answers there")
    made.add_argument("--profile", help="write cProfile's statistics of ours there")
    made.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    return made


def main(arguments: argparse.Namespace) -> dict[str, str]:
    if arguments.payloads is not None:
        return measure(arguments)
    with tempfile.TemporaryDirectory(prefix="iku-bench-answers-") as folder:
        arguments.payloads = Path(folder)
        return measure(arguments)


if __name__ == "__main__":
    given = parser().parse_args()
    if given.child:
        profile = Path(given.profile) if given.profile else None
        print(json.dumps(one_turn(Path(given.child[0]), given.child[1], given.payloads, given.days, profile)))
    else:
        for label, sentence in main(given).items():
            print(f"{label}: {sentence}")
