"""One line of a web server's access log: combined, vhost combined or JSON; is it a page seen by a person?

Standard library only, and bytes throughout: the capped child of `redact` reads with it, and agents, paths and
referers may hold anything.
"""

import json
import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, NamedTuple

TORN, PROBER, BOT, VERB, STATUS, FILE, NO_PAGE, NO_ADDRESS = (
    "baris rusak", "pemantau sendiri", "bot atau program", "bukan GET", "status bukan 2xx atau 304", "berkas statis",
    "bukan halaman", "alamat tidak tercatat",
)  # fmt: skip

_STAMP = re.compile(rb"\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\]")  # [22/Nov/2026:09:37:40 +0000]
_ESCAPED = re.compile(  # after the stamp, where a quote may be written \": request, status, bytes, referer, agent
    rb'\s*"((?:[^"\\]|\\.)*)" (\d{3}) \S+(?: "(?:[^"\\]|\\.)*" "((?:[^"\\]|\\.)*)")?'
)
_JSON_TIME = re.compile(rb'"(?:time|time_iso8601|time_local|@?timestamp)"\s*:\s*"([^"]+)"')
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
_STAMP_BYTES = 26

_TIMES = ("time", "time_iso8601", "time_local", "@timestamp", "timestamp")
_ADDRESSES = ("remote_addr", "client_ip", "remote_ip", "clientip", "remote_host")
_AGENTS = ("ua", "http_user_agent", "user_agent", "agent")
_PATHS = ("request_uri", "uri", "url", "path")
_VERBS = ("request_method", "method", "verb")

# monitors of the regency's own sites; any other monitor counts as a bot
_PROBERS = re.compile(rb"blackbox exporter|uptime-?kuma|upptime|zabbix|iku-etl", re.I)
_BOTS = re.compile(
    rb"bot\b|bot[/;_-]|crawl|spider|slurp|archiver|facebookexternalhit|whatsapp|preview|fetch|scan|monitor|uptime|"
    rb"headless|phantomjs|lighthouse|pagespeed|python|curl|wget|java/|okhttp|go-http|libwww|httpclient|scrapy|feed|"
    rb"validator|checker|http://|https://|\+http",
    re.I,
)
_BROWSERS = (b"Mozilla/", b"Opera/")  # every browser since 1994 begins so; an honest program does not
_FILES = frozenset(
    b"css js mjs map json xml txt rss atom csv png jpg jpeg gif svg ico webp avif bmp woff woff2 ttf otf eot mp3 mp4 "
    b"webm ogg avi mov pdf doc docx xls xlsx ppt pptx zip rar gz bz2 7z tar exe apk swf webmanifest".split()
)
_NO_PAGES = re.compile(rb"/(wp-json|wp-admin|wp-cron\.php|wp-login\.php|xmlrpc\.php|feed|api|\.well-known)(/|$)", re.I)


class Hit(NamedTuple):
    """One request: when (unix seconds), who, by what, and what for."""

    at: int
    address: bytes
    agent: bytes
    verb: bytes
    path: bytes
    status: int
    host: bytes


def moment(line: bytes) -> int | None:
    """When a line was written, in unix seconds; None where it does not say."""
    if line.startswith(b"{"):
        found = _JSON_TIME.search(line)
        return _when(found[1]) if found else None
    stamped = _STAMP.search(line)
    return _stamp(stamped[1]) if stamped else None


def parse(line: bytes) -> Hit | None:
    """The request of a line; None for one that is torn or of no format we know."""
    if line.startswith(b"{"):
        return _of_json(line)
    stamped = _STAMP.search(line)
    if stamped is None or _STAMP.search(line, stamped.end()):  # twice: a torn line, and the next one in its middle
        return None
    at = _stamp(stamped[1])
    said = _said(line[stamped.end() :])
    head = line[: stamped.start()].split()
    if at is None or said is None or len(head) < 3:
        return None
    request, status, agent = said
    # `host:port address - user` against `address - user`: the second word is the never used ident, as a rule `-`
    is_vhost = len(head) > 3 and head[1] != b"-" and head[2] == b"-"
    verb, path = _request(request)
    return Hit(at, head[1] if is_vhost else head[0], agent, verb, path, status, head[0] if is_vhost else b"")


