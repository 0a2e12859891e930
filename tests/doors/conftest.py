"""The commands over an installation of the test's own."""

from collections.abc import Iterator
from typing import Any

import install_kit as kit
import pytest
from install_kit import Iku

from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings
from iku_etl.warehouse.database import Warehouse


@pytest.fixture
def iku(monkeypatch: pytest.MonkeyPatch, capsys: Any, warehouse: Warehouse, site: Settings) -> Iterator[Iku]:
    """`iku ..` over an empty, migrated installation."""
    with kit.at_hand(monkeypatch, capsys, warehouse, site.state) as call:
        yield call


@pytest.fixture
def settled(pipeline: Pipeline, iku: Iku) -> Iku:
    """`iku ..` over January of IKU-08, published."""
    kit.settle(pipeline)
    return iku
