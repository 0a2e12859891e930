"""A connection speaks to the host of its url, through nobody else and never less safely than it was told to."""

import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import tls_kit
from loopback import send, server
from tls_kit import secure

from iku_etl.connectors.http.client import Client, Limits
from iku_etl.connectors.http.home import is_home
from iku_etl.errors import ContractError, IkuError, SettingError, TransientError
from iku_etl.settings import Endpoint

SECRET = "rahasia-sekali-9911"

NO_URLS = {
    "port -1": "http://host:-1/",
    "port 0": "http://host.example:0/",
    "port too high": "http://host.example:65536/",
    "port no number": "http://host.example:abc/",
    "host too long": f"http://{'a' * 64}.example/",
    "name too long": f"http://{'.'.join(['abc'] * 80)}.example/",
    "empty label": "http://situs..example/",
    "open bracket": "http://[::1/",
    "no host": "http:///x",
    "no scheme": "situs.example/x",
    "other scheme": "ftp://situs.example",
    "a password": f"https://petugas:{SECRET}@situs.example",
    "a query": f"https://situs.example/?token={SECRET}",
    "a fragment": "https://situs.example/#x",
    "a space": "https://situs .example/",
    "a line": "https://situs.example/\nx",
}  # fmt: skip


@pytest.mark.parametrize("name", NO_URLS)
def test_a_url_that_is_none_is_a_setting_error_in_a_sentence(name: str) -> None:
    with pytest.raises(SettingError) as refused:
        Client(Endpoint("x", NO_URLS[name], {}, SECRET))
    assert SECRET not in str(refused.value)
    assert str(refused.value).endswith(".") and len(str(refused.value)) < 250


@pytest.mark.parametrize(
    "url", ["http://host.example:8080/jalan", "https://[::1]:9090", "http://127.0.0.1", "https://münchen.example/"]
)
def test_a_url_that_is_one_is_taken(url: str) -> None:
    Client(Endpoint("x", url))


@pytest.mark.parametrize("target", ["http://x:-1/", "http://[::1", f"http://{'a' * 5000}.example/", "//\x1b[31m/"])
def test_a_redirect_that_leads_nowhere_is_refused_in_a_sentence(target: str) -> None:
    with server(lambda handler: send(handler, b"", 302, location=target)) as url, pytest.raises(IkuError) as refused:
        with Client(Endpoint("x", url), Limits(retries=0)) as client:
            client.get("/", {})
    assert refused.value.code == "redirect"
    assert len(str(refused.value)) < 300 and "\x1b" not in str(refused.value)


@pytest.mark.parametrize(
    ("target", "is_ours"),
    [
        ("https://situs.example/x", True), ("https://situs.example:443/x", True), ("http://situs.example/x", False),
        ("http://situs.example:443/x", False), ("https://situs.example:8443/", False), ("https://a.example/", False),
        ("https://petugas@situs.example/", False), ("ftp://situs.example/", False),
    ],
)  # fmt: skip
def test_who_is_asked_by_https_is_never_asked_by_http(target: str, is_ours: bool) -> None:
    assert is_home(urlsplit("https://situs.example"), target) is is_ours


@pytest.mark.parametrize("port", ["", ":80", ":443", ":8443"])
def test_no_port_makes_a_step_from_https_to_http_right(port: str) -> None:
    assert not is_home(urlsplit(f"https://situs.example{port}"), f"http://situs.example{port}/")


@pytest.mark.parametrize(
    ("target", "is_ours"),
    [
        ("https://situs.example/x", True), ("https://situs.example:443/", True), ("https://situs.example:8443/", False),
        ("http://situs.example:80/", True), ("http://situs.example:8080/", False),
    ],
)  # fmt: skip
def test_http_may_become_https_on_the_usual_ports(target: str, is_ours: bool) -> None:
    assert is_home(urlsplit("http://situs.example"), target) is is_ours


# ---------------------------------------------------------------- a real server with TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tls_kit.certificate(tmp_path_factory.mktemp("tls"))