def _said(rest: bytes) -> tuple[bytes, int, bytes] | None:
    """Request, status and agent of what follows the stamp. Splitting at quotes is ten times faster than a pattern."""
    if b'\\"' in rest:
        found = _ESCAPED.match(rest)
        return (found[1], int(found[2]), found[3] or b"") if found else None
    parts = rest.split(b'"')
    if len(parts) < 3 or len(parts) % 2 == 0:
        return None
    status = parts[2].split(maxsplit=1)[0] if parts[2].strip() else b""
    if len(status) != 3 or not status.isdigit():
        return None
    return parts[1], int(status), parts[5] if len(parts) >= 7 else b""


def _request(request: bytes) -> tuple[bytes, bytes]:
    words = request.split(b" ")
    return (words[0], words[1]) if len(words) >= 2 else (b"", b"")  # a TLS greeting on the plain port, say


def _of_json(line: bytes) -> Hit | None:
    text = line.decode("utf-8", "replace")
    try:
        found: Any = json.loads(text)
    except ValueError:
        try:
            found = json.loads(text.replace("\\x", "\\\\x"))  # nginx without escape=json writes \x22
        except ValueError:
            return None
    if not isinstance(found, dict):
        return None
    at = _when(_first(found, _TIMES))
    status = _first(found, ("status",))
    verb, path = _request(_first(found, ("request",)))
    if at is None or not status.isdigit():
        return None
    return Hit(
        at, _first(found, _ADDRESSES), _first(found, _AGENTS), verb or _first(found, _VERBS),
        path or _first(found, _PATHS), int(status), _first(found, ("host", "server_name", "vhost")),
    )  # fmt: skip


def _first(found: dict[str, Any], names: tuple[str, ...]) -> bytes:
    value = next((found[name] for name in names if found.get(name) is not None), "")
    return str(value).encode("utf-8", "replace")


# ---------------------------------------------------------------- times


def _when(text: bytes) -> int | None:
    """ISO 8601 with its zone, or as the combined format writes it."""
    try:
        found = datetime.fromisoformat(text.decode("ascii"))
    except ValueError:
        return _stamp(text) if len(text) == _STAMP_BYTES else None
    return int(found.timestamp()) if found.tzinfo else None


def _stamp(text: bytes) -> int | None:
    minute = _minute(text[:17], text[21:26])  # 22/Nov/2026:09:37 and +0000; lines of a minute share it
    return None if minute is None else minute + int(text[18:20])


@lru_cache(maxsize=4096)
def _minute(text: bytes, zone: bytes) -> int | None:
    """English month names whatever the locale."""
    try:
        day, month, year = int(text[:2]), _MONTHS.index(text[3:6]) + 1, int(text[7:11])
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5])) * (-1 if zone[:1] == b"-" else 1)
        written = datetime(year, month, day, int(text[12:14]), int(text[15:17]), tzinfo=timezone(offset))
    except ValueError:
        return None
    return int(written.timestamp())


# ---------------------------------------------------------------- who and what


def left_out(hit: Hit) -> str | None:
    """Why a request is not a page seen by a person; None for one that is."""
    if program := _program(hit.agent):
        return program
    if hit.verb != b"GET":
        return VERB
    if not (200 <= hit.status < 300 or hit.status == 304):
        return STATUS
    if what := _no_page(hit.path):
        return what
    return NO_ADDRESS if hit.address in (b"", b"-") else None


@lru_cache(maxsize=65_536)
def _program(agent: bytes) -> str | None:
    if _PROBERS.search(agent):
        return PROBER
    return None if agent.startswith(_BROWSERS) and not _BOTS.search(agent) else BOT


@lru_cache(maxsize=65_536)
def _no_page(path: bytes) -> str | None:
    bare = path.partition(b"?")[0]
    name, dot, ending = bare.rpartition(b"/")[2].rpartition(b".")
    if dot and name and ending.lower() in _FILES:
        return FILE
    return NO_PAGE if _NO_PAGES.search(bare) else None
