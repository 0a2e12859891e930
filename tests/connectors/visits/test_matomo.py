"""Matomo over a real HTTP server: the token stays in the body, errors with status 200 are told by name."""

from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import orjson
import pytest
from loopback import DAY, kept, kept_bytes, send, server, table

from iku_etl import catalogue
from iku_etl.connectors.visits import matomo
from iku_etl.errors import ContractError, SettingError, TransientError
from iku_etl.model import Batch
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Endpoint

TOKEN = "rahasia-0123456789abcdef"
SITE = "mediacenter.example"


def connection(url: str, **options: Any) -> Endpoint:
    return Endpoint("visits", url, {"matomo": {SITE: 3}, "networks": ["127.0.0.0/8"], **options}, TOKEN)


def answering(body: Any, asked: list[dict[str, list[str]]] | None = None) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        form = parse_qs(handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode())
        if asked is not None:
            asked.append({**form, "path": [handler.path], "authorization": [str(handler.headers.get("Authorization"))]})
        send(handler, body if isinstance(body, bytes) else orjson.dumps(body))

    return answer


def read(tmp_path: Path, body: Any) -> list[dict[str, Any]]:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    found: list[dict[str, Any]] = table(
        matomo.read(kept_bytes(tmp_path, content, matomo.MEDIA_TYPE, f"matomo/{SITE}"), DAY)
    ).to_pylist()
    return found


def test_the_token_goes_in_the_body_and_is_said_nowhere(tmp_path: Path) -> None:
    asked: list[dict[str, list[str]]] = []
    with server(answering({"2026-01-05": {"nb_visits": 412, "nb_actions": 900}}, asked)) as url:
        (payload,) = matomo.visits(connection(url), DAY)
        landed = kept(tmp_path, payload)
    assert asked[0]["token_auth"] == [TOKEN]
    assert asked[0]["path"] == ["/index.php"]
    assert asked[0]["authorization"] == ["None"]
    assert asked[0]["date"] == ["2026-01-05,2026-01-05"] and asked[0]["idSite"] == ["3"]
    assert TOKEN not in repr(payload) + str(payload.request)
    assert table(matomo.read(landed, DAY)).to_pylist() == [
        {"place": "/2026-01-05/nb_visits", "site": SITE, "method": "matomo", "visits": "412"}
    ]


@pytest.mark.parametrize("status", [200, 302, 403, 503])
def test_no_error_repeats_the_token(tmp_path: Path, status: int) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        sent = handler.rfile.read(int(handler.headers["Content-Length"]))
        send(handler, sent if status != 200 else b"", status, location=f"/?{TOKEN}", retry_after="0")

    with server(answer) as url:
        try:
            (payload,) = matomo.visits(connection(url), DAY)
            (rows,) = matomo.read(kept(tmp_path, payload), DAY)
            said = str(rows)
        except (ContractError, TransientError) as refused:
            said = str(refused)
    assert TOKEN not in said and len(said) > len(TOKEN)


