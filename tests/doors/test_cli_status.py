"""`iku status` of an installation whose Airflow is kept by somebody else, as with Docker."""

import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import loopback
import pytest
from install_kit import at_hand

from iku_etl.warehouse.database import Warehouse

PARTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")


@pytest.mark.parametrize(("ill", "said"), [((), "berjalan"), (("scheduler",), "tidak sehat di http://127.0.0.1")])
def test_an_airflow_that_is_kept_elsewhere_is_asked(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, ill: tuple[str, ...], said: str
) -> None:
    health = {part: {"status": "unhealthy" if part in ill else "healthy"} for part in PARTS}

    def answer(handler: BaseHTTPRequestHandler) -> None:
        assert handler.path == "/api/v2/monitor/health"
        loopback.send(handler, json.dumps(health).encode())

    with loopback.server(answer) as address, at_hand(monkeypatch, capsys, warehouse, tmp_path) as iku:
        monkeypatch.setenv("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", f"{address}/execution/")
        code, output, _ = iku("status")
        assert code == 0
        (line,) = [line for line in output.splitlines() if line.startswith("Airflow")]
        assert line.split(maxsplit=1)[1].startswith(said)
        assert json.loads(iku("status", "--json")[1])["airflow"] == (not ill)
