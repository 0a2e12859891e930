"""The newest post is found in what sites really answer, and where it can't be found the reason is."""

from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from loopback import DAY, kept, kept_bytes, send, server

from iku_etl.connectors import wordpress
from iku_etl.connectors.wordpress_posts import FULL
from iku_etl.errors import SettingError
from iku_etl.model import Payload
from iku_etl.settings import Endpoint

ONE = b'[{"id": 9, "date_gmt": "2026-01-04T02:00:00", "link": "x"}]'
NOTICE = b"<br />\n<b>Deprecated</b>: x in <b>y.php</b> on line <b>3</b><br />\n"


def read(folder: Path, body: bytes) -> tuple[str | None, str]:
    """The day, and what stands beside the row."""
    landed = kept_bytes(folder, body, wordpress.MEDIA_TYPE, "wordpress/a.example")
    (piece,) = wordpress.read(landed, DAY)
    (row,) = piece.table.to_pylist()
    assert (row["site"], row["found_by"]) == (
        "a.example", "wp-json" if row["newest_content_on"] else "tidak_ditemukan",
    )  # fmt: skip
    return row["newest_content_on"], "".join(one.sentence for one in piece.unobserved)


def dated(*moments: Any, key: str = "date_gmt") -> bytes:
    return orjson.dumps([{"id": number, key: moment} for number, moment in enumerate(moments)])


