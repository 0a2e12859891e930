"""A migration of the core tables, with the hash of its text as it is shipped."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg

from iku_etl.audit.leaves import Reading
from iku_etl.errors import LedgerError
from iku_etl.warehouse.database import MIGRATIONS

RESTS_ON, SALTED = "state", False


def there(reading: Reading) -> Mapping[str, None]:
    """The revision that the warehouse is at, and all before it. LedgerError where the auditor may not see it."""
    try:
        with reading.connection.transaction():
            row = reading.connection.execute("select version_num from public.iku_migration").fetchone()
    except psycopg.errors.InsufficientPrivilege:
        raise LedgerError(
            "iku_auditor tidak boleh membaca migrasi mana yang dijalankan. Jalankan: iku migrate; atau minta DBA:"
            " `grant usage on schema public to iku_auditor; grant select on public.iku_migration to iku_auditor`."
        ) from None
    at = row["version_num"] if row else ""
    return {path.name[:4]: None for path in _versions() if path.name[:4] <= at}


def body(reading: Reading, one: str) -> dict[str, Any]:
    (version,) = (path for path in _versions() if path.name.startswith(one))
    files = (version, *sorted((MIGRATIONS / "sql").glob(f"{one}_*.sql")))
    return {"texts": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}}


def _versions() -> list[Path]:
    return sorted((MIGRATIONS / "versions").glob("[0-9]*.py"))
