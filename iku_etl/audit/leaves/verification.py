"""Somebody has verified a revision of a figure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from iku_etl.audit.leaves import Reading, _decided

RESTS_ON, SALTED = "rows", True
KINDS = ("verify",)


def there(reading: Reading) -> Mapping[str, datetime]:
    return _decided.there(reading, KINDS)


def body(reading: Reading, one: str) -> dict[str, Any]:
    return _decided.body(reading, "verification", one)
