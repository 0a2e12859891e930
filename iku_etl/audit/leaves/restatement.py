"""Why a row stands beside an approved one: the row's number in the open; the reason and who brought it under a salt."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from iku_etl.audit import parts
from iku_etl.audit.leaves import Reading
from iku_etl.warehouse.database import one as only_row

RESTS_ON, SALTED = "rows", True


def there(reading: Reading) -> Mapping[str, datetime]:
    rows = reading.connection.execute("select figure_id, recorded_at from iku.restatement")
    return {str(row["figure_id"]): row["recorded_at"] for row in rows}


def body(reading: Reading, one: str) -> dict[str, Any]:
    row = only_row(reading.connection, "select * from iku.restatement where figure_id = %s", [one])
    return {"parts": {"row": parts.of_rows(reading.seed("restatement", one), "row", [row])}}
