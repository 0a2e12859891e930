"""What is asked of every register, said once. The SQL stands in ../sql/0003_registers.sql."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the view and the functions; views that stand keep what they are made of."""
    text = (Path(__file__).parents[1] / "sql" / "0003_registers.sql").read_text(encoding="utf-8")
    driver: Any = op.get_bind().connection.driver_connection  # as in 0001
    driver.execute(text)
