"""How late, how old and since when a source may be, each time that was declared otherwise."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from iku_etl.audit.canonical import said
from iku_etl.audit.leaves import Reading
from iku_etl.warehouse.database import one as only_row

RESTS_ON, SALTED = "rows", False


def there(reading: Reading) -> Mapping[str, datetime]:
    rows = reading.connection.execute("select source, load_no, declared_at from iku.source_patience")
    return {f"{row['source']}/{row['load_no']}": row["declared_at"] for row in rows}


def body(reading: Reading, one: str) -> dict[str, Any]:
    row = only_row(
        reading.connection,
        "select * from iku.source_patience where source = %s and load_no = %s",
        one.split("/"),
    )
    return said({name: value for name, value in row.items() if name != "declared_at"})
