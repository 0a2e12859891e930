"""What the tests of SQL begin with."""

from collections.abc import Iterator

import pytest
from given import batch, parameter_rows

from iku_etl.warehouse.database import Connection, Warehouse


@pytest.fixture
def owner(warehouse: Warehouse) -> Iterator[Connection]:
    """An owner's session in a warehouse that holds the rules and nothing else."""
    with warehouse.connect("owner") as connection:
        batch(connection, "parameter", "2026-01-01", parameter_rows())
        yield connection
