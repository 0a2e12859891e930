"""Access logs: lines of every kind, the lines of a day over rotated files, what is kept of them, and the visits."""

import gzip
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from loopback import DAY, ZONE, kept, kept_bytes
from weblog_kit import BROWSER, KEY, PROBE, SITE, at, collect, line, of_file, of_lines, whole_day, write

from iku_etl import catalogue
from iku_etl.connectors.visits import access_log, agents, hit, weblog
from iku_etl.connectors.visits.hit import Hit
from iku_etl.errors import ContractError, SettingError
from iku_etl.settings import Endpoint
from iku_etl.stages.land import redact
from iku_etl.window import Window, window_at

OWN = Path(__file__).parents[2] / "data" / "weblog"
SHARED = Path(__file__).parents[4] / "shared" / "data" / "weblog"


# ---------------------------------------------------------------- a line

STAMP = int(datetime(2026, 11, 22, 16, 29, 28, tzinfo=ZONE).timestamp())
COMBINED = b'[22/Nov/2026:09:29:28 +0000] "GET /a?b=c HTTP/1.1" 200 73 "-" "Mozilla/5.0 x"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"192.0.2.1 - - " + COMBINED, (b"192.0.2.1", b"Mozilla/5.0 x", b"")),
        (b"2001:db8::1 - budi " + COMBINED, (b"2001:db8::1", b"Mozilla/5.0 x", b"")),
        (b"a.example:443 192.0.2.1 - - " + COMBINED + b" 0.004", (b"192.0.2.1", b"Mozilla/5.0 x", b"a.example:443")),
        (b"- 192.0.2.1 - - " + COMBINED, (b"192.0.2.1", b"Mozilla/5.0 x", b"-")),
        (b"[::1]:80 2001:db8::1 - - " + COMBINED, (b"2001:db8::1", b"Mozilla/5.0 x", b"[::1]:80")),
        (b"- - - " + COMBINED, (b"-", b"Mozilla/5.0 x", b"")),
        (b"192.0.2.1 - - " + COMBINED[:-1] + rb' \"quoted\" \\"', (b"192.0.2.1", rb'Mozilla/5.0 x \"quoted\" \\', b"")),
        (b"192.0.2.1 - - " + COMBINED[:-1] + b'\xff\xfe"', (b"192.0.2.1", b"Mozilla/5.0 x\xff\xfe", b"")),
        (
            b'{"time":"2026-11-22T09:29:28+00:00","remote_addr":"192.0.2.1","host":"www.example",'
            b'"request":"GET /a?b=c HTTP/1.1","status":200,"ua":"Mozilla/5.0 x"}',
            (b"192.0.2.1", b"Mozilla/5.0 x", b"www.example"),
        ),
        (
            b'{"time_local":"22/Nov/2026:09:29:28 +0000","remote_addr":"192.0.2.1","request_method":"GET",'
            b'"request_uri":"/a?b=c","status":"200","http_user_agent":"Mozilla/5.0 \\x22x"}',
            (b"192.0.2.1", rb"Mozilla/5.0 \x22x", b""),
        ),
    ],
)  # fmt: skip
def test_every_format_and_every_oddity_gives_the_same_request(
    text: bytes, expected: tuple[bytes, bytes, bytes]
) -> None:
    address, agent, host = expected
    assert access_log.moment(text) == STAMP
    assert access_log.parse(text) == Hit(STAMP, address, agent, b"GET", b"/a?b=c", 200, host)


