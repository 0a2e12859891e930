"""Which addresses a connection may reach: decided on what was resolved, never on how a name looks."""

import ipaddress
import socket
from collections.abc import Sequence

from iku_etl.errors import ContractError, SettingError
from iku_etl.settings import Endpoint

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
UNICAST_6 = ipaddress.ip_network("2000::/3")
# Inside 2000::/3, but they carry or stand for other addresses: Teredo, documentation, 6to4.
TUNNELS_6 = tuple(ipaddress.ip_network(text) for text in ("2001::/32", "2001:db8::/32", "2002::/16", "3fff::/20"))


def networks(endpoint: Endpoint) -> tuple[Network, ...]:
    """The networks of a connection's option `networks`; SettingError if it is no list of networks."""
    declared = endpoint.options.get("networks", ())
    try:
        if isinstance(declared, str) or not all(isinstance(item, str) for item in declared):  # type: ignore[attr-defined]  # what is no list is refused below
            raise TypeError
        return tuple(map(ipaddress.ip_network, declared))  # type: ignore[call-overload]  # it takes any text
    except (TypeError, ValueError):
        raise SettingError(
            f"{endpoint.at('networks')}pilihan networks adalah {declared!r}, bukan daftar jaringan. Tulis seperti"
            ' networks = ["10.1.0.0/16"], dengan alamat jaringannya, bukan alamat satu mesin di dalamnya.'
        ) from None


def is_public(address: Address) -> bool:
    """Whether an address is public unicast (`ipaddress.is_global` alone is also true for tunnels and multicast)."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast and not address.is_reserved
    return address in UNICAST_6 and address.is_global and not any(address in tunnel for tunnel in TUNNELS_6)


def allowed(host: str, extra: Sequence[Network], resolved: Sequence[str]) -> list[str]:
    """Those of the resolved addresses that this host may have.

    A literal address allows itself and nothing else, `localhost` the loopback, any other name public
    addresses; `extra` (the option `networks`) adds to each.
    """
    try:
        literal: Address | None = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        literal = None

    def may(found: Address) -> bool:
        if any(found in network for network in extra):
            return True
        if literal is not None:
            return found == literal
        if host.lower() == "localhost":
            return any(found in network for network in LOOPBACK)
        return is_public(found)

    return [text for text in resolved if may(ipaddress.ip_address(text.partition("%")[0]))]


def resolve(host: str, port: int, extra: Sequence[Network]) -> list[str]:
    """The addresses of a host that may be connected to; ContractError when it has only others."""
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    resolved = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if kept := allowed(host, extra, resolved):
        return kept
    raise ContractError(
        f"{host} mengarah ke {', '.join(resolved)}, yang bukan alamat publik. "
        "Bila memang benar, tambahkan jaringannya pada pilihan networks koneksi ini.",
        code="address",
    )
