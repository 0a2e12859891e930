"""The guarded client against a server that does to us what servers do."""

import gzip
import socket
import time
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address

import pytest
from loopback import send, server

from iku_etl.connectors.http import address
from iku_etl.connectors.http.client import Client, Limits, Reply
from iku_etl.errors import ContractError, SettingError, TransientError
from iku_etl.settings import Endpoint

SECRET = "rahasia-sekali-9911"


def ask(url: str, limits: Limits | None = None, secret: str | None = None, **options: object) -> tuple[Reply, bytes]:
    with Client(Endpoint("prometheus", url, options, secret), limits) as client:
        answer = client.get("/x", {"a": "1"})
        return answer, b"".join(answer.chunks)


def test_an_answer_says_what_was_asked_without_the_secret() -> None:
    seen = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append((handler.path, handler.headers["Authorization"]))
        send(handler, gzip.compress(b"[1]"), content_encoding="gzip")

    with server(answer) as url:
        found, body = ask(url, secret=SECRET)
    assert body == b"[1]"
    assert seen == [("/x?a=1", f"Bearer {SECRET}")]
    assert found.request == {"method": "GET", "url": f"{url}/x", "parameters": {"a": "1"}}
    assert found.asked_at <= found.answered_at
    assert SECRET not in repr(found)


def test_basic_secret_is_sent_as_basic() -> None:
    with server(lambda handler: send(handler, handler.headers["Authorization"].encode())) as url:
        assert ask(url, secret="u:p", auth="basic")[1] == b"Basic dTpw"


@pytest.mark.parametrize(
    ("retry_after", "least"), [("0", 0.0), ("-5", 0.0), ("soon", 0.0), ("9" * 5000, 0.0), ("1", 0.9)]
)
def test_a_busy_server_is_asked_again_and_retry_after_is_taken_with_sense(retry_after: str, least: float) -> None:
    calls = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        calls.append(1)
        send(handler, b"{}", 503 if len(calls) < 3 else 200, retry_after=retry_after)

    with server(answer) as url:
        started = time.monotonic()
        ask(url, Limits(total_seconds=59))  # into which the longest wait, 60 seconds, would not fit
    assert len(calls) == 3
    assert time.monotonic() - started >= least


def test_a_retry_after_beyond_the_deadline_is_not_waited_for() -> None:
    with server(lambda handler: send(handler, b"", 503, retry_after="3600")) as url:
        started = time.monotonic()
        with pytest.raises(TransientError) as caught:
            ask(url, Limits(total_seconds=59))
    assert (caught.value.code, caught.value.retry_after) == ("retry_after", 3600)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (500, TransientError, "http_500"),
        (429, TransientError, "http_429"),
        (401, ContractError, "http_401"),
        (404, ContractError, "http_404"),
    ],
)
def test_statuses(status: int, kind: type[Exception], code: str) -> None:
    with server(lambda handler: send(handler, SECRET.encode(), status)) as url, pytest.raises(kind) as caught:
        ask(url, Limits(retries=0), secret=SECRET)
    assert caught.value.code == code
    assert SECRET not in str(caught.value)


