"""What lies beneath a figure as a definition gives it under an as-of pair, period by period, and kept where it may be.

`period = ..` reaches through the views of most indicators down to the facts; a list of periods reaches through none,
and five years are computed for two months of them. Where a message or a repeat reaches over months, each period costs
as much as all: so where one takes long, the others are asked for together.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from psycopg import sql

from iku_etl.figures import keeping
from iku_etl.model import MEMBER_COLUMNS
from iku_etl.stages.trace import grounds
from iku_etl.warehouse.database import Connection, Row

LONG_SECONDS = 0.5
Values = list[Any]  # as JSON has them


@dataclass(frozen=True)
class Kept:
    """A folder where what never changes is kept by the name of what it was read from; None: nowhere.

    A file says its own SHA-256: one that is not what was written is read anew, never shown.
    """

    folder: Path | None = None

    def found(self, named: Sequence[object]) -> Values | None:
        """What is kept under this name, if it is whole."""
        try:
            digest, _, body = self._path(named).read_bytes().partition(b"\n") if self.folder else (b"", b"", b"")
        except FileNotFoundError:
            return None
        if hashlib.sha256(body).hexdigest().encode() != digest:
            return None
        values: Values = orjson.loads(body)
        return values

    def keep(self, named: Sequence[object], values: Values) -> Values:
        """Keep values under this name; the same as they will be found."""
        body = orjson.dumps(values)
        if self.folder:
            path = self._path(named)
            path.unlink(missing_ok=True)  # there only if it was not whole
            keeping.kept(path, lambda: hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        found: Values = orjson.loads(body)
        return found

    def read(self, named: Sequence[object], make: Callable[[], Values]) -> Values:
        """What is kept under this name, else what is made now."""
        found = self.found(named)
        return self.keep(named, make()) if found is None else found

    def _path(self, named: Sequence[object]) -> Path:
        assert self.folder is not None  # asked for by whoever has one
        return self.folder / f"{hashlib.sha256(orjson.dumps(named, default=str)).hexdigest()[:32]}.json"


NOWHERE = Kept()


def members(connection: Connection, figure: Row, periods: Sequence[str], kept: Kept) -> tuple[Row, ...]:
    """The members of a published row in these base periods, by member and period, at the as-of of the transaction.

    `figure` needs `definition`, `as_of`, `as_of_time` and `published_at`, which name what is kept.
    """
    found = _by_period(kept, ("members", *_name(figure)), periods, partial(_members, connection, figure["definition"]))
    rows = [
        {name: _value(value) for name, value in zip(MEMBER_COLUMNS, row, strict=True)}
        for period in periods
        for row in found[period]
    ]
    return tuple(sorted(rows, key=lambda row: (row["member"], row["period"])))


def batch_ids(connection: Connection, figure: Row, periods: Sequence[str], kept: Kept) -> set[int]:
    """The batches on which a published row rests in these periods; see `grounds`."""
    read = partial(grounds.batch_ids, connection, figure["definition"], figure["indicator"])
    found = _by_period(kept, ("batches", *_name(figure)), periods, read)
    return {batch_id for period in periods for batch_id in found[period]}


def evidence_batches(
    connection: Connection, figure: Row, relations: Sequence[str], periods: Sequence[str], kept: Kept
) -> dict[str, set[int]]:
    """The batches that these relations of a published row's definition name, by period."""
    read = partial(_evidence_batches, connection, figure["definition"], relations)
    found = _by_period(kept, ("evidence", *_name(figure), *relations), periods, read)
    return {period: set(found[period]) for period in periods}


def _by_period(
    kept: Kept, named: Sequence[object], periods: Sequence[str], read: Callable[[Sequence[str]], Mapping[str, Values]]
) -> dict[str, Values]:
    known = {period: kept.found((*named, period)) for period in periods}
    found = {period: values for period, values in known.items() if values is not None}
    missing = [period for period in known if period not in found]
    while missing:
        started = time.monotonic()
        one, missing = missing[:1], missing[1:]
        made = dict(read(one))
        if missing and time.monotonic() - started > LONG_SECONDS:
            made |= read(missing)
            missing = []
        found |= {period: kept.keep((*named, period), values) for period, values in made.items()}
    return found


def _members(connection: Connection, definition: str, periods: Sequence[str]) -> dict[str, Values]:
    query = sql.SQL("select {} from {} where {}").format(
        sql.SQL(", ").join(map(sql.Identifier, MEMBER_COLUMNS)), sql.Identifier(definition, "member"),
        grounds.of_periods(periods),
    )  # fmt: skip
    found: dict[str, Values] = {period: [] for period in periods}
    for row in connection.execute(query, {"periods": list(periods), "period": periods[0]}):
        found[row["period"]].append([_plain(value) for value in row.values()])
    return found


def _evidence_batches(
    connection: Connection, definition: str, relations: Sequence[str], periods: Sequence[str]
) -> dict[str, Values]:
    found: dict[str, set[int]] = {period: set() for period in periods}
    for name in relations:
        query = sql.SQL("select distinct period, batch_id from {} where {} and batch_id is not null").format(
            sql.Identifier(definition, name), grounds.of_periods(periods)
        )
        for row in connection.execute(query, {"periods": list(periods), "period": periods[0]}):
            found[row["period"]].add(row["batch_id"])
    return {period: sorted(own) for period, own in found.items()}


def _name(figure: Row) -> tuple[object, ...]:
    """The pair alone may come again in a warehouse that was made anew; the moment of its publication does not."""
    return figure["definition"], figure["as_of"], figure["as_of_time"], figure["published_at"]


def _plain(value: Any) -> Any:
    return {"number": str(value)} if isinstance(value, Decimal) else value


def _value(value: Any) -> Any:
    return Decimal(value["number"]) if isinstance(value, dict) else value
