"""Which scenario of Zabbix is which site: by the map or by its name, never two, and none that is missing in silence."""

from collections.abc import Mapping
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import orjson
import pytest
from loopback import DAY, Answering, kept, kept_bytes, send, server
from zabbix_kit import CAPTURE_DAY, TOKEN, answering, connection

from iku_etl.connectors.uptime import zabbix
from iku_etl.connectors.uptime.monitors import packed
from iku_etl.errors import ContractError


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
