"""Floor 7. What Airflow's tasks do, without Airflow: one function a task, handing on batch ids only.

What is done is read from the manifest, so each may run twice, at once, or be killed anywhere.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from iku_etl import catalogue, indonesian
from iku_etl.errors import ContractError, SettingError, TransientError
from iku_etl.manifest import batches
from iku_etl.model import Batch, Source
from iku_etl.pipeline import Pipeline
from iku_etl.stages import publish
from iku_etl.warehouse import database
from iku_etl.window import Window, window_named


@dataclass(frozen=True)
class Extracted:
    """The batches to hand on, and the error that another try may heal."""

    batch_ids: list[int]
    problem: TransientError | None = None


def windows(pipeline: Pipeline, source: Source, labels: Iterable[str]) -> list[Window]:
    """The windows asked for by label, else those that are due. Raises SettingError for a wrong label."""
    asked = []
    for label in labels:
        try:
            asked.append(window_named(source.grid, label, pipeline.settings.zone))
        except ValueError:
            example = {"hour": "2026-03-14T07", "day": "2026-03-14", "month": "2026-03"}[source.grid]
            raise SettingError(f"{source.name}: {label!r} bukan jendela. Tulis seperti {example}.") from None
    return asked or pipeline.due(source)


def extract(pipeline: Pipeline, name: str, labels: Iterable[str] = (), *, is_retry: bool = False) -> Extracted:
    """Collect and land windows of a source. A retry leaves out what an earlier try has landed.

    Handed on besides: whatever a killed run has landed and nobody has judged.
    """
    source = catalogue.source(name)
    landed = to_judge(pipeline, source)
    done = {batch.window for batch in landed} if is_retry else set()
    batch_ids = [batch.batch_id for batch in landed]
    problem = None
    for window in windows(pipeline, source, labels):
        if window in done:
            continue
        try:
            batch_ids += pipeline.extract(source, [window])
        except TransientError as passing:
            problem = passing  # its batch has ended as failed; the other windows go on
    return Extracted(sorted(set(batch_ids)), problem)


def to_judge(pipeline: Pipeline, source: Source) -> list[Batch]:
    """Batches of a source that are landed and not judged."""
    with pipeline.warehouse.connect("loader") as connection:
        return batches.to_judge(connection, source, pipeline.settings.zone)


def validate(pipeline: Pipeline, batch_ids: Sequence[int]) -> list[int]:
    """Judge; the ids to be loaded. Nothing landed costs no start of Great Expectations."""
    return pipeline.validate(batch_ids) if batch_ids else []


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
    with pipeline.warehouse.connect("publisher") as connection:
        if only_if_loaded and not _has_moved(connection):
            return []
        made = publish.publish(connection)
    return [f"{indicator} {period} rev {revision}" for indicator, period, revision in made.figures]


def _has_moved(connection: database.Connection) -> bool:
    row = database.one(
        connection,
        """
        select
            greatest(
                (select max(load_no) from iku.batch where ending = 'in_force'),
                (select max(load_no) from iku.decision),
                0
            ) > (select coalesce(max(as_of), -1) from iku.publication) as has_moved
        """,
    )
    return bool(row["has_moved"])
