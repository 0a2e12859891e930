"""What staging views and indicators wrote many times, once. The SQL stands in ../sql/0004_helpers.sql."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the views and the functions; definitions that stand don't read them."""
    text = (Path(__file__).parents[1] / "sql" / "0004_helpers.sql").read_text(encoding="utf-8")
    driver: Any = op.get_bind().connection.driver_connection  # as in 0001
    driver.execute(text)