READ: dict[str, tuple[bytes, str]] = {
    "one post": (ONE, "2026-01-04"),
    "a byte order mark": (b"\xef\xbb\xbf" + ONE, "2026-01-04"),  # wp01
    "a notice before it": (NOTICE + ONE, "2026-01-04"),  # wp02
    "a blank line before it": (b"\n\n" + ONE, "2026-01-04"),
    "no date_gmt": (b'[{"id": 9, "date": "2026-01-04T09:00:00", "date_gmt": null}]', "2026-01-04"),  # wp03
    "a date_gmt of zeros": (b'[{"id":9,"date":"2026-01-04T23:59:00","date_gmt":"0000-00-00T00:00:00"}]', "2026-01-04"),
    "date_gmt is UTC": (dated("2026-01-04T17:30:00"), "2026-01-05"),
    "ordered by hand": (dated("2020-03-01T02:00:00", "2026-01-04T02:00:00"), "2026-01-04"),  # wp07
    "one to come": (dated("2027-01-01T00:00:00", "2026-01-04T02:00:00"), "2026-01-04"),
    "an old one without a day": (dated("2026-01-04T02:00:00", "0000-00-00T00:00:00"), "2026-01-04"),
    "many, in order": (dated(*(f"2026-01-04T02:00:{59 - number}" for number in range(FULL))), "2026-01-04"),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_the_newest_post_is_found(tmp_path: Path, name: str) -> None:
    body, day = READ[name]
    assert read(tmp_path, body) == (day, "")


UNKNOWN: dict[str, tuple[bytes, str]] = {
    "no day at all": (dated(None), 'tanggalnya "None" tidak dapat dibaca'),
    "the end of time": (dated("9999-12-31T23:59:59"), "9999-12-31T23:59:59"),
    "before time": (dated("0001-01-01T00:00:00+14:00"), "0001-01-01"),
    "the first without a day": (dated("kemarin", "2026-01-04T02:00:00"), "kemarin"),
    "a login wall": (  # wp06
        b'{"code":"rest_not_logged_in","message":"You are not currently logged in.","data":{"status":401}}',
        "dijawab 401: rest_not_logged_in You are not currently logged in. Minta pengelola situs",
    ),
    "an error of PHP alone": (b"<br />\n<b>Fatal error</b>: x in <b>y.php</b>", "pesan galat PHP"),
    "a notice after it": (ONE + NOTICE, "pesan galat PHP"),
    "a page": (b"<!DOCTYPE html><html>[{</html>", "halaman web"),
    "torn": (ONE[:20], "bukan JSON, atau terpotong"),
    "nothing": (b"", "bukan JSON, atau terpotong"),
    "a number": (b"3", "bukan daftar tulisan"),
    "a list of texts": (b'["a"]', "bukan daftar tulisan"),
    "too much": (b"[" + b"{}," * 600_000 + b"{}]", "1.000.000 nilai"),
    "many, out of order": (dated("2020-03-01T02:00:00", *["2026-01-04T02:00:00"] * (FULL - 1)), "tidak diurutkan"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNKNOWN)
def test_why_it_is_not_known_is_said(tmp_path: Path, name: str) -> None:
    body, words = UNKNOWN[name]
    day, said = read(tmp_path, body)
    assert (day, words in said, said.endswith(".")) == (None, True, True)


def test_no_post_before_that_day_is_an_answer(tmp_path: Path) -> None:
    assert read(tmp_path, b"[]") == (None, "")


# ---------------------------------------------------------------- asking


def wordpress_of(
    moments: list[str], asked: list[dict[str, str]], *, has_permalinks: bool = True, heeds_after: bool = True
) -> Callable[[BaseHTTPRequestHandler], None]:
    """A WordPress whose posts come in this order, whatever order is asked."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        found = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(found.query).items()}
        asked.append(query)
        if query.get("rest_route") != "/wp/v2/posts" and not (has_permalinks and found.path.startswith("/wp-json/")):
            send(handler, b"<html>404</html>", 404)
            return
        since = datetime.fromisoformat(query["after"]) if heeds_after and "after" in query else None
        posts = [moment for moment in moments if since is None or datetime.fromisoformat(moment + "Z") > since]
        send(handler, dated(*posts[: int(query["per_page"])]))

    return answer


def look(tmp_path: Path, answer: Callable[[BaseHTTPRequestHandler], None]) -> tuple[str | None, str, Payload]:
    with server(answer) as url:
        (payload,) = wordpress.newest_posts(Endpoint("wordpress", "", {"sites": {"a.example": url}}), DAY)
    return *read(tmp_path, kept(tmp_path, payload).path.read_bytes()), payload


def test_plain_permalinks_are_asked_by_rest_route(tmp_path: Path) -> None:  # wp05
    asked: list[dict[str, str]] = []
    day, why, payload = look(tmp_path, wordpress_of(["2026-01-04T02:00:00"], asked, has_permalinks=False))
    assert (day, why, payload.status, len(asked)) == ("2026-01-04", "", 200, 2)
    assert payload.request["parameters"]["rest_route"] == "/wp/v2/posts"
    assert payload.request["url"].endswith("/")
    assert asked[0].items() <= asked[1].items()


def test_a_site_without_wordpress_keeps_its_own_answer(tmp_path: Path) -> None:
    day, why, payload = look(tmp_path, lambda handler: send(handler, b"<html>tidak ada</html>", 404))
    assert (day, payload.status, "halaman web" in why) == (None, 404, True)
    assert "wp-json" in payload.request["url"]


DAYS = [f"2025-{1 + number // 28:02}-{1 + number % 28:02}T02:00:00" for number in range(60)]
BY_HAND = [DAYS[number] for number in sorted(range(60), key=lambda number: number * 37 % 60)]
NEWEST = "2025-03-04"


@pytest.mark.parametrize("has_permalinks", [True, False])
def test_posts_out_of_order_are_asked_for_once_more_since_the_newest(tmp_path: Path, has_permalinks: bool) -> None:
    asked: list[dict[str, str]] = []
    answer = wordpress_of(BY_HAND, asked, has_permalinks=has_permalinks)
    day, why, payload = look(tmp_path, answer)
    assert (day, why) == (NEWEST, "")
    assert "after" in payload.request["parameters"]
    assert len(asked) <= 5


def test_where_that_is_not_heeded_the_newest_is_not_known(tmp_path: Path) -> None:
    asked: list[dict[str, str]] = []
    day, why, _ = look(tmp_path, wordpress_of(BY_HAND, asked, heeds_after=False))
    assert (day, "tidak diurutkan" in why, len(asked)) == (None, True, 4)


def test_posts_in_order_are_asked_for_once(tmp_path: Path) -> None:
    asked: list[dict[str, str]] = []
    day, _, _ = look(tmp_path, wordpress_of(sorted(BY_HAND, reverse=True), asked))
    assert (day, len(asked)) == (NEWEST, 1)


def test_an_address_that_is_none_names_its_site() -> None:
    sites = {"a.example": "http://127.0.0.1:9", "b.example": "http://host:-1/"}
    with pytest.raises(SettingError, match=r"situs b\.example: url koneksi ini bukan"):
        wordpress.newest_posts(Endpoint("wordpress", "", {"sites": sites}), DAY)
