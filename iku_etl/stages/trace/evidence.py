"""What a member rests on: batches with their payloads and bytes, records with their places and decisions."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from psycopg import sql

from iku_etl.stages.trace import records
from iku_etl.stages.trace.payloads import BatchUse, Originals, batch_uses, left_out, two_places
from iku_etl.stages.trace.records import Record
from iku_etl.warehouse.database import Connection, Row


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


def evidence(
    connection: Connection,
    definition: str,
    relation: str,
    column: str,
    member: str,
    periods: Sequence[str],
    originals: Originals | None,
    limit: int,
    skip: int = 0,
) -> EvidenceUse:
    """One evidence relation of a member: its records by number, or, of a roll-up, the facts it was made from."""
    held = _Held(definition, relation, column, (member,), tuple(periods))
    rows = held.rows(connection)
    numbers = _numbers(rows)
    if not any(record_no is None for _, record_no in numbers):
        return _numbered(connection, held, rows, originals, limit, skip)
    batch_ids = sorted({batch_id for batch_id, _ in numbers})
    source = records.source_of(connection, batch_ids[0])
    counts, found = records.by_member(connection, source, batch_ids, column, member, limit, skip)
    used = batch_uses(connection, counts, originals)
    placed = _with_places(found, {}, originals, used)
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
    return replace(_numbered(connection, held, held.rows(connection), originals, limit), is_common=True)


@dataclass(frozen=True)
class _Held:
    """Rows of a definition's staging relation: of some periods, with one of the wanted values in a column.

    Read a period at a time: see `member_rows`.
    """

    definition: str
    relation: str
    column: str
    wanted: tuple[str, ...]
    periods: tuple[str, ...]

    def rows(self, connection: Connection) -> list[Row]:
        """All of them that name a batch, by period."""
        query = sql.SQL("select * from {} where period = %s and {} = any(%s) and batch_id is not null").format(
            sql.Identifier(self.definition, self.relation), sql.Identifier(self.column)
        )
        return [
            row for period in sorted(self.periods) for row in connection.execute(query, [period, list(self.wanted)])
        ]

    def made_of(self, rows: Sequence[Row], found: Sequence[Record]) -> dict[tuple[int, int], Row]:
        """What the relation computed of each of these records in the newest period: columns that a record lacks."""
        values = {record.number: record.values for record in found}
        left_out = {"batch_id", "record_no", "place", "message", self.column}
        left_out |= {"period"} if len(self.periods) == 1 else set()
        made: dict[tuple[int, int], Row] = {}
        for row in rows:
            number = (row["batch_id"], row["record_no"])
            if number in values:
                made[number] = {
                    f"{name} (dihitung)" if name in values[number] else name: value
                    for name, value in row.items()
                    if name not in left_out and not _is_said(values[number], name, value)
                }
        return made


def _numbers(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """The records that rows rest on: batch and number, or a batch alone where they sum it up (a roll-up)."""
    return list({(row["batch_id"], row["record_no"]) for row in rows})


def _is_said(values: Row, name: str, value: object) -> bool:
    """Whether the record says it itself; one that was set aside says days as text."""
    return name in values and (values[name] == value or str(values[name]) == str(value))


def _numbered(
    connection: Connection, held: _Held, rows: Sequence[Row], originals: Originals | None, limit: int, skip: int = 0
) -> EvidenceUse:
    """The records that rows name by their numbers, with what the relation made of each."""
    numbers = _numbers(rows)
    if not numbers:
        return EvidenceUse(held.relation, False, False, 0, (), ())
    source = records.source_of(connection, numbers[0][0])
    counts, found = records.by_number(connection, source, numbers, limit, skip)
    used = batch_uses(connection, counts, originals)
    placed = _with_places(found, held.made_of(rows, found), originals, used)
    return EvidenceUse(held.relation, False, False, sum(use.record_count for use in used), used, placed)


def _with_places(
    found: Sequence[Record],
    made: Mapping[tuple[int, int], Row],
    originals: Originals | None,
    uses: Iterable[BatchUse],
) -> tuple[Record, ...]:
    """The records with where they stand, and with what their relation made of them."""
    torn = {use.row["batch_id"] for use in uses if any(part.fault for part in use.payloads)}
    places: dict[tuple[int, int], str | None] = {}
    for batch_id in dict.fromkeys(record.batch_id for record in found):
        own = [record for record in found if record.batch_id == batch_id]
        if batch_id in torn:  # torn bytes have no places
            places |= {record.number: None for record in own}
        elif originals is not None:
            kept = originals.payloads(batch_id)
            places |= {
                record.number: two_places(kept[record.payload_no], record.place)
                for record in own
                if record.place is not None
            }
            loaded = [record.record_no for record in own if record.set_aside is None]
            told = originals.shown_places(batch_id, loaded) if loaded else {}
            places |= {(batch_id, record_no): place for record_no, place in told.items()}
    return tuple(
        replace(record, place=places.get(record.number, record.place), derived=made.get(record.number, {}))
        for record in found
    )
