"""A connection that writes the manifest."""

from collections.abc import Iterator

import pytest
from kit import declare

from iku_etl.warehouse.database import Connection, Warehouse


@pytest.fixture
def loader(warehouse: Warehouse) -> Iterator[Connection]:
    declare(warehouse)
    with warehouse.connect("loader") as connection:
        yield connection


@pytest.fixture
def owner(loader: Connection, warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect("owner") as connection:
        yield connection
