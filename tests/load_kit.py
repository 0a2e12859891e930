"""Judged records as Parquet, and their load."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
from kit import ASKED, DAY, METER, ZONE, landed

from iku_etl.model import Batch, Source
from iku_etl.records import identity, verdict
from iku_etl.records.verdict import CheckResult, Quarantined, Verdict
from iku_etl.stages import load
from iku_etl.warehouse.database import Warehouse
from iku_etl.window import Window

Minutes = Sequence[int]


def aside(record_no: int, minute: int, content: str = "x") -> Quarantined:
    """A reading of `minute` that was set aside; `content` makes its hash."""
    key = {"site": "a", "read_at": identity.plain(DAY.start + timedelta(minutes=minute))}
    return Quarantined(record_no, 1, f"baris {record_no}", ("aturan",), "tidak wajar", key, f"hash {content}", {})


def judged(
    path: Path, minutes: Minutes, set_aside: Sequence[Quarantined] = (), window: Window = DAY, *,
    because: str | None = None, warnings: tuple[str, ...] = (),
) -> Path:  # fmt: skip
    """A file of judged records: readings of site `a` at these minutes, those set aside, and two rows left out."""
    numbers = range(1, len(minutes) + 1)
    moments = [window.start + timedelta(minutes=minute) for minute in minutes]
    table = pa.table({
        "record_no": pa.array(numbers, pa.int32()),
        "payload_no": pa.array([1] * len(minutes), pa.int16()),
        "site": pa.array(["a"] * len(minutes), pa.string()),
        "read_at": pa.array(moments, pa.timestamp("us", "UTC")),
        "up": pa.array([True] * len(minutes), pa.bool_()),
        "latency_ms": pa.array([5] * len(minutes), pa.int32()),
    })  # fmt: skip
    writer = verdict.Writer(path, table.schema)
    writer.write(table)
    loaded, other = len(minutes), len(set_aside)
    checks = (CheckResult("Uji", "site", "warn", loaded, 0, True),)
    writer.finish(
        Verdict(
            METER.name, window.label, because, because and "contract", loaded + other + 2, loaded, other, 2,
            {"baris jumlah": 2}, f"print {list(minutes)}", checks, tuple(set_aside), (), warnings, "uji",
        )
    )  # fmt: skip
    return path


def loads(
    warehouse: Warehouse, folder: Path, hours: int, minutes: Minutes, set_aside: Sequence[Quarantined] = (),
    window: Window = DAY, source: Source = METER, warnings: tuple[str, ...] = (),
) -> Batch:  # fmt: skip
    """A batch of these readings, asked for so many hours later than the first, brought to its ending."""
    with warehouse.connect("loader") as connection:
        batch_id = landed(connection, window=window, asked_at=ASKED + timedelta(hours=hours), fingerprint=str(hours))
    path = judged(folder / f"{batch_id}.parquet", minutes, set_aside, window, warnings=warnings)
    return load.load(lambda: warehouse.connect("loader"), source, batch_id, path, ZONE)
