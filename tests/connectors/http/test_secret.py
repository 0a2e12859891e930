"""What a server was sent to prove who we are is in nothing that is kept or said, however the server writes it."""

import html
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, quote_plus

import orjson
import pytest
from loopback import DAY, JANUARY, kept, send, server

from iku_etl import catalogue
from iku_etl.connectors.http.client import Client, Limits
from iku_etl.connectors.http.secret import MARK, Secrets
from iku_etl.errors import IkuError, SettingError
from iku_etl.settings import Endpoint

TOKEN = "rahasia-sekali-9911"
ODD = "petugas:p/a+s&s \"w'<ö>="
WRITTEN: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in a url": lambda text: quote(text, safe=""),
    "in a url, small": lambda text: quote(text, safe="").replace("%2F", "%2f").replace("%3A", "%3a"),
    "in a form": quote_plus,
    "in JSON": lambda text: json.dumps(text)[1:-1],
    "in JSON of JavaScript": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "in JSON of PHP": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "in a page": html.escape,
    "in a page of PHP": lambda text: html.escape(text).replace("&#x27;", "&#039;"),
    "in JSON, a url": lambda text: json.dumps(quote(text))[1:-1],
    "in a page, JSON": lambda text: html.escape(json.dumps(text)[1:-1]),
    "as basic": lambda text: b64encode(text.encode()).decode(),
    "as basic in a url": lambda text: quote(b64encode(text.encode()).decode(), safe=""),
    "as basic for urls": lambda text: urlsafe_b64encode(text.encode()).decode(),
}  # fmt: skip


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize("secret", [TOKEN, ODD])
@pytest.mark.parametrize("way", WRITTEN)
def test_a_body_that_repeats_it_comes_without_it(way: str, secret: str, status: int) -> None:
    written = WRITTEN[way](secret)
    with server(lambda handler: send(handler, f'{{"said":"x {written} y"}}'.encode(), status)) as url:
        with Client(Endpoint("x", url, {"auth": "basic"}, secret)) as client:
            body = b"".join(client.get("/", {}, accept=range(200, 600)).chunks).decode()
    assert written.rstrip("=") not in body
    assert body.startswith('{"said":"x ' + MARK)


def test_it_is_found_wherever_the_stream_is_cut() -> None:
    body = f"awal {TOKEN} dan {TOKEN}{TOKEN[:-1]} akhir".encode()
    for cut in range(len(body) + 1):
        for again in range(cut, len(body) + 1, 7):
            pieces = iter([body[:cut], body[cut:again], b"", body[again:]])
            found = b"".join(Secrets([TOKEN]).out_of_body(pieces, is_error=False))
            assert found == f"awal {MARK} dan {MARK}{TOKEN[:-1]} akhir".encode()


def test_a_password_that_is_a_word_changes_no_good_answer_and_is_in_no_error() -> None:
    body = b'{"job":"website","name":"dinkes"}'
    secrets = Secrets(["dinkes:website"])
    assert b"".join(secrets.out_of_body(iter([body]), is_error=False)) == body
    assert b"".join(secrets.out_of_body(iter([body]), is_error=True)) == b'{"job":"***","name":"dinkes"}'
    assert secrets.out_of("sandi website salah") == "sandi *** salah"


@pytest.mark.parametrize("secret", ["dua\nbaris-9911", "tab\t-9911", "rusak\udcff-9911"])
def test_one_that_no_header_carries_is_a_setting_error_without_it(secret: str) -> None:
    with pytest.raises(SettingError, match="IKU_SECRET") as refused:
        Client(Endpoint("x", "http://127.0.0.1:9", {}, secret))
    assert "9911" not in str(refused.value)


def test_a_connection_and_what_holds_it_are_shown_without_it() -> None:
    endpoint = Endpoint("netbox", "http://127.0.0.1:9", {"auth": "token"}, TOKEN)
    with Client(endpoint) as client:
        assert TOKEN not in repr(endpoint) + str(endpoint) + repr(client)


@pytest.mark.parametrize(
    "headers",
    [
        {"location": f"http://{TOKEN}.example/"}, {"location": f"/?{TOKEN}"}, {"content_encoding": TOKEN},
        {"location": f"http://[{TOKEN}/"},
    ],
)  # fmt: skip
def test_a_head_that_repeats_it_is_refused_without_it(headers: dict[str, str]) -> None:
    status = 302 if "location" in headers else 200
    with server(lambda handler: send(handler, b"{}", status, **headers)) as url, pytest.raises(IkuError) as refused:
        with Client(Endpoint("x", url, {}, TOKEN), Limits(retries=0)) as client:
            b"".join(client.get("/", {}).chunks)
    assert TOKEN not in str(refused.value) + repr(refused.value.__cause__)


# ---------------------------------------------------------------- every connector

CONNECTIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "prometheus": ("website_uptime", "prometheus", {}),
    "uptime_kuma": ("website_uptime", "uptime_kuma", {"slug": "situs"}),
    "zabbix": ("website_uptime", "zabbix", {}),
    "zabbix before 6.4": ("website_uptime", "zabbix", {"auth": "body"}),
    "matomo": ("web_visits", "visits", {"matomo": {"a.example": 1}}),
    "ckan": ("sectoral_dataset", "ckan", {}),
    "netbox": ("network_link", "netbox", {"auth": "token"}),
    "wordpress": ("website_content", "wordpress", {"auth": "basic"}),
}  # fmt: skip


def echoing(status: int, written: Callable[[str], str]) -> Callable[[BaseHTTPRequestHandler], None]:
    """A server that says what it was sent, at every place from which one of our readers quotes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        sent = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        header = handler.headers.get("Authorization", "").partition(" ")[2]
        body = parse_qs(sent).get("token_auth", [""])[0] or (orjson.loads(sent).get("auth", "") if sent else "")
        said = f"token {header or body} salah"
        error = {"code": 1, "message": said, "data": said, "__type": said}
        everything = {
            "result": "error", "status": "error", "errorType": said, "error": error, "message": said, "msg": said,
            "detail": said, "success": False, "code": said,
        }  # fmt: skip
        send(handler, written(orjson.dumps(everything).decode()).encode(), status)

    return answer


@pytest.mark.parametrize("status", [200, 400, 403, 404, 500])
@pytest.mark.parametrize("system", CONNECTIONS)
def test_no_connector_keeps_or_says_what_a_server_repeats(
    system: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iku_etl.connectors.http.adapter.time.sleep", lambda seconds: None)
    name, kind, options = CONNECTIONS[system]
    secret = "petugas:" + TOKEN if options.get("auth") == "basic" else TOKEN
    source = catalogue.source(name)
    window = DAY if source.grid == "day" else JANUARY
    said: list[str] = []
    with server(echoing(status, str)) as url:
        sites = {"sites": {"a.example": url}} if kind == "wordpress" else {}
        endpoint = Endpoint(kind, url, {**options, **sites, "networks": ["127.0.0.0/8"]}, secret)
        assert source.extract is not None and source.parse is not None
        try:
            for number, payload in enumerate(source.extract(window, endpoint), 1):
                said.append(repr(payload) + str(payload.request))
                landed = kept(tmp_path, payload, number)
                said.append(landed.path.read_text())
                said += [str(rows) for rows in source.parse(landed, window)]
        except IkuError as problem:
            said += [str(problem), repr(problem.__cause__)]
    everything = "".join(said)
    assert said
    assert TOKEN not in everything
    assert b64encode(secret.encode()).decode() not in everything
