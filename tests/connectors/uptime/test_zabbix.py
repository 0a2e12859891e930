"""Zabbix over a real HTTP server that replays captured answers: to facts; errors with status 200, no token said."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from loopback import DAY, kept, kept_bytes, send, server, table
from zabbix_kit import CAPTURE_DAY, EXAMPLE, SITES, TOKEN, answering, captured, connection

from iku_etl import catalogue
from iku_etl.connectors.uptime import zabbix
from iku_etl.connectors.uptime.monitors import packed
from iku_etl.errors import ContractError, SettingError, TransientError
from iku_etl.pipeline import Pipeline


def test_captured_answers_become_facts(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IKU_SECRET_WEBSITE_UPTIME", TOKEN)
    sites = "\n".join(f'"{site}" = "{called}"' for site, called in SITES.items())
    asked: list[dict[str, Any]] = []
    with server(answering(asked)) as url:
        pipeline.settings.state.mkdir(parents=True, exist_ok=True)
        (pipeline.settings.state / "connections.toml").write_text(
            f'[website_uptime]\nsystem = "zabbix"\nurl = "{url}/zabbix"\nnetworks = ["127.0.0.0/8"]\n'
            f"[website_uptime.sites]\n{sites}\n"
        )
        then = replace(pipeline, now=lambda: CAPTURE_DAY.end + timedelta(minutes=10))
        (batch,) = then.collect(catalogue.source("website_uptime"), [CAPTURE_DAY]).batches
        (look,) = then.collect(catalogue.source("website_uptime"), [CAPTURE_DAY]).batches
    assert (batch.ending, batch.loaded, batch.quarantined) == ("in_force", 78, 0), batch.reason
    assert look.ending == "unchanged"
    assert {call["authorization"] for call in asked} == {f"Bearer {TOKEN}"}
    with pipeline.warehouse.connect("auditor") as found:
        days = found.execute("select site, up_count, down_count, unseen_count from fact.website_uptime_day").fetchall()
        rows = found.execute("select site, up, latency_ms, cause, checked_at from fact.website_uptime").fetchall()
        said = found.execute("select request::text as request from iku.payload").fetchall()
    assert {tuple(row.values()) for row in days} == {
        ("diskominfo.example", 26, 0, 0),
        ("bappeda.example", 20, 6, 0),
        ("kedurang.example", 0, 26, 0),
    }
    assert Counter((row["site"], row["cause"]) for row in rows if not row["up"]) == {
        ("bappeda.example", "http_503"): 6,
        ("kedurang.example", "http_500"): 26,
    }
    assert sum(row["latency_ms"] is not None for row in rows) == 8  # the capture has the newest 50 times only
    assert min(row["checked_at"] for row in rows) == datetime(2026, 11, 22, 9, 33, 22, 997577, UTC)
    assert said and all(TOKEN not in row["request"] for row in said)


def test_the_history_is_asked_by_its_own_type_in_slices_that_do_not_overlap() -> None:
    asked: list[dict[str, Any]] = []
    with server(answering(asked)) as url:
        list(zabbix.history(connection(url, slice_hours=10), CAPTURE_DAY))
    assert [call["method"] for call in asked] == ["host.get", "item.get", *["history.get"] * 6]
    assert {call["path"] for call in asked} == {"/zabbix/api_jsonrpc.php"}
    assert {call["content_type"] for call in asked} == {"application/json"}
    start, end = int(CAPTURE_DAY.start.timestamp()), int(CAPTURE_DAY.end.timestamp())
    for kind, count in ((3, 6), (0, 3)):
        calls = [call["params"] for call in asked[2:] if call["params"]["history"] == kind]
        assert [len(call["itemids"]) for call in calls] == [count] * 3
        edges = [edge for call in calls for edge in (call["time_from"], call["time_till"] + 1)]
        assert edges == [start, *[start + 36_000] * 2, *[start + 72_000] * 2, end]


@pytest.mark.parametrize("auth", ["bearer", "body"])
def test_the_token_goes_where_this_version_takes_it_and_is_said_nowhere(auth: str) -> None:
    asked: list[dict[str, Any]] = []
    with server(answering(asked)) as url:
        (payload,) = zabbix.history(connection(url, auth=auth), CAPTURE_DAY)
        body = b"".join(payload.chunks)
    in_body = auth == "body"
    assert {call.get("auth") for call in asked} == {TOKEN if in_body else None}
    assert {call["authorization"] for call in asked} == {None if in_body else f"Bearer {TOKEN}"}
    assert TOKEN not in repr(payload) + str(payload.request) + body.decode()


@pytest.mark.parametrize("name", ["error_session", "error_no_method"])
@pytest.mark.parametrize("method", ["host.get", "item.get", "history.get"])
def test_an_error_with_status_200_is_told_by_what_zabbix_says(tmp_path: Path, method: str, name: str) -> None:
    with server(answering(instead={method: captured(name)})) as url:
        (payload,) = zabbix.history(connection(url), CAPTURE_DAY)
        landed = kept(tmp_path, payload)
    with pytest.raises(ContractError, match=r"Session terminated|Incorrect API") as refused:
        list(zabbix.read(landed, CAPTURE_DAY))
    assert refused.value.code == "zabbix_error"
    assert captured(name) in landed.path.read_bytes()


EMPTY = b'{"jsonrpc":"2.0","result":[],"id":1}'


@pytest.mark.parametrize(
    ("method", "body", "code"),
    [
        ("host.get", b"<!DOCTYPE html><title>Zabbix</title>", "not_json"),
        ("item.get", b"", "not_json"),
        ("item.get", captured("host.get_count"), "shape"),
        ("item.get", EMPTY, "no_scenario"),  # the token may read nothing
        ("history.get", captured("trend.get"), "no_history"),
        ("host.get", EMPTY, "shape"),
        ("history.get", b'{"jsonrpc":"2.0","result":[{"itemid":"44521","value":"0"}],"id":1}', "shape"),
        ("history.get", captured("apiinfo.version"), "shape"),
    ],
)
def test_what_is_no_history_is_refused_by_name(tmp_path: Path, method: str, body: bytes, code: str) -> None:
    with server(answering(instead={method: body})) as url:
        (payload,) = zabbix.history(connection(url), CAPTURE_DAY)
        landed = kept(tmp_path, payload)
    with pytest.raises(ContractError) as refused:
        list(zabbix.read(landed, CAPTURE_DAY))
    assert refused.value.code == code


@pytest.mark.parametrize("status", [302, 401, 500])
def test_no_error_repeats_the_token(status: int) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        send(handler, handler.rfile.read(int(handler.headers["Content-Length"])), status, location=f"/?{TOKEN}")

    with server(answer) as url, pytest.raises((ContractError, TransientError)) as refused:
        list(zabbix.history(connection(url, auth="body", total_seconds=2), DAY))
    assert TOKEN not in str(refused.value)


def test_a_host_under_maintenance_is_not_observed_from_its_beginning_on(tmp_path: Path) -> None:
    landed = kept_bytes(tmp_path, EXAMPLE.read_bytes(), zabbix.MEDIA_TYPE)
    found = [
        (row["site"], row["up"], row["latency_ms"], row["cause"]) for row in table(zabbix.read(landed, DAY)).to_pylist()
    ]
    assert found == [
        ("a.example", "true", "42", None),
        ("a.example", "false", None, "http_503"),
        ("a.example", "false", None, None),  # no step since the check before: its code is not this one's
        ("b.example", "true", None, None),
        ("b.example", None, None, None),
    ]


def test_names_that_are_not_there_are_named_and_values_of_nobody_are_counted(tmp_path: Path) -> None:
    sites = {"diskominfo.example": "diskominfo/Situs diskominfo", "baru.example": "Situs baru"}
    bodies = [captured(name) for name in ("host.get", "item.get_webitems", "history.get_uint", "history.get_float")]
    landed = kept_bytes(tmp_path, b"".join(packed({"sites": sites}, bodies)), zabbix.MEDIA_TYPE)
    (piece,) = zabbix.read(landed, CAPTURE_DAY)
    assert piece.table.num_rows == 26
    others = 38 * 3 + 34  # pings, and download speeds
    assert piece.declared_out == {zabbix.OTHER: others, zabbix.UNMAPPED: 52}
    (unobserved,) = piece.unobserved
    assert unobserved.known == {"site": "baru.example"}
    assert "situs baru.example: pemantau Situs baru tidak ada" in unobserved.sentence
    (piece,) = zabbix.read(landed, DAY)
    assert (piece.table.num_rows, piece.declared_out[zabbix.OUTSIDE]) == (0, 26)


def test_without_a_map_the_scenario_is_called_as_the_site(tmp_path: Path) -> None:
    body = EXAMPLE.read_bytes().replace(b'{"a.example":"Situs A","b.example":"kec-b"}', b"{}")
    landed = kept_bytes(tmp_path, body, zabbix.MEDIA_TYPE)
    assert set(table(zabbix.read(landed, DAY))["site"].to_pylist()) == {"Situs A", "Situs B, desa"}


def test_a_slice_of_nothing_is_a_wrong_setting() -> None:
    with pytest.raises(SettingError, match="slice_hours"):
        list(zabbix.history(connection("http://127.0.0.1:1", slice_hours=0), DAY))
