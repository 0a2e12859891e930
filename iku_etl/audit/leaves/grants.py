"""What the database itself is: roles, and each schema, table, view, function and trigger with who may do what; sources.

A hash an object; a leaf names those that are other than the leaf before said, so that all leaves together are the
state of now. Accounts that are not ours are named by a hash.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from iku_etl.audit import canonical
from iku_etl.audit.leaves import Reading
from iku_etl.warehouse.database import one as only_row

RESTS_ON, SALTED = "state", False
SCHEMAS = r"^(iku|fact|staging|indicator|public|def_[0-9a-f]{12})$"
OBJECTS = r"""
with
ours as (
    select oid, nspname, nspowner, nspacl from pg_namespace where nspname ~ %(schemas)s
),

roles as (
    select
        case
            when role.rolname ~ '^iku_' then role.rolname
            else left(encode(sha256(convert_to(role.rolname, 'UTF8')), 'hex'), 16)
        end as name,
        jsonb_build_array(
            role.rolsuper, role.rolinherit, role.rolcreaterole, role.rolcreatedb, role.rolcanlogin, role.rolreplication,
            role.rolbypassrls, role.rolconfig,
            array(
                select format('%%s admin %%s inherit %%s set %%s', held.roleid::regrole, held.admin_option,
                    held.inherit_option, held.set_option)
                from pg_auth_members as held
                where held.member = role.oid
                order by 1
            )
        ) as content
    from pg_roles as role
    where
        role.rolname ~ '^iku_' or role.rolsuper
        or exists (
            select from pg_auth_members as held
            inner join pg_roles as group_role on held.roleid = group_role.oid
            where held.member = role.oid and group_role.rolname ~ '^iku_'
        )
),

relations as (
    select
        ours.nspname || '.' || class.relname as name,
        jsonb_build_array(
            class.relkind, class.relowner::regrole, class.relacl::text, class.relpersistence, class.relrowsecurity,
            class.relforcerowsecurity, class.reloptions, pg_get_expr(class.relpartbound, class.oid),
            case when class.relkind in ('v', 'm') then pg_get_viewdef(class.oid) end,
            array(
                select concat_ws(' ', attribute.attname, format_type(attribute.atttypid, attribute.atttypmod),
                    attribute.attnotnull, attribute.attacl::text, pg_get_expr(fallback.adbin, fallback.adrelid))
                from pg_attribute as attribute
                left join pg_attrdef as fallback
                    on attribute.attrelid = fallback.adrelid and attribute.attnum = fallback.adnum
                where attribute.attrelid = class.oid and attribute.attnum > 0 and not attribute.attisdropped
                order by attribute.attname
            ),
            array(
                select conname || ' ' || pg_get_constraintdef(pg_constraint.oid)
                from pg_constraint
                where conrelid = class.oid
                order by 1
            )
        ) as content
    from pg_class as class
    inner join ours on class.relnamespace = ours.oid
    where class.relkind in ('r', 'p', 'v', 'm', 'f')
),

functions as (
    select
        proc.oid::regprocedure::text as name,
        jsonb_build_array(
            case when proc.prokind in ('f', 'p') then pg_get_functiondef(proc.oid) end, proc.proowner::regrole,
            proc.proacl::text
        ) as content
    from pg_proc as proc
    inner join ours on proc.pronamespace = ours.oid
    where not exists (
        select from pg_depend
        where objid = proc.oid and classid = 'pg_proc'::regclass and deptype = 'e' -- an extension's own
    )
),

triggers as (
    select
        ours.nspname || '.' || class.relname || ' ' || pg_trigger.tgname as name,
        jsonb_build_array(pg_get_triggerdef(pg_trigger.oid), pg_trigger.tgenabled) as content
    from pg_trigger
    inner join pg_class as class on pg_trigger.tgrelid = class.oid
    inner join ours on class.relnamespace = ours.oid
    where not pg_trigger.tgisinternal
)

select
    found.name,
    encode(sha256(convert_to(found.content::text, 'UTF8')), 'hex') as sha256
from (
    select 'role ' || name as name, content from roles
    union all
    select 'schema ' || nspname, jsonb_build_array(nspowner::regrole, nspacl::text) from ours
    union all
    select 'relation ' || name, content from relations
    union all
    select 'function ' || name, content from functions
    union all
    select 'trigger ' || name, content from triggers
    union all
    select 'source ' || source, to_jsonb(declared) from iku.source as declared -- as it was said last
    union all
    select 'event trigger ' || evtname, jsonb_build_array(evtenabled, evtevent, evtfoid::regprocedure::text)
    from pg_event_trigger
) as found
"""


def now(reading: Reading) -> dict[str, str]:
    """Object -> hash, as the database is."""
    if "grants" not in reading.found:
        rows = reading.connection.execute(OBJECTS, {"schemas": SCHEMAS})
        reading.found["grants"] = {row["name"]: row["sha256"] for row in rows}
    state: dict[str, str] = reading.found["grants"]
    return state


def said(leaves: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Object -> hash, as all leaves together say."""
    state: dict[str, str] = {}
    for leaf in leaves:
        if leaf["kind"] == "grants":
            state |= leaf["changed"]
            for name in leaf["gone"]:
                state.pop(name, None)
    return state


def there(reading: Reading) -> Mapping[str, Any]:
    """The state of now, under the number of the leaf that would say it; nothing where the last one says it."""
    if now(reading) == said(reading.before.each()):
        return {}
    number = 1 + sum(leaf["kind"] == "grants" for leaf in reading.before.each())
    return {str(number): only_row(reading.connection, "select transaction_timestamp() as now")["now"]}


def body(reading: Reading, one: str) -> dict[str, Any]:
    was, is_now = said(reading.before.each()), now(reading)
    return {
        "changed": {name: digest for name, digest in is_now.items() if was.get(name) != digest},
        "gone": sorted(was.keys() - is_now.keys()),
        "objects": len(is_now),
        "state": hashlib.sha256(canonical.encode(is_now)).hexdigest(),
    }
