"""Which members of a figure a page or a download shows, and in what order: as the address asks, without JavaScript."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from iku_etl.errors import NotFound
from iku_etl.figures import members
from iku_etl.warehouse.database import Row
from iku_etl.web.tongue import noted

NAMED = re.compile(r"[A-Z0-9-]{1,20} [A-Z0-9-]{4,10} [0-9]{1,6}")  # IKU-05 2026-TW1 2
SHOWN = 100  # rows of a page
ORDERS = {
    "state": noted("keadaan"), "name": noted("nama"), "period": noted("periode"),
    "numerator": noted("pembilang, terkecil dahulu"), "seen": noted("teramati, paling sedikit dahulu"),
}  # fmt: skip


def named(indicator: str, period: str, revision: str | None = None) -> int | None:
    """The revision that is asked for; NotFound for what is no name of a figure."""
    if not NAMED.fullmatch(f"{indicator} {period} {revision or 0}"):
        raise NotFound("Tidak ada angka dengan nama itu. Pilih dari halaman ringkasan.")
    return None if revision is None else int(revision)


@dataclass(frozen=True)
class Choice:
    """What the address asks for; what it does not know stands for nothing asked."""

    text: str = ""
    state: str = ""
    order: str = "state"
    page: int = 1
    revision: int | None = None

    @classmethod
    def of(cls, text: str, state: str, order: str, page: str, revision: int | None) -> "Choice":
        return cls(
            text[:200],
            state if state in members.STATES else "",
            order if order in ORDERS else "state",
            int(page) if page.isdecimal() and int(page[:6]) > 0 else 1,
            revision,
        )

    def query(self, **changes: Any) -> str:
        """The same as the query of an address, with changes; another choice begins at its first page."""
        asked = replace(self, **({"page": 1} | changes))
        known = {
            "q": asked.text, "state": asked.state, "sort": "" if asked.order == "state" else asked.order,
            "page": "" if asked.page == 1 else asked.page, "revision": asked.revision,
        }  # fmt: skip
        return urlencode({name: value for name, value in known.items() if value not in ("", None)})

    def rows(self, found: Sequence[Row], form: str) -> list[Row]:
        """The members that are asked for, in the order that is asked for."""
        wanted = self.text.casefold()
        chosen = [
            row
            for row in found
            if (not self.state or members.state(row, form) == self.state)
            and (not wanted or any(wanted in str(row[name] or "").casefold() for name in _SEARCHED))
        ]
        return sorted(chosen, key=_key(self.order, form))


_SEARCHED = ("member", "member_name", "reason", "period")


def _key(order: str, form: str) -> Callable[[Row], Any]:
    def name(row: Row) -> tuple[str, str]:
        return str(row["member_name"] or row["member"]).casefold(), row["period"]

    return {
        "state": lambda row: (members.STATES.index(members.state(row, form)), *name(row)),
        "name": name,
        "period": lambda row: (row["period"], *name(row)),
        "numerator": lambda row: (row["numerator"] is not None, row["numerator"] or 0, *name(row)),
        "seen": lambda row: (row["seen"] / row["due"] if row["due"] else 0, *name(row)),
    }[order]


def tally(found: Sequence[Row], form: str) -> list[tuple[str, str, int]]:
    """State, its word, and how many members have it, of those that any has."""
    counted = Counter(members.state(row, form) for row in found)
    return [(state, members.WORDS[form][state], counted[state]) for state in members.STATES if counted[state]]
