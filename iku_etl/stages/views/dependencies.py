"""What views read, from PostgreSQL's own pg_depend and not from their text."""

from collections.abc import Mapping

from iku_etl.warehouse.database import Connection


def reads(connection: Connection) -> dict[str, set[str]]:
    """What every view reads itself, as PostgreSQL says: `schema.view` -> {`schema.relation`}.

    Views of schema iku hide nothing: whoever reads one reads what is below it too.
    """
    rows = connection.execute(
        """
        select distinct
            reader.relnamespace::regnamespace || '.' || reader.relname as reader,
            seen.relnamespace::regnamespace || '.' || seen.relname as seen
        from pg_rewrite
        join pg_depend on
            pg_depend.classid = 'pg_rewrite'::regclass and pg_depend.objid = pg_rewrite.oid
            and pg_depend.refclassid = 'pg_class'::regclass
        join pg_class as reader on reader.oid = pg_rewrite.ev_class
        join pg_class as seen on seen.oid = pg_depend.refobjid
        where seen.oid <> reader.oid and reader.relkind = 'v'
        """
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["reader"], set()).add(row["seen"])
    below = {name: all_read(name, found) for name in found if name.startswith("iku.")}
    return {reader: seen.union(*(below.get(name, ()) for name in seen)) for reader, seen in found.items()}


def all_read(view: str, known: Mapping[str, set[str]]) -> set[str]:
    """Everything a view reads, through other views too."""
    found: set[str] = set()
    rest = [view]
    while rest:
        new = known.get(rest.pop(), set()) - found
        found |= new
        rest += new
    return found


def columns(connection: Connection, schema: str) -> dict[str, list[str]]:
    """The columns of every relation of a schema, in order."""
    rows = connection.execute(
        """
        select pg_class.relname as relation, array_agg(pg_attribute.attname::text order by pg_attribute.attnum) as names
        from pg_class
        inner join pg_attribute on pg_attribute.attrelid = pg_class.oid
        where
            pg_class.relnamespace = to_regnamespace(quote_ident(%s))
            and pg_attribute.attnum > 0 and not pg_attribute.attisdropped
        group by pg_class.relname
        """,
        [schema],
    )
    return {row["relation"]: row["names"] for row in rows}
