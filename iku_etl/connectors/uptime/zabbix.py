"""Zabbix 6 and 7: the web scenarios' history by JSON-RPC, and rows of one site and check out of it.

A check is a value of `web.test.fail[scenario]`: 0, or the number of the step that failed. Code and time stand in items
of the steps, written just before it. Zabbix sends errors with status 200, and `[]` for a wrong history type.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import isfinite
from typing import Any

import orjson
import pyarrow as pa

from iku_etl.connectors.http.client import Client, Limits
from iku_etl.connectors.http.options import HttpOptions
from iku_etl.connectors.uptime.monitors import (
    Monitor,
    packed,
    short,
    silent,
    site_map,
    slice_seconds,
    unpacked,
    watched,
)
from iku_etl.errors import ContractError
from iku_etl.model import KeptPayload, Payload, Rows
from iku_etl.settings import Endpoint
from iku_etl.window import Window

MEDIA_TYPE = "application/json;profile=zabbix"
SYSTEM = "Zabbix"
PATH = "/api_jsonrpc.php"
FAIL, CODE, TIME = "fail", "rspcode", "time"
OUTSIDE, UNMAPPED, OTHER = "nilai di luar jendela", "nilai skenario yang tidak dipakai", "nilai item lain"
HOSTS = "/1/result"  # where the hosts stand in a payload
ANSWER_BYTES, ALL_BYTES = 32 * 1024**2, 64 * 1024**2
LIMITS = Limits(body_bytes=ANSWER_BYTES)
_SECOND = 10**9  # nanoseconds
_DISABLED = "1"
_MACRO = re.compile(r"\{[^{}]+\}")  # {HOST.HOST}, {$SITUS}
_KEY = re.compile(r'web\.test\.(?P<what>fail|rspcode|time)\[(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^,\]]*))[,\]]')


class Options(HttpOptions, total=False):
    """What a connection may say beside `system` and `url`."""

    sites: object  # judged by `monitors`
    slice_hours: float


# ---------------------------------------------------------------- bytes


def history(endpoint: Endpoint, window: Window) -> Iterator[Payload]:
    """One payload `[head, hosts, items, values, ..]`: the exact answers, after the map of sites.

    Options: `sites` (site = scenario, host or host/scenario), `slice_hours` (6), `total_seconds` (40), and
    `auth = "body"` for Zabbix before 6.4, which takes the token in the body only.
    """
    head = {"sites": site_map(endpoint)}
    seconds = slice_seconds(endpoint)
    in_body = endpoint.options.get("auth") == "body" and endpoint.secret
    secrets = {"auth": str(endpoint.secret)} if in_body else {}
    asked_at, bodies = datetime.now(UTC), []
    with Client(replace(endpoint, secret=None) if in_body else endpoint, LIMITS) as client:

        def ask(method: str, **parameters: Any) -> bytes:
            call = {"jsonrpc": "2.0", "method": method, "params": parameters, "id": 1}
            body = b"".join(client.post(PATH, call, secrets, is_json=True).chunks)
            bodies.append(body)
            if sum(map(len, bodies)) > ALL_BYTES:
                raise ContractError(
                    f"{SYSTEM}: jawabannya lebih dari {ALL_BYTES} bita untuk satu jendela. Perpanjang selang skenario"
                    " web, atau batasi hak baca token ini pada skenario situs.",
                    code="too_large",
                )
            return body

        ask("host.get", output=["hostid", "host", "name", "status", "maintenance_status", "maintenance_from"])
        items = ask("item.get", output=["itemid", "hostid", "key_", "value_type", "status"], webitems=True,
            search={"key_": "web.test."})  # fmt: skip
        start, end = int(window.start.timestamp()), int(window.end.timestamp())
        for value_type, ids in _by_type(items).items():
            for left in range(start, end, seconds):
                till = min(left + seconds, end) - 1  # both ends are in
                ask("history.get", output="extend", history=value_type, itemids=ids, time_from=left, time_till=till,
                    sortfield="clock")  # fmt: skip
    yield Payload(
        name="zabbix",
        media_type=MEDIA_TYPE,
        request={"method": "POST", "url": endpoint.url + PATH, "parameters": {"answers": len(bodies)}},
        asked_at=asked_at,
        answered_at=datetime.now(UTC),
        status=200,
        chunks=packed(head, bodies),
    )


def _by_type(body: bytes) -> dict[int, list[str]]:
    """The ids of our items by the type their history is kept under; what is no answer is left to the reader."""
    found: dict[int, list[str]] = {}
    try:
        for item in orjson.loads(body)["result"]:
            if _KEY.match(item["key_"]):
                found.setdefault(int(item["value_type"]), []).append(item["itemid"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return {}
    return found


# ---------------------------------------------------------------- rows


@dataclass(frozen=True, slots=True)  # there are hundreds of thousands
class _Value:
    stamp: int  # nanoseconds
    what: str
    text: str
    place: str


@dataclass(frozen=True)
class _Scenario:
    """A web scenario of a host: how many steps are timed, and its values. Not observed from `unseen_from` (ns) on.

    `host`, `shown`: the host's technical and visible name; `name`: with the macros of the host's names opened.
    """

    host: str
    shown: str
    key: str  # its name as it was typed
    name: str
    is_disabled: bool
    unseen_from: int | None
    items: Counter[str] = field(default_factory=Counter)
    values: list[_Value] = field(default_factory=list)


def read(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    """Rows site, checked_at, up, latency_ms, cause of the window's checks.

    A check while the host is under maintenance is not observed, as far as that maintenance still lasts when Zabbix
    is asked. Raises ContractError for an error answer, an unknown shape, and for no scenario or no history at all.
    """
    head, answers = unpacked(payload.path.read_bytes(), SYSTEM)
    results = [_result(number, answer) for number, answer in enumerate(answers, 1)]
    try:
        scenarios, others = _scenarios(*results)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise ContractError(f"{SYSTEM}: bentuk jawabannya tidak dikenal, {problem!r}.", code="shape") from None
    asked = watched(head["sites"], {key: _monitor(one) for key, one in scenarios.items()}, SYSTEM, HOSTS)
    out = Counter({OTHER: others})
    unobserved = list(asked.unobserved)
    rows: list[dict[str, Any]] = []
    for key, scenario in scenarios.items():
        sites = asked.sites.get(key, ())
        if not sites:
            out[UNMAPPED] += sum(value.what == FAIL for value in scenario.values)
            continue
        checks = list(_checks(scenario))
        if not checks and head["sites"]:
            unobserved += [silent(site, _title(scenario), SYSTEM, HOSTS) for site in sites]
        for row in checks:
            if window.start.timestamp() <= row["checked_at"] / 10**6 < window.end.timestamp():
                rows += [{**row, "site": site} for site in sites]
            else:
                out[OUTSIDE] += 1
    yield Rows(_table(rows), {reason: count for reason, count in out.items() if count}, tuple(unobserved))


def _monitor(scenario: _Scenario) -> Monitor:
    called = {
        name if host is None else f"{host}/{name}"
        for host in (None, scenario.host, scenario.shown)
        for name in (scenario.name, scenario.key)
    }
    has_macro = bool(_MACRO.search(scenario.name))
    return Monitor(
        called=frozenset({*called, scenario.host, scenario.shown}),
        own="" if has_macro else scenario.name,
        title=_title(scenario) + (" dengan makro yang tidak dapat dibuka" if has_macro else ""),
        is_paused=scenario.is_disabled and not scenario.values,
    )


def _title(scenario: _Scenario) -> str:
    return f"skenario {short(scenario.key)!r} pada host {short(scenario.host)}"


def _opened(name: str, host: Mapping[str, Any]) -> str:
    """The name of a scenario with the names of its host in place of their macros; other macros stay."""
    known = {"HOST.HOST": host["host"], "HOSTNAME": host["host"], "HOST.NAME": host.get("name", host["host"])}
    known |= {f"{macro}1": text for macro, text in known.items()}
    return _MACRO.sub(lambda found: str(known.get(found[0][1:-1], found[0])), name)


def _result(number: int, answer: Any) -> list[dict[str, Any]]:
    """The list of an answer; raises ContractError for an error or another shape."""
    if isinstance(answer, dict) and isinstance(error := answer.get("error"), dict):
        said = f"{error.get('message')} {error.get('data')}"[:200]
        raise ContractError(f"{SYSTEM} menolak: {said} {_what_to_do(said)}", code="zabbix_error")
    result = answer.get("result") if isinstance(answer, dict) else None
    if not isinstance(result, list) or not all(isinstance(one, dict) for one in result):
        raise ContractError(f"/{number} bukan jawaban {SYSTEM}: tidak ada daftar result.", code="shape")
    return result


def _what_to_do(said: str) -> str:
    """After an error answer: a token that did not arrive is another fault than one that may not."""
    if "authori" in said.lower():  # Not authorized, and the older Not authorised
        return (
            "Periksa token di IKU_SECRET_WEBSITE_UPTIME. Ia dikirim dalam kepala permintaan Authorization: Bearer; bila"
            " benar, server web (Apache,"
            ' nginx atau proksi) tidak meneruskan kepala itu: CGIPassAuth On atau SetEnvIf Authorization "(.*)"'
            ' HTTP_AUTHORIZATION=$1. Zabbix sebelum 6.4 memerlukan auth = "body" pada koneksi.'
        )
    return "Periksa token di IKU_SECRET_WEBSITE_UPTIME dan pilihan auth."


def _scenarios(
    hosts: list[dict[str, Any]], items: list[dict[str, Any]], *histories: list[dict[str, Any]]
) -> tuple[dict[str, _Scenario], int]:
    """The scenarios by host and name, each with its values in order, and how many values are of other items."""
    host_of = {host["hostid"]: host for host in hosts}
    found: dict[str, _Scenario] = {}
    item_of: dict[str, tuple[str, _Scenario]] = {}
    for item in items:
        if (key := _KEY.match(item["key_"])) is None:
            continue
        host = host_of[item["hostid"]]
        name = key["plain"] if key["quoted"] is None else key["quoted"].replace('\\"', '"')
        scenario = found.setdefault(
            f"{host['hostid']}/{name}",
            _Scenario(
                host["host"], host.get("name", host["host"]), name, _opened(name, host),
                is_disabled=_DISABLED in (host.get("status"), item.get("status")), unseen_from=_unseen_from(host),
            ),
        )  # fmt: skip
        scenario.items[key["what"]] += 1
        item_of[item["itemid"]] = (key["what"], scenario)
    if not found:
        raise ContractError(
            f"{SYSTEM}: tidak ada skenario web (web.test.fail) yang boleh kita lihat. Periksa hak baca token ini.",
            code="no_scenario",
        )
    others = 0
    for number, values in enumerate(histories, 3):
        for place, value in enumerate(values):
            if value["itemid"] not in item_of:
                others += 1
                continue
            what, scenario = item_of[value["itemid"]]
            stamp = int(value["clock"]) * _SECOND + int(value["ns"])
            scenario.values.append(_Value(stamp, what, str(value["value"]), f"/{number}/result/{place}"))
    if not any(value.what == FAIL for scenario in found.values() for value in scenario.values):
        raise ContractError(
            f"{SYSTEM} tidak punya riwayat web.test.fail untuk jendela ini: masa simpannya lewat, atau tidak disimpan."
            " Periksa masa simpan riwayat (housekeeping) dan hak baca token.",
            code="no_history",
        )
    for scenario in found.values():
        scenario.values.sort(key=lambda value: (value.stamp, value.what == FAIL))  # a check ends with its own value
    return found, others


def _unseen_from(host: Mapping[str, Any]) -> int | None:
    return int(host.get("maintenance_from", 0)) * _SECOND if host["maintenance_status"] == "1" else None


def _checks(scenario: _Scenario) -> Iterator[dict[str, Any]]:
    """One row per value of web.test.fail, with the codes and times of its steps: those since the check before."""
    steps: list[_Value] = []
    for value in scenario.values:
        if value.what != FAIL:
            steps.append(value)
            continue
        is_unseen = scenario.unseen_from is not None and value.stamp >= scenario.unseen_from
        up = None if is_unseen else _up(value.text)
        codes = [step.text for step in steps if step.what == CODE]
        times = [step.text for step in steps if step.what == TIME]
        is_timed = up == "true" and len(times) == scenario.items[TIME] > 0
        yield {
            "place": value.place,
            "checked_at": value.stamp // 1000,
            "up": up,
            "latency_ms": _milliseconds(times) if is_timed else None,
            # later steps are not made, so the last code is that of the step that failed
            "cause": f"http_{codes[-1]}" if up == "false" and codes and re.fullmatch(r"[1-9]\d\d", codes[-1]) else None,
        }
        steps = []


def _up(failed: str) -> str:
    """`up` from the number of the failed step; a text that is no number is kept, so that the typed stage names it."""
    if not re.fullmatch(r"[0-9]+", failed):
        return failed
    return "true" if int(failed) == 0 else "false"


def _milliseconds(seconds: list[str]) -> str:
    try:
        total = sum(map(float, seconds))
    except ValueError:
        return " ".join(seconds)
    return str(round(total * 1000)) if isfinite(total) else " ".join(seconds)


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    kinds = {"checked_at": pa.timestamp("us", "UTC")}
    names = ("place", "site", "checked_at", "up", "latency_ms", "cause")
    return pa.table({name: pa.array([row[name] for row in rows], kinds.get(name, pa.string())) for name in names})
