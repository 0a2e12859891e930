"""How a log's lines are laid out: recognised, or as its connection declares by a name or as the web server writes it.

`log_format` of nginx and `LogFormat` of Apache become one pattern; a line that does not fit it is unread. Standard
library only: the capped child of `redact` reads with it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from iku_etl.connectors.visits import access_log, moments
from iku_etl.connectors.visits.addresses import first_of
from iku_etl.connectors.visits.hit import Hit
from iku_etl.errors import ContractError

_TAIL = ' "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
NAMED = {
    "combined": f"$remote_addr - $remote_user [$time_local]{_TAIL}",
    "main": f'$remote_addr - $remote_user [$time_local]{_TAIL} "$http_x_forwarded_for"',
    "vhost_combined": f"$host $remote_addr - $remote_user [$time_local]{_TAIL}",
    "proxy_combined": f"$http_x_forwarded_for - $remote_user [$time_local]{_TAIL}",
    "common": '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent',
}
RECOGNISED, W3C = ("json",), ("w3c", "iis", "cloudfront")

_NGINX = re.compile(r"\$\{?(\w+)\}?")
_APACHE = re.compile(r"%[!\d,<>]*(?:\{([^}]*)\})?(\^[a-zA-Z]{2}|[a-zA-Z])")
_MEANT = {  # of nginx, and of Apache
    "time_local": "time", "time_iso8601": "time", "msec": "time", "t": "time",
    "remote_addr": "address", "h": "address", "a": "address", "remote_ip": "address",
    "http_x_forwarded_for": "forwarded", "proxy_add_x_forwarded_for": "forwarded", "http_x_real_ip": "forwarded",
    "http_cf_connecting_ip": "forwarded", "http_true_client_ip": "forwarded", "proxy_protocol_addr": "forwarded",
    "http_user_agent": "agent", "request": "request", "r": "request", "request_method": "verb", "m": "verb",
    "request_uri": "path", "uri": "path", "u": "path", "status": "status", "s": "status",
    "host": "host", "server_name": "host", "http_host": "host", "v": "host",
}  # fmt: skip
_NEEDED = {
    "time": "waktu ($time_local, %t)", "visitor": "alamat pengunjung ($remote_addr, %h)",
    "agent": "peramban ($http_user_agent, %{User-Agent}i)", "status": "status ($status, %>s)",
    "path": "permintaan ($request, %r)",
}  # fmt: skip
_SHAPES = {"address": rb'[^\s"]*', "forwarded": rb'[^"\[\]|]*?', "status": rb"\d{3}", "verb": rb"[A-Z-]+"}
_MAY_BE_QUOTED = rb'[^"\\]*(?:\\.[^"\\]*)*'


@dataclass(frozen=True)
class Layout:
    """How the lines of one log are read: when a line was written (unix seconds), and the request that it tells."""

    moment: Callable[[bytes], int | None]
    parse: Callable[[bytes], Hit | None]
    directive: Callable[[bytes], bool] = lambda line: False  # whether the line says how the following are laid out
    is_declared: bool = True


def layout(declared: str | None) -> Layout:
    """The layout of that name or format; without one the usual layouts are recognised line by line.

    Raises ContractError for a name that is not known and for a format that leaves out what visits need.
    """
    if declared is None or declared in RECOGNISED:
        return Layout(access_log.moment, access_log.parse, is_declared=False)
    if declared in W3C:
        table = _W3c()
        return Layout(table.moment, table.parse, table.directive)
    written = NAMED.get(declared, declared)
    if not re.search(r"[$%]\{?[A-Za-z<>!]", written):
        known = ", ".join((*NAMED, *RECOGNISED, W3C[0]))
        raise ContractError(
            f'format "{declared}" tidak dikenal. Tulis salah satu dari {known}, atau log_format seperti dalam'
            " konfigurasi nginx atau Apache.",
            code="unknown_format",
        )
    pattern = _compiled(written)
    return Layout(lambda line: _moment(pattern, line), lambda line: _hit(pattern, line))


# ---------------------------------------------------------------- log_format, LogFormat


def _compiled(written: str) -> re.Pattern[bytes]:
    """The format as one pattern, whose groups are what visits need."""
    parts: list[bytes] = []
    seen: set[str] = set()
    written = written.replace('\\"', '"')  # as Apache quotes within its quotes
    tokens = list((_NGINX if "$" in written else _APACHE).finditer(written))
    at = 0
    for number, token in enumerate(tokens):
        literal = written[at : token.start()]
        at = token.end()
        until = written[at : tokens[number + 1].start() if number + 1 < len(tokens) else len(written)]
        what = _meaning(token)
        parts.append(re.escape(literal.encode()))
        shape = _shape(what, token, literal, until)
        if what and what not in seen:
            seen.add(what)
            shape = b"(?P<%b>%b)" % (what.encode(), shape)
        parts.append(shape)
    parts.append(re.escape(written[at:].encode()))
    _check(seen)
    return re.compile(b"".join(parts))


def _meaning(token: re.Match[str]) -> str | None:
    """What a variable tells of a visit; None for one that tells nothing."""
    if token.re is _NGINX:
        return _MEANT.get(token[1])
    inner, letter = token[1], token[2]
    if letter == "i" and inner:
        return _MEANT.get(f"http_{inner.lower().replace('-', '_')}")
    if letter == "t" or (inner is None and letter in ("h", "a", "r", "m", "U", "v", "V", "s")):
        return _MEANT[letter.lower()]
    return None  # %{c}a is the proxy's own address


def _shape(what: str | None, token: re.Match[str], literal: str, until: str) -> bytes:
    """What may stand in a variable's place: anything but the character that follows it, or what its kind allows."""
    if token.re is _APACHE and token[2] == "t" and token[1] is None:
        return rb"\[[^\]]*\]"  # Apache's %t brings its own brackets
    if what in _SHAPES:
        return _SHAPES[what]
    if literal.endswith('"') and until.startswith('"'):
        return _MAY_BE_QUOTED
    stop = until.strip()[:1]
    if not stop or stop.isalnum():
        stop = until[:1]  # of ` | ` the stroke, since an agent holds blanks; of ` rt=` the blank
    return rb"[^%b]*" % re.escape(stop.encode()) if stop else rb".*"


