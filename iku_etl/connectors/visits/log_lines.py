"""What is kept of an access log: the time and visitor token of each page view, and counts of the rest.

Runs in the capped child of `redact`. Addresses, agents, paths, hosts and referers end here.
"""

import hmac
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, BinaryIO, TextIO

from iku_etl.connectors.visits import addresses, agents
from iku_etl.connectors.visits.hit import TORN, Hit, left_out
from iku_etl.connectors.visits.layouts import layout

OUTSIDE = "di luar jendela"
GAP_SECONDS = 30 * 60  # without a view for longer: the next is another visit
FAULT = b"\0"  # begins a line of ours: why a part of the log could not be read. No line of a log holds it
HEADS = (FAULT, b"#")
LINE_BYTES = 80 * 1024  # more than a line that is handed over
MANY_ADDRESSES, MANY_VISITORS, MANY_HOSTS = 9, 1000, 2  # so many are counted: more say nothing new
_PORT = re.compile(rb":\d+$")
_SHORT = 512  # bytes of an agent whose token is remembered for the next line


@dataclass
class _Told:
    """What is said of the day besides its page views: its lines, what was left out of them, and of whom they are."""

    declared_out: Counter[str] = field(default_factory=Counter)
    first_at: int | None = None  # the first and the last moment of the day that was logged
    last_at: int | None = None
    is_begun: bool = False
    is_ended: bool = False
    lines: int = 0
    has_agents: bool = False
    has_own_host: bool = False
    addresses: set[bytes] = field(default_factory=set)
    visitors: set[tuple[bytes, bytes]] = field(default_factory=set)
    hosts: set[bytes] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def fault(self, line: bytes) -> bool:
        """Whether the line is one of ours about what could not be read."""
        if line.startswith(FAULT):
            self.faults.append(json.loads(line[1:]))
        return line.startswith(FAULT)

    def inside(self, at: int | None, hit: Hit | None) -> None:
        """A line of the day, or one without a time that may be of it."""
        self.lines += 1
        if at is not None:
            if self.first_at is None or self.last_at is None:
                self.first_at = self.last_at = at
            elif at > self.last_at:
                self.last_at = at
            elif at < self.first_at:
                self.first_at = at
        if not self.has_agents and hit and hit.agent not in (None, b"", b"-"):
            self.has_agents = True

    def outside(self, at: int, begins: int) -> None:
        self.is_begun, self.is_ended = self.is_begun or at < begins, self.is_ended or at >= begins

    def view(self, address: bytes, agent: bytes, host: bytes) -> None:
        if len(self.addresses) < MANY_ADDRESSES:
            self.addresses.add(address)
        if len(self.visitors) < MANY_VISITORS:
            self.visitors.add((address, agent[:_SHORT]))
        if host and len(self.hosts) < MANY_HOSTS:
            self.hosts.add(host)

    def written(self) -> dict[str, Any]:
        """As the last line of what is kept: counts, and no word of the log."""
        return {
            "declared_out": dict(sorted(self.declared_out.items())),
            "first_at": self.first_at, "last_at": self.last_at,
            "is_begun": self.is_begun, "is_ended": self.is_ended,
            "lines": self.lines, "has_agents": self.has_agents, "has_own_host": self.has_own_host,
            "addresses": len(self.addresses), "visitors": len(self.visitors), "hosts": len(self.hosts),
            "is_own": all(map(addresses.is_own, self.addresses)),
            "bots": agents.kept_list(), "faults": self.faults,
        }  # fmt: skip


def strip(stream: BinaryIO, out: TextIO, spec: Mapping[str, Any]) -> None:
    """Write the site, a line per page view of the window and the half hour before it, and what was left out."""
    begins, ends, since = spec["begins"], spec["ends"], spec["begins"] - GAP_SECONDS
    token = _tokens(bytes.fromhex(spec["key"]), f"{spec['source']}.visitor:{spec['site']}:{begins}:")
    other_host = _hosts(spec["site"], spec.get("hosts", ()))
    laid_out, told = layout(spec.get("format")), _Told()
    out.write(json.dumps({"site": spec["site"]}) + "\n")
    parse, moment_of, directive = laid_out.parse, laid_out.moment, laid_out.directive
    declared_out = told.declared_out
    while line := stream.readline(LINE_BYTES):
        if line.startswith(HEADS) and (directive(line) or told.fault(line)):
            continue
        hit = parse(line)
        at = hit.at if hit else moment_of(line)
        why = left_out(hit) if hit else TORN
        if at is None or begins <= at < ends:
            told.inside(at, hit)
            if why is not None:
                declared_out[why] += 1
                continue
        else:
            told.outside(at, begins)
            declared_out[OUTSIDE] += 1
            if why is not None or not since <= at < begins:
                continue
        if hit:
            _view(hit, hit.at >= begins, token, other_host, told, out)
    hosts_at_most = 1 if spec.get("hosts") else MANY_HOSTS  # so many others, and none of its own, are not the site's
    out.write(json.dumps(told.written() | {"hosts_at_most": hosts_at_most}) + "\n")


def _view(
    hit: Hit,
    is_inside: bool,
    token: Callable[[bytes, bytes], str],
    other_host: Callable[[bytes], bytes | None],
    told: _Told,
    out: TextIO,
) -> None:
    address, agent = hit.address or b"", hit.agent or b""
    host = other_host(hit.host)
    if is_inside:
        told.view(address, agent, host or b"")
        told.has_own_host = told.has_own_host or host is None
    of_other = "" if host is None or not host else ',"o":1'
    out.write(f'{{"t":{hit.at},"v":"{token(address, agent)}"{of_other}}}\n')


def _tokens(key: bytes, prefix: str) -> Callable[[bytes, bytes], str]:
    """One token a visitor, site and day; it can't be linked to that of another site or day."""
    begun = prefix.encode()

    def made(address: bytes, agent: bytes) -> str:
        return hmac.digest(key, begun + address + b"\0" + agent, "sha256").hex()[:32]

    remembered = lru_cache(maxsize=4096)(made)
    return lambda address, agent: (remembered if len(agent) <= _SHORT else made)(address, agent)


def _hosts(site: str, declared: Collection[str]) -> Callable[[bytes], bytes | None]:
    """Tells a line's virtual host: None for the site's own, empty where the line names none, else the other's name."""
    own = {_bare(name.encode()) for name in declared or (site,)}

    @lru_cache(maxsize=4096)
    def other(host: bytes) -> bytes | None:
        bare = _bare(host)
        if bare in own:
            return None
        return bare if b"." in bare and not addresses.address(bare) else b""  # nobody's site is named by an address

    return other


def _bare(host: bytes) -> bytes:
    return _PORT.sub(b"", host.lower()).removeprefix(b"www.").rstrip(b".")
