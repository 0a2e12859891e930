"""A definition of an indicator: the hash of each of its texts and of its header, and the sources it reads."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from iku_etl.audit import canonical
from iku_etl.audit.leaves import Reading
from iku_etl.warehouse.database import one as only_row

RESTS_ON, SALTED = "rows", False


def there(reading: Reading) -> Mapping[str, datetime]:
    rows = reading.connection.execute("select definition, created_at from iku.definition")
    return {row["definition"]: row["created_at"] for row in rows}


def body(reading: Reading, one: str) -> dict[str, Any]:
    row = only_row(reading.connection, "select * from iku.definition where definition = %s", [one])
    sources = reading.connection.execute(
        'select source from iku.definition_source where definition = %s order by source collate "C"', [one]
    )
    return {
        "indicator": row["indicator"],
        "header": hashlib.sha256(canonical.encode(row["header"])).hexdigest(),
        "texts": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in row["texts"].items()},
        "sources": [found["source"] for found in sources],
    }
