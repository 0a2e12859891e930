"""What a batch leaves out, by name. The SQL stands in ../sql/0005_left_out.sql."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table; of batches that ended before it, the names are gone and only the sum is known."""
    text = (Path(__file__).parents[1] / "sql" / "0005_left_out.sql").read_text(encoding="utf-8")
    driver: Any = op.get_bind().connection.driver_connection  # as in 0001
    driver.execute(text)