@pytest.mark.parametrize(
    "text",
    [
        b"192.0.2.1 - - " + COMBINED[:-2],  # torn within the agent
        b"192.0.2.1 - - " + COMBINED[:-20] + b"192.0.2.1 - - " + COMBINED,  # and the next line after it
        b"192.0.2.1 - - " + COMBINED[:50],
        b"192.0.2.1 - - [31/Feb/2026:09:29:28 +0000]" + COMBINED[28:],
        b"192.0.2.1 - - [22/Nop/2026:09:29:28 +0000]" + COMBINED[28:],
        b'192.0.2.1 - - [22/Nov/2026:09:29:28 +0000] "GET / HTTP/1.1" - 73 "-" "-"',
        b'{"time":"2026-11-22T09:29:28","status":200}',  # of which zone?
        b'{"time":"2026-11-22T09:29:28+00:00","status":200',
        b"[1]", b"", b"\x00\xff",
    ],
)  # fmt: skip
def test_a_torn_line_is_no_request(text: bytes) -> None:
    assert access_log.parse(text) is None


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, None),
        ({"status": 304}, None),
        ({"path": b"/berita/2026/pasar.html?utm=x.png"}, None),
        ({"path": b"/v1.2/"}, None),
        ({"agent": b"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36"}, None),
        ({"agent": b"Blackbox Exporter/0.23.0"}, agents.PROBER),
        ({"agent": b"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}, agents.BOT),
        ({"agent": b"curl/8.5.0"}, agents.BOT),
        ({"agent": b"-"}, agents.BOT),
        ({"agent": b""}, agents.BOT),
        ({"verb": b"HEAD"}, hit.VERB),
        ({"verb": b"POST"}, hit.VERB),
        ({"status": 301}, hit.STATUS),
        ({"status": 404}, hit.STATUS),
        ({"path": b"/wp-content/a.JPG?ver=6"}, hit.FILE),
        ({"path": b"/wp-json/wp/v2/posts"}, hit.NO_PAGE),
        ({"address": b"-"}, hit.NO_ADDRESS),
    ],
)  # fmt: skip
def test_only_pages_seen_by_people_count(changed: dict[str, Any], why: str | None) -> None:
    page = Hit(STAMP, b"192.0.2.1", BROWSER.encode(), b"GET", b"/", 200, b"")
    assert hit.left_out(page._replace(**changed)) == why


# ---------------------------------------------------------------- the visits of a day


def counted(tmp_path: Path, lines: Sequence[bytes]) -> int:
    return of_lines(tmp_path, lines).visits[SITE]


def test_half_an_hour_without_a_view_ends_a_visit(tmp_path: Path) -> None:
    together = [line(at(9)), line(at(9, 30)), line(at(10))]
    assert counted(tmp_path, whole_day(*together)) == 1
    assert counted(tmp_path, whole_day(*together, line(at(10, 30, 1)))) == 2


def test_address_and_browser_make_a_visitor(tmp_path: Path) -> None:
    lines = [line(at(9)), line(at(9), "192.0.2.8"), line(at(9), agent=BROWSER.replace("145", "144"))]
    assert counted(tmp_path, whole_day(*lines)) == 3


def test_a_visit_over_midnight_belongs_to_the_day_of_its_first_view(tmp_path: Path) -> None:
    lines = [line(at(23, 40, day=4)), line(at(0, 5)), line(at(23, 50)), line(at(0, 10, day=6))]
    path = write(tmp_path / "access.log", [line(at(23, 0, day=4), agent="x"), *lines, line(at(1, day=7), agent="x")])
    per_day = [collect({SITE: str(path)}, tmp_path, day(number)).visits[SITE] for number in (5, 6)]
    assert per_day == [1, 0]  # the first began on the 4th, the last on the 5th


def day(number: int) -> Window:
    return window_at("day", date(2026, 1, number), ZONE)


def test_every_line_is_a_view_or_left_out_by_reason(tmp_path: Path) -> None:
    lines = [
        line(at(9)), line(at(9, 1)), line(at(9), agent="curl/8.5.0"), line(at(9), path="/a.css"),
        line(at(9), status=404), line(at(9), verb="POST"), b"torn\n", line(at(9), address="-"),
    ]  # fmt: skip
    assert of_lines(tmp_path, whole_day(*lines)).out == {
        weblog.VIEW: 2, agents.BOT: 1, hit.FILE: 1, hit.STATUS: 1, hit.VERB: 1,
        hit.TORN: 1, hit.NO_ADDRESS: 1, "di luar jendela": 2,
    }  # fmt: skip


