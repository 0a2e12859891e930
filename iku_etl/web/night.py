"""What the last night did: sources in, figures moved, and what is still owed by whom."""

from dataclasses import dataclass

from iku_etl.manifest import listing
from iku_etl.pipeline import Change
from iku_etl.warehouse.database import Row
from iku_etl.web.desk import Desk

DETAILED = 40  # changes with members and reasons: a reading each


@dataclass(frozen=True)
class Night:
    """`sources` declared, `behind` those with a gap that may still be filled; `missing` are the gaps themselves, each
    with the title and owner of its source."""

    sources: int
    missing: tuple[Row, ...]
    changes: tuple[Change, ...]

    @property
    def behind(self) -> int:
        return len({row["source"] for row in self.missing})

    @property
    def moved(self) -> int:
        """How many figures that were published before moved."""
        return sum(change.before is not None for change in self.changes)


def night(desk: Desk) -> Night:
    """The night as it stands now; what the newest publication changed is worked out once a publication."""
    with desk.connect("auditor") as connection:
        known = listing.declared(connection)
    with desk.pipeline() as pipeline:
        gaps = [row for row in pipeline.gaps() if row["untold"] is None]
    missing = [row | {name: known[row["source"]][name] for name in ("title", "owner")} for row in gaps]
    return Night(len(known), tuple(missing), desk.changes(DETAILED))