def trickle_body(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:  # until the client hangs up
        handler.wfile.write(b" ")
        time.sleep(0.05)


def trickle_head(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:  # until the client hangs up
        handler.wfile.write(b"x")
        time.sleep(0.05)


def trickle_chunk_size(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1")
    while True:  # until the client hangs up
        handler.wfile.write(b";")
        time.sleep(0.05)


@pytest.mark.parametrize("answer", [trickle_body, trickle_head, trickle_chunk_size])
def test_a_trickle_ends_at_the_deadline(answer: object) -> None:
    with server(answer) as url:
        with pytest.raises(TransientError) as caught:
            ask(url, Limits(total_seconds=0.6, read_seconds=5, retries=0))
    assert caught.value.code == "deadline"


def test_a_second_request_has_a_deadline_of_its_own() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.protocol_version = "HTTP/1.1"
        handler.close_connection = False
        if handler.path == "/slow":
            trickle_body(handler)
        else:
            send(handler, b"{}")

    with server(answer) as url, Client(Endpoint("x", url), Limits(total_seconds=3, retries=0)) as client:
        assert b"".join(client.get("/quick", {}).chunks) == b"{}"
        with pytest.raises(TransientError) as caught:
            b"".join(client.get("/slow", {}).chunks)
    assert caught.value.code == "deadline"


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(64 * 1024**2))
    with server(lambda handler: send(handler, bomb, content_encoding="gzip")) as url:
        with pytest.raises(ContractError) as caught:
            ask(url)
    assert caught.value.code == "too_dense"


def test_a_body_over_the_cap_stops() -> None:
    with server(lambda handler: send(handler, bytes(3000))) as url, pytest.raises(ContractError) as caught:
        ask(url, Limits(body_bytes=2000))
    assert caught.value.code == "too_large"


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_torn_body_is_no_answer(is_chunked: bool) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        head = b"Transfer-Encoding: chunked\r\n\r\n64\r\n" if is_chunked else b"Content-Length: 100\r\n\r\n"
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + head + b"0123456789")

    with server(answer) as url, pytest.raises(TransientError) as caught:
        ask(url, Limits(retries=0))
    assert caught.value.code == "network"


def test_nobody_there_is_transient() -> None:
    with socket.socket() as held:  # a port that is taken, so that no other test gets it, and not listened on
        held.bind(("127.0.0.1", 0))
        with pytest.raises(TransientError):
            ask(f"http://127.0.0.1:{held.getsockname()[1]}", Limits(retries=0, connect_seconds=1))


def test_a_redirect_to_another_host_is_refused_and_gets_no_secret() -> None:
    visited = []

    def other(handler: BaseHTTPRequestHandler) -> None:
        visited.append(handler.headers["Authorization"])
        send(handler, b"{}")

    with server(other) as target:
        elsewhere = target.replace("127.0.0.1", "localhost")
        for place in (elsewhere, target):  # another name; another port of the same name
            with server(lambda handler, to=place: send(handler, b"", 302, location=to)) as url:
                with pytest.raises(ContractError) as caught:
                    ask(url, secret=SECRET)
            assert caught.value.code == "redirect"
    assert visited == []


def test_a_redirect_on_the_same_host_is_followed_but_not_for_ever() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path.startswith("/x"):
            send(handler, b"", 301, location="/y")
        else:
            send(handler, b"{}")

    with server(answer) as url:
        assert ask(url)[1] == b"{}"
    with server(lambda handler: send(handler, b"", 302, location=handler.path)) as url, pytest.raises(ContractError):
        ask(url)


HOSTILE = (
    "127.0.0.1", "10.0.0.5", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1",
    "::127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "fe80::1", "fc00::1",
    "ff02::1",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_may_not_lead_to_an_inner_address(text: str) -> None:
    assert not address.is_public(ip_address(text))
    assert address.allowed("situs.example", (), [text]) == []


def test_who_may_be_reached() -> None:
    assert address.allowed("situs.example", (), ["8.8.8.8", "10.0.0.1"]) == ["8.8.8.8"]
    assert address.allowed("10.0.0.1", (), ["10.0.0.1"]) == ["10.0.0.1"]  # written by the administrator as it is
    assert address.allowed("localhost", (), ["127.0.0.1", "8.8.8.8"]) == ["127.0.0.1"]
    inner = address.networks(Endpoint("netbox", "", {"networks": ["10.1.0.0/16"]}))
    assert address.allowed("prometheus.example", inner, ["10.1.2.3", "10.2.0.1"]) == ["10.1.2.3"]


@pytest.mark.parametrize("host", ["0x7f.1", "2130706433", "127.1"])
def test_disguised_loopback_is_a_name_like_any_other(host: str) -> None:
    with server(lambda handler: send(handler, b"{}")) as url, pytest.raises(ContractError) as caught:
        ask(url.replace("127.0.0.1", host), Limits(retries=0))
    assert caught.value.code == "address"


@pytest.mark.parametrize("url", ["ftp://a.example", "http:///x", "https://u:p@a.example"])
def test_a_url_that_is_none_or_holds_a_password_is_a_setting_error(url: str) -> None:
    with pytest.raises(SettingError) as caught:
        Client(Endpoint("x", url))
    assert "u:p" not in str(caught.value)
