"""What the leaves of decisions have in common: the decision in the open; who, why and about whom under a salt."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from iku_etl.audit import parts
from iku_etl.audit.canonical import said
from iku_etl.audit.leaves import Reading
from iku_etl.warehouse.database import one as only_row

OPEN = ("load_no", "source", "batch_id", "indicator", "period", "revision")


def there(reading: Reading, kinds: Collection[str]) -> Mapping[str, datetime]:
    rows = reading.connection.execute(
        "select decision_id, decided_at from iku.decision where kind = any(%s)", [list(kinds)]
    )
    return {str(row["decision_id"]): row["decided_at"] for row in rows}


def all_but(reading: Reading, kinds: Collection[str]) -> Mapping[str, datetime]:
    rows = reading.connection.execute(
        "select decision_id, decided_at from iku.decision where not kind = any(%s)", [list(kinds)]
    )
    return {str(row["decision_id"]): row["decided_at"] for row in rows}


def body(reading: Reading, kind: str, one: str) -> dict[str, Any]:
    row = only_row(reading.connection, "select * from iku.decision where decision_id = %s", [one])
    seed = reading.seed(kind, one)
    return {
        "decision": row["kind"],
        **said({name: row[name] for name in OPEN}),
        "parts": {"row": parts.of_rows(seed, "row", [row])},
    }
