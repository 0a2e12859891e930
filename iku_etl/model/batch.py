"""Batch, and the decisions that people take about one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from iku_etl.window import Window

if TYPE_CHECKING:
    pass

Ending = Literal["in_force", "unchanged", "rejected", "failed", "waiting"]


@dataclass(frozen=True)
class Batch:
    """A row of the manifest: one attempt at one window. Times are aware; `ending` None means still open."""

    batch_id: int
    source: str
    window: Window
    contract_version: int
    purpose: Literal["collect", "replay"]
    asked_at: datetime | None
    landed_at: datetime | None
    payload_fingerprint: str | None
    judged_sha256: str | None
    record_fingerprint: str | None
    ending: Ending | None
    load_no: int | None
    revision: int | None
    superseded_by: int | None
    confirms: int | None
    instead_of: int | None
    decision_id: int | None
    records_read: int | None
    loaded: int | None
    quarantined: int | None
    declared_out: int | None
    reason: str | None


@dataclass(frozen=True)
class Decision:
    """What a person decided, with reason and name, about a record (by key and hash), a batch or a figure."""

    decision_id: int
    kind: Literal["release", "correction", "withdraw", "instead_of", "verify", "approve"]
    source: str | None
    record_key: Mapping[str, Any] | None
    record_hash: str | None
    batch_id: int | None
    changes: Mapping[str, Any] | None
    reason: str
    decided_by: str
    load_no: int
