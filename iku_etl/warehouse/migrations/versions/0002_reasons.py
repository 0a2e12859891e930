"""Reasons that people read: members with one reason are told together. The SQL stands in ../sql/0002_reasons.sql."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the function; figures that were published keep the reasons they were published with."""
    text = (Path(__file__).parents[1] / "sql" / "0002_reasons.sql").read_text(encoding="utf-8")
    driver: Any = op.get_bind().connection.driver_connection  # as in 0001
    driver.execute(text)
