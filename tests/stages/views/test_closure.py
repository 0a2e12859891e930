"""Closure: a member's row of a period comes from its own evidence of that period and the common rules alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from examples_kit import READ_ON, expected_members, load_examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from iku_etl import catalogue
from iku_etl.model import Indicator
from iku_etl.stages.views.files import in_order, read, staging_files
from iku_etl.warehouse import sql_text
from iku_etl.warehouse.database import Connection

INDICATORS = [catalogue.indicators_of(path)[0] for path in catalogue.indicator_files()]  # of several codes: all of them
ALONE = "alone"


@pytest.fixture(scope="module", params=INDICATORS, ids=lambda found: found.name)
def opened(request: pytest.FixtureRequest, cluster: Any) -> Iterator[tuple[Connection, Indicator]]:
    name = f"closure_{request.param.name}"
    with cluster.create(name, "iku_template").connect("owner") as connection:
        load_examples(connection, request.param.name)
        connection.execute(
            "select set_config('iku.as_of_time', %s, false)", [READ_ON[period_of(request.param)].isoformat()]
        )
        empty_schema(connection, request.param)
        yield connection, request.param
    cluster.drop(name)


def empty_schema(connection: Connection, found: Indicator) -> None:
    """A schema with the indicator over empty tables in the place of its evidence, and the rules as they are."""
    files = staging_files(catalogue.SQL)
    indicator = read(catalogue.SQL / "indicators" / f"{found.name}.sql")
    evidence = {entry.relation for entry in found.evidence}

    def own(_schema: str, name: str) -> sql.Identifier:
        return sql.Identifier(ALONE, name)

    connection.execute(f"create schema {ALONE}")
    wanted = {name: files[name] for name in indicator.staging}
    for file in in_order(wanted, files):
        name = own("", file.name)
        if file.name in evidence or not file.belongs_to_members:
            connection.execute(
                sql.SQL("create table {} as select * from {} with no data").format(
                    name, sql.Identifier("staging", file.name)
                )
            )
        else:
            text = sql_text.pointed(file.text, own)
            connection.execute(sql.SQL("create view {} as ").format(name) + text)
    connection.execute(sql.SQL("create view {} as ").format(own("", "member")) + sql_text.pointed(indicator.text, own))


def fill(connection: Connection, found: Indicator, members: set[str]) -> None:
    """Put these members' evidence of the period into the schema, and whole what is the same for all of them."""
    for entry in found.evidence:
        connection.execute(
            sql.SQL("insert into {} select * from {} where {} = any(%s) and period = %s").format(
                sql.Identifier(ALONE, entry.relation), sql.Identifier("staging", entry.relation),
                sql.Identifier(entry.member_column),
            ),
            [sorted(members), period_of(found)],
        )  # fmt: skip
    tables = connection.execute("select tablename from pg_tables where schemaname = %s", [ALONE]).fetchall()
    for name in {row["tablename"] for row in tables} - {entry.relation for entry in found.evidence}:
        connection.execute(
            sql.SQL("insert into {} select * from {}").format(
                sql.Identifier(ALONE, name), sql.Identifier("staging", name)
            )
        )


def period_of(found: Indicator) -> str:
    """The period that an indicator's example files are about."""
    return str(expected_members(found.name)[0]["period"])


def rows(connection: Connection, relation: str, period: str) -> dict[str, dict[str, Any]]:
    found = connection.execute(f"select * from {relation} where period = %s", [period]).fetchall()
    return {row["member"]: row for row in found}


def prepared(connection: Connection) -> None:
    """IKU-08 reads the rules through its evidence only: give the schema a table all the same."""
    connection.execute(f"create table if not exists {ALONE}.parameter as select * from staging.parameter with no data")


def without_evidence(connection: Connection, found: Indicator) -> dict[str, dict[str, Any]]:
    """Members that are there whatever is known: only those of a file that holds several codes, all unobserved."""
    with connection.transaction(force_rollback=True):
        prepared(connection)
        fill(connection, found, set())
        bare = rows(connection, f"{ALONE}.member", period_of(found))
    assert not bare or catalogue.header(catalogue.SQL / "indicators" / f"{found.name}.sql").get("codes")
    assert not any(row["seen"] for row in bare.values())
    return bare


def test_each_member_alone_and_beside_the_others(opened: tuple[Connection, Indicator]) -> None:
    connection, found = opened
    everyone = rows(connection, f"indicator.{found.name}", period_of(found))
    bare = without_evidence(connection, found)
    for member in everyone:
        with connection.transaction(force_rollback=True):
            prepared(connection)
            fill(connection, found, {member})
            assert rows(connection, f"{ALONE}.member", period_of(found)) == bare | {member: everyone[member]}
    with connection.transaction(force_rollback=True):
        prepared(connection)
        fill(connection, found, set(everyone))
        assert rows(connection, f"{ALONE}.member", period_of(found)) == everyone


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_company_of_members_gives_the_same_rows(opened: tuple[Connection, Indicator], data: st.DataObject) -> None:
    connection, found = opened
    everyone = rows(connection, f"indicator.{found.name}", period_of(found))
    chosen = data.draw(st.sets(st.sampled_from(sorted(everyone))))
    expected = without_evidence(connection, found) | {member: everyone[member] for member in chosen}
    with connection.transaction(force_rollback=True):
        prepared(connection)
        fill(connection, found, chosen)
        assert rows(connection, f"{ALONE}.member", period_of(found)) == expected
