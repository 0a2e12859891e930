"""What the tests of the judge begin with."""

from pathlib import Path

import pytest

from iku_etl.stages.validate import suite


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the judged records of a batch go."""
    return tmp_path / "judged" / "1.parquet"


@pytest.fixture(scope="session", autouse=True)
def library() -> None:
    """Great Expectations as the stage imports it: by itself, its own import warns, and warnings are errors here."""
    suite.warm()
