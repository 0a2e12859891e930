"""One transaction: facts and roll-ups in, conservation checked, window superseded, load number, commit."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pyarrow as pa
from psycopg import sql
from psycopg.types.json import Jsonb

from iku_etl.errors import LoadConflict, TransientError
from iku_etl.manifest import batches, windows
from iku_etl.model import Batch, Source
from iku_etl.records import unobserved, verdict
from iku_etl.stages.load import binary_copy, loss, roll_ups
from iku_etl.warehouse.database import Connection, one

Connect = Callable[[], AbstractContextManager[Connection]]
REFUSALS = ("22", "54")  # sqlstate: what no type or index can hold; the same content would be refused again
TRIGGER_MEMORY = "64MB"
RELEASED_EVERY = 10  # pieces; giving memory back takes a millisecond
UNOBSERVED_SHOWN = 3  # in a batch's reason; all of them are in iku.quarantine
WARNINGS_SHOWN = 3  # in a batch's reason; all of them are in iku.check_result


def load(connect: Connect, source: Source, batch_id: int, judged_path: Path, zone: ZoneInfo) -> Batch:
    """Bring a judged batch to its ending; what it ended as. May run twice, at once, or die anywhere.

    `connect` gives connections of the loader. After a lost connection the outcome is read from the database. A batch
    with a value that the database can't keep is rejected.
    Raises TransientError when the outcome could not be learnt or the server went away before the commit.
    """
    content = verdict.read(judged_path)
    try:
        with connect() as connection:
            connection.execute("select iku.make_partition(%s, window_on) from iku.batch where batch_id = %s", [
                source.name, batch_id,
            ])  # fmt: skip
            return bring_in(connection, source, batch_id, content, zone)
    except psycopg.OperationalError as lost:
        return _read_back(connect, source, batch_id, zone, lost)


def bring_in(connection: Connection, source: Source, batch_id: int, content: verdict.Verdict, zone: ZoneInfo) -> Batch:
    """What `load` does over this connection; inside a transaction of the caller's it is done when that is."""
    batch = batches.get(connection, batch_id, zone)
    try:
        with connection.transaction():
            windows.lock_window(connection, source, batch.window)
            if batches.get(connection, batch_id, zone).ending is None:
                windows.check_age(connection, source, batch)
                _end(connection, source, batch, content, zone)
    except loss.Waits as waits:
        with connection.transaction():
            _results(connection, batch_id, content)
            _left_out(connection, batch_id, content)
            batches.end(connection, batch_id, "waiting", reason=str(waits), code=waits.code)
    except LoadConflict as conflict:
        with connection.transaction():
            batches.end(connection, batch_id, "failed", reason=str(conflict), code=conflict.code)
    except psycopg.Error as refused:
        if (refused.sqlstate or "")[:2] not in REFUSALS:
            raise  # the connection was lost, or something of ours is broken
        with connection.transaction():
            batches.end(connection, batch_id, "rejected", code="not_storable", reason=(
                f"{source.name} {batch.window.label}: basis data tidak dapat menyimpan isinya"
                f" ({refused.diag.message_primary}). Periksa nilai yang luar biasa panjang atau besar di sumbernya."
            ))  # fmt: skip
    return batches.get(connection, batch_id, zone)


