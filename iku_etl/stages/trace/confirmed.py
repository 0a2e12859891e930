"""A newer definition that gave the same row: which, when, and whether it does so when it is computed once more."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Row

Differences = Mapping[str, tuple[Any, Any]]  # column -> (published, computed now)


@dataclass(frozen=True)
class Confirmation:
    """The newest definition that a published row stands by, and the publication that found it so."""

    definition: str
    publication_id: int
    published_at: datetime
    as_of: int
    as_of_time: datetime
    differences: Differences


def confirmation(
    connection: Connection, row: Row, compare: Callable[[Connection, Row], Differences]
) -> Confirmation | None:
    """That of a row of `iku.published_figure`, computed once more at the confirming publication; None if none is newer.

    `compare` says in what a row differs from what its definition gives now.
    """
    if row["current_definition"] == row["definition"]:
        return None
    found = database.one(
        connection,
        """
        select
            figure_confirmed.definition,
            publication.publication_id,
            publication.published_at,
            publication.as_of,
            publication.as_of_time
        from iku.figure_confirmed
        inner join iku.publication on figure_confirmed.publication_id = publication.publication_id
        where figure_confirmed.figure_id = %s and figure_confirmed.definition = %s
        order by publication.publication_id desc
        limit 1
        """,
        [row["figure_id"], row["current_definition"]],
    )
    with database.reading(connection, found["as_of"], found["as_of_time"]):
        return Confirmation(**found, differences=compare(connection, row | {"definition": found["definition"]}))
