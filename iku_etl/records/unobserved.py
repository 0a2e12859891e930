"""A note of what could not be fetched or opened, kept as a payload: what nobody could read is evidence too.

`extract` yields it in place of the payload that it could not make; landing keeps one where a file can't be stripped of
personal data. The parse stage reads it for every source: each thing in it becomes one record set aside. The same fault
gives the same bytes, so a night that finds it again finds nothing new: no times, and no personal data.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import orjson
import pyarrow as pa

from iku_etl.model import KeptPayload, Payload, Rows, Unobserved

MEDIA_TYPE = "application/json;profile=iku-unobserved"
RULE = "parse:unobserved"  # what a record breaks that stands for something that can't be known


def payload(
    name: str,
    items: Iterable[Unobserved],
    request: Mapping[str, Any] | None = None,
    *,
    left_out: Mapping[str, int] | None = None,
) -> Payload:
    """A payload whose bytes name what can't be known; `name` and `request` say what was asked.

    `left_out`: what lay there and is none of ours, by name and count.
    """
    now = datetime.now(UTC)
    return Payload(
        name=name,
        media_type=MEDIA_TYPE,
        request=request or {"method": "read"},
        asked_at=now,
        answered_at=now,
        status=None,
        chunks=(note(items, left_out),),
    )


def note(items: Iterable[Unobserved], left_out: Mapping[str, int] | None = None) -> bytes:
    """The bytes of a note, the same for the same items."""
    found: Any = [asdict(one) for one in items]
    if left_out:
        found = {"items": found, "left_out": dict(left_out)}
    return orjson.dumps(found, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)


def items(body: bytes) -> tuple[Unobserved, ...]:
    """What a note names."""
    found = orjson.loads(body)
    return tuple(Unobserved(**one) for one in (found["items"] if isinstance(found, dict) else found))


def rows(kept: KeptPayload) -> Rows:
    """No row, what the note names, and what it counts as left out."""
    body = kept.path.read_bytes()
    found = orjson.loads(body)
    left_out = found["left_out"] if isinstance(found, dict) else {}
    return Rows(pa.table({"place": pa.array([], pa.string())}), left_out, items(body))