def _end(connection: Connection, source: Source, batch: Batch, content: verdict.Verdict, zone: ZoneInfo) -> None:
    """The one way to an ending, inside the transaction and under the window's lock."""
    if content.rejected_because is not None:
        _results(connection, batch.batch_id, content)
        _left_out(connection, batch.batch_id, content)
        batches.end(connection, batch.batch_id, "rejected", reason=content.rejected_because, code=content.error_code)
        return
    fingerprint = _fingerprint(content)
    before = windows.in_force(connection, source, batch.window, zone)
    if before and (before.record_fingerprint, before.contract_version) == (fingerprint, batch.contract_version):
        batches.end(connection, batch.batch_id, "unchanged", confirms=before.batch_id, reason="isi sama")
        return
    if batch.purpose == "collect":
        if before and (decision := _passed_over(connection, before, fingerprint)):
            why = f"isi yang dikesampingkan oleh keputusan {decision}; batch {before.batch_id} tetap berlaku"
            batches.end(connection, batch.batch_id, "unchanged", confirms=before.batch_id, reason=why)
            return
        _refuse_withdrawn(connection, source, batch, fingerprint)
    _results(connection, batch.batch_id, content)
    _set_aside(connection, batch.batch_id, content)
    _left_out(connection, batch.batch_id, content)
    copy_facts(connection, source, batch, content)
    roll_ups.make_all(connection, source, batch.batch_id, batch.window.first_day)
    said = [row.message for row in content.quarantine if unobserved.RULE in row.rules][:UNOBSERVED_SHOWN]
    said += [verdict.unloaded(source, name) for name in content.unknown_columns]
    earlier = before or windows.in_force_before(connection, source, batch.window, zone)
    said += loss.emptied(connection, source, earlier, batch, content.missing_columns, content.unknown_columns)
    said += _warned(content, said)
    if batch.purpose == "collect":
        said += loss.said(connection, source, earlier if source.kind == "snapshot" else before, batch)
    counts = (content.read, content.loaded, content.quarantined, content.declared_out)
    reason = "; ".join(said) or None
    batches.end(connection, batch.batch_id, "in_force", reason=reason, fingerprint=fingerprint, counts=counts)


def _warned(content: verdict.Verdict, said: list[str]) -> list[str]:
    """The warnings for the batch's reason, without those of checks that had nothing to look at."""
    idle = tuple(
        check.detail for check in content.checks if check.detail and not check.success and not check.unexpected
    )
    found = [each for each in content.warnings if each not in said and not each.endswith(idle)]
    return found[:WARNINGS_SHOWN]


def _fingerprint(content: verdict.Verdict) -> str:
    """Hash of loaded and set-aside records, so that a record that moves from one to the other is a change."""
    digest = hashlib.sha256(content.fingerprint.encode())
    for row in sorted(content.quarantine, key=lambda row: row.record_hash):
        digest.update(row.record_hash.encode())
    return digest.hexdigest()


