"""What was committed goes into the ledger: by itself after each step, and whole when it is asked for."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg

from iku_etl.audit.ledger import Ledger, ledger
from iku_etl.audit.log import ENTRIES
from iku_etl.errors import IkuError
from iku_etl.settings import Settings
from iku_etl.warehouse.database import Warehouse

LOG = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Recording:
    """One installation with its ledger. `now` is the clock, handed in so that a test can hold it."""

    settings: Settings
    warehouse: Warehouse = field(repr=False)
    now: Callable[[], datetime] = _now

    @property
    def ledger(self) -> Ledger:
        return ledger(self.settings)

    def append_ledger(self) -> list[bytes]:
        """Add all that is committed and not in the ledger yet, the state of the database too; the new leaves.

        Raises LedgerError for a ledger that is not what was written.
        """
        with self.warehouse.connect("auditor") as connection:
            return self.ledger.append(connection)

    def note(self) -> None:
        """Add what a step has just committed. What the ledger has against it stops no step: it is said in the log, and
        fails the next `append_ledger`, every night at the latest.

        A ledger begins with `append_ledger` (`iku migrate`); before that nothing is noted.
        """
        if not (self.settings.ledger_dir / ENTRIES).exists():
            return
        try:
            with self.warehouse.connect("auditor") as connection:
                self.ledger.append(connection, whole=False)
        except (IkuError, OSError, psycopg.Error) as problem:
            LOG.error("buku besar tidak bertambah: %s Periksa: iku ledger append.", problem)