def test_what_was_kept_before_these_counts_were_is_still_read(tmp_path: Path) -> None:
    begins = int(DAY.start.timestamp())
    view = "".join(
        f'{{"t":{begins + 600 * place},"v":"{visitor:032x}"}}\n' for visitor in range(5) for place in range(9)
    )
    told = f'{{"declared_out":{{}},"first_at":{begins},"last_at":{begins},"is_begun":true,"is_ended":true}}\n'
    body = (f'{{"site":"{SITE}"}}\n' + view + told).encode()
    (rows,) = weblog.read(kept_bytes(tmp_path, body, weblog.REDACTED), DAY)
    assert rows.table.column("visits").to_pylist() == ["5"]


# ---------------------------------------------------------------- what is kept


def test_nothing_of_a_visitor_but_a_token_of_the_day_is_kept(tmp_path: Path) -> None:
    lines = [line(at(9, day=number), "203.0.113.99", "/cari?q=budi-santoso") for number in (5, 6)]
    path = write(tmp_path / "access.log", [*whole_day(lines[0]), lines[1], line(at(0, 1, day=7), agent="x")])
    first, second = (collect({SITE: str(path)}, tmp_path, day(number)).body.decode() for number in (5, 6))
    for clear in ("203.0.113.99", "203", "budi", "cari", "Mozilla", "Firefox"):
        assert clear not in first
    tokens = [re.findall(r'"v":"([0-9a-f]{32})"', text) for text in (first, second)]
    assert len(tokens[0]) == len(tokens[1]) == 1
    assert tokens[0] != tokens[1]  # nobody can be followed from one day to the next


def test_what_was_received_is_hashed_with_the_key_and_the_list_of_bots_recorded(tmp_path: Path) -> None:
    path = write(tmp_path / "access.log", whole_day(line(at(9))))
    (payload,) = weblog.visits(Endpoint("visits", "", {"logs": {SITE: str(path)}}), DAY)
    stripped = redact.redact(catalogue.source("web_visits"), payload, KEY)
    assert stripped.received_bytes == path.stat().st_size
    assert stripped.payload is not None
    assert kept(tmp_path, stripped.payload).name == f"log/{SITE}"
    assert str(tmp_path) not in str(stripped.described.request)
    assert re.fullmatch(r"device_detector \d+\.\d+\.\d+", stripped.described.request["bots"])


# ---------------------------------------------------------------- files


def test_a_copied_line_counts_once_and_a_repeated_one_as_often(tmp_path: Path) -> None:
    twice = [line(at(9)), line(at(9)), line(at(9, 1))]
    write(tmp_path / "access.log.1", [*whole_day()[:1], *twice], modified=at(12))
    write(tmp_path / "access.log", [*twice[1:], line(at(10)), *whole_day()[1:]])  # copied, then truncated too late
    assert of_file(tmp_path / "access.log*", tmp_path).out[weblog.VIEW] == 4


def test_rotated_and_packed_files_are_read_together_and_old_ones_hardly(tmp_path: Path) -> None:
    write(tmp_path / "access.log.3.gz", [b"", line(at(8, day=2)), line(at(9))], modified=at(0, day=3))
    write(tmp_path / "access.log.2.gz", [line(at(23, 50, day=4)), line(at(9, 0, 1))], modified=at(12))
    write(tmp_path / "access.log.1", [line(at(13))], modified=at(14))
    write(tmp_path / "access.log", [line(at(15)), line(at(0, 1, day=6))])
    found = of_file(tmp_path / "access.log*", tmp_path)
    assert found.visits == {SITE: 3}
    assert found.out[weblog.VIEW] == 3  # the file that was closed before the day can't hold the day


def test_a_log_that_holds_the_day_and_no_person_is_a_day_without_visits(tmp_path: Path) -> None:
    assert counted(tmp_path, whole_day(line(at(12), agent=PROBE))) == 0


