"""Floor 5. A source's window -> payloads; which windows can be asked for at all."""

from collections.abc import Iterator
from datetime import datetime

from iku_etl.errors import ContractError
from iku_etl.model import Payload, Source
from iku_etl.settings import Connection
from iku_etl.window import Window


def collect(source: Source, window: Window, connection: Connection, now: datetime) -> Iterator[Payload]:
    """Yield the payloads of a window, one at a time, each to be read before the next.

    Raises ContractError for a window that has not ended (but for a poller) or whose state nobody can tell any more;
    TransientError and ContractError come from the connector.
    """
    if window.end > now and not source.poller:
        raise ContractError(
            f"{source.name} {window.label}: the window ends at {window.end.isoformat()} and can't be collected before.",
            code="window_open",
        )
    if not serves(source, window, connection, now):
        raise ContractError(
            f"{source.name} {window.label}: the system shows only the present and the window ended more than"
            f" {source.late_by} ago; it stays a gap. Ask {source.owner} for a file with its position date.",
            code="too_late",
        )
    assert source.extract is not None  # the catalogue fills it
    yield from source.extract(window, connection)


def serves(source: Source, window: Window, connection: Connection, now: datetime) -> bool:
    """Whether the source can still tell a window: events and files can, a live register only just after it ended."""
    if source.kind == "events" or source.serves_history or connection.system == "register":
        return True
    return source.late_by is not None and now - window.end <= source.late_by
