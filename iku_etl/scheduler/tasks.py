"""What Airflow's tasks do, without Airflow: one function a task, handing on batch ids only.

What is done is read from the manifest, so each may run twice, at once, or be killed anywhere.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from iku_etl import catalogue, indonesian
from iku_etl.errors import ContractError
from iku_etl.manifest import batches
from iku_etl.model import Source
from iku_etl.pipeline import Extracted, Pipeline
from iku_etl.window import Window


@dataclass(frozen=True)
class Run:
    """What the scheduler says of a run: its data interval, if it has one, and what made it."""

    after: datetime | None = None
    until: datetime | None = None
    is_backfill: bool = False
    is_retry: bool = False


def extract(pipeline: Pipeline, name: str, labels: Iterable[str] = (), run: Run | None = None) -> Extracted | None:
    """Collect and land windows of a source; None if a backfill's interval ends none. A retry leaves out what landed.

    Handed on besides: whatever a killed run has landed and nobody has judged.
    """
    source, run = catalogue.source(name), run or Run()
    wanted = asked_of(pipeline, source, list(labels), run)
    left = pipeline.landed(source)
    if not wanted and not left and run.is_backfill:
        return None
    done = {batch.window for batch in left} if run.is_retry else set()
    made = pipeline.extract(source, [window for window in wanted if window not in done])
    return replace(made, batch_ids=sorted({*made.batch_ids, *(batch.batch_id for batch in left)}))


def asked_of(pipeline: Pipeline, source: Source, labels: list[str], run: Run) -> list[Window]:
    """The windows of a run: those it names, else what is due and what ended in its data interval.

    A run that was cleared weeks later so does its own night again. A backfill does its interval and no more.
    """
    if labels or run.after is None or run.until is None:
        return pipeline.windows(source, labels)
    ended = pipeline.ended(source, run.after, run.until)
    if run.is_backfill:
        return ended
    return sorted({*pipeline.windows(source), *pipeline.tellable(source, ended)})


def load(pipeline: Pipeline, batch_ids: Sequence[int]) -> dict[str, Any] | None:
    """Load; what the event of the source's asset says, None if nothing new is in force."""
    ended = pipeline.load(batch_ids)
    fresh = [batch for batch in ended if batch.ending == "in_force"]
    if not fresh:
        return None
    return {
        "batch_ids": [batch.batch_id for batch in fresh],
        "windows": [batch.window.label for batch in fresh],
        "loaded": sum(batch.loaded or 0 for batch in fresh),
        "quarantined": sum(batch.quarantined or 0 for batch in fresh),
        "endings": dict(sorted(Counter(batch.ending for batch in ended).items())),
    }


def report(pipeline: Pipeline, name: str, batch_ids: Sequence[int]) -> None:
    """Raise ContractError if any of these batches needs a person, with all their reasons."""
    with pipeline.warehouse.connect("loader") as connection:
        rows = batches.needing_a_person(connection, batch_ids)
    if rows:
        raise ContractError(f"{name}: " + "\n".join(map(_sentence, rows)))


def _sentence(row: dict[str, Any]) -> str:
    if row["ending"] is None:
        return f"batch {row['batch_id']} {row['window_on']} belum selesai. Jalankan: iku load {row['batch_id']}."
    return f"batch {row['batch_id']} {indonesian.ENDINGS[row['ending']]}: {row['reason']}"


def refresh(pipeline: Pipeline, *, only_if_loaded: bool) -> list[str]:
    """Publish the figures; those that changed, as `IKU-05 2026-03 rev 0`.

    `only_if_loaded`: nothing is computed unless a load or decision came after the newest publication. The
    nightly call computes always, since time alone ends periods, passes cut-offs and makes registers stale.
    """
    if only_if_loaded and not pipeline.has_moved():
        return []
    made = pipeline.publish()
    return [f"{indicator} {period} rev {revision}" for indicator, period, revision in made.figures]
