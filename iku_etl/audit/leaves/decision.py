"""A decision about a record or a batch, and any other that has no kind of leaf of its own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from iku_etl.audit.leaves import Reading, _decided

RESTS_ON, SALTED = "rows", True
OTHERS = ("verify", "approve")  # their leaves are `verification` and `approval`


def there(reading: Reading) -> Mapping[str, datetime]:
    return _decided.all_but(reading, OTHERS)


def body(reading: Reading, one: str) -> dict[str, Any]:
    return _decided.body(reading, "decision", one)
