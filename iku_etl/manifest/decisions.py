"""What persons decided about records, batches and figures: recorded with reason and name, and read back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any, Literal

from psycopg import sql
from psycopg.errors import CheckViolation
from psycopg.types.json import Jsonb

from iku_etl import indonesian
from iku_etl.errors import NotFound, SettingError
from iku_etl.model import Batch, Decision, Source
from iku_etl.records import identity
from iku_etl.warehouse.database import Connection, one

RecordDecision = Literal["release", "correction"]
BatchDecision = Literal["withdraw", "instead_of"]
FigureDecision = Literal["verify", "approve"]
FIGURE_DECISIONS: tuple[FigureDecision, ...] = ("verify", "approve")  # in this order


@dataclass(frozen=True)
class Approval:
    """What an approval carries: the official who approves, the number of the letter, and the period's cut-off."""

    official: str
    letter: str
    cut_off_on: date | None


def decisions(connection: Connection, source: str) -> list[Decision]:
    """The decisions about a source's records, oldest first; the last one about a record stands."""
    rows: Iterable[Mapping[str, Any]] = connection.execute(
        "select * from iku.decision where source = %s and kind in ('release', 'correction') order by load_no", [source]
    )
    return [Decision(**{name: row[name] for name in Decision.__dataclass_fields__}) for row in rows]


def ids(connection: Connection, source: str) -> list[int]:
    """The numbers of these decisions, a part of the fingerprint by which the same content is recognised."""
    return [decision.decision_id for decision in decisions(connection, source)]


def decide(
    connection: Connection,
    kind: str,
    *,
    reason: str,
    decided_by: str,
    source: str | None = None,
    record_key: Mapping[str, Any] | None = None,
    record_hash: str | None = None,
    batch_id: int | None = None,
    changes: Mapping[str, Any] | None = None,
    figure: tuple[str, str, int] | None = None,
    approval: Approval | None = None,
) -> int:
    """Record a decision, as decider; its id. It takes a load number: what it changes is seen from there on.

    `approval` goes with an approval and with nothing else. SettingError where the law of four eyes is not kept.
    """
    key = Jsonb(dict(record_key)) if record_key is not None else None
    patch = Jsonb(dict(changes)) if changes is not None else None
    indicator, period, revision = figure or (None, None, None)
    parameters: Sequence[Any] = (
        kind, source, key, record_hash, batch_id, patch, indicator, period, revision, reason, decided_by,
        *((approval.official, approval.letter, approval.cut_off_on) if approval else (None, None, None)),
    )  # fmt: skip
    query = "select iku.decide(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) as decision_id"
    try:
        return int(one(connection, query, parameters)["decision_id"])
    except CheckViolation as refused:
        if refused.diag.constraint_name is None and refused.diag.message_primary:  # iku.four_eyes, in a sentence
            raise SettingError(refused.diag.message_primary) from refused
        raise


# ---------------------------------------------------------------- what may be decided


def record_of(
    connection: Connection, source: Source, batch_id: int, record_no: int, *, must_be_set_aside: bool
) -> tuple[dict[str, Any], str]:
    """Key and hash by which a decision names a record: from the quarantine, else of the fact. NotFound if neither."""
    numbers = [batch_id, record_no]
    row = connection.execute(
        "select record_key, record_hash from iku.quarantine where batch_id = %s and record_no = %s", numbers
    ).fetchone()
    if row is not None:
        return row["record_key"], row["record_hash"]
    if must_be_set_aside:
        raise NotFound(
            f"rekaman {record_no} batch {batch_id} tidak ada di karantina. Lihat: iku quarantine --batch {batch_id}."
        )
    query = sql.SQL("select * from {} where batch_id = %s and record_no = %s").format(
        sql.Identifier("fact", source.name)
    )
    fact = connection.execute(query, numbers).fetchone()
    if fact is None:
        raise NotFound(f"rekaman {record_no} tidak ada di batch {batch_id}. Lihat: iku batches, iku quarantine.")
    return identity.record_key(source, fact), identity.record_hash(source, fact)


