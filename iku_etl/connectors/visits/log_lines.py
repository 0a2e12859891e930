"""What is kept of an access log: the time and visitor token of each page view, and counts of the rest.

Runs in the capped child of `redact`; standard library only. Addresses, agents, paths and referers end here.
"""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, BinaryIO, TextIO

from iku_etl.connectors.visits.access_log import TORN, left_out, parse

OUTSIDE = "di luar jendela"
GAP_SECONDS = 30 * 60  # without a view for longer: the next is another visit
LINE_BYTES = 64 * 1024  # servers cap a request at 8 to 32 kB; a longer line is torn


def strip(stream: BinaryIO, out: TextIO, spec: Mapping[str, Any]) -> None:
    """Write the site, a line per page view of the window and the half hour before it, and what was left out."""
    begins, ends = spec["begins"], spec["ends"]
    token = _tokens(bytes.fromhex(spec["key"]), f"{spec['source']}.visitor:{spec['site']}:{begins}:")
    declared_out: Counter[str] = Counter()
    edges: tuple[int, int] | None = None  # the first and the last moment of the window that was logged
    is_begun = is_ended = False
    out.write(json.dumps({"site": spec["site"]}) + "\n")
    while line := stream.readline(LINE_BYTES):
        hit = parse(line)
        if hit is None:
            declared_out[TORN] += 1
            continue
        is_begun, is_ended = is_begun or hit.at < begins, is_ended or hit.at >= ends
        is_inside, why = begins <= hit.at < ends, left_out(hit)
        if is_inside:
            edges = (min(edges[0], hit.at), max(edges[1], hit.at)) if edges else (hit.at, hit.at)
        if not is_inside or why is not None:
            declared_out[why if is_inside and why else OUTSIDE] += 1
        if why is None and begins - GAP_SECONDS <= hit.at < ends:
            out.write(f'{{"t":{hit.at},"v":"{token(hit.address, hit.agent)}"}}\n')
    first_at, last_at = edges or (None, None)
    told = {
        "declared_out": dict(sorted(declared_out.items())),
        "first_at": first_at,
        "last_at": last_at,
        "is_begun": is_begun,
        "is_ended": is_ended,
    }
    out.write(json.dumps(told) + "\n")


def _tokens(key: bytes, prefix: str) -> Callable[[bytes, bytes], str]:
    """One token a visitor, site and day; it can't be linked to that of another site or day."""

    @lru_cache(maxsize=100_000)
    def token(address: bytes, agent: bytes) -> str:
        return hmac.new(key, prefix.encode() + address + b"\0" + agent, hashlib.sha256).hexdigest()[:32]

    return token
