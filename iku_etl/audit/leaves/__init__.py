"""The kinds of leaves, one a module, found by file: what was committed of each, and what its leaf says.

A leaf is a pure function of rows that are never changed (and of its seed), so that it can be computed anew later. Each
module has

- `RESTS_ON`: "rows" of the warehouse, which never change; the "state" the database is in; or the ledger's own "files";
- `SALTED`: whether it takes a seed; its ids are numbers then;
- `there(reading)`: id -> when, of everything that has a leaf by now;
- `body(reading, id)`: what its leaf says besides version, kind, id and moment.

No leaf holds a personal value: what may be one stands under a salt (`audit/parts.py`).
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Protocol, cast

from iku_etl.audit import canonical
from iku_etl.audit.log import Entries
from iku_etl.warehouse.database import Connection

VERSION = 1  # of what leaves say; another one is another line for what is new, never for what is there


@dataclass(frozen=True)
class Reading:
    """What leaves are made from: one snapshot of the warehouse, the log so far, the ledger's files, seeds."""

    connection: Connection
    before: Entries
    keys: list[dict[str, str]]
    erased: list[tuple[str, str, str]]
    seed: Callable[[str, str], bytes]
    found: dict[str, Any] = field(default_factory=dict)  # what a kind has asked once and says twice


class Kind(Protocol):
    """One module of this folder."""

    RESTS_ON: str
    SALTED: bool

    def there(self, reading: Reading) -> Mapping[str, datetime | str | None]: ...

    def body(self, reading: Reading, one: str) -> dict[str, Any]: ...


@cache
def kinds() -> dict[str, Kind]:
    """The modules by the kind of their leaves."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_"))
    return {name: cast(Kind, importlib.import_module(f"{__name__}.{name}")) for name in names}


def line(reading: Reading, kind: str, one: str, moment: datetime | str | None) -> bytes:
    """The leaf of one thing, as it stands in the log."""
    said = {"v": VERSION, "kind": kind, "id": one, "at": moment, **kinds()[kind].body(reading, one)}
    return canonical.encode({name: value for name, value in said.items() if value is not None})
