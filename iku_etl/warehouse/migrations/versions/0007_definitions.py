"""A definition that moves no figure confirms it; a source may begin earlier.

The SQL stands in ../sql/0007_definitions.sql.
"""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the table and bring the views to it; what was published and collected stays as it is."""
    text = (Path(__file__).parents[1] / "sql" / "0007_definitions.sql").read_text(encoding="utf-8")
    driver: Any = op.get_bind().connection.driver_connection  # as in 0001
    driver.execute(text)
