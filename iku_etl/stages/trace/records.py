"""The records behind rows of a staging relation: those loaded from the facts, those set aside from the quarantine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from psycopg import sql

from iku_etl.warehouse.database import Connection, Row, one

Counts = dict[int, dict[int, int]]  # batch_id -> payload_no -> records


@dataclass(frozen=True)
class Record:
    """One record, its place in its payload (None when the bytes can't be read), and the decisions about its key.

    Of a record that was set aside `set_aside` says why, and `values` are those of its public columns.
    """

    source: str
    batch_id: int
    record_no: int
    payload_no: int
    values: Row
    decisions: tuple[Row, ...]
    place: str | None = None
    derived: Row = field(default_factory=dict)  # what the staging relation made of it, say when an answer was due
    set_aside: str | None = None

    @property
    def number(self) -> tuple[int, int]:
        """What names it: its batch and its number there."""
        return self.batch_id, self.record_no


def source_of(connection: Connection, batch_id: int) -> str:
    """The source of a batch."""
    found: str = one(connection, "select source from iku.batch where batch_id = %s", [batch_id])["source"]
    return found


def by_number(
    connection: Connection, source: str, named: Sequence[tuple[int, int]], limit: int, skip: int = 0
) -> tuple[Counts, list[Record]]:
    """Records by batch and number: how many each payload holds, and the first `limit` after `skip`."""
    parameters = {
        "batches": [batch_id for batch_id, _ in named],
        "records": [record_no for _, record_no in named],
        "source": source,
    }
    days = connection.execute(
        "select distinct window_on from iku.batch where batch_id = any(%(batches)s)", parameters
    ).fetchall()
    parameters["days"] = [row["window_on"] for row in days]  # named, so that other months are not looked into
    loaded = sql.SQL("{} and records.window_on = any(%(days)s)").format(_numbered(sql.Identifier("fact", source)))
    set_aside = _numbered(sql.SQL("iku.quarantine"))
    counts: Counts = {batch_id: {} for batch_id, _ in named}
    for part in (loaded, set_aside):
        tally = sql.SQL("select records.batch_id, payload_no, count(*) as count {} group by 1, 2").format(part)
        for row in connection.execute(tally, parameters):
            of_batch = counts[row["batch_id"]]
            of_batch[row["payload_no"]] = of_batch.get(row["payload_no"], 0) + row["count"]
    page = sorted(named)[skip : skip + limit]
    parameters |= {"batches": [batch_id for batch_id, _ in page], "records": [record_no for _, record_no in page]}
    first = sql.SQL("(select records.* {})")
    records = [
        *(_loaded(source, row) for row in _with_decisions(connection, first.format(loaded), parameters)),
        *(
            _set_aside(source, row)
            for row in _with_decisions(connection, first.format(set_aside), parameters, sql.SQL("records.record_key"))
        ),
    ]
    return counts, sorted(records, key=lambda record: record.number)


def by_member(
    connection: Connection, source: str, batch_ids: Sequence[int], column: str, member: str, limit: int, skip: int = 0
) -> tuple[Counts, list[Record]]:
    """The facts behind a roll-up: those of its batches that name the member, by the index on (batch, member)."""
    where = sql.SQL(
        """
        from {facts} as records
        where
            batch_id = any(%(batches)s)
            and window_on = any(array(select window_on from iku.batch where batch_id = any(%(batches)s)))
            and {column} = %(member)s
        """
    ).format(facts=sql.Identifier("fact", source), column=sql.Identifier(column))
    parameters = {"batches": list(batch_ids), "member": member, "limit": limit, "source": source}
    tally = sql.SQL("select batch_id, payload_no, count(*) as count {} group by batch_id, payload_no").format(where)
    counts: Counts = {batch_id: {} for batch_id in batch_ids}
    for row in connection.execute(tally, parameters):
        counts[row["batch_id"]][row["payload_no"]] = row["count"]
    first = sql.SQL("(select * {} order by batch_id, record_no limit %(limit)s offset %(skip)s)").format(where)
    parameters["batches"], parameters["skip"] = _holding(counts, limit, skip)
    return counts, [_loaded(source, row) for row in _with_decisions(connection, first, parameters)]


def _numbered(relation: sql.Composable) -> sql.Composed:
    return sql.SQL(
        """
        from unnest(%(batches)s::bigint [], %(records)s::integer []) as wanted (batch_id, record_no)
        inner join {} as records
            on wanted.batch_id = records.batch_id and wanted.record_no = records.record_no
        """
    ).format(relation)


def _holding(counts: Counts, limit: int, skip: int) -> tuple[list[int], int]:
    """The batches that hold `limit` records after `skip`, no others need to be read; how many of theirs come before."""
    found: list[int] = []
    start = before = 0
    for batch_id in sorted(counts):
        end = start + sum(counts[batch_id].values())
        if end > skip and start < skip + limit:
            before = before if found else skip - start
            found.append(batch_id)
        start = end
    return found, before


_WHOLE_RECORD = sql.SQL("to_jsonb(records)")


def _with_decisions(
    connection: Connection,
    first: sql.Composable,
    parameters: Mapping[str, object],
    key: sql.Composable = _WHOLE_RECORD,
) -> list[Row]:
    """The first records, each with the decisions that had been taken about its key, its batch, or the reading again
    that made its batch; looked up for the rows shown, not for all.
    """
    query = sql.SQL(
        """
        select
            records.*,
            array(
                select to_jsonb(decision) from iku.decision
                where
                    decision.source = %(source)s
                    and decision.load_no <= iku.as_of()
                    and case
                        when decision.record_key is not null then {key} @> decision.record_key
                        else records.batch_id = decision.batch_id or exists (
                            select from iku.batch
                            where batch.batch_id = records.batch_id and batch.decision_id = decision.decision_id
                        )
                    end
                order by decision.load_no
            ) as decisions
        from {first} as records
        order by batch_id, record_no
        """
    ).format(first=first, key=key)
    return connection.execute(query, parameters).fetchall()


_PROVENANCE = ("batch_id", "record_no", "payload_no", "window_on", "decisions")


def _loaded(source: str, row: Row) -> Record:
    values = {name: value for name, value in row.items() if name not in _PROVENANCE}
    return Record(source, row["batch_id"], row["record_no"], row["payload_no"], values, tuple(row["decisions"]))


def _set_aside(source: str, row: Row) -> Record:
    return Record(
        source, row["batch_id"], row["record_no"], row["payload_no"], row["public_values"], tuple(row["decisions"]),
        place=row["place"], set_aside=row["message"],
    )  # fmt: skip
