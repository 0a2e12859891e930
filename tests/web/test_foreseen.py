"""The effect of a decision, seen at the page before it is made: which figures, from what to what, because of whom."""

import json
import os
import re
import time
from pathlib import Path

import install_kit as kit
import pytest
from fastapi.testclient import TestClient
from patience import wait
from web_kit import visitor

from iku_etl import settings
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings
from iku_etl.web.login import Role


@pytest.fixture
def site(pipeline: Pipeline, tmp_path: Path) -> Settings:
    """January of IKU-08, published."""
    kit.settle(pipeline)
    return settings.load(kit.environment(pipeline.warehouse, tmp_path / "state"))


def batch_of(pipeline: Pipeline, source: str = "persandian_message") -> str:
    with pipeline.warehouse.connect("auditor") as connection:
        row = connection.execute("select batch_id from iku.batch_in_force where source = %s", [source]).fetchone()
    assert row
    return str(row["batch_id"])


def decided(pipeline: Pipeline) -> int:
    with pipeline.warehouse.connect("auditor") as connection:
        return len(connection.execute("select from iku.decision").fetchall())


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def asked(browser: TestClient, **form: str) -> str:
    """The path of the page that tells an effect, once it is worked out."""
    answer = browser.post("/decisions/foresee", data=form, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    path = answer.headers["location"]
    wait(lambda: "refresh" not in browser.get(path).headers, "the effect")
    return str(path)


def test_a_withdrawal_is_seen_before_it_is_made_and_made_from_there(site: Settings, pipeline: Pipeline) -> None:
    op, batch = visitor(site, Role.OP), batch_of(pipeline)
    assert 'formaction="/decisions/foresee"' in op.get(f"/decisions/batch/{batch}").text
    path = asked(op, kind="withdraw", batch=batch, reason="tertukar dengan bulan lain")
    page = op.get(path).text
    assert decided(pipeline) == 0
    assert "IKU-08 Januari 2026" in page
    assert re.search(r"50,00 menjadi tanpa nilai", plain(page))
    assert "tertukar dengan bulan lain</textarea>" in page
    assert "Data sudah bergerak" not in page
    form = {"batch": batch, "reason": "tertukar dengan bulan lain"}
    assert op.post("/decisions/withdraw", data=form).status_code == 200
    assert "Data sudah bergerak" in op.get(path).text
    pipeline.publish()
    assert "tanpa nilai" in op.get("/?period=2026-01").text


def test_what_cannot_be_decided_is_told_as_a_sentence(site: Settings, pipeline: Pipeline) -> None:
    op = visitor(site, Role.OP)
    page = op.get(asked(op, kind="instead-of", batch=batch_of(pipeline))).text
    assert "hanya batch yang menunggu" in page
    assert "<button>" not in page.split("<main")[1]
    assert op.post("/decisions/foresee", data={"kind": "release", "batch": "1"}).status_code == 404
    assert op.post("/decisions/foresee", data={"kind": "approve", "batch": "1"}).status_code == 422


def test_one_that_is_gone_or_whose_server_stopped_is_said_to_be(site: Settings, pipeline: Pipeline) -> None:
    op = visitor(site, Role.OP)
    for path in ("/decisions/foresee/abcdefghijklmnop", "/decisions/foresee/..%2f..%2fpublished"):
        assert op.get(path).status_code == 404
    path = asked(op, kind="withdraw", batch=batch_of(pipeline))
    (kept,) = (site.state / "foreseen").glob("*.json")
    assert kept.stat().st_mode & 0o077 == 0
    kept.write_text(json.dumps(json.loads(kept.read_text()) | {"is_done": False}))
    assert "Sedang dihitung" in op.get(path).text
    os.utime(kept, (time.time() - 3600, time.time() - 3600))
    answer = op.get(path)
    assert (answer.status_code, "terhenti bersama servernya" in answer.text) == (404, True)
