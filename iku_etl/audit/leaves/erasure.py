"""The salts of a batch, publication or decision were destroyed: its roots stay, nobody can show what is under them."""

from collections.abc import Mapping
from typing import Any

from iku_etl.audit.leaves import Reading

RESTS_ON, SALTED = "files", False


def there(reading: Reading) -> Mapping[str, str]:
    return {f"{kind}/{one}": moment for kind, one, moment in reading.erased}


def body(reading: Reading, one: str) -> dict[str, Any]:
    return {}
