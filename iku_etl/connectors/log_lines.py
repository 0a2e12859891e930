"""Floor 2. What is kept of an access log: of each page view its time and a token of the visitor, of the rest counts.

Runs in the capped child of `redact`; standard library only. Addresses, agents, paths and referers end here.
"""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, BinaryIO, TextIO

from iku_etl.connectors.access_log import TORN, left_out, parse

OUTSIDE = "di luar jendela"
GAP_SECONDS = 30 * 60  # without a view for longer: the next is another visit
LINE_BYTES = 64 * 1024  # servers cap a request at 8 to 32 kB; a longer line is torn


def strip(stream: BinaryIO, out: TextIO, spec: Mapping[str, Any]) -> None:
    """Write the site, a line per page view of the window and the half hour before it, and what was left out."""
    begins, ends = spec["begins"], spec["ends"]
    token = _tokens(bytes.fromhex(spec["key"]), f"{spec['source']}.visitor:{spec['site']}:{begins}:")
    declared_out: Counter[str] = Counter()
    first_at, is_begun = None, False
    out.write(json.dumps({"site": spec["site"]}) + "\n")
    while line := stream.readline(LINE_BYTES):
        hit = parse(line)
        if hit is None:
            declared_out[TORN] += 1
            continue
        is_begun = is_begun or hit.at < begins
        if begins <= hit.at < ends:
            first_at = hit.at if first_at is None else min(first_at, hit.at)
        why = left_out(hit)
        if not begins <= hit.at < ends:
            declared_out[OUTSIDE] += 1
            if not begins - GAP_SECONDS <= hit.at < ends:
                continue
        elif why is not None:
            declared_out[why] += 1
        if why is None:
            out.write(f'{{"t":{hit.at},"v":"{token(hit.address, hit.agent)}"}}\n')
    told = {"declared_out": dict(sorted(declared_out.items())), "first_at": first_at, "is_begun": is_begun}
    out.write(json.dumps(told) + "\n")


def _tokens(key: bytes, prefix: str) -> Callable[[bytes, bytes], str]:
    """The same visitor has the same token within one site and day, and no other."""

    @lru_cache(maxsize=100_000)
    def token(address: bytes, agent: bytes) -> str:
        return hmac.new(key, prefix.encode() + address + b"\0" + agent, hashlib.sha256).hexdigest()[:32]

    return token
