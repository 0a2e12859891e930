"""Why an approved figure is another today: written down once, beside the row that came after it (decision 78)."""

from dataclasses import dataclass

from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Row


@dataclass(frozen=True)
class Restatement:
    """Of one figure row: what changed it, the same without members, files and persons, and who brought it."""

    figure_id: int
    because: str
    because_publicly: str
    brought_by: str


def untold(connection: Connection) -> list[Row]:
    """The rows after an approved revision of which nobody has written down why, the oldest first. Needs an auditor."""
    return connection.execute(
        """
        select figure_id, publication_id, indicator, period
        from iku.published_figure
        where tahap = 'direvisi' and restated_because is null
        order by figure_id
        """
    ).fetchall()


def count(connection: Connection) -> int:
    """How many have been written down. Needs an auditor."""
    return int(database.one(connection, "select count(*) as number from iku.restatement")["number"])


def owners(connection: Connection) -> dict[str, str]:
    """Who owns each source."""
    return {row["source"]: row["owner"] for row in connection.execute("select source, owner from iku.source")}


def record(connection: Connection, made: Restatement) -> None:
    """Write it down, as publisher; whoever wrote it down first is right."""
    connection.execute(
        """
        insert into iku.restatement (figure_id, because, because_publicly, brought_by)
        values (%s, %s, %s, %s)
        on conflict (figure_id) do nothing
        """,
        [made.figure_id, made.because, made.because_publicly, made.brought_by],
    )
