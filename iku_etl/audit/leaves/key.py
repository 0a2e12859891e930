"""A key whose signature is believed from here on: of the log, or of a witness."""

from collections.abc import Mapping
from typing import Any

from iku_etl.audit.leaves import Reading

RESTS_ON, SALTED = "files", False


def there(reading: Reading) -> Mapping[str, str]:
    return {row["key"]: row["at"] for row in reading.keys}


def body(reading: Reading, one: str) -> dict[str, Any]:
    return {}
