"""Which expression the rows of a roll-up's version were made by: a hash, the comment of their version column."""

import hashlib
from typing import Any

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql import ClauseElement

from iku_etl.model import RollUp
from iku_etl.warehouse import hashes
from iku_etl.warehouse.database import Connection

COLUMN = "roll_up_version"


def compiled(statement: ClauseElement) -> tuple[str, dict[str, Any]]:
    """Its text as psycopg reads it, and its parameters."""
    made = statement.compile(dialect=PGDialect_psycopg())  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    return str(made), dict(made.params)


def fingerprint(roll_up: RollUp) -> str:
    """Hash of all that decides on its rows."""
    pairs = [(column.name, expression) for column, expression in (*roll_up.derived, *roll_up.measures)]
    if roll_up.where is not None:
        pairs.append(("where", roll_up.where))
    said = [(name, *compiled(expression)) for name, expression in pairs]
    return hashlib.sha256(repr((roll_up.by, said)).encode()).hexdigest()


def is_other(connection: Connection, roll_up: RollUp) -> bool | None:
    """Whether the rows of its version were made by another expression; None where no expression was kept of them."""
    kept = hashes.kept(connection, roll_up.name, COLUMN).get(str(roll_up.version))
    return None if kept is None else kept != fingerprint(roll_up)


def keep(connection: Connection, roll_up: RollUp) -> None:
    """Say, as owner, that the rows of its version are those of this expression."""
    hashes.keep(connection, roll_up.name, COLUMN, roll_up.version, fingerprint(roll_up))
