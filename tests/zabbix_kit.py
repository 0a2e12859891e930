"""Zabbix' captured answers over HTTP, by method and by what is asked for."""

from collections.abc import Mapping
from datetime import date
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import orjson
from loopback import ZONE, Answering, send

from iku_etl.settings import Endpoint
from iku_etl.window import window_at

CAPTURED = Path(__file__).parent / "data" / "zabbix"


CAPTURE_DAY = window_at("day", date(2026, 11, 22), ZONE)


TOKEN = "rahasia-0123456789abcdef"


SITES = {"diskominfo.example": "Situs diskominfo", "bappeda.example": "bappeda", "kedurang.example": "kec-kedurang"}


EXAMPLE = Path(__file__).parent / "sources" / "website_uptime" / "2026-01-05.zabbix.json"


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
