"""One request as a log tells it, and whether it is a page seen by a person. Standard library only."""

import re
from functools import lru_cache
from typing import NamedTuple

from iku_etl.connectors.visits import agents

TORN, STRANGER, AGENTLESS = "baris rusak", "alamat pengunjung bukan alamat IP", "peramban tidak dicatat"
NO_ADDRESS, VERB, STATUS = "alamat tidak tercatat", "bukan GET", "status bukan 2xx atau 304"
FILE, NO_PAGE = "berkas statis", "bukan halaman"
UNREAD = (TORN, STRANGER, AGENTLESS, NO_ADDRESS)  # lines of which nobody knows whether a person asked

_SHORT = 512  # bytes of a path that are remembered for the next line
_FILES = frozenset(
    b"css js mjs map json xml txt rss atom csv png jpg jpeg gif svg ico webp avif bmp woff woff2 ttf otf eot mp3 mp4 "
    b"webm ogg avi mov pdf doc docx xls xlsx ppt pptx zip rar gz bz2 7z tar exe apk swf webmanifest".split()
)
_NO_PAGES = re.compile(rb"/(wp-json|wp-admin|wp-cron\.php|wp-login\.php|xmlrpc\.php|feed|api|\.well-known)(/|$)", re.I)


class Hit(NamedTuple):
    """One request: when (unix seconds), who, by what, and what for.

    `address` is an IP address, `-` where the server did not record one, None where another word stands in its place;
    `agent` is None where the line has no place for one.
    """

    at: int
    address: bytes | None
    agent: bytes | None
    verb: bytes
    path: bytes
    status: int
    host: bytes


def left_out(hit: Hit) -> str | None:
    """Why a request is not a page seen by a person, or can't be known to be one; None for one that is."""
    _, address, agent, verb, path, status, _ = hit
    if address is None:
        return STRANGER
    if agent is None:
        return AGENTLESS
    if found := agents.program(agent if len(agent) <= agents.READ_BYTES else agent[: agents.READ_BYTES]):
        return found
    if verb != b"GET":
        return VERB
    if not (200 <= status < 300 or status == 304):
        return STATUS
    if found := _no_page(path) if len(path) <= _SHORT else _no_page.__wrapped__(path):
        return found
    return NO_ADDRESS if address == b"-" else None


@lru_cache(maxsize=65_536)
def _no_page(path: bytes) -> str | None:
    bare = path.partition(b"?")[0]
    name, dot, ending = bare.rpartition(b"/")[2].rpartition(b".")
    if dot and name and ending.lower() in _FILES:
        return FILE
    return NO_PAGE if _NO_PAGES.search(bare) else None
