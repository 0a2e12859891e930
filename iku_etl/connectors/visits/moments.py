"""When a line of a log was written, in unix seconds: as web servers write times. Standard library only."""

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache

MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
STAMP = re.compile(  # [22/Nov/2026:09:37:40 +0000], [2026-11-22T09:37:40+00:00]
    rb"\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}"
    rb"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))\]"
)
_CLF = 26  # bytes of the first kind
_EPOCH = re.compile(rb"\d{10}(?:\d{3}|\d{6}|\d{9})?(?:\.\d+)?")  # seconds, or milli-, micro-, nanoseconds
_SECONDS = 10  # digits of unix seconds, from 2001 to 2286


def when(text: bytes) -> int | None:
    """ISO 8601 with its zone, as the combined format writes it, or unix time; None for anything else."""
    if len(text) == _CLF and text[2:3] == b"/":
        return clf(text)
    if _EPOCH.fullmatch(text):
        return int(text[:_SECONDS])
    try:
        found = datetime.fromisoformat(text.decode("ascii"))
        return int(found.timestamp()) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def is_without_zone(text: bytes) -> bool:
    """Whether it is a time that does not say of which zone."""
    try:
        return len(text) > _SECONDS and datetime.fromisoformat(text.decode("ascii")).tzinfo is None
    except ValueError:
        return bool(re.match(rb"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d", text)) and clf(text[:_CLF]) is None


@lru_cache(maxsize=8192)  # a busy server writes many lines a second
def clf(text: bytes) -> int | None:
    """22/Nov/2026:09:37:40 +0000; seconds of a minute share the work."""
    minute, second = _minute(text[:17], text[21:26]), text[18:20]
    return None if minute is None or not second.isdigit() else minute + int(second)


@lru_cache(maxsize=4096)
def _minute(text: bytes, zone: bytes) -> int | None:
    """English month names whatever the locale."""
    try:
        day, month, year = int(text[:2]), MONTHS.index(text[3:6]) + 1, int(text[7:11])
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5])) * (-1 if zone[:1] == b"-" else 1)
        written = datetime(year, month, day, int(text[12:14]), int(text[15:17]), tzinfo=timezone(offset))
        return int(written.timestamp())
    except (ValueError, OverflowError):
        return None
