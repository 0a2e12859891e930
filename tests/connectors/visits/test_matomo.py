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

    with server(answer) as url, pytest.raises((ContractError, TransientError)) as refused:
        (payload,) = matomo.visits(connection(url), DAY)
        list(matomo.read(kept(tmp_path, payload), DAY))
    assert TOKEN not in str(refused.value)


def test_an_empty_day_is_a_day_without_visits_not_a_day_without_a_look(tmp_path: Path) -> None:
    assert [row["visits"] for row in read(tmp_path, {"2026-01-05": []})] == ["0"]


@pytest.mark.parametrize(
    "body", [{"2026-01-05": {"value": 2}}, {"2026-01-05": 2}, {"value": 2}, {"nb_visits": 2}, {"nb_visits": "2"}]
)
def test_every_shape_of_one_day_is_known(tmp_path: Path, body: Any) -> None:
    assert [row["visits"] for row in read(tmp_path, body)] == ["2"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"result": "error", "message": "Unable to authenticate with the provided token."}, "matomo_error"),
        ({"result": "error", "message": "You must be logged in to access this functionality."}, "matomo_error"),
        (b"<!DOCTYPE html><title>Matomo</title>", "not_json"),
        (b"", "not_json"),
        ({"2026-01-04": {"nb_visits": 9}}, "other_day"),
        ({"2026-01-05": {"nb_visits": 9}, "2026-01-06": {"nb_visits": 9}}, "other_day"),
        ({}, "unknown_shape"),
        ({"2026-01-05": {"nb_uniq_visitors": 9}}, "unknown_shape"),
        ({"2026-01-05": {"nb_visits": True}}, "unknown_shape"),
        ([{"label": "x"}], "unknown_shape"),
    ],
)
def test_what_is_no_count_of_that_day_is_refused_by_name(tmp_path: Path, body: Any, code: str) -> None:
    with pytest.raises(ContractError) as refused:
        read(tmp_path, body)
    assert refused.value.code == code
    assert SITE in str(refused.value)


@pytest.mark.parametrize(
    "message",
    [
        "An unexpected website was found in the request: website id was set to '3'.",
        "You can't access this resource as it requires 'view' access for the website id = 3.",
    ],
)
def test_an_error_about_one_site_costs_that_site_alone(tmp_path: Path, message: str) -> None:
    content = orjson.dumps({"result": "error", "message": message})
    (rows,) = matomo.read(kept_bytes(tmp_path, content, matomo.MEDIA_TYPE, f"matomo/{SITE}"), DAY)
    assert len(rows.table) == 0
    (found,) = rows.unobserved
    assert found.sentence == f"Matomo menolak {SITE}, hari itu tidak teramati: {message}"
    assert found.known == {"site": SITE}


REFUSED = {"result": "error", "message": "It requires 'view' access for the website id = 3."}
ANSWER = {"2026-01-05": {"nb_visits": 412}}


def per_site(answers: dict[str, Any]) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        form = parse_qs(handler.rfile.read(int(handler.headers["Content-Length"])).decode())
        send(handler, orjson.dumps(answers[form["idSite"][0]]))

    return answer


def test_a_removed_site_costs_no_other_and_is_said_with_the_batch(pipeline: Pipeline) -> None:
    with server(per_site({"3": REFUSED, "4": ANSWER})) as url:
        batch = collected(pipeline, url)
    assert (batch.ending, batch.loaded) == ("in_force", 1)
    assert batch.reason is not None
    refused, unregistered = batch.reason.split("; ")
    assert refused == f"Matomo menolak {SITE}, hari itu tidak teramati: {REFUSED['message']}"
    assert unregistered == "1 nilai site belum ada di register website (www.example)"


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


def test_a_name_for_a_number_is_told_so_and_no_site_asks_nobody() -> None:
    with pytest.raises(SettingError, match="idSite"):
        list(matomo.visits(Endpoint("visits", "http://127.0.0.1:1", {"matomo": {SITE: "all"}}, TOKEN), DAY))
    assert list(matomo.visits(Endpoint("visits", ""), DAY)) == []
