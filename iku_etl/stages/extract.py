"""Floor 5. A source's window -> payloads; which windows can be asked for at all."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from iku_etl.connectors.registers import folder
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
            f"{source.name} {window.label}: jendela berakhir {window.end.isoformat()}, belum dapat diambil.",
            code="window_open",
        )
    if not serves(source, window, connection, now):
        raise ContractError(
            f"{source.name} {window.label}: sistemnya hanya menunjukkan keadaan kini, dan jendela berakhir lebih dari"
            f" {source.late_by} lalu; tetap kosong. Minta kepada {source.owner} berkas dengan posisi_per.",
            code="too_late",
        )
    assert source.extract is not None  # the catalogue fills it
    yield from source.extract(window, connection)


def serves(source: Source, window: Window, connection: Connection, now: datetime) -> bool:
    """Whether the source can still tell a window: events and files can, a live register only just after it ended."""
    if source.kind == "events" or source.serves_history or connection.system == "register":
        return True
    return source.late_by is not None and now - window.end <= source.late_by


def corrected(
    source: Source,
    windows: Iterable[Window],
    connection: Connection,
    collected: Mapping[date, Collection[Mapping[str, Any]]],
) -> set[Window]:
    """The windows of a register whose files are others than those collected last (`collected`, by first day).

    Registers have no lookback: an office corrects the file of any month in its place, or adds one.
    """
    if source.kind != "snapshot" or connection.system != "register":
        return set()
    there = folder.positioned(connection, show_names=not source.is_redacted)
    found = set()
    for window in windows:
        newest = max((day for day in there if window.contains(day)), default=None)
        if newest and _named(there[newest]) != _named(collected.get(window.first_day, ())):
            found.add(window)
    return found


def _named(requests: Iterable[Mapping[str, Any]]) -> set[tuple[Any, ...]]:
    return {(one.get("file"), one.get("size_bytes"), one.get("modified_at")) for one in requests}
