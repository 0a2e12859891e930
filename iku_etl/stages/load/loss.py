"""What a batch no longer says of what the one before it said: lost events wait for a person, the rest is reported."""

from collections.abc import Iterator, Mapping
from typing import Any

from psycopg import sql

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
        sentence = f"{len(lost)} record batch {before.batch_id} tidak ada lagi ({shown})"
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
        f"{source.name} {batch.window.label}: kolom {name} dari {len(fallen)} record turun di bawah"
        f" {plain(round(100 * share))} % dari batch {before.batch_id} ({shown}).{_advice(before, batch)}",
        "falls",
    )


def _is_open(source: Source) -> bool:
    """Whether its keys may be shown."""
    return all(source.privacy_of(source.column(name)) in ("public", "internal") for name in source.key)


def _named(source: Source, row: Mapping[str, Any]) -> str:
    return " ".join(str(row[name]) for name in source.key)


def _advice(before: Batch, batch: Batch) -> str:
    return f" Batch {before.batch_id} tetap berlaku. Putuskan: iku decide instead-of --batch {batch.batch_id}."


def emptied(connection: Connection, source: Source, before: Batch | None, missing: tuple[str, ...]) -> Iterator[str]:
    """A sentence for each column that is missing now and was filled in the batch before."""
    if before is None:
        return
    for name in missing:
        query = sql.SQL("select from {} where batch_id = %s and window_on = %s and {} is not null limit 1").format(
            sql.Identifier("fact", source.name), sql.Identifier(name)
        )
        if connection.execute(query, [before.batch_id, before.window.first_day]).fetchone() is not None:
            yield f"kolom {name} tidak ada pada sumber, dikosongkan; batch {before.batch_id} mengisinya"


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
    about = {
        "before": before.batch_id, "before_on": before.window.first_day,
        "batch": batch.batch_id, "window_on": batch.window.first_day, "unobserved": unobserved.RULE,
    }  # fmt: skip
    return [row["record_key"] for row in connection.execute(query, about)]