def copy_facts(connection: Connection, source: Source, batch: Batch, content: verdict.Verdict) -> None:
    """COPY the judged records into the partition of the window: through the parent, rows go one by one."""
    made = one(connection, "select iku.make_partition(%s, %s) as partition", [source.name, batch.window.first_day])
    names = ["batch_id", "window_on", "record_no", "payload_no", *(column.name for column in source.columns)]
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(
        sql.Identifier("fact", made["partition"]), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    # the statement trigger sees the rows of a whole day: in memory, not in a file
    connection.execute("select set_config('work_mem', %s, true)", [TRIGGER_MEMORY])
    with connection.cursor().copy(statement) as copy:
        copy.write(binary_copy.HEADER)
        for number, piece in enumerate(content.pieces()):
            if number % RELEASED_EVERY == 0:  # what judging and the pieces before have freed goes back to the system
                pa.default_memory_pool().release_unused()
            table = piece.add_column(0, "batch_id", pa.repeat(pa.scalar(batch.batch_id, pa.int64()), len(piece)))
            table = table.add_column(1, "window_on", pa.repeat(pa.scalar(batch.window.first_day), len(piece)))
            copy.write(memoryview(binary_copy.rows(table.select(names))))
        copy.write(binary_copy.TRAILER)


def _results(connection: Connection, batch_id: int, content: verdict.Verdict) -> None:
    """The judge's results as our own rows; they hold counts and sentences, never values of records."""
    with connection.cursor().copy(
        "copy iku.check_result (batch_id, check_no, expectation, column_name, severity, evaluated, unexpected, success,"
        " detail) from stdin"
    ) as copy:
        for check_no, check in enumerate(content.checks, start=1):
            copy.write_row((
                batch_id, check_no, check.expectation, check.column_name, check.severity, check.evaluated,
                check.unexpected, check.success, check.detail,
            ))  # fmt: skip


def _set_aside(connection: Connection, batch_id: int, content: verdict.Verdict) -> None:
    with connection.cursor().copy(
        "copy iku.quarantine (batch_id, record_no, payload_no, place, rules, message, record_key, record_hash,"
        " public_values, tokens) from stdin"
    ) as copy:
        for row in content.quarantine:
            copy.write_row((
                batch_id, row.record_no, row.payload_no, row.place, list(row.rules), row.message,
                Jsonb(dict(row.record_key)), row.record_hash, Jsonb(dict(row.public_values)),
                Jsonb(dict(row.tokens)),
            ))  # fmt: skip


def _left_out(connection: Connection, batch_id: int, content: verdict.Verdict) -> None:
    """What the source's own rule leaves out, by name; its sum is the batch's `declared_out`."""
    with connection.cursor().copy("copy iku.left_out (batch_id, reason, records) from stdin") as copy:
        for reason, records in sorted(content.declared_out_reasons.items()):
            if records:
                copy.write_row((batch_id, reason, records))


def _passed_over(connection: Connection, before: Batch, fingerprint: str) -> int | None:
    """The decision that put `before` in force although this content was known; None if there is none.

    Who decided knew all revisions until then. Only content that came later replaces that choice by itself.
    """
    found = connection.execute(
        """
        select decision.decision_id
        from iku.decision
        inner join iku.batch as chosen on decision.decision_id = chosen.decision_id
        inner join iku.batch as earlier
            on chosen.source = earlier.source and chosen.win = earlier.win and chosen.load_no > earlier.load_no
        where decision.kind = 'instead_of' and chosen.batch_id = %s and earlier.record_fingerprint = %s
        limit 1
        """,
        [before.batch_id, fingerprint],
    ).fetchone()
    return found["decision_id"] if found else None


def _refuse_withdrawn(connection: Connection, source: Source, batch: Batch, fingerprint: str) -> None:
    """Raise loss.Waits for content that a person has withdrawn: it must not come back by itself the next night."""
    withdrawn = connection.execute(
        """
        select decision.decision_id, named.batch_id
        from iku.decision
        inner join iku.batch as named on named.batch_id = decision.batch_id
        inner join iku.batch as this on this.source = named.source and this.win = named.win
        where decision.kind = 'withdraw' and this.batch_id = %s and named.record_fingerprint = %s
            and not exists (
                select from iku.batch as later
                where later.source = named.source and later.win = named.win and later.ending = 'in_force'
                    and later.load_no > decision.load_no and later.record_fingerprint = named.record_fingerprint
            )
        """,
        [batch.batch_id, fingerprint],
    ).fetchone()
    if withdrawn is not None:
        raise loss.Waits(
            f"{source.name} {batch.window.label}: isi batch {withdrawn['batch_id']}, yang ditarik oleh keputusan"
            f" {withdrawn['decision_id']}, datang lagi. Jendela tetap kosong. Bila isinya kini benar:"
            f" iku decide instead-of --batch {batch.batch_id}.",
            "withdrawn",
        )


def _read_back(
    connect: Connect, source: Source, batch_id: int, zone: ZoneInfo, lost: psycopg.OperationalError
) -> Batch:
    """After a lost connection: wait for the old session to let the window go, then read what became of the batch."""
    try:
        with connect() as connection, connection.transaction():
            batch = batches.get(connection, batch_id, zone)
            windows.lock_window(connection, source, batch.window)
            batch = batches.get(connection, batch_id, zone)
    except psycopg.OperationalError:
        batch = None
    if batch is None or batch.ending is None:
        raise TransientError(
            f"{source.name}: sambungan putus selagi batch {batch_id} dimuat; tidak ada yang berlaku darinya."
            f" Jalankan lagi: iku load {batch_id}."
        ) from lost
    return batch
