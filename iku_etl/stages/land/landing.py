"""Payloads of a window -> kept bytes and the rows of a batch; personal data are stripped before that."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from iku_etl.errors import CollectError, ContractError, IkuError, NotTold, RawStoreError, SettingError, TransientError
from iku_etl.manifest import batches, decisions, windows
from iku_etl.manifest.batches import Landed
from iku_etl.model import Payload, Source, Unobserved
from iku_etl.records import unobserved
from iku_etl.stages.land import redact
from iku_etl.stages.land.store import Store, payload_fingerprint
from iku_etl.warehouse.database import Connection
from iku_etl.window import Window


@dataclass(frozen=True)
class Landing:
    """Where bytes are kept, what gives the token key (id, key) for sources with personal data, and the clock."""

    store: Store
    token_key: Callable[[], tuple[str, bytes]] = field(repr=False)
    now: Callable[[], datetime]

    def land(
        self, connection: Connection, source: Source, window: Window, payloads: Iterable[Payload]
    ) -> tuple[int | None, IkuError | None]:
        """Keep the payloads as one batch; its id, and the error that ended it as rejected or failed.

        Without a payload the batch ends as failed, after NotTold as rejected; None if the window is known to have none
        or is in force. With nothing but notes of what could not be read it is rejected, and says the first of them.
        """
        batch_id = windows.open_poll(connection, source, window) if source.poller else None
        landed: list[Landed] = []
        try:
            for payload in payloads:
                batch_id = batch_id or batches.open_batch(connection, source, window)
                landed.append(self._keep(connection, source, batch_id, payload, len(landed)))
            if landed and not source.poller:
                self.refuse_nothing_but_notes(source, window, landed)
        except (CollectError, RawStoreError) as problem:
            if isinstance(problem, NotTold) and batch_id is None and windows.is_known(connection, source, window):
                return None, None  # in force, or said before: each night's lookback would say it again
            batch_id = batch_id or batches.open_batch(connection, source, window)
            may_pass = isinstance(problem, TransientError | RawStoreError)
            with connection.transaction():
                batches.end(
                    connection, batch_id, "failed" if may_pass else "rejected", reason=str(problem), code=problem.code
                )
            return batch_id, problem
        if batch_id is None:
            return _nothing_offered(connection, source, window), None
        if not source.poller or window.end <= self.now():
            self._close(connection, source, batch_id, landed)
        return batch_id, None

    def _keep(self, connection: Connection, source: Source, batch_id: int, payload: Payload, before: int) -> Landed:
        number = 1 + (batches.payload_count(connection, batch_id) if source.poller else before)
        landed = self.keep(connection, source, payload, number)
        batches.add_payload(connection, batch_id, number, landed)
        return landed

    def keep(self, connection: Connection, source: Source, payload: Payload, number: int) -> Landed:
        """Keep a payload's bytes, stripped where that is due; no row is written."""
        if redact.is_due(source, payload):
            return self._keep_redacted(connection, source, payload, number)
        return Landed(payload, self.store.land(payload, number))

    def _keep_redacted(self, connection: Connection, source: Source, payload: Payload, number: int) -> Landed:
        key_id, key = self.token_key()
        used = batches.token_key_id(connection)
        if used is not None and used != key_id:  # other tokens: repeats of a message would no longer be found
            raise SettingError(
                f"{source.name}: kunci token {key_id} bukan kunci {used} yang dipakai selama ini. Pulihkan secrets.toml"
                " di folder data dari cadangan; kunci baru memutus riwayat."
            )
        stripped = redact.redact(source, payload, (key_id, key))
        kept = self.store.land(stripped.payload or _note(source, stripped), number)
        return Landed(
            stripped.described, kept, stripped.received_hmac, stripped.received_bytes, stripped.key_id,
            stripped.redactor_version, stripped.error_code,
        )  # fmt: skip

    def refuse_nothing_but_notes(self, source: Source, window: Window, landed: Sequence[Landed]) -> None:
        """Raise ContractError where no payload holds anything but what could not be read."""
        if any(one.kept.media_type != unobserved.MEDIA_TYPE for one in landed):
            return
        found = [item for one in landed for item in unobserved.items(one.kept.path.read_bytes())]
        more = f" ({len(found) - 1} lagi tidak terbaca)" if len(found) > 1 else ""
        raise ContractError(
            f"{source.name} {window.label}: {found[0].sentence}{more}", code=landed[0].error_code or "unobserved"
        )

    def _close(self, connection: Connection, source: Source, batch_id: int, landed: Sequence[Landed]) -> None:
        """The payloads are complete: fingerprint them and give the batch its age, the start of the first request."""
        kept = batches.payloads(connection, batch_id, self.store.path)
        fingerprint = payload_fingerprint(kept, source.version, decisions.ids(connection, source.name))
        positions = [part.payload.position for part in landed if part.payload.position is not None]
        asked_at = batches.first_asked_at(connection, batch_id)
        batches.land(connection, batch_id, asked_at, fingerprint, max(positions, default=None))


def _note(source: Source, stripped: redact.Redacted) -> Payload:
    """What is kept of a file that can't be stripped of personal data: why, and nothing of it."""
    known = {"site": str(site)} if (site := stripped.described.request.get("site")) else {}
    name = stripped.described.request.get("file", stripped.described.name)
    item = Unobserved("seluruh berkas", f"{name}: {stripped.error}", known)
    return replace(stripped.described, media_type=unobserved.MEDIA_TYPE, chunks=(unobserved.note([item]),))


def _nothing_offered(connection: Connection, source: Source, window: Window) -> int | None:
    """End the window as failed because nothing came; None if that was recorded before, so it is said only once."""
    if windows.is_known(connection, source, window):
        return None
    with connection.transaction():
        batch_id = batches.open_batch(connection, source, window)
        batches.end(
            connection, batch_id, "failed", code="nothing_offered",
            reason=f"{source.name} {window.label}: belum ada berkas atau jawaban. Minta kepada {source.owner}.",
        )  # fmt: skip
    return batch_id
