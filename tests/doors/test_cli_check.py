"""`iku check`: one question to a system, one sentence, and nothing that stays."""

import json
import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import install_kit as kit
import pytest
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
        (401, b"", "401"),
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
