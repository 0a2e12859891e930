"""The ending of a batch: what became of it in the open; its records, payloads and reasons under salts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from iku_etl.audit import parts, records
from iku_etl.audit.canonical import said
from iku_etl.audit.leaves import Reading
from iku_etl.warehouse.database import one as only_row

RESTS_ON, SALTED = "rows", True
OPEN = (
    "source", "window_on", "win", "contract_version", "purpose", "instead_of", "decision_id", "asked_at", "landed_at",
    "position_on", "payload_fingerprint", "judged_sha256", "record_fingerprint", "ending", "load_no", "revision",
    "confirms", "records_read", "loaded", "quarantined", "declared_out", "error_code",
)  # fmt: skip
LATER = "superseded_by"  # the only column that changes after the ending: by the leaf that `supersedes` this one


def there(reading: Reading) -> Mapping[str, datetime]:
    rows = reading.connection.execute("select batch_id, ended_at from iku.batch where ending is not null")
    return {str(row["batch_id"]): row["ended_at"] for row in rows}


def body(reading: Reading, one: str) -> dict[str, Any]:
    connection, seed = reading.connection, reading.seed("batch", one)
    row = only_row(connection, "select * from iku.batch where batch_id = %s", [one])
    before = connection.execute(
        "select batch_id from iku.batch where source = %s and window_on = %s and superseded_by = %s",
        [row["source"], row["window_on"], row["load_no"]],
    ).fetchall()
    payloads = connection.execute("select * from iku.payload where batch_id = %s order by payload_no", [one])
    aside = connection.execute("select * from iku.quarantine where batch_id = %s order by record_no", [one])
    checks = connection.execute("select * from iku.check_result where batch_id = %s order by check_no", [one])
    left = connection.execute('select * from iku.left_out where batch_id = %s order by reason collate "C"', [one])
    return {
        **said({name: row[name] for name in OPEN}),
        **({"supersedes": sorted(earlier["batch_id"] for earlier in before)} if before else {}),
        "parts": parts.whole({
            "row": parts.of_rows(seed, "row", [{name: row[name] for name in row if name != LATER}]),
            "record": parts.of_hashes(seed, "record", records.hashes(connection, row) if row["loaded"] else ()),
            "payload": parts.of_rows(seed, "payload", payloads, "payload_no"),
            "quarantine": parts.of_rows(seed, "quarantine", aside, "record_no"),
            "check": parts.of_rows(seed, "check", checks, "check_no"),
            "left_out": parts.of_rows(seed, "left_out", left),
        }),
    }  # fmt: skip
