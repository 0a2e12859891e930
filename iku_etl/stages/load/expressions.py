"""Which expression the rows of a roll-up's version were made by: a hash, kept as the comment of their version column.

A comment lies with the table, in dumps too, only the owner writes it, and it is no fact.
"""

import hashlib
import json
from typing import Any

from psycopg import sql
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql import ClauseElement

from iku_etl.model import RollUp
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
    kept = _kept(connection, roll_up).get(str(roll_up.version))
    return None if kept is None else kept != fingerprint(roll_up)


def keep(connection: Connection, roll_up: RollUp) -> None:
    """Say, as owner, that the rows of its version are those of this expression."""
    kept = _kept(connection, roll_up)
    wanted = kept | {str(roll_up.version): fingerprint(roll_up)}
    if wanted != kept:
        connection.execute(
            sql.SQL("comment on column {} is {}").format(
                sql.Identifier("fact", roll_up.name, COLUMN), sql.Literal(json.dumps(wanted))
            )
        )


def _kept(connection: Connection, roll_up: RollUp) -> dict[str, str]:
    """Hash by version. A comment that is none of ours says nothing: what is kept is then compared anew."""
    found = connection.execute(
        """
        select col_description(attrelid, attnum) as comment
        from pg_attribute
        where attrelid = to_regclass(%s) and attname = %s
        """,
        [f"fact.{roll_up.name}", COLUMN],
    ).fetchone()
    try:
        kept = json.loads(found["comment"] or "{}") if found else {}
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}