def unobserved(tmp_path: Path, body: Any) -> str:
    """The one sentence about a day of which Matomo gives no count."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    (rows,) = matomo.read(kept_bytes(tmp_path, content, matomo.MEDIA_TYPE, f"matomo/{SITE}"), DAY)
    assert len(rows.table) == 0
    (one,) = rows.unobserved
    assert one.known == {"site": SITE, "method": "matomo"}
    assert SITE in one.sentence
    return one.sentence


@pytest.mark.parametrize(
    "body", [{"2026-01-05": []}, [], {"2026-01-05": {}}, {}, {"2026-01-05": ""}, {"2026-01-05": 0}, {"value": 0}, 0]
)
def test_an_empty_answer_may_be_a_day_that_is_not_archived_and_is_no_count(tmp_path: Path, body: Any) -> None:
    assert "core:archive" in unobserved(tmp_path, body)


@pytest.mark.parametrize(
    "body",
    [
        {"2026-01-05": {"nb_visits": 0, "nb_actions": 0}},  # the day has an archive, and it says so
        {"2026-01-05": {"archive_state": "complete"}},
        {"2026-01-05": [], "archive_state": "complete"},
        {"2026-01-05": [], "metadata": {"archive_state": {"2026-01-05": "complete"}}},
    ],
)
def test_a_day_whose_archive_is_complete_may_be_one_without_visits(tmp_path: Path, body: Any) -> None:
    assert [row["visits"] for row in read(tmp_path, body)] == ["0"]


@pytest.mark.parametrize("state", ["incomplete", "invalidated"])
@pytest.mark.parametrize("found", [{"nb_visits": 40}, {}])
def test_a_day_whose_archive_is_not_complete_is_not_observed(tmp_path: Path, state: str, found: dict[str, int]) -> None:
    assert state in unobserved(tmp_path, {"2026-01-05": {**found, "archive_state": state}})


def test_it_asks_for_the_state_of_the_archive() -> None:
    asked: list[dict[str, list[str]]] = []
    with server(answering({"2026-01-05": {"nb_visits": 1}}, asked)) as url:
        list(matomo.visits(connection(url), DAY))
    assert asked[0]["fetch_archive_state"] == ["1"]


@pytest.mark.parametrize(
    "body", [{"2026-01-05": {"value": 2}}, {"2026-01-05": 2}, {"value": 2}, {"nb_visits": 2}, {"nb_visits": "2"}]
)
def test_every_shape_of_one_day_is_known(tmp_path: Path, body: Any) -> None:
    assert [row["visits"] for row in read(tmp_path, body)] == ["2"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<!DOCTYPE html><title>Matomo</title>", "bukan JSON"),
        (b"", "bukan JSON"),
        ("x", "tanpa nb_visits"),
        ({"2026-01-04": {"nb_visits": 9}}, "bukan tentang 2026-01-05"),
        ({"2026-01-05": {"nb_visits": 9}, "2026-01-06": {"nb_visits": 9}}, "bukan tentang 2026-01-05"),
        ({"2026-01-05": {"nb_visits": None}}, "tanpa nb_visits"),
        ({"2026-01-05": {"nb_uniq_visitors": 9}}, "tanpa nb_visits"),
        ({"2026-01-05": {"nb_visits": True}}, "tanpa nb_visits"),
        ({"2026-01-05": {"nb_visits": False}}, "tanpa nb_visits"),
        ([{"label": "x"}], "tanpa nb_visits"),
        ({"result": "error", "message": "An unexpected website was found in the request: website id was set to '3'."},
         "Matomo menolak"),
        ({"result": "error", "message": "You can't access this resource as it requires 'view' access for the website"
          " id = 3."}, "Matomo menolak"),
    ],
)  # fmt: skip
def test_what_is_no_count_of_that_day_costs_that_site_alone_and_says_why(tmp_path: Path, body: Any, says: str) -> None:
    assert says in unobserved(tmp_path, body)


@pytest.mark.parametrize(
    "message",
    ["Unable to authenticate with the provided token.", "You must be logged in to access this functionality."],
)
def test_an_error_about_all_of_matomo_is_refused(tmp_path: Path, message: str) -> None:
    with pytest.raises(ContractError, match=SITE) as refused:
        read(tmp_path, {"result": "error", "message": message})
    assert refused.value.code == "matomo_error"


REFUSED = {"result": "error", "message": "It requires 'view' access for the website id = 3."}
ANSWER = {"2026-01-05": {"nb_visits": 412}}
FAILED = b"Fatal error"


def per_site(answers: dict[str, Any]) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        form = parse_qs(handler.rfile.read(int(handler.headers["Content-Length"])).decode())
        found = answers[form["idSite"][0]]
        send(handler, found if isinstance(found, bytes) else orjson.dumps(found), 500 if found == FAILED else 200)

    return answer


def test_a_removed_site_costs_no_other_and_is_said_with_the_batch(pipeline: Pipeline) -> None:
    with server(per_site({"3": REFUSED, "4": ANSWER})) as url:
        batch = collected(pipeline, url)
    assert (batch.ending, batch.loaded) == ("in_force", 1)
    assert batch.reason is not None
    refused, unregistered = batch.reason.split("; ")
    assert refused == f"Matomo menolak {SITE}, hari itu tidak teramati: {REFUSED['message']}"
    assert unregistered == '1 nilai Situs belum ada di "Daftar situs web" (www.example)'


@pytest.mark.parametrize(
    "answers",
    [
        {"3": REFUSED, "4": REFUSED},  # nobody's token
        {"3": {"result": "error", "message": "Unable to authenticate with the provided token."}, "4": ANSWER},
    ],
)
def test_an_error_of_the_whole_of_matomo_costs_the_day(pipeline: Pipeline, answers: dict[str, Any]) -> None:
    with server(per_site(answers)) as url:
        batch = collected(pipeline, url)
    assert batch.ending == "rejected"
    assert "IKU_SECRET_WEB_VISITS" in str(batch.reason)


def collected(pipeline: Pipeline, url: str) -> Batch:
    pipeline.settings.state.mkdir(parents=True, exist_ok=True)
    (pipeline.settings.state / "connections.toml").write_text(
        f'[web_visits]\nsystem = "visits"\nurl = "{url}"\nnetworks = ["127.0.0.0/8"]\n'
        f'[web_visits.matomo]\n"{SITE}" = 3\n"www.example" = 4\n'
    )
    (batch,) = pipeline.collect(catalogue.source("web_visits"), [DAY]).batches
    return batch


@pytest.mark.parametrize("answer", [{"2026-01-05": []}, [], {"2026-01-05": {"nb_visits": None}}, b"<html>", FAILED])
def test_what_one_site_answers_costs_no_other(pipeline: Pipeline, answer: Any) -> None:
    with server(per_site({"3": answer, "4": ANSWER})) as url:
        batch = collected(pipeline, url)
    assert (batch.ending, batch.loaded, batch.quarantined) == ("in_force", 1, 1)
    assert SITE in str(batch.reason)


@pytest.mark.parametrize(("answer", "ending"), [(b"<html>", "rejected"), ([], "rejected"), (FAILED, "failed")])
def test_where_no_site_is_answered_nothing_comes_into_force(pipeline: Pipeline, answer: Any, ending: str) -> None:
    with server(per_site({"3": answer, "4": answer})) as url:
        batch = collected(pipeline, url)
    assert batch.ending == ending
    assert batch.reason and ("Matomo" in batch.reason or "500" in batch.reason)


@pytest.mark.parametrize(
    "later", [{"2026-01-05": {"nb_visits": 7}}, {"2026-01-05": {"nb_visits": 0}}, {"2026-01-05": []}]
)
def test_a_day_that_shrinks_waits_for_a_person(pipeline: Pipeline, later: Any) -> None:
    answers: dict[str, Any] = {"3": {"2026-01-05": {"nb_visits": 120}}, "4": ANSWER}
    with server(per_site(answers)) as url:
        first = collected(pipeline, url)
        answers["3"] = later
        second = collected(pipeline, url)
        answers["3"] = {"2026-01-05": {"nb_visits": 60}}
        third = collected(pipeline, url)
    assert (first.ending, second.ending, third.ending) == ("in_force", "waiting", "in_force")
    assert f"Batch {first.batch_id} tetap berlaku" in str(second.reason) and SITE in str(second.reason)
    if later != {"2026-01-05": []}:
        assert "120 menjadi" in str(second.reason)


def test_the_only_site_refused_is_told_where_nothing_is_left(pipeline: Pipeline, tmp_path: Path) -> None:
    with server(answering(REFUSED)) as url:
        (payload,) = matomo.visits(connection(url), DAY)  # one of one: it is removed, for all we know
        (rows,) = matomo.read(kept(tmp_path, payload), DAY)
    assert rows.unobserved


def test_without_a_token_it_asks_as_matomo_names_those_who_have_none() -> None:
    asked: list[dict[str, list[str]]] = []
    with server(answering([], asked)) as url:
        list(matomo.visits(replace(connection(url), secret=None), DAY))
    assert asked[0]["token_auth"] == ["anonymous"]


def test_a_name_for_a_number_or_one_for_two_sites_is_told_so_and_no_site_asks_nobody() -> None:
    for sites in ({SITE: "all"}, {SITE: 3, "www.example": "03"}):
        with pytest.raises(SettingError, match="idSite"):
            list(matomo.visits(Endpoint("visits", "http://127.0.0.1:1", {"matomo": sites}, TOKEN), DAY))
    assert list(matomo.visits(Endpoint("visits", ""), DAY)) == []
