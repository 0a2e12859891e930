"""A line of a web server's access log as the usual layouts write it: combined, with virtual hosts, proxies, prefixes.

Without a declared format nobody says which word is the visitor, so only an IP address can be one, and a line that
leaves a choice is unread. Standard library only, and bytes throughout: the capped child of `redact` reads with it,
and agents, paths and referers may hold anything.
"""

import re
from functools import lru_cache

from iku_etl.connectors.visits import json_lines, moments
from iku_etl.connectors.visits.addresses import address, first_of, is_own
from iku_etl.connectors.visits.hit import Hit

_TEXT = rb'"([^"\\]*(?:\\.[^"\\]*)*)"'
_ESCAPED = re.compile(  # after the stamp, where a quote may be written \": request, status, bytes, referer, agent, and
    rb"\s*%b (\d{3}) \S+(?: %b %b(?: %b)?)?" % (_TEXT, _TEXT, _TEXT, _TEXT)  # the forwarded list of nginx' own `main`
)
_BLANKS_OF_LIST = re.compile(rb",\s+")
_CLF_BYTES = 26
_SHORT = 256  # bytes before the time that are remembered for the next line


def moment(line: bytes) -> int | None:
    """When a line was written, in unix seconds; None where it does not say."""
    opened = line.find(b" [") + 2
    closed = opened + _CLF_BYTES
    if opened > 1 and line[closed : closed + 1] == b"]" and (at := moments.clf(line[opened:closed])) is not None:
        return at
    if line.startswith(b"{"):
        if (at := json_lines.quick_moment(line)) is not None:
            return at
        found = json_lines.fields(line)
        inner = json_lines.wrapped(found) if found else None
        return moment(inner) if inner else json_lines.moment(found) if found else None
    stamped = moments.STAMP.search(line)
    return moments.when(stamped[1]) if stamped else None


def parse(line: bytes) -> Hit | None:
    """The request of a line; None for one that is torn or of no layout we know."""
    opened = line.find(b" [") + 2
    closed = opened + _CLF_BYTES
    if opened > 1 and line[closed : closed + 1] == b"]" and (at := moments.clf(line[opened:closed])) is not None:
        return _hit(at, line[: opened - 2], line[closed + 1 :])
    if line.startswith(b"{"):
        found = json_lines.fields(line)
        inner = json_lines.wrapped(found) if found else None
        return parse(inner) if inner else json_lines.hit(found) if found else None
    stamped = moments.STAMP.search(line)
    if stamped is None or (at := moments.when(stamped[1])) is None:
        return None
    return _hit(at, line[: stamped.start()], line[stamped.end() :])


def _hit(at: int, head: bytes, rest: bytes) -> Hit | None:
    """The request of a line by what stands before and after its time."""
    if b"[" in rest and moments.STAMP.search(rest):  # a second time: a torn line, and the next one in its middle
        return None
    said = _said(rest)
    if said is None:
        return None
    request, status, agent, forwarded = said
    visitor, host = _visitor(head) if len(head) <= _SHORT else _visitor.__wrapped__(head)
    if forwarded:
        visitor = _nearer(visitor, forwarded)
    verb, _, path = request.partition(b" ")
    return Hit(at, visitor, agent, verb, path.partition(b" ")[0], status, host)


def _said(rest: bytes) -> tuple[bytes, int, bytes | None, bytes] | None:
    """Request, status, agent and the text after it. Splitting at quotes is ten times faster than a pattern."""
    if b'\\"' in rest:
        found = _ESCAPED.match(rest)
        return (found[1], int(found[2]), found[4], found[5] or b"") if found else None
    parts = rest.split(b'"')
    count = len(parts)
    if count < 3 or count % 2 == 0:
        return None
    status = parts[2][1:4]
    if not status.isdigit() or parts[2][4:5] not in (b" ", b"") or len(status) != 3:
        return None
    forwarded = parts[7] if count >= 9 and parts[6] == b" " else b""
    return parts[1], int(status), parts[5] if count >= 7 else None, forwarded


def _nearer(visitor: bytes | None, forwarded: bytes) -> bytes | None:
    """The visitor behind the proxy of ours that asked: the list after the agent names him (nginx' own `main`).

    An address of ours in that place may as well be the server behind, `10.0.0.2:8080`.
    """
    if forwarded == b"-" or not (read := first_of(forwarded)):
        return visitor
    is_ours = visitor in (None, b"-") or is_own(visitor or b"")
    return read if not is_own(read) or (is_ours and b":" not in forwarded) else visitor


@lru_cache(maxsize=4096)
def _visitor(head: bytes) -> tuple[bytes | None, bytes]:
    """Whose address stands before the time, and the virtual host beside it; None if no word or several can be it."""
    words = head.split()
    if len(words) == 3 and words[1] == b"-" and (only := address(words[0])):  # a user may call himself 192.0.2.1
        return only, b""
    if b"," in head:  # 203.0.113.1, 10.9.9.9 - - [
        words = _BLANKS_OF_LIST.sub(b",", head).split()
    found = [(place, read) for place, word in enumerate(words) if (read := _word(word))]
    for place, read in found:
        if b"," in words[place] or words[place].startswith(b"("):  # 10.9.9.9 (203.0.113.1) - - [
            return read, b""
    if not found:
        is_nobody = words[:1] in ([b"-"], [b"unix:"]) or (len(words) == 4 and words[1] == b"-")
        return b"-" if is_nobody else None, b""
    visitors = {read for _, read in found if not is_own(read)} if len(found) > 1 else {found[0][1]}
    if len(visitors) == 1:
        visitor = visitors.pop()
        return visitor, _host(words, next(place for place, read in found if read == visitor))
    if len(words) == 4 and address(words[1]) and b":" in words[0] and b":" not in words[1]:  # 10.0.0.5:443 10.1.1.1 - -
        return address(words[1]), words[0]
    return None, b""


def _word(word: bytes) -> bytes | None:
    """The address that a word before the time is, or the first of the list that it is."""
    bare = word[1:-1] if word.startswith(b"(") and word.endswith(b")") else word
    return first_of(bare) if b"," in bare else address(bare)


def _host(words: list[bytes], place: int) -> bytes:
    """The virtual host before the visitor, `www.example:443 203.0.113.7 - -`, or behind him."""
    if place == 1:
        return words[0]
    return words[1] if place == 0 and len(words) > 3 and b"." in words[1] else b""
