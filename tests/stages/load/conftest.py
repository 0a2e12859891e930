"""What the tests of loading begin with."""

import pytest
from kit import declare

from iku_etl.warehouse.database import Warehouse


@pytest.fixture
def meters(warehouse: Warehouse) -> Warehouse:
    declare(warehouse)
    return warehouse
