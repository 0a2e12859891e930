"""The core: manifest, readings, figures, roles' rights. The SQL stands in ../sql/0001_core.sql."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything; there is no way back but a restore (facts are never deleted by a migration)."""
    text = (Path(__file__).parents[1] / "sql" / "0001_core.sql").read_text(encoding="utf-8")
    # exec on the driver: SQLAlchemy would read `:name` and psycopg `%` in the text as parameters
    driver: Any = op.get_bind().connection.driver_connection
    driver.execute(text)
