"""By which declaration a version was made: hash by version, kept as the comment of a column.

A comment lies with the table, in dumps too, only the owner writes it, and it is no fact.
"""

import json

from psycopg import sql

from iku_etl.warehouse.database import Connection


def kept(connection: Connection, table: str, column: str) -> dict[str, str]:
    """Hash by version of a column of `fact`. A comment that is none of ours says nothing."""
    found = connection.execute(
        """
        select col_description(attrelid, attnum) as comment
        from pg_attribute
        where attrelid = to_regclass(%s) and attname = %s
        """,
        [f"fact.{table}", column],
    ).fetchone()
    try:
        hashes = json.loads(found["comment"] or "{}") if found else {}
    except ValueError:
        return {}
    return hashes if isinstance(hashes, dict) else {}


def keep(connection: Connection, table: str, column: str, version: int, wanted: str) -> None:
    """Say, as owner, that what is kept of a version was made by the declaration of this hash."""
    before = kept(connection, table, column)
    after = before | {str(version): wanted}
    if after != before:
        connection.execute(
            sql.SQL("comment on column {} is {}").format(
                sql.Identifier("fact", table, column), sql.Literal(json.dumps(after))
            )
        )
