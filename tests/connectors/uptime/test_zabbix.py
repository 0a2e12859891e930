"""Zabbix over a real HTTP server that replays captured answers: to facts; errors with status 200, no token said."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import orjson
import pytest
from loopback import DAY, ZONE, Answering, kept, kept_bytes, send, server, table

from iku_etl import catalogue
from iku_etl.connectors.uptime import zabbix
from iku_etl.connectors.uptime.monitors import packed
from iku_etl.errors import ContractError, SettingError, TransientError
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Endpoint
from iku_etl.window import window_at

CAPTURED = Path(__file__).parents[2] / "data" / "zabbix"
CAPTURE_DAY = window_at("day", date(2026, 11, 22), ZONE)
TOKEN = "rahasia-0123456789abcdef"
SITES = {"diskominfo.example": "Situs diskominfo", "bappeda.example": "bappeda", "kedurang.example": "kec-kedurang"}
EXAMPLE = Path(__file__).parents[2] / "sources" / "website_uptime" / "2026-01-05.zabbix.json"


def captured(name: str) -> bytes:
    return (CAPTURED / f"{name}.json").read_bytes()


HISTORY = {kind: orjson.loads(captured(f"history.get_{name}"))["result"] for kind, name in ((0, "float"), (3, "uint"))}


def answering(asked: list[dict[str, Any]] | None = None, instead: Mapping[str, bytes] | None = None) -> Answering:
    """Captured answers by method; of the histories what was asked for, as Zabbix does: a wrong type has nothing."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        call = orjson.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        if asked is not None:
            headers = {"authorization": handler.headers.get("Authorization"), "path": handler.path}
            asked.append({**call, **headers, "content_type": handler.headers["Content-Type"]})
        method, wanted = call["method"], call["params"]
        if method in (instead or {}):
            send(handler, (instead or {})[method])
        elif method == "history.get":
            found = [
                value
                for value in HISTORY[wanted["history"]]
                if value["itemid"] in wanted["itemids"]
                and wanted["time_from"] <= int(value["clock"]) <= wanted["time_till"]
            ]
            send(handler, orjson.dumps({"jsonrpc": "2.0", "result": found, "id": 1}))
        else:
            send(handler, captured({"host.get": "host.get", "item.get": "item.get_webitems"}[method]))

    return answer


def connection(url: str, **options: Any) -> Endpoint:
    return Endpoint("zabbix", f"{url}/zabbix", {"sites": SITES, "networks": ["127.0.0.0/8"], **options}, TOKEN)


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


# ---------------------------------------------------------------- which scenario is which site


def served(*scenarios: tuple[str, str, str, int], disabled: int = 0, at: str = "host") -> Answering:
    """A Zabbix with one host a scenario (technical name, visible name, scenario, failed step), checked twice.

    `disabled`: the number of one that is switched off, and so has no values; `at`: its host, or its own item.
    """
    moment = round(DAY.start.timestamp()) + 3600
    plain = {"maintenance_status": "0", "maintenance_from": "0"}

    def status(number: int, where: str) -> str:
        return "1" if (number, where) == (disabled, at) else "0"

    answers: dict[str, list[dict[str, Any]]] = {
        "host.get": [
            {"hostid": str(number), "host": host, "name": shown, "status": status(number, "host"), **plain}
            for number, (host, shown, _, _) in enumerate(scenarios, 1)
        ],
        "item.get": [
            {"itemid": f"1{number}", "hostid": str(number), "key_": f"web.test.fail[{scenario}]", "value_type": "3",
             "status": status(number, "item")}
            for number, (_, _, scenario, _) in enumerate(scenarios, 1)
        ],
        "history.get": [
            {"itemid": f"1{number}", "clock": str(moment + seconds), "ns": "5", "value": str(failed)}
            for number, (_, _, _, failed) in enumerate(scenarios, 1)
            if number != disabled
            for seconds in (0, 300)
        ],
    }  # fmt: skip

    def answer(handler: BaseHTTPRequestHandler) -> None:
        call = orjson.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        wanted = call["params"]
        result = [
            one
            for one in answers[call["method"]]
            if "clock" not in one or wanted["time_from"] <= int(one["clock"]) <= wanted["time_till"]
        ]
        send(handler, orjson.dumps({"jsonrpc": "2.0", "result": result, "id": 1}))

    return answer


def collected(folder: Path, answer: Answering, sites: Mapping[str, str]) -> tuple[dict[str, list[str]], list[Any]]:
    """`up` of each site, and what is not observed."""
    with server(answer) as url:
        (payload,) = zabbix.history(connection(url, sites=sites), DAY)
        (piece,) = zabbix.read(kept(folder, payload), DAY)
    rows = piece.table.to_pylist()
    ups = {site: [row["up"] for row in rows if row["site"] == site] for site in {row["site"] for row in rows}}
    return ups, [(dict(one.known), one.sentence) for one in piece.unobserved]


DINKES, BAPPEDA = ("web-dinkes-01", "Situs Dinkes", "Beranda", 0), ("web-bappeda-01", "Situs Bappeda", "Beranda", 1)


@pytest.mark.parametrize("called", ["Situs Dinkes", "web-dinkes-01", "Situs Dinkes/Beranda", "web-dinkes-01/Beranda"])
def test_the_map_may_name_a_host_as_it_is_shown(tmp_path: Path, called: str) -> None:
    sites = {"dinkes.example": called, "bappeda.example": "web-bappeda-01"}
    ups, unobserved = collected(tmp_path, served(DINKES, BAPPEDA), sites)
    assert ups == {"dinkes.example": ["true"] * 2, "bappeda.example": ["false"] * 2}
    assert unobserved == []


