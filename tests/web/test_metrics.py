"""What Prometheus is told: parsed by its own client's parser, and scraped by a real Prometheus where there is one."""

import json
import shutil
import socket
import subprocess
import threading
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import install_kit as kit
import pytest
import uvicorn
from patience import wait
from prometheus_client.parser import text_string_to_metric_families
from web_kit import visitor

from iku_etl import settings
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings
from iku_etl.web.app import create_app
from iku_etl.web.login import NOBODY, Role, always


@pytest.fixture
def place(pipeline: Pipeline, tmp_path: Path) -> Settings:
    kit.settle(pipeline)
    return settings.load(kit.environment(pipeline.warehouse, tmp_path / "state"))


def samples(body: str) -> dict[tuple[str, str], float]:
    """Every sample by its name and source."""
    families = text_string_to_metric_families(body)
    return {(one.name, one.labels.get("source", "")): one.value for family in families for one in family.samples}


def test_the_gauges_say_what_is_committed_and_name_nothing_but_sources(place: Settings) -> None:
    answer = visitor(place, Role.PUBLIC).get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found = samples(answer.text)
    assert found["iku_source_quarantine_rows", "persandian_message"] == 1
    assert found["iku_source_waiting_batches", "persandian_message"] == 0
    assert 0 <= found["iku_source_newest_batch_age_seconds", "parameter"] < 900
    assert ("iku_source_newest_batch_age_seconds", "website") not in found  # never came in: no age, not 0
    due = found["iku_source_windows_due", "persandian_message"]
    assert due > 1
    assert found["iku_source_windows_in_force", "persandian_message"] == 1
    assert found["iku_source_window_coverage_ratio", "persandian_message"] == pytest.approx(1 / due)
    assert found["iku_publication_load_number", ""] >= 3
    assert 0 <= found["iku_publication_age_seconds", ""] < 900
    assert found["iku_publication_stale", ""] == 0
    for secret in ("dinkes", "Kesehatan", "IKU-08", "kelas", "Seksi"):
        assert secret not in answer.text, secret


def test_before_the_first_publication_its_age_is_absent_and_it_is_stale(pipeline: Pipeline, tmp_path: Path) -> None:
    site = settings.load(kit.environment(pipeline.warehouse, tmp_path / "state"))
    found = samples(visitor(site, Role.PUBLIC).get("/metrics").text)
    assert ("iku_publication_age_seconds", "") not in found
    assert found["iku_publication_stale", ""] == 1


@pytest.mark.skipif(not shutil.which("prometheus"), reason="needs Debian's prometheus; .ci/run installs it")
def test_a_real_prometheus_scrapes_them(place: Settings, tmp_path: Path) -> None:
    ours, theirs = _port(), _port()
    server = uvicorn.Server(uvicorn.Config(create_app(place, always(NOBODY)), port=ours, log_level="error"))
    serving = threading.Thread(target=server.run)
    serving.start()
    told = tmp_path / "prometheus.yml"
    told.write_text(
        json.dumps(
            {
                "global": {"scrape_interval": "1s"},
                "scrape_configs": [{"job_name": "iku", "static_configs": [{"targets": [f"127.0.0.1:{ours}"]}]}],
            }
        )
    )
    process = subprocess.Popen(
        ["prometheus", f"--config.file={told}", f"--storage.tsdb.path={tmp_path / 'tsdb'}",
         f"--web.listen-address=127.0.0.1:{theirs}"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        query = 'iku_source_quarantine_rows{source="persandian_message"}'
        found = wait(lambda: _asked(theirs, query), "the first scrape")
        assert found[0]["value"][1] == "1"
        assert _asked(theirs, "up")[0]["value"][1] == "1"
    finally:
        process.terminate()
        process.wait()
        server.should_exit = True
        serving.join()


def _port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _asked(port: int, query: str) -> list[dict[str, Any]]:
    """What Prometheus answers; nothing while it is not up yet."""
    address = f"http://127.0.0.1:{port}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    try:
        with urllib.request.urlopen(address) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
            return found
    except OSError:
        return []
