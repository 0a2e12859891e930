"""A wider type for a column that facts have: the same values, and every view that reads them as it was.

PostgreSQL refuses another type for a column that a view reads, and definitions are kept for good. So the views are
taken away and made again from PostgreSQL's own text of them, with their owner, options, comments and rights, in the
transaction of the change.
"""

import re
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from iku_etl.errors import DeclarationError
from iku_etl.warehouse.database import Connection, one

WHOLE_DIGITS = {"smallint": 5, "integer": 10, "bigint": 19}  # in the order of their widths
VARYING = "character varying"


def is_wider(wanted: str, kept: str) -> bool:
    """Whether every value of type `kept` is the same value in type `wanted`: names as PostgreSQL's format_type says."""
    (new, new_sizes), (old, old_sizes) = _parts(wanted), _parts(kept)
    if old in WHOLE_DIGITS and new in WHOLE_DIGITS:
        return WHOLE_DIGITS[new] > WHOLE_DIGITS[old]
    if new == "numeric" and (old in WHOLE_DIGITS or old == "numeric"):
        if old == "numeric" and not old_sizes:
            return False
        before, after = (WHOLE_DIGITS[old], 0) if old in WHOLE_DIGITS else (old_sizes[0] - old_sizes[1], old_sizes[1])
        return not new_sizes or (new_sizes[0] - new_sizes[1] >= before and new_sizes[1] >= after)
    if old == VARYING and old_sizes:
        return new == "text" or (new == VARYING and (not new_sizes or new_sizes[0] > old_sizes[0]))
    return False


def _parts(name: str) -> tuple[str, list[int]]:
    """`numeric(10,2)` as its name and its sizes; a numeric with one size has no decimals."""
    found = re.fullmatch(r"([a-z ]+?) ?(?:\(([\d, ]+)\))?", name)
    if found is None:
        return name, []
    sizes = [int(size) for size in (found[2] or "").split(",") if size.strip()]
    return found[1], sizes + [0] * (found[1] == "numeric" and len(sizes) == 1)


def widen(connection: Connection, table: str, types: Sequence[tuple[str, str]]) -> None:
    """Give columns of `fact.<table>` wider types: (column, type). DeclarationError where a view can't read it then."""
    path = one(connection, "select current_setting('search_path') as path")["path"]
    connection.execute("select set_config('search_path', 'pg_catalog', true)")  # so that texts name every schema
    views = _views(connection, table)
    try:
        if views:
            names = sql.SQL(", ").join(sql.Identifier(view["schema"], view["name"]) for view in views)
            connection.execute(sql.SQL("drop view {}").format(names))
        for column, wanted in types:
            connection.execute(
                sql.SQL("alter table {} alter column {} type {}").format(
                    sql.Identifier("fact", table), sql.Identifier(column), sql.SQL(wanted)
                )
            )
        for view in views:
            _make_again(connection, view)
    except psycopg.Error as problem:
        detail = problem.diag.message_primary or str(problem)
        named = ", ".join(column for column, _ in types)
        raise DeclarationError(
            f"{table}: {named} can't be widened, PostgreSQL refuses it: {detail}. Nothing was changed."
        ) from problem
    connection.execute("select set_config('search_path', %s, true)", [path])


_VIEWS = """
with recursive readers (view, depth) as (
    select pg_rewrite.ev_class, 1
    from pg_depend
    inner join pg_rewrite on pg_depend.objid = pg_rewrite.oid
    where
        pg_depend.classid = 'pg_rewrite'::regclass
        and pg_depend.refclassid = 'pg_class'::regclass
        and pg_depend.refobjid = format('fact.%%I', %s::text)::regclass
    union
    select pg_rewrite.ev_class, readers.depth + 1
    from readers
    inner join pg_depend on readers.view = pg_depend.refobjid
    inner join pg_rewrite on pg_depend.objid = pg_rewrite.oid
    where
        pg_depend.classid = 'pg_rewrite'::regclass
        and pg_depend.refclassid = 'pg_class'::regclass
        and pg_rewrite.ev_class <> readers.view
)

select
    pg_namespace.nspname as schema,
    pg_class.relname as name,
    pg_get_viewdef(pg_class.oid) as text,
    coalesce(pg_class.reloptions, '{}') as options,
    pg_get_userbyid(pg_class.relowner)::text as owner,
    obj_description(pg_class.oid, 'pg_class') as comment,
    coalesce(
        (
            select jsonb_object_agg(attname, col_description(attrelid, attnum))
            from pg_attribute
            where attrelid = pg_class.oid and col_description(attrelid, attnum) is not null
        ),
        '{}'
    ) as column_comments,
    coalesce(
        (
            select jsonb_agg(jsonb_build_object(
                'column', rights.attname,
                'role', case when granted.grantee > 0 then pg_get_userbyid(granted.grantee) end,
                'right', granted.privilege_type,
                'is_grantable', granted.is_grantable
            ))
            from (
                select null as attname, pg_class.relacl as acl
                union all
                select attname::text, attacl from pg_attribute where attrelid = pg_class.oid
            ) as rights
            cross join aclexplode(rights.acl) as granted
            where granted.grantee <> pg_class.relowner
        ),
        '[]'
    ) as rights
from readers
inner join pg_class on readers.view = pg_class.oid
inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
where pg_class.relkind = 'v'
group by pg_class.oid, pg_namespace.nspname
order by max(readers.depth), pg_namespace.nspname, pg_class.relname
"""


def _views(connection: Connection, table: str) -> list[dict[str, Any]]:
    """Every view that reads a fact table, through other views too, each after those it reads."""
    return connection.execute(_VIEWS, [table]).fetchall()


def _make_again(connection: Connection, view: dict[str, Any]) -> None:
    name = sql.Identifier(view["schema"], view["name"])
    options = [option.split("=", 1) for option in view["options"]]
    how = sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(key), sql.Literal(to)) for key, to in options)
    head = sql.SQL("create view {} with ({}) as ") if options else sql.SQL("create view {} as ")
    connection.execute(head.format(name, how) + sql.SQL(view["text"]))
    if view["owner"] != one(connection, "select current_user::text as name")["name"]:
        connection.execute(sql.SQL("alter view {} owner to {}").format(name, sql.Identifier(view["owner"])))
    if view["comment"] is not None:
        connection.execute(sql.SQL("comment on view {} is {}").format(name, sql.Literal(view["comment"])))
    for column, said in view["column_comments"].items():
        of = sql.Identifier(view["schema"], view["name"], column)
        connection.execute(sql.SQL("comment on column {} is {}").format(of, sql.Literal(said)))
    for right in view["rights"]:
        connection.execute(_grant(name, right))


def _grant(view: sql.Composable, right: dict[str, Any]) -> sql.Composed:
    """One right as it was: of the view or of one `column`, to a `role` or to everybody (None)."""
    return sql.SQL("grant {}{} on {} to {}{}").format(
        sql.SQL(right["right"]),
        sql.SQL("" if right["column"] is None else " ({})").format(sql.Identifier(right["column"] or "-")),
        view,
        sql.SQL("public") if right["role"] is None else sql.Identifier(right["role"]),
        sql.SQL(" with grant option" if right["is_grantable"] else ""),
    )
