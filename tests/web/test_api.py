"""The API: exact numbers, pages, tags, as-of, problems in sentences, and to the public only what Publik shows."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import install_kit as kit
import pytest
from fastapi.testclient import TestClient
from web_kit import visitor

from iku_etl import settings
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings
from iku_etl.web.login import Role

JANUARY = "/api/v1/figures/IKU-08/2026-01"


@pytest.fixture
def site_of(pipeline: Pipeline, tmp_path: Path) -> Settings:
    """January of IKU-08, and the same as IKU-97 of a section that closes nothing."""
    kit.settle(pipeline)
    kit.publish_beside(pipeline.warehouse, "IKU-97", "Situs aktif", owner="Seksi Uji")
    return settings.load(kit.environment(pipeline.warehouse, tmp_path / "state"))


@pytest.fixture
def api(site_of: Settings) -> TestClient:
    return visitor(site_of, Role.VIEWER)


def items(browser: TestClient, path: str) -> list[dict[str, Any]]:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_a_figure_is_told_to_the_last_digit_with_what_is_needed_to_trust_it(api: TestClient) -> None:
    (told,) = items(api, "/api/v1/figures?indicator=IKU-08&period=2026-01")
    assert (told["value"], told["numerator"], told["denominator"]) == ("50", "2", "4")
    assert told["coverage"].startswith("83.3333333333333333")
    assert (told["revision"], told["tahap"], told["mutu"]) == (1, "sementara", "cukup")
    assert told["evidence"].startswith("IKU-08:2026-01:1:")
    assert (told["first_day"], told["last_day"], told["is_running"]) == ("2026-01-01", "2026-01-31", False)
    assert "belum terbukti" in told["reason"]


def test_members_and_trace_go_down_to_the_payload_and_its_hash(api: TestClient) -> None:
    members = items(api, f"{JANUARY}/members")
    assert {one["member"] for one in members} == {"dinkes", "bappeda"}
    trace = api.get(f"{JANUARY}/trace").json()
    assert trace["agrees"]
    assert {one["source"] for one in trace["batches"]} >= {"persandian_message", "register_submission"}
    of_one = api.get(f"{JANUARY}/trace?member=bappeda&with_bytes=true").json()
    assert of_one["faults"] == []
    messages = [one for one in of_one["records"] if one["source"] == "persandian_message"]
    assert messages[0]["place"]
    hashes = {one["sha256"] for batch in of_one["batches"] for one in batch["payloads"]}
    assert all(len(one) == 64 for one in hashes)
    assert api.get(f"{JANUARY}/trace?member=tidakada").status_code == 404


def test_sources_and_windows_say_what_is_in_force(api: TestClient) -> None:
    assert len(items(api, "/api/v1/sources")) > 20
    (window, *_) = items(api, "/api/v1/sources/persandian_message/windows")
    assert (window["window_on"], window["last_ending"]) == ("2026-01-01", "in_force")
    assert window["batch_id"]
    assert api.get("/api/v1/sources/tidak_ada/windows").status_code == 404


def test_as_of_is_that_of_the_commands(api: TestClient, pipeline: Pipeline) -> None:
    assert items(api, "/api/v1/figures?as_of=0") == []
    assert items(api, "/api/v1/figures?as_of_time=2026-02-01") == []
    published = items(api, "/api/v1/figures?as_of_time=2026-02-20T12:00:00%2B07:00")
    assert [one for one in published if one["indicator"] == "IKU-08"]
    for path, said in (
        ("as_of=99999", "muatan 99999 belum ada"), ("as_of_time=2999-01-01", "belum tiba"),
        ("as_of_time=kemarin", "bukan waktu"),
    ):  # fmt: skip
        answer = api.get(f"/api/v1/figures?{path}")
        assert answer.status_code in (404, 422)
        assert said in answer.json()["detail"]


def test_a_list_is_read_page_by_page_and_a_page_of_another_state_is_refused(
    api: TestClient, pipeline: Pipeline
) -> None:
    whole = items(api, "/api/v1/figures?limit=500")
    read, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/api/v1/figures?limit=7{cursor and '&cursor=' + cursor}").json()
        assert page["total"] == len(whole)
        assert len(page["items"]) <= 7
        read += page["items"]
        cursor = page["next_cursor"]
    assert read == whole
    first = api.get("/api/v1/figures?limit=7").json()["next_cursor"]
    kit.publish_as_known(pipeline.warehouse, datetime(2026, 3, 20, 5, tzinfo=UTC))
    for cursor in (first, "bukan"):
        answer = api.get(f"/api/v1/figures?limit=7&cursor={cursor}")
        assert answer.status_code == 409
        assert "Mulai lagi" in answer.json()["detail"]
    assert api.get("/api/v1/figures?limit=501").status_code == 422


def test_what_a_caller_has_already_is_not_sent_again(api: TestClient, site_of: Settings, pipeline: Pipeline) -> None:
    paths = ["indicators", "figures", "figures/IKU-08/2026-01/members", "figures/IKU-08/2026-01/trace", "sources",
             "sources/persandian_message/windows", "openapi.json"]  # fmt: skip
    tags = {path: api.get(f"/api/v1/{path}").headers["etag"] for path in paths}
    for path, tag in tags.items():
        answer = api.get(f"/api/v1/{path}", headers={"If-None-Match": tag})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag), path
    anybody = visitor(site_of, Role.PUBLIC).get("/api/v1/figures", headers={"If-None-Match": tags["figures"]})
    assert anybody.status_code == 200  # who is not logged in has another answer
    kit.publish_as_known(pipeline.warehouse, datetime(2026, 3, 20, 5, tzinfo=UTC))
    assert api.get("/api/v1/figures", headers={"If-None-Match": tags["figures"]}).status_code == 200


def test_the_public_is_told_what_the_page_publik_shows(site_of: Settings) -> None:
    anybody = visitor(site_of, Role.PUBLIC)
    (closed,) = items(anybody, "/api/v1/figures?indicator=IKU-08&period=2026-01")
    assert closed["is_closed"]
    assert {closed[name] for name in ("value", "low", "high", "numerator", "denominator", "coverage")} == {None}
    (told,) = items(anybody, "/api/v1/figures?indicator=IKU-97&period=2026-01")
    assert (told["value"], told["reason"], told["is_closed"]) == ("50", None, False)
    for path in ("/api/v1/figures?limit=500", "/api/v1/indicators", "/api/v1/figures?as_of_time=2026-02-21"):
        assert "Kesehatan" not in anybody.get(path).text
        assert not any(one.get("is_running") for one in items(anybody, path))
    for path in ("/api/v1/figures?history=true", f"{JANUARY}/members", f"{JANUARY}/trace", "/api/v1/sources"):
        answer = anybody.get(path)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
    assert len(items(visitor(site_of), "/api/v1/figures?history=true&indicator=IKU-08")) >= 1


def test_a_problem_is_a_whole_sentence_for_programs_and_a_page_for_people(api: TestClient) -> None:
    asked = {"/api/v1/tidak": 404, "/api/v1/figures/iku/2026/trace": 422, "/api/v1/figures/IKU-99/2026/trace": 404}
    for path, status in asked.items():
        answer = api.get(path)
        assert answer.status_code == status, path
        told = answer.json()
        assert told["status"] == status
        assert told["detail"].endswith(".")
        assert "content-security-policy" in answer.headers
    refused = api.post("/api/v1/figures")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")
    assert "belum pernah diterbitkan" in api.get("/api/v1/figures/IKU-99/2026/trace").json()["detail"]
    assert api.get("/tidak").headers["content-type"].startswith("text/html")
    assert api.get("/api/v1/tidak?lang=en").json()["title"] == "Not found"


def test_the_description_is_a_page_without_anything_from_elsewhere(site_of: Settings) -> None:
    page = visitor(site_of, Role.PUBLIC).get("/api/v1/")
    assert page.status_code == 200
    for part in ("/api/v1/figures/{indicator}/{period}/trace", "peran viewer", "Listed_Figure_", "as_of_time"):
        assert part in page.text, part
    assert "https://" not in page.text
    assert "<style" not in page.text
