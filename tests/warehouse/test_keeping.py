"""Connections kept between questions: used again, given to one at a time, and none that is no good any more."""

import gc
import os
from datetime import UTC, datetime

import psycopg
import pytest
from conftest import Cluster
from psycopg import sql

from iku_etl.errors import WarehouseError
from iku_etl.warehouse import database, keeping
from iku_etl.warehouse.database import Connection, Warehouse, one
from iku_etl.warehouse.keeping import KeepingWarehouse

WHO = "select pg_backend_pid() as pid"


@pytest.fixture
def kept(warehouse: Warehouse) -> KeepingWarehouse:
    return KeepingWarehouse(warehouse.dsn_by_role)


def asked(kept: KeepingWarehouse, role: str = "auditor") -> int:
    with kept.connect(role) as connection:
        return int(one(connection, WHO)["pid"])


def test_a_connection_that_reads_is_used_again_and_only_by_one_at_a_time(kept: KeepingWarehouse) -> None:
    first = asked(kept)
    assert asked(kept) == first
    with kept.connect("auditor") as outer, kept.connect("auditor") as inner:
        assert one(outer, WHO) != one(inner, WHO)
    assert asked(kept, "reader") != asked(kept)
    assert asked(kept, "loader") != asked(kept, "loader")  # who writes facts comes anew


def test_nothing_of_one_question_is_left_for_the_next(kept: KeepingWarehouse) -> None:
    state = "select current_setting('iku.as_of', true) as as_of, current_setting('timezone') as zone"
    with kept.connect("auditor") as connection, database.reading(connection, 7, datetime(2026, 1, 1, tzinfo=UTC)):
        assert one(connection, state) == {"as_of": "7", "zone": "UTC"}
    with kept.connect("auditor") as connection:
        assert one(connection, state) == {"as_of": "", "zone": "UTC"}
    with kept.connect("auditor") as connection:
        connection.execute("begin")
        left = one(connection, WHO)["pid"]
    assert asked(kept) != left  # a transaction that was left open is nobody's to go on with
    before = asked(kept)
    with pytest.raises(ZeroDivisionError), kept.connect("auditor") as connection, database.reading(connection):
        raise ZeroDivisionError
    assert asked(kept) == before


def test_a_connection_that_the_server_ended_is_not_given_out(kept: KeepingWarehouse, cluster: Cluster) -> None:
    for role in ("auditor", "reader"):
        ended = asked(kept, role)
        cluster.admin(sql.SQL("select pg_terminate_backend({})").format(sql.Literal(ended)))
        assert asked(kept, role) != ended


def test_one_that_lay_too_long_or_was_opened_before_a_fork_is_not_used(
    kept: KeepingWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "IDLE_SECONDS", 0)
    first = asked(kept)
    assert asked(kept) != first
    monkeypatch.setattr(keeping, "IDLE_SECONDS", 60)
    second = asked(kept)
    with monkeypatch.context() as child:
        child.setattr(keeping.os, "getpid", lambda: os.getppid())
        third = asked(kept)
    assert len({second, third, asked(kept)}) == 3
    while keeping._OF_PARENTS:
        keeping._OF_PARENTS.pop().connection.close()


def test_no_more_are_kept_than_a_few_and_none_outlives_its_warehouse(kept: KeepingWarehouse) -> None:
    opened: list[Connection] = []

    def held(depth: int) -> None:
        with kept.connect("auditor") as connection:
            opened.append(connection)
            if depth:
                held(depth - 1)

    held(keeping.MOST)
    assert [each.closed for each in opened].count(False) == keeping.MOST
    other = KeepingWarehouse(kept.dsn_by_role)
    with other.connect("auditor") as last:
        pass
    del other
    gc.collect()
    assert last.closed


def test_a_server_that_is_gone_is_said_as_without_keeping(kept: KeepingWarehouse) -> None:
    away = KeepingWarehouse({role: f"{dsn} port=1" for role, dsn in kept.dsn_by_role.items()})
    with pytest.raises(WarehouseError, match="tidak dapat dihubungi sebagai auditor"):
        asked(away)
    with pytest.raises(psycopg.errors.InsufficientPrivilege), kept.connect("reader") as connection:
        connection.execute("select * from iku.batch")
