"""Connections of those who write."""

from collections.abc import Iterator

import pytest

from iku_etl.warehouse.database import Connection, Warehouse


@pytest.fixture
def owner(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect("owner") as connection:
        yield connection


@pytest.fixture
def publisher(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect("publisher") as connection:
        yield connection
