"""Workers die anywhere: SIGKILL at random points of land and load, 50 times, and nothing is lost, doubled or torn.

The same search finds each of three planted bugs, so that it is known to be able to fail.
"""

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from kit import DAY, METER, ZONE, declare, on, wait_for_sessions
from patience import PATIENCE

from iku_etl.manifest import batches
from iku_etl.model import Payload
from iku_etl.records import verdict
from iku_etl.records.verdict import Verdict
from iku_etl.stages import load
from iku_etl.stages.land.store import Store
from iku_etl.warehouse.database import Warehouse
from iku_etl.window import Window

ASKED = datetime(2026, 1, 6, 1, tzinfo=UTC)
pytestmark = pytest.mark.fault


def content(round_no: int) -> list[int]:
    """The minutes that are read in this round: they only grow, so no revision loses a key."""
    return list(range(200 + round_no))


@dataclass
class Scene:
    """One window, its store and warehouse; the way of a worker through land and load, and what must hold after."""

    warehouse: Warehouse
    store: Store
    folder: Path
    inodes: dict[str, int]

    def work(self, round_no: int, worker: int, window: Window = DAY, others: Barrier | None = None) -> None:
        """What a task does for one attempt; told apart only by when it asked. Before it loads it waits for `others`."""
        minutes = content(round_no)
        asked_at = ASKED + timedelta(minutes=round_no, milliseconds=worker)
        body = b"".join(b"minute,%d\n" % minute for minute in minutes)
        payload = Payload("uji.csv", "text/csv", {}, asked_at, asked_at, None, [body[:700], body[700:]])
        with self.warehouse.connect("loader") as connection:
            batch_id = batches.open_batch(connection, METER, window)
            kept = self.store.land(payload, 1)
            batches.add_payload(connection, batch_id, 1, batches.Landed(payload, kept))
            batches.land(connection, batch_id, asked_at, f"print {round_no}", None)
        path = self.folder / "judged" / f"{batch_id}.parquet"
        self.judge(path, minutes, window)
        if others is not None:
            others.wait(PATIENCE)
        load.load(lambda: self.warehouse.connect("loader"), METER, batch_id, path, ZONE)

    def judge(self, path: Path, minutes: list[int], window: Window) -> None:
        table = pa.table(
            {
                "record_no": pa.array(range(1, len(minutes) + 1), pa.int32()),
                "payload_no": pa.array([1] * len(minutes), pa.int16()),
                "site": ["a"] * len(minutes),
                "read_at": pa.array([window.start + timedelta(minutes=minute) for minute in minutes]),
                "up": [True] * len(minutes),
                "latency_ms": pa.array([5] * len(minutes), pa.int32()),
            }
        )
        writer = verdict.Writer(path, table.schema)
        writer.write(table)
        count = len(minutes)
        writer.finish(
            Verdict(
                METER.name, window.label, None, None, count, count, 0, 0, {}, f"print {count}", (), (), (), (), "uji"
            )
        )

    def killed_round(self, round_no: int, chance: random.Random, longest: float) -> None:
        """Fork one to three workers on the window, kill them all at one moment."""
        workers = [self.fork(round_no, worker) for worker in range(chance.randint(1, 3))]
        time.sleep(chance.uniform(0, longest))
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        for pid in workers:
            os.waitpid(pid, 0)

    def fork(self, round_no: int, worker: int, window: Window = DAY, others: Barrier | None = None) -> int:
        pid = os.fork()
        if pid:
            return pid
        try:
            self.work(round_no, worker, window, others)
        finally:
            os._exit(0)

    def together(self, round_no: int) -> None:
        """Three workers that load the same window at the same moment, not killed: one that had nothing, then DAY."""
        for window in (on(6 + round_no // 5), DAY):
            others = multiprocessing.get_context("fork").Barrier(3)  # until all have landed
            for pid in [self.fork(round_no, worker, window, others) for worker in range(3)]:
                os.waitpid(pid, 0)

    def findings(self) -> set[str]:
        """What is wrong with the store and the warehouse, by name."""
        found = set()
        with self.warehouse.connect("auditor") as connection:
            wait_for_sessions(connection)
            held = connection.execute(
                """
                select batch.batch_id, batch.window_on, batch.ending, batch.superseded_by, batch.loaded,
                    (select count(*) from fact.meter where batch_id = batch.batch_id) as facts,
                    (select sum(up_count) from fact.meter_day where batch_id = batch.batch_id) as rolled_up
                from iku.batch where source = 'meter'
                """
            ).fetchall()
            for row in held:
                if row["ending"] != "in_force" and row["facts"]:
                    found.add("torn: facts of a batch that is not in force")
                if row["ending"] == "in_force" and not row["facts"] == row["loaded"] == row["rolled_up"]:
                    found.add("torn: facts, roll-up and manifest differ")
            standing = Counter(
                row["window_on"] for row in held if row["ending"] == "in_force" and row["superseded_by"] is None
            )
            if max(standing.values(), default=0) > 1:
                found.add("doubled: two batches in force")
            for row in connection.execute("select distinct sha256 from iku.payload where sha256 is not null"):
                self.store.verify(row["sha256"])
        for path in self.store.folder.glob("??/*"):
            if self.inodes.setdefault(path.name, path.stat().st_ino) != path.stat().st_ino:
                found.add("overwritten: a kept file is another file now")
        return found

    def in_force_minutes(self) -> list[int]:
        with self.warehouse.connect("auditor") as connection:
            rows = connection.execute(
                """
                select facts.read_at
                from fact.meter as facts inner join iku.batch_in_force as batch using (batch_id)
                where batch.window_on = %s
                order by facts.read_at
                """,
                [DAY.first_day],
            ).fetchall()
        return [round((row["read_at"] - DAY.start).total_seconds() / 60) for row in rows]


@pytest.fixture
def scene(warehouse: Warehouse, tmp_path: Path) -> Scene:
    declare(warehouse)
    return Scene(warehouse, Store(tmp_path / "raw", 1 << 30, 0), tmp_path, {})


def search(scene: Scene, rounds: int, seed: int) -> set[str]:
    """Kill workers for so many rounds, then let one round live; what was found on the way."""
    chance = random.Random(seed)
    scene.work(0, 0)  # warm: what is imported and compiled at first use is inherited by every worker
    started = time.monotonic()
    os.waitpid(scene.fork(0, 1), 0)
    longest = 1.5 * (time.monotonic() - started)  # three at once take longer than one
    scene.together(0)
    found = scene.findings()
    for round_no in range(1, rounds + 1):
        scene.killed_round(round_no, chance, longest)
        found |= scene.findings()
        if round_no % 5 == 0:
            scene.together(round_no)
            found |= scene.findings()
    scene.together(rounds + 1)
    return found | scene.findings()


def test_fifty_kills_lose_double_and_tear_nothing(scene: Scene) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    assert search(scene, rounds=50, seed=seed) == set()
    assert scene.in_force_minutes() == content(51)
    with scene.warehouse.connect("auditor") as connection:
        row = connection.execute(
            """
            select count(*) filter (where ending is null) as died, count(load_no) as numbers, max(load_no) as top
            from iku.batch
            """
        ).fetchone()
    assert row is not None and row["numbers"] == row["top"]
    assert row["died"] >= 5, "the kills came too late to hit anything"


def autocommit(scene: Scene, patch: pytest.MonkeyPatch) -> None:
    """Each statement commits by itself."""
    connect = Warehouse.connect

    @contextmanager
    def without_transactions(self: Warehouse, role: str) -> Any:
        with connect(self, role) as connection:
            connection.transaction = nullcontext
            yield connection

    patch.setattr(Warehouse, "connect", without_transactions)


def no_exclusion(scene: Scene, patch: pytest.MonkeyPatch) -> None:
    """Neither the constraint nor the lock keeps two loads of one window apart, on a server that takes its time."""
    with scene.warehouse.connect("owner") as connection:
        connection.execute("alter table iku.batch drop constraint one_in_force")
        connection.execute("drop index iku.batch_revision")
        connection.execute(
            "create or replace function iku.lock_window(for_source text, for_win tstzrange) returns void"
            " language sql as 'select'"
        )
        connection.execute(
            "create or replace function iku.take_load_no() returns bigint language sql security definer as"
            " 'select pg_sleep(0.1); update iku.load_counter set load_no = load_no + 1 returning load_no'"
        )


def rename_over(scene: Scene, patch: pytest.MonkeyPatch) -> None:
    """Whoever finishes last replaces what was kept."""

    def replace(self: Store, temporary: Path, sha256: str) -> None:
        self.path(sha256).parent.mkdir(exist_ok=True)
        os.replace(temporary, self.path(sha256))

    patch.setattr(Store, "_link", replace)


@pytest.mark.parametrize(
    ("plant", "finding"), [(autocommit, "torn"), (no_exclusion, "doubled"), (rename_over, "overwritten")]
)
def test_the_search_finds_a_planted_bug(
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    plant: Callable[[Scene, pytest.MonkeyPatch], None],
    finding: str,
) -> None:
    plant(scene, monkeypatch)
    found: set[str] = set()
    for attempt in range(8):
        found |= search(scene, rounds=5, seed=attempt) if not found else set()
    assert {name.split(":")[0] for name in found} == {finding}
