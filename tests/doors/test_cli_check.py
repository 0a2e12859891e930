"""`iku check`: one question to a system, one sentence, and nothing that stays."""

import json
import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import install_kit as kit
import pytest
import tls_kit
from install_kit import Iku
from loopback import send, server

from iku_etl.settings import Settings
from iku_etl.warehouse.database import Warehouse

ENTRY = '[website_uptime]\nsystem = "prometheus"\nurl = "{}"\n'


@pytest.fixture
def iku(monkeypatch: pytest.MonkeyPatch, capsys: Any, warehouse: Warehouse, site: Settings) -> Iterator[Iku]:
    site.state.mkdir(parents=True, exist_ok=True)
    with kit.at_hand(monkeypatch, capsys, warehouse, site.state) as call:
        yield call


def asked(iku: Iku, site: Settings, url: str) -> tuple[int, str]:
    (site.state / "connections.toml").write_text(ENTRY.format(url))
    code, out, err = iku("check", "website_uptime")
    assert err == ""
    assert len(out.strip().splitlines()) == 1
    return code, out


def by(status: int, body: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda handler: send(handler, body, status)


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (401, b"", "401: kita tidak diizinkan masuk. Rahasianya belum diberikan; tulis di IKU_SECRET_WEBSITE_UPTIME."),
        (403, b"", "403"),
        (200, b"<html>login</html>", "Prometheus"),
        (200, b'{"ok":true}', "Prometheus"),
    ],
)
def test_an_answer_that_is_not_the_systems_is_told(
    iku: Iku, site: Settings, status: int, body: bytes, told: str
) -> None:
    with server(by(status, body)) as url:
        code, out = asked(iku, site, url)
    assert code == 1
    assert told in out


def test_a_closed_port_and_an_unknown_host_are_told_apart(iku: Iku, site: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        code, closed = asked(iku, site, f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert code == 1
    code, unknown = asked(iku, site, "http://tidak-ada.invalid")
    assert code == 1
    assert "tidak dikenal" in unknown
    assert "portnya tertutup" in closed


CA = '"\nca_file = "{}'
HTTPS = [
    ("127.0.0.1", -1, "", "penerbit sertifikatnya tidak dikenal"),
    ("127.0.0.2", -1, CA, "sertifikatnya untuk nama lain"),
    ("127.0.0.1", -9, CA, "sertifikatnya sudah kedaluwarsa"),
    ("127.0.0.1", 3, CA, "sertifikatnya belum berlaku"),
]


@pytest.mark.parametrize(("address", "since", "more", "told"), HTTPS, ids=[told for *_, told in HTTPS])
def test_what_is_wrong_with_a_certificate_is_told(
    iku: Iku, site: Settings, tmp_path: Path, address: str, since: int, more: str, told: str
) -> None:
    made = tls_kit.certificate(tmp_path, address, since)
    with tls_kit.secure(by(200, b""), made) as url:
        code, out = asked(iku, site, url + more.format(made))
        port = urlsplit(url).port
    assert code == 1
    assert f"connections.toml:3: website_uptime: 127.0.0.1:{port}: {told}" in out


def test_a_port_without_tls_is_told(iku: Iku, site: Settings) -> None:
    with server(by(200, b"{}")) as url:
        code, out = asked(iku, site, url.replace("http:", "https:"))
    assert code == 1
    assert "port ini tidak berbicara TLS" in out


def test_a_certificate_file_that_is_none_is_told_at_its_line(iku: Iku, site: Settings, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("bukan sertifikat")
    for name, told in (("ca.pem", "bukan sertifikat PEM"), ("none.pem", "berkas itu tidak ada")):
        code, out = asked(iku, site, "https://127.0.0.1:9" + CA.format(tmp_path / name))
        assert code == 1
        assert "connections.toml:4: pilihan ca_file" in out and told in out


def test_a_secret_that_is_missing_is_told_by_the_name_it_has(
    iku: Iku, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server(by(401, b"")) as url:
        assert "Rahasianya belum diberikan; tulis di IKU_SECRET_WEBSITE_UPTIME." in asked(iku, site, url)[1]
        monkeypatch.setenv("IKU_SECRET_WEBSITE_UPTIME", "salah-9911")
        assert "Periksa IKU_SECRET_WEBSITE_UPTIME dan pilihan auth" in asked(iku, site, url)[1]


def test_a_misspelt_option_is_told_before_anything_is_asked(iku: Iku, site: Settings) -> None:
    code, out = asked(iku, site, 'http://127.0.0.1:9"\njobb = "website')
    assert code == 1
    assert "maksudnya job?" in out


def test_a_misspelt_section_is_told_at_the_source_it_may_mean(iku: Iku, site: Settings) -> None:
    (site.state / "connections.toml").write_text('# ours\n[website_uptme]\nsystem = "prometheus"\nurl = "http://a"\n')
    code, out, _ = iku("check", "website_uptime")
    assert code == 1
    assert "connections.toml:2: bagian [website_uptme] bukan nama sumber; maksudnya [website_uptime]?" in out
    assert "bukan nama sumber" not in iku("check", "target")[1]


def test_a_register_is_read_and_nothing_of_it_stays(iku: Iku, site: Settings, warehouse: Warehouse) -> None:
    folder = site.drop_dir / "target"
    folder.mkdir(parents=True)
    code, out, _ = iku("check", "target")
    assert code == 1
    assert "tidak memberi apa pun" in out or "berkas" in out
    raw = {path for path in site.raw_dir.rglob("*") if path.is_file()}
    code, out, _ = iku("check", "target", "--json")
    assert json.loads(out)["is_right"] is False
    assert {path for path in site.raw_dir.rglob("*") if path.is_file()} == raw
    with warehouse.connect("auditor") as auditor:
        assert auditor.execute("select count(*) as n from iku.batch where source = 'target'").fetchall() == [{"n": 0}]


def test_a_good_answer_is_told_with_what_was_seen(iku: Iku, site: Settings) -> None:
    drop = site.drop_dir / "website"
    drop.mkdir(parents=True)
    example = Path(__file__).parents[1] / "sources" / "website" / "2026-01.csv"
    text = example.read_text(encoding="utf-8")
    position = datetime.now(site.zone).date().replace(day=1) - timedelta(days=1)  # of the newest month that has ended
    (drop / "website.csv").write_text(text.replace("2026-01-31", position.isoformat()), encoding="utf-8")
    code, out, _ = iku("check", "website")
    assert code == 0, out
    assert "rekaman pada jawaban pertama" in out
