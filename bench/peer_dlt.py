"""dlt merging the same rows: run in .venv/bench. Seconds of pipeline.run on the last line of its output.

It gets typed Arrow tables and CSV as its file format, the fastest way in that its documentation names for
PostgreSQL; it keeps no bytes, checks no record and knows no revisions.
"""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dlt
import pyarrow as pa
import pyarrow.csv

NAMES = ("batch_id", "record_no", "payload_no", "window_on", "site", "checked_at", "up", "latency_ms", "cause")
TYPES = {
    "batch_id": pa.int64(), "record_no": pa.int64(), "payload_no": pa.int64(), "window_on": pa.date32(),
    "site": pa.string(), "checked_at": pa.timestamp("us", "UTC"), "up": pa.bool_(), "latency_ms": pa.int64(),
    "cause": pa.string(),
}  # fmt: skip


def main(path: Path, folder: Path, url: str) -> float:
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    convert = pa.csv.ConvertOptions(
        column_types=TYPES, strings_can_be_null=True, true_values=["t"], false_values=["f"],
        timestamp_parsers=[pa.csv.ISO8601, "%Y-%m-%d %H:%M:%S%z"],
    )  # fmt: skip
    text = path.read_bytes().replace(b"+00,", b"Z,")  # as PostgreSQL says UTC
    table = pa.csv.read_csv(
        pa.BufferReader(text), read_options=pa.csv.ReadOptions(column_names=NAMES), convert_options=convert
    )

    @dlt.resource(name="website_uptime", write_disposition="merge", primary_key=("site", "checked_at"))
    def rows() -> Iterator[pa.Table]:
        for start in range(0, len(table), 100_000):
            yield table.slice(start, 100_000)

    pipeline = dlt.pipeline(
        "bench", pipelines_dir=str(folder / "dlt"), destination=dlt.destinations.postgres(url), dataset_name="bench"
    )
    started = time.perf_counter()
    pipeline.run(rows(), loader_file_format="csv")
    return time.perf_counter() - started


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.stdin.read().strip()))