def test_scenarios_of_one_name_and_no_map_are_never_one_site(tmp_path: Path) -> None:
    ups, ((known, said),) = collected(tmp_path, served(DINKES, BAPPEDA), {})
    assert (ups, known) == ({}, {"site": "Beranda"})
    assert "'Beranda' pada host web-dinkes-01; skenario 'Beranda' pada host web-bappeda-01" in said


def test_a_host_of_the_map_that_is_misspelt_is_named_and_costs_no_other(tmp_path: Path) -> None:
    sites = {"dinkes.example": "web-dinkes-01", "bappeda.example": "web-bapeda-01"}
    ups, ((known, said),) = collected(tmp_path, served(DINKES, BAPPEDA), sites)
    assert (ups, known) == ({"dinkes.example": ["true"] * 2}, {"site": "bappeda.example"})
    assert "pemantau web-bapeda-01 tidak ada" in said


def test_a_host_with_two_scenarios_is_no_name_of_one(tmp_path: Path) -> None:
    ups, ((known, said),) = collected(
        tmp_path, served(("opd", "OPD", "A", 0), ("opd", "OPD", "B", 1)), {"a.example": "opd"}
    )
    assert (ups, known) == ({}, {"site": "a.example"})
    assert "adalah nama 2 pemantau" in said


@pytest.mark.parametrize("macro", ["{HOST.HOST}", "{HOST.HOST1}", "{HOSTNAME}", "{HOST.NAME}"])
def test_a_macro_in_a_name_stands_for_the_host(tmp_path: Path, macro: str) -> None:
    ups, unobserved = collected(tmp_path, served(("dinkes.example", "dinkes.example", macro, 0)), {})
    assert (ups, unobserved) == ({"dinkes.example": ["true"] * 2}, [])


def test_a_macro_that_cant_be_opened_is_named_and_the_map_needs_none(tmp_path: Path) -> None:
    answer = served(("h1", "Dinkes", "{$SITUS}", 0), ("h2", "Bappeda", "{$SITUS}", 0))
    ups, ((known, said),) = collected(tmp_path, answer, {})
    assert (ups, known) == ({}, {})
    assert "{$SITUS}" in said and "makro" in said and "sites" in said
    assert collected(tmp_path, answer, {"dinkes.example": "h1"}) == ({"dinkes.example": ["true"] * 2}, [])


@pytest.mark.parametrize("where", ["host", "item"])
def test_a_scenario_that_is_switched_off_is_nobodys_monitor(tmp_path: Path, where: str) -> None:
    old, new = ("opd-lama", "OPD lama", "dinkes.example", 0), ("opd", "OPD", "dinkes.example", 1)
    answer = served(old, new, disabled=1, at=where)
    assert collected(tmp_path, answer, {}) == ({"dinkes.example": ["false"] * 2}, [])
    _, ((known, said),) = collected(tmp_path, answer, {"lama.example": "opd-lama"})
    assert known == {"site": "lama.example"} and "tidak mencatat satu pemeriksaan pun" in said


def test_a_token_that_does_not_arrive_is_told_with_the_header(tmp_path: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:  # Apache has taken the header away
        handler.rfile.read(int(handler.headers["Content-Length"]))
        send(
            handler,
            b'{"jsonrpc":"2.0","error":{"code":-32602,"message":"Invalid params.","data":"Not authorised."},"id":1}',
        )

    with server(answer) as url:
        (payload,) = zabbix.history(connection(url), DAY)
        with pytest.raises(ContractError, match=r"Not authorised.*Authorization: Bearer.*CGIPassAuth") as refused:
            list(zabbix.read(kept(tmp_path, payload), DAY))
    assert refused.value.code == "zabbix_error" and TOKEN not in str(refused.value)


def test_the_start_belongs_to_the_window_and_the_end_does_not(tmp_path: Path) -> None:
    start, end = int(DAY.start.timestamp()), int(DAY.end.timestamp())
    edges = [(start - 1, 999_999_999), (start, 0), (end - 1, 999_999_999), (end, 0)]
    values = [{"itemid": "11", "clock": str(clock), "ns": str(ns), "value": "0"} for clock, ns in edges]
    bodies = [
        orjson.dumps({"jsonrpc": "2.0", "result": result, "id": 1})
        for result in (
            [{"hostid": "1", "host": "a.example", "maintenance_status": "0"}],
            [{"itemid": "11", "hostid": "1", "key_": "web.test.fail[a.example]", "value_type": "3"}],
            values,
        )
    ]
    landed = kept_bytes(tmp_path, b"".join(packed({"sites": {}}, bodies)), zabbix.MEDIA_TYPE)
    (piece,) = zabbix.read(landed, DAY)
    moments = piece.table["checked_at"].to_pylist()
    assert moments == [DAY.start, DAY.end - timedelta(microseconds=1)]
    assert piece.declared_out == {zabbix.OUTSIDE: 2}


def test_answers_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zabbix, "ALL_BYTES", 1000)
    with server(answering()) as url, pytest.raises(ContractError) as refused:
        list(zabbix.history(connection(url), CAPTURE_DAY))
    assert refused.value.code == "too_large"
