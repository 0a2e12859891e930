"""By when the figures are out, and when publishing last came to its end: a night that changes none leaves no row.

`<state>/published.json` (0600) says the end and up to which load number it computed; every publishing writes it.
"""

import json
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from iku_etl import private

PUBLISHED_BY = time(6)  # of the day, in the installation's zone
FILE = "published.json"


@dataclass(frozen=True)
class End:
    """An end of publishing: `at` is aware; all up to `load_no` is in the figures (None: of an older release)."""

    at: datetime
    load_no: int | None


def ended(state: Path, at: datetime, load_no: int | None = None) -> None:
    """Note that the figures were computed, whether one changed or none."""
    state.mkdir(parents=True, exist_ok=True)
    private.replace(state / FILE, json.dumps({"at": at.isoformat(timespec="seconds"), "load_no": load_no}))


def last_end(state: Path) -> End | None:
    """The newest end that was noted; None for none, and for a note that can't be read."""
    try:
        found = json.loads((state / FILE).read_text(encoding="utf-8"))
        return End(datetime.fromisoformat(found["at"]), found.get("load_no"))
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return None
