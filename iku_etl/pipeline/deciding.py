"""What people decide of records, batches and figures, and the replay that follows."""

from iku_etl import catalogue
from iku_etl.manifest import decisions
from iku_etl.manifest.decisions import BatchDecision, FigureDecision, RecordDecision
from iku_etl.model import Batch
from iku_etl.pipeline.collecting import Collecting
from iku_etl.stages import trace


class Deciding(Collecting):
    """The warehouse under the decisions of named people, each with its reason."""

    def decide_record(
        self, kind: RecordDecision, batch_id: int, record_no: int, *, reason: str, by: str,
        changes: dict[str, str | None] | None = None,
    ) -> tuple[int, Batch]:  # fmt: skip
        """Release or correct a record and read its batch again; the decision and how the new batch ended."""
        (batch,) = self.batches([batch_id])
        source = catalogue.source(batch.source)
        decisions.check_changes(source, changes or {})
        with self.warehouse.connect("auditor") as connection:
            key, digest = decisions.record_of(
                connection, source, batch_id, record_no, must_be_set_aside=kind == "release"
            )
        with self.warehouse.connect("decider") as connection:
            decision = decisions.decide(
                connection, kind, reason=reason, decided_by=by, source=source.name, record_key=key, record_hash=digest,
                changes=changes,
            )  # fmt: skip
        return decision, self.replay(batch_id, decision)

    def decide_batch(self, kind: BatchDecision, batch_id: int, *, reason: str, by: str) -> int:
        """Withdraw the batch in force, or let a waiting one take its place (then `replay`); the decision."""
        (batch,) = self.batches([batch_id])
        decisions.check_batch(kind, batch)
        with self.warehouse.connect("decider") as connection:
            return decisions.decide(
                connection, kind, reason=reason, decided_by=by, source=batch.source, batch_id=batch_id
            )

    def decide_figure(
        self, kind: FigureDecision, indicator: str, period: str, revision: int, *, reason: str, by: str
    ) -> int:
        """Verify or approve the newest revision of a published figure; the decision. See `decisions.check_figure`."""
        with self.warehouse.connect("auditor") as connection:
            row = trace.published(connection, indicator, period, revision)
            decisions.check_figure(row, trace.published(connection, indicator, period))
        with self.warehouse.connect("decider") as connection:
            figure = (indicator, period, revision)
            return decisions.decide(connection, kind, reason=reason, decided_by=by, figure=figure)

    def decide_replay(self, batch_id: int, *, reason: str, by: str) -> Batch:
        """Read the kept bytes of any batch again under a decision, say after its contract was amended."""
        (batch,) = self.batches([batch_id])
        with self.warehouse.connect("decider") as connection:
            decision = decisions.decide(
                connection, "instead_of", source=batch.source, batch_id=batch_id, reason=reason, decided_by=by
            )
        return self.replay(batch_id, decision)
