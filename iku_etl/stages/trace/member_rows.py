"""What lies beneath a figure as a definition gives it under an as-of pair, period by period, and kept where it may be.

`period = ..` reaches through the views of most indicators down to the facts; a list of periods reaches through none,
and five years are computed for two months of them. Where a message or a repeat reaches over months, each period costs
as much as all. The planner knows which it is: periods are asked one by one where that costs less than all together.
"""

import hashlib
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

Values = list[Any]  # as JSON has them


@dataclass(frozen=True)
class Kept:
    """Where what never changes is kept by the name of what it was read from: a folder, else `held`, else nowhere.

    A file says its own SHA-256: one that is not what was written is read anew, never shown.
    """

    folder: Path | None = None
    held: dict[str, bytes] | None = None  # for one piece of work

    def found(self, named: Sequence[object]) -> Values | None:
        """What is kept under this name, if it is whole."""
        try:
            content = (self.folder / _name_of(named)).read_bytes() if self.folder else None
        except FileNotFoundError:
            return None
        if content is None:
            content = (self.held or {}).get(_name_of(named), b"")
        digest, _, body = content.partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != digest:
            return None
        values: Values = orjson.loads(body)
        return values

    def keep(self, named: Sequence[object], values: Values) -> Values:
        """Keep values under this name; the same as they will be found."""
        body = orjson.dumps(values)
        content = hashlib.sha256(body).hexdigest().encode() + b"\n" + body
        if self.folder:
            path = self.folder / _name_of(named)
            path.unlink(missing_ok=True)  # there only if it was not whole
            keeping.kept(path, lambda: content)
        elif self.held is not None:
            self.held[_name_of(named)] = content
        found: Values = orjson.loads(body)
        return found

    def read(self, named: Sequence[object], make: Callable[[], Values]) -> Values:
        """What is kept under this name, else what is made now."""
        found = self.found(named)
        return self.keep(named, make()) if found is None else found


def _name_of(named: Sequence[object]) -> str:
    return f"{hashlib.sha256(orjson.dumps(named, default=str)).hexdigest()[:32]}.json"


NOWHERE = Kept()


def members(connection: Connection, figure: Row, periods: Sequence[str], kept: Kept) -> tuple[Row, ...]:
    """The members of a published row in these base periods, by member and period, at the as-of of the transaction.

    `figure` needs `definition`, `as_of`, `as_of_time` and `published_at`, which name what is kept.
    """
    read = partial(_members, connection, figure["definition"])
    found = _by_period(kept, ("members", *_name(figure)), periods, read, _cheaper(connection, figure))
    rows = [
        {name: _value(value) for name, value in zip(MEMBER_COLUMNS, row, strict=True)}
        for period in periods
        for row in found[period]
    ]
    return tuple(sorted(rows, key=lambda row: (row["member"], row["period"])))


def batch_ids(connection: Connection, figure: Row, periods: Sequence[str], kept: Kept) -> set[int]:
    """The batches on which a published row rests in these periods; see `grounds`."""
    read = partial(grounds.batch_ids, connection, figure["definition"], figure["indicator"])
    found = _by_period(kept, ("batches", *_name(figure)), periods, read, _cheaper(connection, figure))
    return {batch_id for period in periods for batch_id in found[period]}


def evidence_batches(
    connection: Connection, figure: Row, relations: Sequence[str], periods: Sequence[str], kept: Kept
) -> dict[str, set[int]]:
    """The batches that these relations of a published row's definition name, by period."""
    read = partial(_evidence_batches, connection, figure["definition"], relations)
    found = _by_period(kept, ("evidence", *_name(figure), *relations), periods, read, _cheaper(connection, figure))
    return {period: set(found[period]) for period in periods}


def _by_period(
    kept: Kept,
    named: Sequence[object],
    periods: Sequence[str],
    read: Callable[[Sequence[str]], Mapping[str, Values]],
    is_cheaper_together: Callable[[Sequence[str]], bool],
) -> dict[str, Values]:
    known = {period: kept.found((*named, period)) for period in periods}
    found = {period: values for period, values in known.items() if values is not None}
    missing = [period for period in known if period not in found]
    together = [missing] if len(missing) > 1 and is_cheaper_together(missing) else [[period] for period in missing]
    for part in together:
        found |= {period: kept.keep((*named, period), values) for period, values in read(part).items()}
    return found


def _cheaper(connection: Connection, figure: Row) -> Callable[[Sequence[str]], bool]:
    return partial(_is_cheaper_together, connection, figure["definition"])


def _is_cheaper_together(connection: Connection, definition: str, periods: Sequence[str]) -> bool:
    """Whether the planner expects less of one reading of the members of all these periods than of one each."""
    costs = []
    for asked in (periods[:1], periods):
        query = sql.SQL("explain (format json) select * from {} where {}").format(
            sql.Identifier(definition, "member"), grounds.of_periods(asked)
        )
        row = connection.execute(query, {"periods": list(asked), "period": asked[0]}).fetchone()
        assert row is not None  # explain always says something
        costs.append(row["QUERY PLAN"][0]["Plan"]["Total Cost"])
    return bool(costs[1] < len(periods) * costs[0])


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
