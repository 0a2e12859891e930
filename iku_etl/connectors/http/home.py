"""The host that a connection speaks to, read from its url, and whether a redirect stays with it."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from iku_etl.errors import SettingError

USUAL_PORTS = {"http": 80, "https": 443}
SHOWN = 60  # characters of a host that was sent to us
_LABEL, _NAME = 63, 253  # characters of a part of a name, and of the whole: what DNS carries


def home(url: str, at: str = "") -> SplitResult:
    """The parts of a connection's url, which stands `at`; SettingError unless it is `http(s)://host[:port][/path]`."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # a port that is none, a bracket that isn't closed
        raise SettingError(_not_a_url(at, "nomor port atau kurungnya tidak dapat dibaca")) from None
    if not url.isprintable() or " " in url:
        raise SettingError(_not_a_url(at, "ada spasi atau karakter kendali"))
    if parts.scheme not in USUAL_PORTS or not parts.hostname or port == 0:
        raise SettingError(_not_a_url(at, "skema, nama host, atau port tidak ada"))
    if parts.username or parts.password:
        raise SettingError(f"{at}url {shown(parts.hostname)} memuat kata sandi; pindahkan ke IKU_SECRET_<SOURCE>.")
    if parts.query or parts.fragment:
        raise SettingError(_not_a_url(at, "setelah path masih ada ? atau #"))
    if not _can_be_asked(parts.hostname):
        raise SettingError(_not_a_url(at, f"nama host {shown(parts.hostname)} tidak dapat ada di DNS"))
    return parts


def is_home(home: SplitResult, target: str) -> bool:
    """Same host, and same scheme and port or the step from http to https on the usual ports."""
    try:
        parts = urlsplit(target)
        ports = home.port or USUAL_PORTS[home.scheme], parts.port
    except ValueError:
        return False
    if parts.hostname != home.hostname or parts.username or parts.password:
        return False
    if parts.scheme == home.scheme:
        return ports[0] == (ports[1] or USUAL_PORTS[home.scheme])
    return (home.scheme, parts.scheme) == ("http", "https") and ports[0] == 80 and ports[1] in (None, 443)


def host_of(target: str) -> str:
    """The host of a url that was sent to us, in words that are safe to show."""
    try:
        return repr(shown(urlsplit(target).hostname or ""))
    except ValueError:
        return "alamat yang tidak dapat dibaca"


def shown(host: str) -> str:
    return host if len(host) <= SHOWN else host[:SHOWN] + "…"


def _can_be_asked(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
        return True
    except ValueError:
        pass
    try:
        name = host.encode("idna").decode()
    except UnicodeError:  # a label that is empty or too long
        return False
    return len(name) <= _NAME and all(len(label) <= _LABEL for label in name.rstrip(".").split("."))


def _not_a_url(at: str, why: str) -> str:
    return f"{at}url koneksi ini bukan http(s)://host[:port][/path]: {why}. Perbaiki di connections.toml."
