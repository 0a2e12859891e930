"""WordPress: one payload and one row per site; a site's trouble is its own, and is kept."""

from datetime import date
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from loopback import DAY, kept, send, server

from iku_etl import catalogue
from iku_etl.connectors import wordpress
from iku_etl.connectors.http.client import Limits
from iku_etl.errors import SettingError, TransientError
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Endpoint

SECRET = "rahasia-sekali-9911"


def post(moment: str) -> bytes:
    return orjson.dumps([{"id": 7, "date_gmt": moment, "link": "https://a.example/7"}])


ANSWERS: dict[str, tuple[int, bytes]] = {
    "good": (200, post("2026-01-04T17:30:00")),
    "late": (200, post("2026-02-14T00:00:00")),
    "broken": (200, post("0000-00-00T00:00:00")),
    "none": (200, b"[]"),
    "old": (404, b'{"code":"rest_no_route"}'),
    "page": (200, b"<!DOCTYPE html><html></html>"),
    "down": (503, b"<html>maintenance</html>"),
}


def answer(handler: BaseHTTPRequestHandler) -> None:
    site = handler.path.split("/")[1]
    if site == "hanging":
        handler.connection.recv(1)  # nothing comes until the client hangs up
        return
    if site == "away":
        send(handler, b"", 302, location="http://localhost:9/")
        return
    status, body = ANSWERS[site]
    send(handler, body, status)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    found, folder = {}, tmp_path_factory.mktemp("kept")
    with server(answer) as url, pytest.MonkeyPatch.context() as patch:
        patch.setattr(wordpress, "LIMITS", Limits(total_seconds=5, retries=0))
        sites = {f"{name}.example": f"{url}/{name}" for name in (*ANSWERS, "hanging", "away")}
        connection = Endpoint("wordpress", "", {"sites": sites}, SECRET)
        payloads = wordpress.newest_posts(connection, DAY)
    for number, payload in enumerate(payloads, 1):
        landed = kept(folder, payload, number)
        (piece,) = wordpress.read(landed, DAY)
        (row,) = piece.table.to_pylist()
        found[row["site"].removesuffix(".example")] = row | {
            "payload": payload, "kept": landed, "unobserved": piece.unobserved,
        }  # fmt: skip
    return found


def test_each_site_has_its_row(rows: dict[str, dict[str, Any]]) -> None:
    assert {name: (row["newest_content_on"], row["found_by"]) for name, row in rows.items()} == {
        "good": ("2026-01-05", "wp-json"),  # 00.30 WIB: the local day
        "late": ("2026-02-14", "wp-json"),  # the suite sets it aside
        **dict.fromkeys(("broken", "none", "old", "page", "down", "hanging", "away"), (None, "tidak_ditemukan")),
    }


WORDS = {
    "broken": 'tanggalnya "0000-00-00T00:00:00" tidak dapat dibaca',  # wp04
    "old": "dijawab: rest_no_route",
    "page": "halaman web",
    "down": "halaman web",
    "hanging": "tidak ada jawaban utuh dalam",
    "away": "mengalihkan ke 'localhost'",
}


def test_why_a_date_is_not_known_stands_beside_the_row(rows: dict[str, dict[str, Any]]) -> None:
    said = {name: row["unobserved"] for name, row in rows.items() if row["unobserved"]}
    assert said.keys() == WORDS.keys()  # a site that says it has no post is told apart from one that says nothing
    for name, (one,) in said.items():
        assert one.known == {"site": f"{name}.example"}
        assert one.sentence.startswith(f"situs {name}.example: tulisan terbarunya tidak diketahui, ")
        assert WORDS[name] in one.sentence


def test_what_happened_is_kept(rows: dict[str, dict[str, Any]]) -> None:
    payloads = {name: row["payload"] for name, row in rows.items()}
    assert [payloads[name].status for name in ("good", "old", "down", "hanging")] == [200, 404, 503, None]
    assert rows["down"]["kept"].path.read_bytes() == ANSWERS["down"][1]
    for name, code in (("hanging", "deadline"), ("away", "redirect")):
        evidence = orjson.loads(rows[name]["kept"].path.read_bytes())["iku_error"]
        assert (evidence["site"], evidence["code"]) == (f"{name}.example", code)
        assert SECRET not in str(evidence)


def test_the_question_names_the_end_of_the_window(rows: dict[str, dict[str, Any]]) -> None:
    payload = rows["good"]["payload"]
    assert payload.request["parameters"]["before"] == "2026-01-06T00:00:00+07:00"
    assert payload.position == date(2026, 1, 5)
    assert SECRET not in repr(payload)


def test_sites_by_template_and_in_order() -> None:
    asked = []

    def listing(handler: BaseHTTPRequestHandler) -> None:
        asked.append(parse_qs(urlsplit(handler.path).query)["per_page"])
        send(handler, b"[]")

    with server(listing) as url:
        connection = Endpoint("wordpress", url + "/{site}", {"sites": ["b.example", "a.example"]})
        payloads = wordpress.newest_posts(connection, DAY)
    assert [payload.name for payload in payloads] == ["wordpress/b.example", "wordpress/a.example"]
    assert asked == [["20"], ["20"]]


def test_no_site_at_all_is_our_own_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wordpress, "LIMITS", Limits(total_seconds=2, retries=0, connect_seconds=1))
    sites = {"a": "http://127.0.0.1:9", "b": "http://127.0.0.1:9"}
    with pytest.raises(TransientError, match="jaringan kita sendiri"):
        wordpress.newest_posts(Endpoint("wordpress", "", {"sites": sites}), DAY)


def test_a_connection_without_sites_is_a_setting_error() -> None:
    with pytest.raises(SettingError):
        wordpress.newest_posts(Endpoint("wordpress", "https://a.example"), DAY)


def test_why_a_site_is_unknown_is_kept_where_an_official_sees_it(pipeline: Pipeline) -> None:  # wp06
    refusal = b'{"code":"rest_not_logged_in","message":"You are not currently logged in.","data":{"status":401}}'

    def guarded(handler: BaseHTTPRequestHandler) -> None:
        send(handler, *((refusal, 401) if handler.path.startswith("/wall") else (post("2026-01-04T02:00:00"), 200)))

    with server(guarded) as url:
        state = pipeline.settings.state
        state.mkdir(parents=True, exist_ok=True)
        sites = f'[website_content.sites]\n"open.example" = "{url}/open"\n"wall.example" = "{url}/wall"\n'
        (state / "connections.toml").write_text(f'[website_content]\nsystem = "wordpress"\nurl = "{url}"\n{sites}')
        (batch,) = pipeline.collect(catalogue.source("website_content"), [DAY]).batches
    assert (batch.ending, batch.loaded, batch.quarantined) == ("in_force", 2, 1), batch.reason
    with pipeline.warehouse.connect("auditor") as connection:
        facts = connection.execute("select site, newest_content_on from fact.website_content order by site").fetchall()
        (row,) = connection.execute("select message, public_values from iku.quarantine").fetchall()
    assert [tuple(fact.values()) for fact in facts] == [("open.example", date(2026, 1, 4)), ("wall.example", None)]
    assert row["public_values"]["site"] == "wall.example"
    assert "situs wall.example" in (batch.reason or "") and "dijawab 401: rest_not_logged_in" in row["message"]
