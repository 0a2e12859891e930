"""The visits in what the redactor leaves of a day's log, or why they can't be counted."""

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from iku_etl.connectors.visits.hit import AGENTLESS, NO_ADDRESS, STRANGER, TORN, UNREAD
from iku_etl.connectors.visits.log_lines import GAP_SECONDS, MANY_ADDRESSES, MANY_HOSTS
from iku_etl.errors import ContractError
from iku_etl.indonesian import count as said
from iku_etl.model import KeptPayload, Rows, Unobserved
from iku_etl.window import Window

METHOD = "log"
EDGE_SECONDS = 3600  # a log that begins later in the day, or ends earlier, does not hold the day
VIEW, UNCOVERED, OF_OTHER = "tampilan halaman, dihitung per kunjungan", "hari tidak teramati", "host situs lain"
BEHIND_ONE = 20  # visitors of a whole day, all with one public address: a proxy's
A_PROXY = 10  # visitors for each of a few private addresses: they are proxies'
HINTS = {
    TORN: "nyatakan format-nya di connections.toml, lihat docs/engineer.md",
    STRANGER: "nyatakan log_format di connections.toml, agar diketahui kata mana pengunjungnya",
    AGENTLESS: "catat $http_user_agent (format combined) di peladen web",
    NO_ADDRESS: "catat $remote_addr atau X-Forwarded-For di peladen web",
}


@dataclass
class _Views:
    """Page views of a day: moments, and the two halves of each visitor's token."""

    moments: "array[int]" = field(default_factory=lambda: array("q"))
    tokens: bytearray = field(default_factory=bytearray)

    def add(self, moment: int, token: str) -> None:
        self.moments.append(moment)
        self.tokens += bytes.fromhex(token)

    def inside(self, begins: int, ends: int) -> int:
        at = np.frombuffer(self.moments, dtype=np.int64)
        return int(((at >= begins) & (at < ends)).sum())

    def visits(self, begins: int, ends: int) -> int:
        """How many visits began in the day: views of a visitor that none came before within half an hour."""
        at = np.frombuffer(self.moments, dtype=np.int64)
        halves = np.frombuffer(self.tokens, dtype=np.uint64).reshape(-1, 2)
        order = np.lexsort((at, halves[:, 0], halves[:, 1]))
        at, halves = at[order], halves[order]
        is_first = np.ones(len(at), dtype=bool)
        is_first[1:] = (halves[1:] != halves[:-1]).any(axis=1) | (at[1:] - at[:-1] > GAP_SECONDS)
        return int((is_first & (at >= begins) & (at < ends)).sum())


def read(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    """One row site, method, visits; none where the log does not tell the day: that is not a day without visits."""
    begins, ends = int(window.start.timestamp()), int(window.end.timestamp())
    views, of_other = _Views(), _Views()
    told: dict[str, Any] = {}
    count = 0
    with payload.path.open("rb") as stream:
        for line in stream:
            found = orjson.loads(line)
            count += 1
            if "v" in found:
                (of_other if "o" in found else views).add(found["t"], found["v"])
            else:
                told |= found
    if "declared_out" not in told:
        raise ContractError("simpanan log terpotong: baris penutupnya tidak ada.", code="truncated")
    out = Counter(told["declared_out"])
    if not told.get("has_own_host"):  # no line names the site itself: the other name is another one of it
        views.moments += of_other.moments
        views.tokens += of_other.tokens
        of_other = _Views()
    out[OF_OTHER] = of_other.inside(begins, ends)
    why_not = _why_not(told, window)
    out[UNCOVERED if why_not else VIEW] += views.inside(begins, ends)
    site, place = told["site"], f"baris 2-{count}"
    rows = [] if why_not else [(place, site, METHOD, str(views.visits(begins, ends)))]
    columns = list(zip(*rows, strict=True)) or [()] * 4
    names = ("place", "site", "method", "visits")
    table = pa.table({name: pa.array(list(c), pa.string()) for name, c in zip(names, columns, strict=True)})
    sentence = f"log {site}: {why_not}; hari itu tidak teramati"
    aside = (Unobserved(place, sentence, {"site": site, "method": METHOD}),) if why_not else ()
    yield Rows(table, {reason: lines for reason, lines in out.items() if lines}, aside)


# ---------------------------------------------------------------- whether the log tells the day


def _why_not(told: Mapping[str, Any], window: Window) -> str | None:
    """Why the visits of the day can't be known from its log; None where they can."""
    if told.get("faults"):
        return "; ".join(sentence.rstrip(".") for sentence in told["faults"])
    return _unread(told) or _uncovered(told, window) or _not_told_apart(told)


def _unread(told: Mapping[str, Any]) -> str | None:
    lines = told.get("lines", 0)
    unread = {reason: told["declared_out"].get(reason, 0) for reason in UNREAD}
    if 2 * sum(unread.values()) > lines > 0:
        worst = max(UNREAD, key=lambda reason: unread[reason])
        return (
            f"{said(sum(unread.values()))} dari {said(lines)} barisnya tidak dapat dipakai, terbanyak karena {worst};"
            f" {HINTS[worst]}"
        )
    if lines and not told["has_agents"]:
        return f"tidak satu pun dari {said(lines)} barisnya mencatat peramban; {HINTS[AGENTLESS]}"
    return None


def _uncovered(told: Mapping[str, Any], window: Window) -> str | None:
    """A log must have begun by the day's first hour and gone on into its last."""
    begins, ends = window.start.timestamp(), window.end.timestamp()
    if told["first_at"] is None:
        return "tidak ada baris dari hari itu"
    if not told["is_begun"] and told["first_at"] - begins > EDGE_SECONDS:
        return f"log tidak mencakup hari itu, baru mulai pukul {_clock(told['first_at'], window)}"
    if not told["is_ended"] and ends - told["last_at"] > EDGE_SECONDS:
        return f"log tidak mencakup hari itu, berakhir pukul {_clock(told['last_at'], window)}"
    return None


def _clock(moment: int, window: Window) -> str:
    return datetime.fromtimestamp(moment, window.start.tzinfo).strftime("%H.%M")


def _not_told_apart(told: Mapping[str, Any]) -> str | None:
    """Visitors or sites that the log does not tell apart."""
    if told.get("hosts", 0) >= told.get("hosts_at_most", MANY_HOSTS) and not told.get("has_own_host"):
        return 'log memuat beberapa situs; sebut host situs ini di connections.toml: hosts = ["nama"]'
    count, visitors = told.get("addresses", 0), told.get("visitors", 0)
    if count == 0 or count >= MANY_ADDRESSES:
        return None
    is_one = count == 1 and (told["is_own"] or visitors >= BEHIND_ONE)
    if is_one or (told["is_own"] and visitors >= A_PROXY * count):
        whose = "satu alamat" if count == 1 else f"{count} alamat"
        return (
            f"semua pengunjungnya beralamat sama, {whose} {'jaringan sendiri' if told['is_own'] else 'saja'}:"
            " itu alamat proksi; catat X-Forwarded-For di peladen web"
        )
    return None