def test_a_torn_store_is_no_day_without_visits(tmp_path: Path) -> None:
    body = of_lines(tmp_path, whole_day(line(at(9)))).body
    torn = kept_bytes(tmp_path, body[: body.rindex(b"\n", 0, -1) + 1], weblog.REDACTED)
    with pytest.raises(ContractError) as refused:
        list(weblog.read(torn, DAY))
    assert refused.value.code == "truncated"


@pytest.mark.parametrize(
    "given", [3, {"format": "combined"}, {"files": "a.log", "formt": "x"}, {"files": "a", "format": 1}]
)
def test_a_site_without_a_path_is_told_so(given: Any) -> None:
    with pytest.raises(SettingError, match="access"):
        list(weblog.visits(Endpoint("visits", "", {"logs": {SITE: given}}), DAY))


# ---------------------------------------------------------------- real logs, counted another way


def captured() -> list[Path]:
    """Our own captures, whole where the shared material is."""
    shared = sorted(SHARED.glob("*_own.log"))
    return [*sorted(OWN.glob("*_own.log")), *shared]


@pytest.mark.parametrize("path", captured(), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_every_line_of_our_own_servers_is_read(path: Path) -> None:
    lines = path.read_bytes().splitlines()
    hits = [access_log.parse(text) for text in lines]
    marks = {"json": rb'"status":(\d{3}),'}.get(path.name.split("_")[1], rb'" (\d{3}) \d+ "')
    counts = Counter(int(found) for found in re.findall(marks, b"\n".join(lines)))
    assert Counter(found.status for found in hits if found) == counts
    assert {hit.left_out(found) for found in hits if found} == {agents.PROBER}
    assert None not in hits


@pytest.mark.skipif(not SHARED.exists(), reason="shared/data is not beside this checkout")
def test_a_public_log_gives_the_visits_that_a_plain_count_gives(tmp_path: Path) -> None:
    path = SHARED / "apache_combined_elastic.log.gz"
    window = window_at("day", date(2015, 5, 19), ZONE)
    found = collect({SITE: str(path)}, tmp_path, window)
    views = plain_views(gzip.decompress(path.read_bytes()).decode("utf-8"))
    begun = [
        (visitor, moment)
        for visitor, moment in views
        if window.start <= moment < window.end
        and not any(other == visitor and moment - timedelta(minutes=30) <= earlier < moment for other, earlier in views)
    ]
    inside = [moment for _, moment in views if window.start <= moment < window.end]
    assert (found.visits[SITE], found.out[weblog.VIEW]) == (len(set(begun)), len(inside))
    assert (len(set(begun)), len(inside)) == (353, 592)


def plain_views(text: str) -> list[tuple[str, datetime]]:
    """(visitor, moment) of every page view, by one pattern and plain words."""
    shape = re.compile(r'^(\S+) \S+ \S+ \[([^\]]+)\] "GET ([^ "?]*)[^"]*" (\d+) \S+ "[^"]*" "([^"]*)"$', re.M)
    files = r"\.(css|js|png|jpe?g|gif|ico|svg|txt|xml|rss|atom|pdf|gz|tar|zip|mp[34]|avi|mov|bz2|woff|ttf|swf|docx?)$"
    programs = (
        r"bot\b|bot[/;_-]|crawl|spider|slurp|archiver|preview|fetch|scan|monitor|headless|phantomjs|python|feed|"
        r"checker|http|ezooms|google favicon|googleimageproxy|theoldreader"
    )
    found = []
    for address, stamp, path, status, agent in shape.findall(text):
        is_page = not re.search(files, path, re.I) and not re.search(r"/(feed|api)(/|$)", path)
        is_person = re.match(r"Mozilla/|Opera/", agent) and not re.search(programs, agent, re.I)
        if is_page and is_person and status in ("200", "206", "304"):
            found.append((f"{address} {agent}", datetime.strptime(stamp, "%d/%b/%Y:%H:%M:%S %z")))
    return found
