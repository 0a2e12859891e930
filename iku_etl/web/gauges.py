"""The state of the desk as numbers for Prometheus: of committed data, in a registry of their own.

Names of sources and counts, nothing else: no value, member, office, person or reason (decision 63).
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from iku_etl.manifest import calendar
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Row
from iku_etl.web import deadline
from iku_etl.web.deadline import Publication
from iku_etl.web.desk import Desk

MEDIA_TYPE = CONTENT_TYPE_LATEST


def exposition(desk: Desk) -> bytes:
    """All gauges in Prometheus' text format, as things stand now."""
    with desk.pipeline() as pipeline:
        now, sources, gaps = pipeline.now(), pipeline.sources(), pipeline.gaps()
    with desk.connect("auditor") as connection, database.reading(connection):
        standings = calendar.standings(connection)
    registry = CollectorRegistry()
    _of_sources(registry, standings, now)
    _of_windows(registry, sources, gaps)
    _of_publication(registry, deadline.publication(desk))
    return generate_latest(registry)


def _of_sources(registry: CollectorRegistry, standings: Iterable[Row], now: datetime) -> None:
    age = Gauge(
        "iku_source_newest_batch_age_seconds",
        "Seconds since an attempt last found what is in force of a source, anew or as it was. Absent: never.",
        ["source"], registry=registry,
    )  # fmt: skip
    ended = Gauge(
        "iku_source_newest_window_end_timestamp_seconds",
        "End of the newest window of a source that has something in force. Absent: none has.",
        ["source"], registry=registry,
    )  # fmt: skip
    aside = Gauge(
        "iku_source_quarantine_rows", "Records that the batches in force of a source set aside.",
        ["source"], registry=registry,
    )  # fmt: skip
    waiting = Gauge(
        "iku_source_waiting_batches", "Batches of a source that wait for a decision.", ["source"], registry=registry
    )
    for row in standings:
        if row["checked_at"] is not None:
            age.labels(row["source"]).set((now - row["checked_at"]).total_seconds())
        if row["win"] is not None:
            ended.labels(row["source"]).set(row["win"].upper.timestamp())
        aside.labels(row["source"]).set(row["quarantined"])
        waiting.labels(row["source"]).set(row["waiting"])


def _of_windows(registry: CollectorRegistry, sources: Iterable[Row], gaps: Iterable[Row]) -> None:
    due = Gauge(
        "iku_source_windows_due", "Windows of a source whose collection is over.", ["source"], registry=registry
    )
    there = Gauge(
        "iku_source_windows_in_force", "Windows of a source that have something in force.",
        ["source"], registry=registry,
    )  # fmt: skip
    coverage = Gauge(
        "iku_source_window_coverage_ratio",
        "Windows in force of a source as a share of those due, 0 to 1. Absent: none is due yet.",
        ["source"], registry=registry,
    )  # fmt: skip
    untold = Gauge(
        "iku_source_windows_lost", "Due windows of a source that its system can't tell any more.",
        ["source"], registry=registry,
    )  # fmt: skip
    lost = Counter(row["source"] for row in gaps if row["untold"] is not None)
    for row in sources:
        due.labels(row["source"]).set(row["due"])
        there.labels(row["source"]).set(row["in_force"])
        untold.labels(row["source"]).set(lost[row["source"]])
        if row["due"]:
            coverage.labels(row["source"]).set(row["in_force"] / row["due"])


def _of_publication(registry: CollectorRegistry, found: Publication) -> None:
    stale = Gauge(
        "iku_publication_stale", "1 if the last night whose 06.00 has passed left no publication, else 0.",
        registry=registry,
    )  # fmt: skip
    stale.set(found.is_stale)
    moved = Gauge(
        "iku_publication_behind", "1 if a load or decision came after the newest publication, else 0.",
        registry=registry,
    )  # fmt: skip
    moved.set(found.has_moved)
    if found.age is None or found.load_no is None:
        return  # absent before the first publication: 0 would be a fresh one
    Gauge("iku_publication_age_seconds", "Seconds since the newest publication.", registry=registry).set(
        found.age.total_seconds()
    )
    Gauge(
        "iku_publication_load_number", "The load number that the newest publication rests on.", registry=registry
    ).set(found.load_no)
