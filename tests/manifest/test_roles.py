"""What each role may do, to the last right, and some of what it may not."""

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from conftest import TEMPLATE, Cluster
from kit import DAY, declare

from iku_etl.warehouse.database import Connection, Warehouse, one

FORBIDDEN = {
    "loader": [
        "update iku.batch set reason = 'x'",
        "delete from fact.meter",
        "update fact.meter set up = true",
        "truncate fact.meter",
        "select iku.take_load_no()",
        "select iku.decide('withdraw', 'meter', null, null, 1, null, null, null, null, 'alasan', 'saya')",
        "insert into iku.figure (indicator) values ('x')",
        "create table fact.mine (a int)",
        "create table public.mine (a int)",
        "update iku.load_counter set load_no = 0",
        "insert into iku.batch (source, contract_version, ending) values ('meter', 1, 'in_force')",
    ],
    "publisher": [
        "insert into fact.meter (batch_id) values (1)",
        "select * from iku.payload",
        "update iku.figure set value = 1",
        "insert into iku.batch (source) values ('meter')",
    ],
    "decider": [
        "select * from iku.batch",
        "select * from iku.decision",
        "insert into iku.decision (kind) values ('verify')",
        "insert into iku.figure (indicator) values ('x')",
        "select * from fact.meter",
        "select iku.end_batch(1, 'rejected')",
    ],
    "reader": ["select * from iku.batch", "select * from fact.meter", "select * from iku.quarantine"],
    "auditor": ["insert into fact.meter (batch_id) values (1)", "insert into iku.figure (indicator) values ('x')"],
}


@pytest.fixture(scope="module")
def standing(cluster: Cluster) -> Iterator[Warehouse]:
    """One warehouse for all that only looks or is refused, with a source of the test's and a partition of it."""
    name = f"roles_{os.getpid()}"
    warehouse = cluster.create(name, TEMPLATE)
    declare(warehouse)
    with warehouse.connect("loader") as loader:
        loader.execute("select iku.make_partition('meter', %s)", [DAY.first_day])
    yield warehouse
    cluster.drop(name)


@pytest.fixture(scope="module")
def owner(standing: Warehouse) -> Iterator[Connection]:
    with standing.connect("owner") as connection:
        yield connection


