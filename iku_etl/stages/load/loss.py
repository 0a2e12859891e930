"""What a batch no longer says of what the one before it said: lost events and emptied columns wait for a person, the
rest is reported.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from psycopg import sql

from iku_etl.catalogue import sentences
from iku_etl.indonesian import plain
from iku_etl.model import Batch, Source
from iku_etl.records import unobserved
from iku_etl.warehouse.database import Connection

KEYS_SHOWN = 5  # enough to see what kind of key went missing
SETTLED = "settled"  # info of a column of events, see model.Source


class Waits(Exception):
    """Rolls the facts back: the batch waits for a decision, and the one in force stays (U25)."""

    def __init__(self, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.code = code


def said(connection: Connection, source: Source, before: Batch | None, batch: Batch) -> Iterator[str]:
    """Records that were in force and are neither loaded nor set aside now are lost.

    An event can't unhappen, so a person decides about lost events, also where nobody could look this time, and about a
    settled count that fell to a fraction. A thing may leave a register, so a snapshot is in force at once and only
    reports what the one before it had.
    """
    if before is None:
        return
    lost = _lost_keys(connection, source, before, batch)
    if lost:
        names = [_named(source, key) for key in lost[:KEYS_SHOWN]]
        shown = "; ".join(names) if _is_open(source) else "kunci tidak ditampilkan"
        sentence = f"{len(lost)} rekaman batch {before.batch_id} tidak ada lagi ({shown})"
        if source.kind == "events":
            raise Waits(f"{source.name} {batch.window.label}: {sentence}.{_advice(before, batch)}", "loses_keys")
        yield sentence
    for column in source.columns:
        if share := column.info.get(SETTLED):
            _refuse_fallen(connection, source, column.name, share, before, batch)


def _refuse_fallen(
    connection: Connection, source: Source, name: str, share: float, before: Batch, batch: Batch
) -> None:
    """Raise Waits where a count fell below that share of what is in force: half a day's data, as a rule."""
    facts, column = sql.Identifier("fact", source.name), sql.Identifier(name)
    query = sql.SQL(
        """
        select {keys}, earlier.{column} as was, {facts}.{column} as is_now
        from {facts}
        inner join {facts} as earlier using ({keys})
        where {facts}.batch_id = %s and {facts}.window_on = %s and earlier.batch_id = %s and earlier.window_on = %s
            and {facts}.{column} < %s * earlier.{column}
        order by {keys}
        """
    ).format(facts=facts, column=column, keys=sql.SQL(", ").join(map(sql.Identifier, source.key)))
    about = [batch.batch_id, batch.window.first_day, before.batch_id, before.window.first_day, share]
    fallen = connection.execute(query, about).fetchall()
    if not fallen:
        return
    rows = [f"{_named(source, row)}: {plain(row['was'])} menjadi {plain(row['is_now'])}" for row in fallen[:KEYS_SHOWN]]
    shown = "; ".join(rows) if _is_open(source) else "kunci tidak ditampilkan"
    raise Waits(
        f"{source.name} {batch.window.label}: kolom {_called(source, name)} dari {len(fallen)} rekaman turun"
        f" di bawah {plain(round(100 * share))} % dari batch {before.batch_id} ({shown}).{_advice(before, batch)}",
        "falls",
    )


def _called(source: Source, name: str) -> str:
    return sentences.called(source.column(name))


def _is_open(source: Source) -> bool:
    """Whether its keys may be shown."""
    return all(source.privacy_of(source.column(name)) in ("public", "internal") for name in source.key)


def _named(source: Source, row: Mapping[str, Any]) -> str:
    return " ".join(str(row[name]) for name in source.key)


def _advice(before: Batch, batch: Batch) -> str:
    return f" Batch {before.batch_id} tetap berlaku. Putuskan: iku decide instead-of --batch {batch.batch_id}."


def emptied(
    connection: Connection,
    source: Source,
    before: Batch | None,
    batch: Batch,
    missing: tuple[str, ...],
    unknown: tuple[str, ...],
) -> Iterator[str]:
    """A sentence for each column that the source has not any more and that would be emptied by this batch.

    As a rule its heading was renamed, so a collected batch waits (Waits is raised); after a decision it is only said.
    `missing`, `unknown`: columns that were declared and not there, and the other way round.
    """
    if before is None:
        return
    for name in missing:
        was, is_emptied = _emptied(connection, source, before, batch, name)
        if not is_emptied:
            continue
        if batch.purpose == "replay":
            called = _called(source, name)
            yield f"kolom {called} tidak ada pada sumber, dikosongkan; batch {before.batch_id} mengisinya"
            continue
        others = f" Yang ada dan tidak dikenal: {', '.join(unknown)}." if unknown else ""
        raise Waits(
            f"{source.name} {batch.window.label}: kolom {_called(source, name)} tidak ada pada sumber, padahal batch"
            f" {before.batch_id} mengisinya ({was} rekaman).{others} Batch {before.batch_id} tetap berlaku."
            f" Bila judulnya berganti: tambahkan yang baru pada deklarasi (headings), lalu iku replay {batch.batch_id}."
            f" Bila kolom itu memang tidak ada lagi: iku decide instead-of --batch {batch.batch_id}.",
            "empties",
        )


def _emptied(connection: Connection, source: Source, before: Batch, batch: Batch, name: str) -> tuple[int, bool]:
    """How many records of the batch before fill a column, and whether a record of this one, or all, have lost it."""
    keys = sql.SQL(", ").join(map(sql.Identifier, source.key))
    query = sql.SQL(
        """
        with was as (
            select {keys} from {facts}
            where batch_id = %(before)s and window_on = %(before_on)s and {column} is not null
        ),

        is_now as (
            select {keys}, {column} as cell from {facts} where batch_id = %(batch)s and window_on = %(window_on)s
        )

        select
            (select count(*) from was) as was,
            not exists (select from is_now where cell is not null)
            or exists (select from was inner join is_now using ({keys}) where cell is null) as is_emptied
        """
    ).format(keys=keys, facts=sql.Identifier("fact", source.name), column=sql.Identifier(name))
    found = connection.execute(query, _about(before, batch)).fetchone()
    return (found["was"], found["was"] > 0 and found["is_emptied"]) if found else (0, False)


def _about(before: Batch, batch: Batch) -> dict[str, Any]:
    """The two batches as parameters of a query."""
    return {
        "before": before.batch_id, "before_on": before.window.first_day,
        "batch": batch.batch_id, "window_on": batch.window.first_day,
    }  # fmt: skip


def _lost_keys(connection: Connection, source: Source, before: Batch, batch: Batch) -> list[dict[str, Any]]:
    keys = sql.SQL(", ").join(map(sql.Identifier, source.key))
    facts = sql.Identifier("fact", source.name)
    query = sql.SQL(
        """
        with lost as (
            select {keys} from {facts} where batch_id = %(before)s and window_on = %(before_on)s
            except
            select {keys} from {facts} where batch_id = %(batch)s and window_on = %(window_on)s
        )

        select to_jsonb(lost) as record_key from lost
        where not exists (
            select from iku.quarantine
            where batch_id = %(batch)s and record_key @> to_jsonb(lost) and not %(unobserved)s = any(rules)
        )
        """
    ).format(keys=keys, facts=facts)
    about = _about(before, batch) | {"unobserved": unobserved.RULE}
    return [row["record_key"] for row in connection.execute(query, about)]
