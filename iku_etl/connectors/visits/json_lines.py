"""A line of a log in JSON: of nginx, Apache, Caddy, Traefik or an Elastic agent, by the names they use.

Standard library only: the capped child of `redact` reads with it.
"""

import json
import re
from typing import Any

from iku_etl.connectors.visits import addresses, moments
from iku_etl.connectors.visits.hit import Hit

TIMES = ("time", "time_iso8601", "time_local", "@timestamp", "timestamp", "ts", "msec", "startutc", "datetime")
_ADDRESSES = (
    "remote_addr", "client_ip", "remote_ip", "clientip", "remote_host", "request.client_ip", "request.remote_ip",
    "clienthost", "clientaddr", "client_addr", "client.ip", "client.address", "source.ip", "source.address",
    "remote_address", "remoteip", "remoteaddr", "ip",
)  # fmt: skip
_FORWARDED = (
    "http_x_forwarded_for", "x_forwarded_for", "x-forwarded-for", "xff", "forwarded_for", "xforwardedfor",
    "request.headers.x-forwarded-for", "request_x-forwarded-for", "http_x_real_ip", "x_real_ip", "x-real-ip",
    "http_cf_connecting_ip", "cf_connecting_ip",
)  # fmt: skip
_AGENTS = (
    "ua", "http_user_agent", "user_agent", "agent", "useragent", "user-agent", "request.headers.user-agent",
    "request_user-agent", "user_agent.original", "http_useragent",
)  # fmt: skip
_PATHS = ("request_uri", "uri", "url", "path", "request.uri", "requestpath", "request_path", "url.path", "url.original")
_VERBS = ("request_method", "method", "verb", "request.method", "requestmethod", "http.request.method")
_STATUSES = ("status", "status_code", "downstreamstatus", "http.response.status_code", "response", "response_code")
_HOSTS = ("host", "server_name", "vhost", "http_host", "request.host", "requesthost", "url.domain")
_INNER = ("log", "message")  # what a container's or an agent's own line wraps
_TIME = re.compile(  # the first of them, without reading all of the line
    rb'"(?:time|time_iso8601|time_local|@?timestamp|ts|msec)"\s*:\s*(?:"([^"\\]+)"|(\d[\d.]*))', re.I
)
_DEEPEST = 4  # levels of nested objects that are looked into


def quick_moment(line: bytes) -> int | None:
    """When a line was written, by the first time in it; None where that is not found so quickly."""
    found = _TIME.search(line)
    return moments.when(found[1] or found[2]) if found else None


def fields(line: bytes) -> dict[str, Any] | None:
    """The values of a JSON object by lower-case name, nested ones as `request.headers.user-agent`; None for no object.

    The first of several values counts, as Caddy writes headers.
    """
    text = line.decode("utf-8", "replace")
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        try:
            found = json.loads(text.replace("\\x", "\\\\x"))  # nginx without escape=json writes \x22
        except (ValueError, RecursionError):
            return None
    if not isinstance(found, dict):
        return None
    flat: dict[str, Any] = {}
    _flatten(found, "", flat, _DEEPEST)
    return flat


def _flatten(found: dict[str, Any], prefix: str, flat: dict[str, Any], depth: int) -> None:
    for name, value in found.items():
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, dict):
            if depth > 1:
                _flatten(value, f"{prefix}{name}.", flat, depth - 1)
        elif value is not None:
            flat[(prefix + name).lower()] = value


def wrapped(found: dict[str, Any]) -> bytes | None:
    """The line of the web server itself where a container's log wraps it: `{"log": "203.0.113.7 - - [..", ..}`."""
    if _first(found, _STATUSES) is not None:
        return None
    inner = _first(found, _INNER)
    return inner.rstrip(b"\r\n") if inner else None


def moment(found: dict[str, Any]) -> int | None:
    """When it was written; of several times the first that can be read."""
    read = (moments.when(_text(found[name])) for name in TIMES if name in found)
    return next((at for at in read if at is not None), None)


def hit(found: dict[str, Any]) -> Hit | None:
    """The request of a line; None if it says no time or no status."""
    at, status = moment(found), _first(found, _STATUSES) or b""
    if at is None or not status.isdigit():
        return None
    verb, _, rest = (_first(found, ("request",)) or b"").partition(b" ")
    path = rest.partition(b" ")[0]
    return Hit(
        at, _visitor(found), _first(found, _AGENTS), verb if path else _first(found, _VERBS) or b"",
        path or _first(found, _PATHS) or b"", int(status), _first(found, _HOSTS) or b"",
    )  # fmt: skip


def _visitor(found: dict[str, Any]) -> bytes | None:
    """The first of the forwarded list, else the address; `-` for one that is not recorded, None for no address."""
    for name in _FORWARDED:
        if name in found and (read := addresses.first_of(_text(found[name]))):
            return read
    word = _first(found, _ADDRESSES)
    if word in (b"", b"-"):
        return b"-"
    return addresses.first_of(word) if word else None


def _first(found: dict[str, Any], names: tuple[str, ...]) -> bytes | None:
    return next((_text(found[name]) for name in names if name in found), None)


def _text(value: Any) -> bytes:
    return str(value).encode("utf-8", "replace")
