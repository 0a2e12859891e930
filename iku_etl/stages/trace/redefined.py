"""Definitions that changed between published rows of a figure: which files and words, and whether a number moved."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from iku_etl.warehouse import database, sql_text
from iku_etl.warehouse.database import Connection, Row


@dataclass(frozen=True)
class Redefinition:
    """One definition in place of another; `is_confirmed`: it gave the same row, which is no revision.

    `files` and `words` name what differs: SQL files beyond their comments, and fields of the header.
    """

    before: str
    after: str
    is_confirmed: bool
    files: tuple[str, ...]
    words: tuple[str, ...]


def header(connection: Connection, definition: str) -> Row:
    found: Row = database.one(connection, "select header from iku.definition where definition = %s", [definition])[
        "header"
    ]
    return found


def on_the_way(connection: Connection, rows: Sequence[Row]) -> tuple[Redefinition, ...]:
    """Those between these rows of one figure, oldest first, and those that confirmed the last of them."""
    confirmed = connection.execute(
        "select figure_id, definition from iku.figure_confirmed where figure_id = any(%s) order by publication_id",
        [[row["figure_id"] for row in rows]],
    ).fetchall()
    return tuple(_each(connection, rows, confirmed))


def _each(connection: Connection, rows: Sequence[Row], confirmed: Sequence[Row]) -> Iterator[Redefinition]:
    standing = rows[0]["definition"]
    for row, following in pairwise([*rows, None]):
        assert row is not None  # only the last one has none after it
        for definition in (one["definition"] for one in confirmed if one["figure_id"] == row["figure_id"]):
            yield _compared(connection, standing, definition, is_confirmed=True)
            standing = definition
        if following is not None and following["definition"] != standing:
            yield _compared(connection, standing, following["definition"], is_confirmed=False)
            standing = following["definition"]


def _compared(connection: Connection, before: str, after: str, *, is_confirmed: bool) -> Redefinition:
    query = "select header, texts from iku.definition where definition = %s"
    then, now = (database.one(connection, query, [name]) for name in (before, after))
    texts = [{name: sql_text.normalised(text) for name, text in row["texts"].items()} for row in (then, now)]
    files = _differing(*texts)
    return Redefinition(before, after, is_confirmed, files, _differing(then["header"], now["header"]))


def _differing(then: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name)))
