"""Prometheus' answers by hand, and how they are read."""

from pathlib import Path
from typing import Any

import orjson
from loopback import DAY, kept_bytes, table

from iku_etl.connectors.uptime import prometheus
from iku_etl.window import Window

CAPTURES = Path(__file__).parent / "data" / "prometheus"


START = round(DAY.start.timestamp())


END = round(DAY.end.timestamp())


def series(name: str, values: list[tuple[float, str]], **labels: str) -> dict[str, Any]:
    labels = {"instance": "https://a.example/", "job": "website", "situs": "a.example"} | labels
    return {"metric": {"__name__": name, **labels}, "values": values}


def matrix(*found: dict[str, Any], **around: object) -> bytes:
    return orjson.dumps({"status": "success", "data": {"resultType": "matrix", "result": found}, **around})


def read(folder: Path, body: bytes, window: Window = DAY, name: str = "samples") -> list[dict[str, Any]]:
    return list(table(prometheus.read(kept_bytes(folder, body, prometheus.MEDIA_TYPE, name), window)).to_pylist())