@pytest.mark.parametrize(("role", "statement"), [(role, text) for role, texts in FORBIDDEN.items() for text in texts])
def test_a_role_may_do_nothing_more(standing: Warehouse, role: str, statement: str) -> None:
    with standing.connect(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


# ---------------------------------------------------------------- every right there is

CLOCK = {"as_of", "as_of_time", "local_date", "local_midnight", "local_zone"}
HELPERS = {"may_be_valid", "may_be_valid_on", "name_by_place", "newest", "readable_day", "unobserved_member",
           "unobserved_sentences"}  # fmt: skip
MAY_CALL = {
    "loader": CLOCK | {"lock_window", "land_batch", "judge_batch", "end_batch", "make_partition"},
    "publisher": CLOCK | HELPERS | {"refresh_statistics"},
    "reader": CLOCK,
    "auditor": CLOCK | HELPERS | {"person"},
}
MAY_WRITE = {
    "loader": {
        "batch (contract_version, decision_id, instead_of, purpose, source, win, window_on)",
        "check_result", "left_out", "payload", "quarantine",
    },
    "publisher": {"figure", "figure_confirmed", "publication", "restatement"},
    "reader": set(),
    "auditor": set(),
}  # fmt: skip
MAY_READ = {
    "loader": {"batch", "batch_in_force", "decision", "payload", "quarantine", "source", "window_due", "window_state"},
    "publisher": {
        "batch", "batch_in_force", "batch_waiting", "decision", "definition", "definition_source", "figure",
        "figure_confirmed", "newest_batch", "period", "publication", "published_figure", "restatement",
        "source", "source_allowed",
        "source_patience",
        "window_due", "window_state",
    },
    "reader": {"definition", "period", "publication", "published_figure"},
}  # fmt: skip  # the auditor reads everything
SEES = {  # of the schemas whose content grows: who reads all of it, who inserts
    "fact": ({"loader", "auditor"}, {"loader"}),
    "staging": ({"publisher", "auditor"}, set()),
    "indicator": ({"publisher", "auditor"}, set()),
    "def_": ({"publisher", "auditor"}, set()),
}
RELATIONS = """
    select
        namespace.nspname as schema,
        class.relname as name,
        class.relkind = 'S' as is_sequence,
        class.relispartition as is_partition,
        array(
            select attname from pg_attribute
            where attrelid = class.oid and attnum > 0 and not attisdropped
                and has_column_privilege(%(role)s, class.oid, attname, 'insert')
            order by attname
        ) as inserts,
        (select count(*) from pg_attribute where attrelid = class.oid and attnum > 0 and not attisdropped) as columns,
        has_any_column_privilege(%(role)s, class.oid, 'select') as reads,
        class.relkind <> 'S' and (
            has_any_column_privilege(%(role)s, class.oid, 'update, references')
            or has_table_privilege(%(role)s, class.oid, 'delete, truncate, trigger, maintain')
        ) or class.relkind = 'S' and has_sequence_privilege(%(role)s, class.oid, 'usage, update') as may_change
    from pg_class as class
    inner join pg_namespace as namespace on class.relnamespace = namespace.oid
    where class.relkind in ('r', 'p', 'v', 'm', 'f') and namespace.nspname ~ '^(iku|fact|staging|indicator|def_.*)$'
        or class.relkind = 'S' and namespace.nspname in ('iku', 'fact')
    order by 1, 2
"""


def rights(owner: Connection, role: str) -> list[dict[str, Any]]:
    return owner.execute(RELATIONS, {"role": f"iku_{role}"}).fetchall()


@pytest.mark.parametrize("role", MAY_WRITE)
def test_a_role_changes_and_deletes_nothing_at_all(owner: Connection, role: str) -> None:
    """Whatever triggers say: history is written once, and every change of it is a function of the owner."""
    assert [f"{row['schema']}.{row['name']}" for row in rights(owner, role) if row["may_change"]] == []


@pytest.mark.parametrize("role", MAY_WRITE)
def test_a_role_writes_what_is_its_own_and_nothing_else(owner: Connection, role: str) -> None:
    found = set()
    for row in rights(owner, role):
        if row["schema"] != "iku":
            where = "def_" if row["schema"].startswith("def_") else row["schema"]
            assert bool(row["inserts"]) == (role in SEES[where][1]), f"{row['schema']}.{row['name']}"
        elif row["inserts"] and not row["is_sequence"]:
            is_whole = len(row["inserts"]) == row["columns"]
            found.add(row["name"] if is_whole else f"{row['name']} ({', '.join(row['inserts'])})")
    assert found == MAY_WRITE[role]


@pytest.mark.parametrize("role", MAY_WRITE)
def test_a_role_reads_what_it_needs_and_no_more(owner: Connection, role: str) -> None:
    found = set()
    for row in rights(owner, role):
        if row["schema"] != "iku":
            where = "def_" if row["schema"].startswith("def_") else row["schema"]
            may = role in SEES[where][0] and not row["is_partition"]  # partitions are read through their parent
            assert row["reads"] == may, f"{row['schema']}.{row['name']}"
        elif not row["is_sequence"] and row["reads"]:
            found.add(row["name"])
    there = {row["name"] for row in rights(owner, role) if row["schema"] == "iku" and not row["is_sequence"]}
    assert found == MAY_READ.get(role, there)


@pytest.mark.parametrize("role", MAY_CALL)
def test_a_role_calls_the_functions_that_are_meant_for_it(owner: Connection, role: str) -> None:
    rows = owner.execute(
        """
        select proname as name, has_function_privilege(%s, oid, 'execute') as may
        from pg_proc where pronamespace = 'iku'::regnamespace
        """,
        [f"iku_{role}"],
    ).fetchall()
    assert {row["name"] for row in rows if row["may"]} == MAY_CALL[role]


def test_a_function_with_its_owners_rights_looks_nowhere_but_where_it_says(owner: Connection) -> None:
    """Else whoever calls it could put a table or function of its own before ours."""
    rows = owner.execute(
        """
        select proname as name, proconfig as set from pg_proc
        where pronamespace = 'iku'::regnamespace and (prosecdef or prorettype = 'trigger'::regtype)
        """
    ).fetchall()
    assert len(rows) > 8
    assert [row["name"] for row in rows if row["set"] != ["search_path=pg_catalog, pg_temp"]] == []


def test_nobody_but_the_owner_makes_anything(owner: Connection) -> None:
    rows = owner.execute(
        """
        select nspname, rolname from pg_namespace cross join pg_roles
        where rolname in ('iku_loader', 'iku_publisher', 'iku_reader', 'iku_auditor')
            and nspname !~ '^(pg_|information_schema)' and has_schema_privilege(rolname, pg_namespace.oid, 'create')
        """
    ).fetchall()
    assert rows == []


# ---------------------------------------------------------------- what holds for the owner too


def test_every_table_of_facts_has_both_of_its_triggers(owner: Connection) -> None:
    """Facts, roll-ups and partitions alike: a statement fires the triggers of the table that it names."""
    rows = owner.execute(
        """
        select
            class.relname as name,
            array_agg(pg_get_triggerdef(pg_trigger.oid) order by tgname) filter (where tgenabled = 'O') as triggers
        from pg_class as class
        left join pg_trigger on pg_trigger.tgrelid = class.oid and not tgisinternal
        where class.relkind in ('r', 'p') and class.relnamespace = 'fact'::regnamespace
        group by class.relname
        """
    ).fetchall()
    assert {"meter", "meter_202601", "meter_day", "website_uptime_day"} <= {row["name"] for row in rows}
    for row in rows:
        checks, refuses = row["triggers"] or [None, None]
        owned_by = {"meter_day": "meter", "meter_202601": "meter"}.get(row["name"], row["name"].removesuffix("_day"))
        owned_by = owned_by.removesuffix("_gap")
        assert "AFTER INSERT" in checks and f"check_provenance('{owned_by}')" in checks, row["name"]
        for part in ("BEFORE", "INSERT" not in refuses and "UPDATE", "DELETE", "TRUNCATE", "refuse_change()"):
            assert part in refuses, f"{row['name']}: {part}"


KEPT = ("batch", "check_result", "decision", "definition", "figure", "figure_confirmed", "left_out", "payload",
        "publication", "quarantine", "restatement", "source_patience")  # fmt: skip


@pytest.mark.parametrize("table", KEPT)
def test_history_is_kept_by_a_trigger_on_every_table_of_it(owner: Connection, table: str) -> None:
    found = one(
        owner,
        """
        select pg_get_triggerdef(oid) as said, tgenabled from pg_trigger
        where tgname = 'keep_history' and tgrelid = %s::regclass
        """,
        [f"iku.{table}"],
    )
    for part in ("BEFORE", "DELETE", "UPDATE", "FOR EACH ROW", "keep_history()"):
        assert part in found["said"]
    assert found["tgenabled"] == "O"


def test_every_table_of_the_manifest_is_history_or_known_not_to_be(owner: Connection) -> None:
    rows = owner.execute("select tablename from pg_tables where schemaname = 'iku'").fetchall()
    passing = {"source", "load_counter", "definition_source"}  # declared anew, counted on, worked out from SQL
    assert {row["tablename"] for row in rows} == passing | set(KEPT)


@pytest.mark.parametrize(
    ("table", "until"),
    [("payload", "landing"), ("quarantine", "ending"), ("check_result", "ending"), ("left_out", "ending")],
)
def test_what_describes_a_batch_is_held_to_its_opening(owner: Connection, table: str, until: str) -> None:
    found = one(
        owner,
        """
        select pg_get_triggerdef(oid) as said, tgenabled from pg_trigger
        where tgname = 'check_open' and tgrelid = %s::regclass
        """,
        [f"iku.{table}"],
    )
    assert "AFTER INSERT" in found["said"] and f"check_open('{until}')" in found["said"]
    assert found["tgenabled"] == "O"
