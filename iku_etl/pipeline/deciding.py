"""What people decide of records, batches and figures, and the replay that follows."""

from iku_etl import catalogue
from iku_etl.errors import SettingError
from iku_etl.figures import publications
from iku_etl.manifest import decisions
from iku_etl.manifest.decisions import Approval, BatchDecision, RecordDecision
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
            decision = decisions.decide(
                connection, kind, reason=reason, decided_by=by, source=batch.source, batch_id=batch_id
            )
        self.note()
        return decision

    def verify_figure(self, indicator: str, period: str, revision: int, *, reason: str, by: str) -> int:
        """Say that the newest revision of a published figure was checked; the decision. See `check_figure`."""
        figure = (indicator, period, revision)
        with self.warehouse.connect("auditor") as connection:
            decisions.check_figure(trace.published(connection, *figure), trace.published(connection, indicator, period))
            decisions.check_eyes(connection, "verify", figure, [by])
        with self.warehouse.connect("decider") as connection:
            decision = decisions.decide(connection, "verify", reason=reason, decided_by=by, figure=figure)
        self.note()
        return decision

    def approve_figure(
        self, indicator: str, period: str, revision: int, *, reason: str, by: str, letter: str, official: str = ""
    ) -> int:
        """Approve the newest revision, which another person verified; the decision.

        `official` approves, by a letter; without one it is `by`, who records it. Its cut-off is the one under which it
        was published. Raises SettingError where the law of four eyes is not kept.
        """
        figure, named = (indicator, period, revision), official.strip() or by
        if not letter.strip():
            raise SettingError("pengesahan perlu nomor surat: --letter 800/123/KOMINFO/2026.")
        with self.warehouse.connect("auditor") as connection:
            row = trace.published(connection, *figure)
            decisions.check_figure(row, trace.published(connection, indicator, period))
            decisions.check_eyes(connection, "approve", figure, [by, named])
            span = publications.spans(connection, row["as_of"], row["as_of_time"]).get(period)
        approval = Approval(named, letter.strip(), span.cut_off_on if span else None)
        with self.warehouse.connect("decider") as connection:
            decision = decisions.decide(
                connection, "approve", reason=reason, decided_by=by, figure=figure, approval=approval
            )
        self.note()
        return decision

    def decide_replay(self, batch_id: int, *, reason: str, by: str) -> Batch:
        """Read the kept bytes of any batch again under a decision, say after its contract was amended."""
        (batch,) = self.batches([batch_id])
        with self.warehouse.connect("decider") as connection:
            decision = decisions.decide(
                connection, "instead_of", source=batch.source, batch_id=batch_id, reason=reason, decided_by=by
            )
        return self.replay(batch_id, decision)
