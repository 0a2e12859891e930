"""History can't be emptied; decisions have a role of their own. The SQL stands in ../sql/0006_ownership.sql.

Who owns the tables is no migration: `warehouse/ownership.py` hands over what was made before.
"""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the triggers and the grants."""
    text = (Path(__file__).parents[1] / "sql" / "0006_ownership.sql").read_text(encoding="utf-8")
    driver: Any = op.get_bind().connection.driver_connection  # as in 0001
    driver.execute(text)
