"""One PostgreSQL for the whole run; each test that asks for it gets a migrated database of its own, from a template."""

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from iku_etl import catalogue, settings
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings
from iku_etl.stages import views
from iku_etl.warehouse import database, server, tables
from iku_etl.warehouse.database import Warehouse

TEMPLATE = "iku_template"
hypothesis.settings.register_profile("unhurried", deadline=None, database=None)
hypothesis.settings.load_profile("unhurried")
_numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-pins", action="store_true", help="write the record hashes of example files without any")
    parser.addoption("--write-pictures", action="store_true", help="write docs/pages anew (with make test-browser)")


@pytest.fixture(scope="session")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    """The embedded server of this run, without fsync; destroyed at the end."""
    state = tmp_path_factory.mktemp("server")
    yield server.ensure_running(state, durable=False)
    server.destroy(state)


@dataclass(frozen=True)
class Cluster:
    """The run's server and how a database of it is reached by each role."""

    server: server.Server

    def warehouse(self, name: str) -> Warehouse:
        """The warehouse in database `name`."""
        return Warehouse(
            {
                role: make_conninfo(self.server.dsn(f"iku_{role}", database.DATABASE), dbname=name)
                for role in settings.ROLES
            }
        )

    def admin(self, query: sql.Composed) -> None:
        """Run one statement as the server's admin, outside a transaction."""
        with psycopg.connect(self.server.dsn(server.ADMIN, "postgres"), autocommit=True) as connection:
            connection.execute(query)

    def create(self, name: str, template: str | None = None) -> Warehouse:
        """Make a database owned by iku_owner, empty or from a template."""
        self.admin(
            sql.SQL("create database {} owner iku_owner template {}").format(
                sql.Identifier(name), sql.Identifier(template or "template0")
            )
        )
        return self.warehouse(name)

    def drop(self, name: str) -> None:
        """Drop a database and whoever is still in it."""
        self.admin(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def cluster(running_server: server.Server) -> Cluster:
    """The server with the template database: core, facts of all sources, views and definitions."""
    found = Cluster(running_server)
    warehouse = found.create(TEMPLATE)
    database.upgrade_core(warehouse)
    with warehouse.connect("owner") as connection:
        tables.declare(connection, catalogue.all_sources(), None, "Asia/Jakarta")
        views.build(connection)
    return found


@pytest.fixture
def warehouse(cluster: Cluster) -> Iterator[Warehouse]:
    """A migrated warehouse of this test's own."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    yield cluster.create(name, TEMPLATE)
    cluster.drop(name)


@pytest.fixture
def site(tmp_path: Path) -> Settings:
    """Settings whose state folder is this test's own."""
    return settings.load({"IKU_STATE": str(tmp_path / "state"), "IKU_FREE_SPACE_FLOOR_MB": "0"})


@pytest.fixture
def pipeline(warehouse: Warehouse, site: Settings) -> Pipeline:
    """The pipeline over this test's warehouse and state, with the clock at 1 February 2026, 06.00 WIB."""
    return Pipeline(site, warehouse, lambda: datetime(2026, 1, 31, 23, tzinfo=UTC))
