"""Records -> a verdict per window: decisions, the guards of the house, the declared suite.

One way for one window and for many: pieces of records wait in a pool until a run of Great Expectations is
worth its 0.15 s. What was found is counted per window; records that break a `quarantine` rule are set aside,
a broken `stop` rule rejects its own window only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from iku_etl.errors import ContractError
from iku_etl.model import Decision, KeptPayload, Records, Source
from iku_etl.records.verdict import Verdict
from iku_etl.stages.validate import suite
from iku_etl.stages.validate.trial import Trial
from iku_etl.window import Window

POOL_ROWS = 500_000  # records of several windows in one run of Great Expectations
POOL_BYTES = 24 * 1024**2  # a frame takes several times that while it is judged
OWN_BYTES = 8 * 1024**2  # of one window in a run; a day of 180 probed sites has 6 MiB
LARGE_BYTES, LARGE_OWN_BYTES = 64 * 1024**2, 2 * 1024**2  # a large window is judged piece by piece, in little memory


@dataclass(frozen=True)
class Item:
    """One window to judge: its records, read until it is rejected; its payloads; where the Parquet goes."""

    window: Window
    payloads: Sequence[KeptPayload]
    records: Iterable[Records]
    out: Path


def judge(
    source: Source,
    items: Iterable[Item],
    *,
    decisions: Sequence[Decision] = (),
    registers: Mapping[str, frozenset[str]] | None = None,
    now: datetime,
) -> list[Verdict]:
    """Judge windows of one source in shared runs; a verdict per item, in their order.

    Raises DeclarationError when the source itself can't be judged (no suite, an unknown expectation).
    """
    checks = suite.checks_of(source)
    pool = _Pool(source, checks)
    verdicts: list[Verdict] = []
    waiting: list[Trial] = []
    try:
        for item in items:
            trial = Trial(source, item.window, item.payloads, item.out, checks, decisions, registers or {}, now)
            waiting.append(trial)
            _feed(trial, item.records, pool)
            if pool.is_full or trial.rejection:
                pool.judge()
                verdicts += [ended.finish() for ended in _taken(waiting)]
        pool.judge()
        verdicts += [ended.finish() for ended in _taken(waiting)]
    finally:
        for trial in waiting:
            trial.abandon()
    return verdicts


def _taken(waiting: list[Trial]) -> Iterable[Trial]:
    """Yield the trials in order and take each out of the list once it is done; after a failure the rest stay in it."""
    while waiting:
        yield waiting[0]
        waiting.pop(0)


def _feed(trial: Trial, records: Iterable[Records], pool: "_Pool") -> None:
    """Take a window's records into the pool; those of a rejected window are not read to their end."""
    is_large = sum(payload.size_bytes for payload in trial.payloads) > LARGE_BYTES
    own, most = 0, LARGE_OWN_BYTES if is_large else OWN_BYTES
    try:
        for found in records:
            table = trial.take(found)
            pool.add(trial, table)
            own += table.nbytes
            if pool.is_full or own > most:
                pool.judge()
                own = 0
            if trial.rejection:
                return
    except ContractError as problem:
        trial.reject(str(problem), problem.code)


# ---------------------------------------------------------------- the pool


class _Pool:
    """Records of one or more windows that wait for a run."""

    def __init__(self, source: Source, checks: Sequence[suite.Check]) -> None:
        self._names = [column.name for column in source.columns]
        self._checks = [check for check in checks if check.reach in ("records", "table")]
        self._pieces: list[tuple[Trial, pa.Table]] = []
        self._rows = self._bytes = 0

    @property
    def is_full(self) -> bool:
        return self._rows >= POOL_ROWS or self._bytes >= POOL_BYTES

    def add(self, trial: Trial, table: pa.Table) -> None:
        if len(table):
            self._pieces.append((trial, table))
            self._rows += len(table)
            self._bytes += table.nbytes

    def judge(self) -> None:
        """Run the suite over what waits, and hand every window its part of the answers."""
        pieces, self._pieces = self._pieces, []
        self._rows = self._bytes = 0
        if pieces:
            self._run(pieces)
            pa.default_memory_pool().release_unused()  # what pandas freed too: the allocator is the system's

    def _run(self, pieces: Sequence[tuple[Trial, pa.Table]]) -> None:
        table = pa.concat_tables([piece.select(self._names) for _, piece in pieces])
        frame = suite.frame_of(table, self._names)
        try:
            answers = suite.run(self._checks, frame)
            about = {check: suite.selected(frame, check.condition) for check in self._checks if check.condition}
        except suite.NotEvaluated as problem:
            for trial, _ in pieces:
                trial.reject(f"{trial.here}: pemeriksaan {problem}. Perbaiki deklarasinya.", "not_evaluated")
            return
        start = 0
        for trial, piece in pieces:
            end = start + len(piece)
            own = [_part(answer, start, end) for answer in answers]
            selected = [about[check][start:end] if check in about else None for check in self._checks]
            trial.settle(piece, list(zip(self._checks, own, selected, strict=True)))
            start = end


def _part(answer: suite.Answer, start: int, end: int) -> suite.Answer:
    """The answer about rows [start, end); a check of the table holds for all parts or none."""
    rows: npt.NDArray[np.int64] = answer.failing
    low, high = np.searchsorted(rows, [start, end])
    return suite.Answer(rows[low:high] - start, answer.holds if not len(rows) else low == high)
