"""Whether a word of a log is an IP address, and whose: the visitor's, or a private one of our own house.

Standard library only, and bytes throughout: the capped child of `redact` reads with it.
"""

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Network, IPv6Address, IPv6Network, ip_address
from socket import AF_INET, inet_pton

_V4_PORT = re.compile(rb"([\d.]{7,15}):\d{1,5}")  # 203.0.113.7:40001
_V6 = re.compile(
    rb"\[([0-9a-fA-F:.]+)\](?::\d{1,5})?|([0-9a-fA-F:.]*:[0-9a-fA-F:.]*)"
)  # [2001:db8::1]:443, 2001:db8::1
_LONGEST = 64  # of an address with brackets and port 53: what is kept for the next line is small
_LIST = re.compile(rb"\s*,\s*")

# Of visitors behind a proxy these say nothing of who they are. Not `is_private`: that also counts the networks that
# are set aside for examples.
_OWN = tuple(
    IPv4Network(text)
    for text in ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
                 "192.168.0.0/16")
) + tuple(IPv6Network(text) for text in ("::/127", "fc00::/7", "fe80::/10"))  # fmt: skip


def address(word: bytes) -> bytes | None:
    """The IP address that the word is, without its port and in one spelling; None for any other word."""
    return _address(word) if len(word) <= _LONGEST and (word[:1].isdigit() or b":" in word) else None


@lru_cache(maxsize=4096)  # a visitor comes back soon or not at all
def _address(word: bytes) -> bytes | None:
    try:
        inet_pton(AF_INET, word.decode("ascii"))  # strict: four numbers, none of which begins with 0
        return word
    except (OSError, ValueError):
        pass
    if found := _V4_PORT.fullmatch(word):
        return address(found[1])
    if not (found := _V6.fullmatch(word)):
        return None
    try:
        read = IPv6Address((found[1] or found[2]).decode("ascii"))
    except AddressValueError:
        return None
    return str(read.ipv4_mapped or read).encode()  # ::ffff:203.0.113.7 is the visitor 203.0.113.7


def first_of(text: bytes) -> bytes | None:
    """The first address of a forwarded list (`203.0.113.1, 10.8.8.8`): the visitor, before the proxies in between.

    None if anything in it is neither an address nor the word of a proxy that would not tell.
    """
    found = [(word, address(word)) for word in _LIST.split(text.strip())]
    if any(read is None and word.lower() not in (b"unknown", b"-") for word, read in found):
        return None
    return next((read for _, read in found if read), None)


@lru_cache(maxsize=4096)  # a visitor comes back soon or not at all
def is_own(found: bytes) -> bool:
    """Whether an address is private: of our own networks, a proxy or the machine itself."""
    read = ip_address(found.decode("ascii"))
    return any(read in network for network in _OWN if network.version == read.version)
