"""What a decision would do, before it is made: done in one transaction, the figures read, and all of it taken back."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from iku_etl import catalogue
from iku_etl.errors import TransientError
from iku_etl.manifest import batches, decisions, windows
from iku_etl.manifest.decisions import BatchDecision, RecordDecision
from iku_etl.model import Batch, Decision, KeptPayload, Source
from iku_etl.pipeline.deciding import Deciding
from iku_etl.records import verdict
from iku_etl.records.verdict import Verdict
from iku_etl.stages import land, load, parse, trace, validate
from iku_etl.stages.trace import Foreseen
from iku_etl.warehouse.database import Connection, one

LIMIT = "120s"  # a statement of it: until it is taken back, no load and no decision takes a number
WHY, WHO = "pratinjau, tidak disimpan", "pratinjau"
Told = Callable[[], None]


@dataclass(frozen=True)
class Effect:
    """What a decision would do: how the batch that is read again would end, and the figures that would be others.

    `ended` is None of a batch that is taken back: nothing is read again. `compared`: how many figures were.
    """

    ended: Batch | None
    compared: int
    figures: tuple[Foreseen, ...]


@dataclass(frozen=True)
class _Kept:
    """The bytes of a batch, and what the judge makes of them under the decision."""

    batch: Batch
    payloads: Sequence[KeptPayload]
    content: Verdict


class Foreseeing(Deciding):
    """Decisions tried out. `told` is called when the bytes are judged: what is left is to load and to compute."""

    def foresee_record(
        self, kind: RecordDecision, batch_id: int, record_no: int, changes: dict[str, str | None] | None = None,
        told: Told = lambda: None,
    ) -> Effect:  # fmt: skip
        """What releasing or correcting a record would do; raises what `decide_record` would."""
        (batch,) = self.batches([batch_id])
        source = catalogue.source(batch.source)
        decisions.check_changes(source, changes or {})
        with self.warehouse.connect("auditor") as connection:
            key, digest = decisions.record_of(
                connection, source, batch_id, record_no, must_be_set_aside=kind == "release"
            )
        decided = Decision(0, kind, source.name, key, digest, None, changes, WHY, WHO, 0)

        def decide(connection: Connection) -> int:
            return decisions.decide(
                connection,
                kind,
                source=source.name,
                record_key=key,
                record_hash=digest,
                changes=changes,
                reason=WHY,
                decided_by=WHO,
            )

        return self._foreseen(source, decide, batch, [decided], told)

    def foresee_batch(self, kind: BatchDecision, batch_id: int, told: Told = lambda: None) -> Effect:
        """What taking back the batch in force, or taking up a waiting one, would do; raises as `decide_batch`."""
        (batch,) = self.batches([batch_id])
        decisions.check_batch(kind, batch)
        source = catalogue.source(batch.source)

        def decide(connection: Connection) -> int:
            return decisions.decide(connection, kind, source=source.name, batch_id=batch_id, reason=WHY, decided_by=WHO)

        return self._foreseen(source, decide, batch, None if kind == "withdraw" else [], told)

    def _foreseen(
        self, source: Source, decide: Callable[[Connection], int], batch: Batch, decided: Sequence[Decision] | None,
        told: Told,
    ) -> Effect:  # fmt: skip
        """The decision, the replay and the figures on both sides; TransientError if that takes too long.

        `decided`: what is decided about records of the batch, for the judge; None if it is not read again.
        """
        with tempfile.TemporaryDirectory(prefix="iku-foreseen-") as folder:
            out = Path(folder) / "judged.parquet"
            kept = None if decided is None else self._judged_under(source, batch, decided, out)
            told()
            try:
                with self.warehouse.connect("owner") as connection, connection.transaction(force_rollback=True):
                    connection.execute("select set_config('statement_timeout', %s, true)", [LIMIT])
                    windows.lock_window(connection, source, batch.window)  # before the number, as a load does
                    decision = decide(connection)
                    ended = self._replayed(connection, source, kept, decision) if kept else None
                    number = one(connection, "select load_no from iku.decision where decision_id = %s", [decision])
                    newest = ended.load_no if ended and ended.load_no else number["load_no"]
                    compared, figures = trace.foreseen(
                        connection, source.name, number["load_no"] - 1, newest, self.now()
                    )
            except psycopg.errors.QueryCanceled:
                raise TransientError(
                    f"akibatnya pada angka tidak terhitung dalam {LIMIT.removesuffix('s')} detik, dan tidak ada yang"
                    " diubah. Coba lagi ketika mesin ini tidak sibuk."
                ) from None
        return Effect(ended, compared, tuple(figures))

    def _judged_under(self, source: Source, batch: Batch, decided: Sequence[Decision], out: Path) -> _Kept:
        with self.warehouse.connect("loader") as connection:
            payloads = self._whole(batches.payloads(connection, batch.batch_id, self.store.path))
            known = [*decisions.decisions(connection, source.name), *decided]
            registers = batches.registered_values(connection, source)
        item = validate.Item(batch.window, payloads, parse.records(source, payloads, batch.window), out)
        validate.judge(source, [item], now=self.now(), decisions=known, registers=registers)
        return _Kept(batch, payloads, verdict.read(out))

    def _replayed(self, connection: Connection, source: Source, kept: _Kept, decision: int) -> Batch:
        """As `replay`, of what is judged already, over this connection."""
        batch = kept.batch
        made = batches.open_batch(connection, source, batch.window, instead_of=batch.batch_id, decision_id=decision)
        fingerprint = land.payload_fingerprint(kept.payloads, source.version, decisions.ids(connection, source.name))
        batches.land(connection, made, batch.asked_at or self.now(), fingerprint, None)
        if windows.end_as_look(
            connection, source, batches.get(connection, made, self.settings.zone), self.settings.zone
        ):
            return batches.get(connection, made, self.settings.zone)
        return load.bring_in(connection, source, made, kept.content, self.settings.zone)
