"""A connection is what its caller relies on: in UTC, and where it reads, one state of the warehouse and no change."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from conftest import Cluster
from psycopg import sql
from psycopg.conninfo import make_conninfo

from iku_etl import settings
from iku_etl.errors import WarehouseError
from iku_etl.manifest import decisions
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Warehouse, one
from tests import given


@pytest.fixture
def owner(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect("owner") as connection:
        yield connection


@pytest.mark.parametrize("role", settings.ROLES)
def test_a_session_is_in_utc_wherever_the_server_and_its_login_are(warehouse: Warehouse, role: str) -> None:
    """What is compared as text (a key of a record, a day of a moment) would differ else."""
    there = make_conninfo(warehouse.dsn_by_role[role], options="-c timezone=Asia/Jayapura")
    with Warehouse({role: there}).connect(role) as connection:
        found = one(
            connection, "select current_setting('timezone') as zone, timestamptz '2026-01-01 00:00Z'::text as at"
        )
    assert found == {"zone": "UTC", "at": "2026-01-01 00:00:00+00"}


def test_what_reads_changes_nothing_even_as_owner(owner: Connection) -> None:
    for statement in (
        "create table iku.mine (n int)",
        "update iku.load_counter set load_no = 9",
        "select iku.take_load_no()",
    ):
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), database.reading(owner):
            owner.execute(statement)
    assert one(owner, "select load_no from iku.load_counter") == {"load_no": 0}


def test_what_reads_sees_one_state_from_its_first_look_to_its_last(warehouse: Warehouse, owner: Connection) -> None:
    query = "select count(*) as n from iku.batch_in_force"
    with warehouse.connect("auditor") as auditor:
        with database.reading(auditor):
            before = one(auditor, query)
            given.batch(owner, "parameter", "2026-01-01", given.parameter_rows())
            assert one(auditor, query) == before == {"n": 0}
        with database.reading(auditor):
            assert one(auditor, query) == {"n": 1}


def test_the_as_of_pair_is_set_together_and_forgotten_together(owner: Connection) -> None:
    query = "select iku.as_of() as load_no, iku.as_of_time() as at"
    moment = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
    with database.reading(owner, 7, moment):
        assert one(owner, query) == {"load_no": 7, "at": moment}
    with database.reading(owner):
        found = one(owner, query + ", transaction_timestamp() as now")
    assert (found["load_no"], found["at"]) == (2**63 - 1, found["now"])


def test_the_load_at_a_moment_counts_what_came_before_it_alone(owner: Connection) -> None:
    """Batches by their ending, decisions by theirs: at the very moment they are not known yet."""
    assert database.load_at(owner, datetime.now(UTC) + timedelta(hours=1)) == 0
    number = given.batch(owner, "parameter", "2026-01-01", given.parameter_rows())
    ended = one(owner, "select load_no, ended_at as at from iku.batch where batch_id = %s", [number])
    made = decisions.decide(
        owner, "withdraw", source="parameter", batch_id=number, reason="salah berkas", decided_by="Kasi"
    )
    decided = one(owner, "select load_no, decided_at as at from iku.decision where decision_id = %s", [made])
    for row, before in ((ended, 0), (decided, ended["load_no"])):
        assert database.load_at(owner, row["at"]) == before
        assert database.load_at(owner, row["at"] + timedelta(microseconds=1)) == row["load_no"]


def test_a_server_that_is_not_there_is_said_without_the_password() -> None:
    lost = Warehouse({"reader": "host=127.0.0.1 port=1 user=iku password=rahasia-sekali dbname=iku connect_timeout=1"})
    with pytest.raises(WarehouseError, match="tidak dapat dihubungi sebagai reader") as said, lost.connect("reader"):
        pass
    everything = f"{said.value} {said.value.__cause__} {lost!r} {lost}"
    assert "rahasia-sekali" not in everything
    assert "Jalankan: iku up" in everything


def test_one_login_for_all_takes_on_the_role_that_was_asked_for(site: settings.Settings, warehouse: Warehouse) -> None:
    """IKU_WAREHOUSE_URL alone: each session is still the role of its work, and a login of its own goes before it."""
    shared = warehouse.dsn_by_role["owner"]
    env = {"IKU_WAREHOUSE_URL": shared, "IKU_STATE": str(site.state), "IKU_READER_URL": warehouse.dsn_by_role["reader"]}
    found = database.warehouse(settings.load(env))
    assert found.dsn_by_role["owner"] == shared
    assert found.dsn_by_role["reader"] == warehouse.dsn_by_role["reader"]
    for role in ("loader", "publisher", "auditor"):
        assert f"role=iku_{role}" in found.dsn_by_role[role]


def test_one_login_that_may_not_take_on_a_role_is_told_the_variable(warehouse: Warehouse) -> None:
    found = database.warehouse(settings.load({"IKU_WAREHOUSE_URL": warehouse.dsn_by_role["owner"]}))
    with (
        pytest.raises(WarehouseError, match=r"Isi IKU_AUDITOR_URL dengan login iku_auditor\."),
        found.connect("auditor"),
    ):
        pass


def test_a_database_whose_extension_only_a_dba_can_make_is_told_so(cluster: Cluster) -> None:
    found = cluster.create("without_extension")
    cluster.admin(sql.SQL("alter database without_extension owner to iku_history"))
    try:
        with pytest.raises(WarehouseError, match="without_extension belum punya ekstensi btree_gist"):
            database.upgrade_core(found)
    finally:
        cluster.drop("without_extension")