def test_a_redirect_from_https_to_http_is_refused_and_gets_no_secret(certificate: Path) -> None:
    visited: list[str | None] = []

    def plain(handler: BaseHTTPRequestHandler) -> None:
        visited.append(handler.headers["Authorization"])
        send(handler, b"{}")

    with server(plain) as there, secure(lambda handler: send(handler, b"", 302, location=there), certificate) as url:
        with Client(Endpoint("x", url, {"ca_file": str(certificate)}, SECRET), Limits(retries=0)) as client:
            with pytest.raises(ContractError, match="dari https tidak ke http") as refused:
                client.get("/", {})
    assert (refused.value.code, visited) == ("redirect", [])


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    asked: list[str] = []
    with secure(lambda handler: asked.append(handler.path), certificate) as url:
        with (
            Client(Endpoint("x", url, {}, SECRET), Limits(retries=0)) as client,
            pytest.raises(ContractError) as refused,
        ):
            client.get("/", {})
    assert (refused.value.code, asked) == ("tls", [])


def test_a_certificate_file_that_is_not_there_is_a_setting_error(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="ca_file"):
        Client(Endpoint("x", "https://situs.example", {"ca_file": str(tmp_path / "tidak-ada.pem")}))


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_no_proxy_of_the_environment_hears_what_is_asked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []

    def proxy(handler: BaseHTTPRequestHandler) -> None:
        heard.append(handler.path)
        send(handler, b"{}")

    for other in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(other, raising=False)
    with server(proxy) as between, server(lambda handler: send(handler, b"{}")) as url:
        monkeypatch.setenv(name, between)
        with Client(Endpoint("x", url, {}, SECRET), Limits(retries=0)) as client:
            assert b"".join(client.get("/", {}).chunks) == b"{}"
    assert heard == []


def test_no_netrc_adds_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login petugas password lain\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    seen: list[str | None] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers["Authorization"])
        send(handler, b"{}")

    with server(answer) as url, Client(Endpoint("x", url), Limits(retries=0)) as client:
        b"".join(client.get("/", {}).chunks)
    assert seen == [None]


@pytest.mark.parametrize("given", [0, -1, "lama", True, float("nan"), float("inf")])
def test_an_option_that_is_no_time_is_a_setting_error(given: object) -> None:
    with pytest.raises(SettingError, match="total_seconds"):
        Client(Endpoint("x", "http://situs.example", {"total_seconds": given}))


def test_all_answers_of_an_extraction_share_its_time() -> None:
    with server(lambda handler: send(handler, b"{}")) as url, pytest.raises(TransientError) as refused:
        with Client(Endpoint("x", url, {"total_seconds": 0.5})) as client:
            for _ in range(10_000):
                b"".join(client.get("/", {}).chunks)
    assert (refused.value.code, "0.5" in str(refused.value)) == ("deadline", True)


def test_an_answer_has_a_bound_within_that_of_all_of_them() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/slow":
            time.sleep(3)
        send(handler, b"{}")

    limits = Limits(answer_seconds=0.5, total_seconds=30, retries=0)
    with server(answer) as url, Client(Endpoint("x", url), limits) as client:
        with pytest.raises(TransientError) as refused:
            client.get("/slow", {})
        assert b"".join(client.get("/quick", {}).chunks) == b"{}"
    assert (refused.value.code, "dalam 0.5 detik" in str(refused.value)) == ("deadline", True)


def test_a_slow_system_gets_more_time_for_each_answer_too() -> None:
    slow = Limits(answer_seconds=10, read_seconds=30).declared(Endpoint("x", "http://x", {"total_seconds": 120}))
    assert (slow.total_seconds, slow.answer_seconds, slow.read_seconds) == (120, 30, 90)
    hasty = Limits(answer_seconds=10).declared(Endpoint("x", "http://x", {"total_seconds": 4}))
    assert (hasty.total_seconds, hasty.answer_seconds) == (4, 10)
