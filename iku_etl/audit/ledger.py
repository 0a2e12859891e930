"""From the warehouse to the log: what committed rows are not in it yet, and whether those in it are still the same.

Appending may run twice, at once, or die anywhere: what is missing is asked of the warehouse each time.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import orjson
import psycopg

from iku_etl.audit import canonical, files, leaves, log, notes
from iku_etl.audit.leaves import Reading
from iku_etl.audit.salts import Erased, Salts
from iku_etl.errors import WarehouseError
from iku_etl.settings import Settings
from iku_etl.warehouse.database import Connection

PIECE = 200  # leaves made before they go to the disk together, with their seeds
KEYS = "keys.jsonl"

Missing = tuple[str, str, str, Any]  # moment, kind, id, and the moment as its kind says it


@dataclass(frozen=True)
class Differs:
    """A leaf of the log that the warehouse does not give any more."""

    number: int  # from 1
    leaf: dict[str, Any]
    how: Literal["gone", "changed", "erased", "unknown"]
    what: tuple[str, ...] = ()  # of a changed one: its fields, and `parts.<name>`


@dataclass(frozen=True)
class Ledger:
    """The log and the seeds of an installation."""

    folder: Path
    salts: Salts

    def append(self, connection: Connection, *, whole: bool = True) -> list[bytes]:
        """Add a leaf for all that is committed and has none, in the order in which it came to be; the new leaves.

        `connection` is the auditor's. Not `whole`: without the state of the database itself, which takes seconds.
        Raises LedgerError for a log that is not what was written.
        """
        with log.writer(self.folder) as writer, _snapshot(connection):
            reading = self._reading(connection, writer.before)
            missing = list(_missing(reading, whole=whole))
            for at in range(0, len(missing), PIECE):
                piece = missing[at : at + PIECE]
                seeds = {
                    kind: self.salts.seeds(kind, [one for _, of, one, _ in piece if of == kind])
                    for kind, module in leaves.kinds().items()
                    if module.SALTED
                }
                made = Reading(**{**vars(reading), "seed": lambda kind, one: seeds[kind][one]})  # noqa: B023
                writer.add([leaves.line(made, kind, one, moment) for _, kind, one, moment in piece])
        return writer.added

    def differences(self, connection: Connection, since: int = 1) -> Iterator[Differs]:
        """The leaves from number `since` on that rest on rows, computed anew: those that are others now, in order."""
        entries = log.read(self.folder)
        with _snapshot(connection):
            reading = self._reading(connection, entries)
            for number, leaf in enumerate(entries.each(), start=1):
                if number < since:
                    continue
                module = leaves.kinds().get(leaf["kind"])
                if module is None:  # written by a newer release, or by somebody else
                    yield Differs(number, leaf, "unknown")
                elif module.RESTS_ON == "rows":
                    yield from self._compared(reading, number, leaf, entries.lines[number - 1])

    def _compared(self, reading: Reading, number: int, leaf: dict[str, Any], line: bytes) -> Iterator[Differs]:
        kind, one = leaf["kind"], leaf["id"]
        if kind not in reading.found:
            reading.found[kind] = leaves.kinds()[kind].there(reading)
        if one not in reading.found[kind]:
            yield Differs(number, leaf, "gone")
            return
        try:
            again = leaves.line(reading, kind, one, reading.found[kind][one])
        except Erased:
            yield Differs(number, leaf, "erased")
            return
        if again != line:
            yield Differs(number, leaf, "changed", tuple(_other(leaf, orjson.loads(again))))

    def trust(self, line: str) -> notes.VerifierKey:
        """Write down a key whose signatures are believed from here on; its leaf comes with the next append."""
        key = notes.verifier_key(line)
        if str(key) not in {row["key"] for row in self.keys()}:
            self.folder.mkdir(parents=True, exist_ok=True)
            row = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "key": str(key)}
            files.append(self.folder / KEYS, orjson.dumps(row) + b"\n")
        return key

    def keys(self) -> list[dict[str, str]]:
        path = self.folder / KEYS
        whole = path.read_bytes().rpartition(b"\n")[0] if path.exists() else b""
        return [orjson.loads(line) for line in whole.splitlines()]

    def _reading(self, connection: Connection, before: log.Entries) -> Reading:
        return Reading(connection, before, self.keys(), list(self.salts.erased()), self.salts.seed)


def ledger(settings: Settings) -> Ledger:
    """The ledger of an installation."""
    return Ledger(settings.ledger_dir, Salts(settings.salts_dir))


@contextmanager
def _snapshot(connection: Connection) -> Iterator[None]:
    """One state of the warehouse, read only. WarehouseError for one that is not ready."""
    try:
        with connection.transaction():
            connection.execute("set transaction isolation level repeatable read, read only")
            yield
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        raise WarehouseError("gudang data belum disiapkan atau versinya lama. Jalankan: iku migrate.") from None


def _missing(reading: Reading, *, whole: bool) -> Sequence[Missing]:
    """What has no leaf, in the order of its moment; without one (migrations) it comes first.

    A thing is its id and its moment: an older database restored beside this log gives numbers out once more.
    """
    known = {(leaf["kind"], leaf["id"], leaf.get("at")) for leaf in reading.before.each()}
    found = [
        (moment.isoformat() if isinstance(moment, datetime) else moment or "", kind, one, moment)
        for kind, module in leaves.kinds().items()
        if whole or module.RESTS_ON != "state"
        for one, moment in module.there(reading).items()
        if (kind, one, canonical.plain(moment)) not in known
    ]
    return sorted(found, key=lambda missing: (missing[0], missing[1], missing[2].rjust(20)))


def _other(was: dict[str, Any], is_now: dict[str, Any]) -> Iterator[str]:
    """The fields in which two leaves of one thing differ."""
    for name in sorted(was.keys() | is_now.keys()):
        before, after = was.get(name), is_now.get(name)
        if before != after and name == "parts":
            yield from (f"parts.{part}" for part in _other(before or {}, after or {}))
        elif before != after:
            yield name