def check_changes(source: Source, changes: Mapping[str, Any]) -> None:
    """Raise NotFound for a column that the source does not have, SettingError for a column of its key."""
    names = [column.name for column in source.columns]
    for name in changes:
        if name not in names:
            near = get_close_matches(name, names, n=3, cutoff=0.4) or names
            raise NotFound(f"{source.name}: tidak ada kolom {name}. Mungkin: {', '.join(near)}.")
        if name in source.key:
            raise SettingError(
                f"{source.name}: {name} adalah bagian kunci dan tidak dapat dikoreksi. Minta berkas baru."
            )


def check_batch(kind: BatchDecision, batch: Batch) -> None:
    """Raise SettingError unless the batch is in force (withdraw) or waits (instead_of)."""
    wanted = "in_force" if kind == "withdraw" else "waiting"
    if batch.ending != wanted or batch.superseded_by is not None:
        ending = "superseded" if batch.superseded_by else batch.ending
        raise SettingError(
            f"batch {batch.batch_id} {indonesian.ENDINGS[ending]}; hanya batch yang {indonesian.ENDINGS[wanted]} yang"
            f" dapat {'ditarik' if kind == 'withdraw' else 'diberlakukan'}."
            f" Lihat: iku batches --source {batch.source}."
        )


def check_eyes(
    connection: Connection, kind: FigureDecision, figure: tuple[str, str, int], named: Sequence[str]
) -> None:
    """Raise SettingError where the database would refuse: two pairs of eyes, first a verification. Needs `iku_auditor`.

    `named`: who decides and, of an approval, the official; names are compared as `iku.person` does.
    """
    indicator, period, revision = figure
    said = f"{indicator} {indonesian.period(period)} nomor {revision}"
    taken = connection.execute(
        """
        select kind, decided_by, official,
            iku.person(decided_by) = any(named.persons) or iku.person(official) = any(named.persons) as is_same
        from iku.decision
        cross join (select array_agg(iku.person(name)) as persons from unnest(%s::text []) as name) as named
        where kind in ('verify', 'approve') and (indicator, period, revision) = (%s, %s, %s)
        order by decision_id
        """,
        [list(named), *figure],
    ).fetchall()
    verified = [row for row in taken if row["kind"] == "verify"]
    if kind == "verify":
        for row in taken:
            if row["kind"] == "approve" and row["is_same"]:
                raise SettingError(
                    f"{said} sudah disahkan oleh {row['official'] or row['decided_by']}. Yang mengesahkan tidak"
                    " memverifikasi angka yang sama."
                )
        return
    for row in verified:
        if row["is_same"]:
            raise SettingError(
                f"{said} diverifikasi oleh {row['decided_by']}. Yang memverifikasi tidak mengesahkan; minta orang lain"
                " mengesahkannya."
            )
    if not verified:
        raise SettingError(
            f"{said} belum diverifikasi. Minta orang lain memverifikasinya dahulu: iku decide verify, atau tombol"
            " Verifikasi pada halaman Keputusan."
        )


def check_figure(row: Mapping[str, Any], newest: Mapping[str, Any]) -> None:
    """Raise SettingError unless a published row is the newest of its figure: what was superseded is not decided on."""
    if row["figure_id"] != newest["figure_id"]:
        named = f"{row['indicator']} {indonesian.period(row['period'])}"
        raise SettingError(
            f"{named}: nomor {row['revision']} sudah digantikan nomor {newest['revision']}, jadi tidak diverifikasi"
            f" atau disahkan lagi. Lihat apa yang berubah (iku figures --indicator {row['indicator']} --period"
            f" {row['period']} --history), lalu putuskan nomor {newest['revision']}."
        )


def remark(row: Mapping[str, Any]) -> str | None:
    """What whoever verifies or approves a published row should know; None where there is nothing to be said."""
    if row["is_official"]:
        return None
    return (
        f"{indonesian.period(row['period'])} bukan periode resmi {row['indicator']}: tahapnya tercatat, tetapi"
        " angka ini tetap bukan angka resmi dan tidak menjadi capaian di LKjIP."
    )
