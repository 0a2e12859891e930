"""What the tests of the judge begin with."""

from pathlib import Path

import pytest


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the judged records of a batch go."""
    return tmp_path / "judged" / "1.parquet"
