"""What a member rests on: batches with their payloads and bytes, records with their places and decisions."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby

from psycopg import sql

from iku_etl.stages.trace.payloads import BatchUse, Originals, batch_uses, left_out, two_places
from iku_etl.warehouse.database import Connection, Row, one


@dataclass(frozen=True)
class Record:
    """One record, its place in its payload (None when the bytes can't be read), and the decisions about its key."""

    source: str
    batch_id: int
    record_no: int
    payload_no: int
    place: str | None
    values: Row
    derived: Row  # what the staging relation made of it, say the day on which an answer was due
    decisions: tuple[Row, ...]


@dataclass(frozen=True)
class EvidenceUse:
    """What one staging relation holds of a member, or of all: every batch, how many records, the first of them."""

    relation: str
    is_common: bool
    is_roll_up: bool
    record_count: int
    batches: tuple[BatchUse, ...]
    records: tuple[Record, ...]

    @property
    def left_out(self) -> dict[str, Counter[str]]:
        """What the rules of the sources leave out of these batches: source -> reason -> records."""
        return left_out(self.batches)


Counts = dict[int, dict[int, int]]  # batch_id -> payload_no -> records of the member


def evidence(
    connection: Connection,
    definition: str,
    relation: str,
    column: str,
    member: str,
    periods: Sequence[str],
    originals: Originals | None,
    limit: int,
) -> EvidenceUse:
    """One evidence relation of a member: its records by number, or, of a roll-up, the facts it was made from."""
    held = _Held(definition, relation, column, (member,), tuple(periods))
    numbers = held.numbers(connection)
    if not any(record_no is None for _, record_no in numbers):
        return _numbered(connection, held, numbers, originals, limit)
    batch_ids = sorted({batch_id for batch_id, _ in numbers})
    found = _source_of(connection, batch_ids[0])
    counts, records = _by_member(connection, found, batch_ids, column, member, limit)
    used = batch_uses(connection, counts, originals)
    placed = _with_places(found["source"], records, {}, originals, used)
    return EvidenceUse(relation, False, True, sum(use.record_count for use in used), used, placed)


def common(
    connection: Connection,
    definition: str,
    relation: str,
    about: tuple[str, Sequence[str]] | None,
    periods: Sequence[str],
    originals: Originals | None,
    limit: int,
) -> EvidenceUse:
    """One relation that is the same for every member, as rules are; `about`: a column and the values that count."""
    column, wanted = about or ("period", periods)
    held = _Held(definition, relation, column, tuple(wanted), tuple(periods))
    return replace(_numbered(connection, held, held.numbers(connection), originals, limit), is_common=True)


@dataclass(frozen=True)
class _Held:
    """Rows of a definition's staging relation: of some periods, with one of the wanted values in a column."""

    definition: str
    relation: str
    column: str
    wanted: tuple[str, ...]
    periods: tuple[str, ...]

    @property
    def _where(self) -> sql.Composed:
        return sql.SQL("from {} where period = any(%(periods)s) and {} = any(%(wanted)s)").format(
            sql.Identifier(self.definition, self.relation), sql.Identifier(self.column)
        )

    @property
    def _parameters(self) -> Row:
        return {"periods": list(self.periods), "wanted": list(self.wanted)}

    def numbers(self, connection: Connection) -> list[tuple[int, int]]:
        """The records that they rest on: batch and number, or a batch alone where they sum it up (a roll-up)."""
        query = sql.SQL("select distinct batch_id, record_no {} and batch_id is not null").format(self._where)
        return [(row["batch_id"], row["record_no"]) for row in connection.execute(query, self._parameters)]

    def made_of(self, connection: Connection, records: Sequence[Row]) -> dict[tuple[int, int], Row]:
        """What the relation computed of each of these records in the newest period: columns that a record lacks."""
        query = sql.SQL(
            """
            select * {}
                and (batch_id, record_no) in (select * from unnest(%(batches)s::bigint [], %(numbers)s::integer []))
            order by period
            """
        ).format(self._where)
        about = {
            name: [row[key] for row in records] for name, key in (("batches", "batch_id"), ("numbers", "record_no"))
        }
        facts = {(row["batch_id"], row["record_no"]): row for row in records}
        left_out = {"batch_id", "record_no", self.column} | ({"period"} if len(self.periods) == 1 else set())
        made: dict[tuple[int, int], Row] = {}
        for row in connection.execute(query, self._parameters | about):
            fact = facts[row["batch_id"], row["record_no"]]
            made[row["batch_id"], row["record_no"]] = {
                f"{name} (dihitung)" if name in fact else name: value
                for name, value in row.items()
                if name not in left_out and (name not in fact or fact[name] != value)
            }
        return made


def _numbered(
    connection: Connection, held: _Held, numbers: list[tuple[int, int]], originals: Originals | None, limit: int
) -> EvidenceUse:
    """The records of given numbers, with what the relation made of each."""
    if not numbers:
        return EvidenceUse(held.relation, False, False, 0, (), ())
    found = _source_of(connection, numbers[0][0])
    counts, records = _by_number(connection, found, numbers, limit)
    used = batch_uses(connection, counts, originals)
    placed = _with_places(found["source"], records, held.made_of(connection, records), originals, used)
    return EvidenceUse(held.relation, False, False, sum(use.record_count for use in used), used, placed)


def _source_of(connection: Connection, batch_id: int) -> Row:
    query = "select source.* from iku.batch inner join iku.source on batch.source = source.source where batch_id = %s"
    return one(connection, query, [batch_id])


def _by_member(
    connection: Connection, source: Row, batch_ids: list[int], column: str, member: str, limit: int
) -> tuple[Counts, list[Row]]:
    """The facts behind a roll-up: those of its batches that name the member, by the index on (batch, member)."""
    facts = sql.Identifier("fact", source["source"])
    where = sql.SQL(
        """
        from {facts} as facts
        where
            batch_id = any(%(batches)s)
            and window_on = any(array(select window_on from iku.batch where batch_id = any(%(batches)s)))
            and {column} = %(member)s
        """
    ).format(facts=facts, column=sql.Identifier(column))
    parameters = {"batches": batch_ids, "member": member, "limit": limit, "source": source["source"]}
    tally = sql.SQL("select batch_id, payload_no, count(*) as records {} group by batch_id, payload_no").format(where)
    counts: Counts = {batch_id: {} for batch_id in batch_ids}
    for row in connection.execute(tally, parameters):
        counts[row["batch_id"]][row["payload_no"]] = row["records"]
    first = sql.SQL(
        """
        select facts.*, {} as decisions
        from (select * {} order by batch_id, record_no limit %(limit)s) as facts
        order by batch_id, record_no
        """
    ).format(_DECISIONS, where)  # the decisions of the rows shown, not of all
    parameters["batches"] = _enough(counts, limit)
    return counts, connection.execute(first, parameters).fetchall()


def _enough(counts: Counts, limit: int) -> list[int]:
    """The first batches that together hold `limit` records; no others need to be read."""
    held = accumulate(sum(counts[batch_id].values()) for batch_id in sorted(counts))
    before = sum(1 for so_far in held if so_far < limit)
    return sorted(counts)[: before + 1]


def _by_number(
    connection: Connection, source: Row, named: list[tuple[int, int]], limit: int
) -> tuple[Counts, list[Row]]:
    """Records of given numbers, by primary key; a number that was set aside is in the quarantine instead."""
    parameters = {
        "batches": [batch_id for batch_id, _ in named],
        "records": [record_no for _, record_no in named],
        "source": source["source"],
        "limit": limit,
    }
    days = connection.execute(
        "select distinct window_on from iku.batch where batch_id = any(%(batches)s)", parameters
    ).fetchall()
    parameters["days"] = [row["window_on"] for row in days]  # named, so that other months are not looked into
    where = sql.SQL(
        """
        from unnest(%(batches)s::bigint [], %(records)s::integer []) as wanted (batch_id, record_no)
        inner join {} as facts
            on wanted.batch_id = facts.batch_id and wanted.record_no = facts.record_no
        where facts.window_on = any(%(days)s)
        """
    ).format(sql.Identifier("fact", source["source"]))
    tally = sql.SQL("select facts.batch_id, payload_no, count(*) as records {} group by 1, 2").format(where)
    set_aside = """
        select quarantine.batch_id, quarantine.payload_no, count(*) as records
        from unnest(%(batches)s::bigint [], %(records)s::integer []) as wanted (batch_id, record_no)
        inner join iku.quarantine
            on wanted.batch_id = quarantine.batch_id and wanted.record_no = quarantine.record_no
        group by 1, 2
        """
    counts: Counts = {batch_id: {} for batch_id, _ in named}
    for row in (*connection.execute(tally, parameters), *connection.execute(set_aside, parameters)):
        counts[row["batch_id"]][row["payload_no"]] = counts[row["batch_id"]].get(row["payload_no"], 0) + row["records"]
    first = sql.SQL(
        """
        select facts.*, {} as decisions
        from (select facts.* {} order by facts.batch_id, facts.record_no limit %(limit)s) as facts
        order by batch_id, record_no
        """
    ).format(_DECISIONS, where)  # the decisions of the rows shown, not of all
    return counts, connection.execute(first, parameters).fetchall()


# The decisions that had been taken about a record's key, its batch, or the reading again that made its batch.
_DECISIONS = sql.SQL(
    """
    array(
        select to_jsonb(decision) from iku.decision
        where
            decision.source = %(source)s
            and decision.load_no <= iku.as_of()
            and case
                when decision.record_key is not null then to_jsonb(facts) @> decision.record_key
                else facts.batch_id = decision.batch_id or exists (
                    select from iku.batch
                    where batch.batch_id = facts.batch_id and batch.decision_id = decision.decision_id
                )
            end
        order by decision.load_no
    )
    """
)
_PROVENANCE = ("batch_id", "record_no", "payload_no", "window_on", "decisions")


def _with_places(
    source: str,
    rows: list[Row],
    made: Mapping[tuple[int, int], Row],
    originals: Originals | None,
    uses: Iterable[BatchUse],
) -> tuple[Record, ...]:
    used = {use.row["batch_id"]: use for use in uses}
    places: dict[int, Mapping[int, str]] = {}
    for batch_id in dict.fromkeys(row["batch_id"] for row in rows):
        torn = any(part.fault for part in used[batch_id].payloads)
        if originals is not None and not torn:  # torn bytes have no places
            numbers = [row["record_no"] for row in rows if row["batch_id"] == batch_id]
            places[batch_id] = originals.shown_places(batch_id, numbers)
    return tuple(
        Record(
            source=source,
            batch_id=row["batch_id"],
            record_no=row["record_no"],
            payload_no=row["payload_no"],
            place=places.get(row["batch_id"], {}).get(row["record_no"]),
            values={name: value for name, value in row.items() if name not in _PROVENANCE},
            derived=made.get((row["batch_id"], row["record_no"]), {}),
            decisions=tuple(row["decisions"]),
        )
        for row in rows
    )


def quarantined(
    connection: Connection,
    definition: str,
    batch_ids: Sequence[int],
    columns: Collection[str],
    member: str,
    periods: Sequence[str],
    originals: Originals | None,
) -> tuple[Row, ...]:
    """The records of a member that were set aside: in batches it rests on, and in those in force in its periods."""
    rows = connection.execute(
        """
            with span as (
                select tstzrange(min(starts_at), max(ends_at)) as win from iku.period where period = any(%(periods)s)
            ),

            candidates as (
                select unnest(%(batches)s::bigint []) as batch_id
                union
                select batch_in_force.batch_id
                from iku.batch_in_force
                inner join iku.definition_source using (source)
                cross join span
                where definition_source.definition = %(definition)s and batch_in_force.win && span.win
            )

            select
                batch.source, batch.window_on, quarantine.batch_id, quarantine.record_no, quarantine.payload_no,
                quarantine.place, quarantine.rules, quarantine.message, quarantine.record_key, quarantine.record_hash,
                quarantine.public_values
            from candidates
            inner join iku.quarantine on candidates.batch_id = quarantine.batch_id
            inner join iku.batch on candidates.batch_id = batch.batch_id
            where exists (
                select from unnest(%(columns)s::text []) as named (name)
                where %(member)s in (record_key ->> named.name, public_values ->> named.name)
            ) or %(member)s = iku.name_by_place(quarantine.payload_no, quarantine.place)
            order by batch.source, batch.window_on, quarantine.record_no
            """,
        {
            "definition": definition,
            "batches": list(batch_ids),
            "columns": list(columns),
            "member": member,
            "periods": list(periods),
        },
    ).fetchall()
    return tuple(_with_shown_places(rows, originals))


def _with_shown_places(rows: Iterable[Row], originals: Originals | None) -> Iterator[Row]:
    """The rows with their places told as those of records that were loaded."""
    for batch_id, own in groupby(rows, lambda row: row["batch_id"]):
        kept = originals.payloads(batch_id) if originals else {}
        for row in own:
            payload = kept.get(row["payload_no"])
            yield row if payload is None else {**row, "place": two_places(payload, row["place"])}
