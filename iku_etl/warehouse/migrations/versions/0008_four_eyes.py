"""Who verifies a figure does not approve it; what an approval rests on; why an approved figure is another today.

The SQL stands in ../sql/0008_four_eyes.sql.
"""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the law and the table; decisions that were taken before stay as they are and are shown as they are."""
    text = (Path(__file__).parents[1] / "sql" / "0008_four_eyes.sql").read_text(encoding="utf-8")
    driver: Any = op.get_bind().connection.driver_connection  # as in 0001
    driver.execute(text)