def _check(seen: set[str]) -> None:
    have = set(seen)
    have |= {"visitor"} if seen & {"address", "forwarded"} else set()
    have |= {"path"} if "request" in seen else set()
    if missing := [words for name, words in _NEEDED.items() if name not in have]:
        raise ContractError(
            f"format tidak memuat {', '.join(missing)}; tanpa itu kunjungan tidak dapat dihitung. Tambahkan pada"
            " konfigurasi peladen web, lalu di connections.toml.",
            code="lean_format",
        )


def _moment(pattern: re.Pattern[bytes], line: bytes) -> int | None:
    found = pattern.fullmatch(line.rstrip())
    return moments.when(found["time"].strip(b"[]")) if found else None


def _hit(pattern: re.Pattern[bytes], line: bytes) -> Hit | None:
    found = pattern.fullmatch(line.rstrip())
    if found is None:
        return None
    told = found.groupdict(b"")
    at = moments.when(told["time"].strip(b"[]"))
    words = told.get("request", b"").split(b" ")
    if at is None:
        return None
    return Hit(
        at, _visitor(told), told["agent"], told.get("verb") or words[0],
        told.get("path") or (words[1] if len(words) > 1 else b""), int(told["status"]), told.get("host", b""),
    )  # fmt: skip


def _visitor(told: dict[str, bytes]) -> bytes | None:
    """The first of the forwarded list, else the address; `-` for one that is not recorded, None for no address."""
    for name in ("forwarded", "address"):
        text = told.get(name, b"").strip()
        if text and text != b"-":
            if read := first_of(text):
                return read
            if name == "address":
                return None
    return b"-"


# ---------------------------------------------------------------- W3C


class _W3c:
    """Extended log files of the W3C, as IIS and CloudFront write them: `#Fields:` names the columns, times are UTC."""

    def __init__(self) -> None:
        self._names: list[bytes] = []

    def directive(self, line: bytes) -> bool:
        if line.startswith(b"#Fields:"):
            self._names = line.removeprefix(b"#Fields:").lower().split()
        return line.startswith(b"#")

    def moment(self, line: bytes) -> int | None:
        return self._when(self._cells(line))

    def parse(self, line: bytes) -> Hit | None:
        cells = self._cells(line)
        at, status = self._when(cells), cells.get(b"sc-status", b"")
        if at is None or not status.isdigit():
            return None
        agent = cells.get(b"cs(user-agent)")
        if agent is not None:
            agent = unquote_to_bytes(agent.replace(b"+", b" "))
        forwarded = first_of(cells.get(b"x-forwarded-for", b"").replace(b"+", b" "))
        word = cells.get(b"c-ip", b"")
        visitor = forwarded or (b"-" if word == b"-" else first_of(word))
        path, host = cells.get(b"cs-uri-stem", b""), cells.get(b"cs-host") or cells.get(b"cs(host)", b"")
        return Hit(at, visitor, agent, cells.get(b"cs-method", b""), path, int(status), host)

    def _cells(self, line: bytes) -> dict[bytes, bytes]:
        cells = line.rstrip(b"\r\n").split(b"\t" if b"\t" in line else b" ")
        return dict(zip(self._names, cells, strict=True)) if len(cells) == len(self._names) else {}

    def _when(self, cells: dict[bytes, bytes]) -> int | None:
        return moments.when(cells.get(b"date", b"") + b"T" + cells.get(b"time", b"") + b"+00:00")
