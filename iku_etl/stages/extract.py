"""A source's window -> payloads; which windows can be asked for at all."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from iku_etl import catalogue
from iku_etl.connectors import options
from iku_etl.connectors.registers import folder
from iku_etl.errors import ContractError, IkuError, SettingError
from iku_etl.manifest import windows
from iku_etl.model import Payload, Source
from iku_etl.settings import Endpoint, Settings, connections
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection
from iku_etl.window import Window

GAP_CELLS = {"hour": 48, "day": 31, "month": 12}  # how far back a nightly run tries gaps again


def endpoint_of(source: Source, settings: Settings) -> Endpoint:
    """Where a source is fetched from. SettingError, with file and line, for a connection declared wrong."""
    endpoint = settings.endpoint(source.name)
    if why := connections.misspelt(settings.connections_path, source.name, catalogue.source_names()):
        raise SettingError(why)
    with _asked_by(source):
        options.check(source.name, endpoint)
    return endpoint


def collect(source: Source, window: Window, endpoint: Endpoint, now: datetime) -> Iterator[Payload]:
    """Yield the payloads of a window, one at a time, each to be read before the next.

    Raises ContractError for a window that has not ended (but for a poller) or whose state is no longer known;
    TransientError and ContractError come from the connector.
    """
    if window.end > now and not source.poller:
        raise ContractError(
            f"{source.name} {window.label}: jendela berakhir {window.end.isoformat()}, belum dapat diambil.",
            code="window_open",
        )
    if not serves(source, window, endpoint, now):
        raise ContractError(
            f"{source.name} {window.label}: {why_untold(source)}.",
            code="too_late",
        )
    assert source.extract is not None  # the catalogue fills it
    with _asked_by(source):
        yield from source.extract(window, endpoint)


@contextmanager
def _asked_by(source: Source) -> Iterator[None]:
    """Put the source's name into what a connector says of its secret: a connector knows a system, not who asks."""
    try:
        yield
    except IkuError as problem:
        problem.args = (str(problem).replace("<SOURCE>", source.name.upper()),)
        raise


def serves(source: Source, window: Window, endpoint: Endpoint, now: datetime) -> bool:
    """Whether the source can still answer for a window: events and files can, a live register only for `late_by`."""
    if source.kind == "events" or source.serves_history or endpoint.system == "register":
        return True
    return source.late_by is not None and now - window.end <= source.late_by


def why_untold(source: Source) -> str:
    """Why a window that the source does not serve stays empty, and who may still know, without a full stop."""
    ended = f"berakhir lebih dari {source.late_by.days} hari lalu" if source.late_by is not None else "sudah berakhir"
    return (
        f"sistemnya hanya menunjukkan keadaan kini, dan jendelanya {ended}; tetap kosong."
        f" Minta kepada {source.owner} berkas dengan posisi_per"
    )


def due(
    connection: Connection, source: Source, endpoint: Endpoint, zone: ZoneInfo, now: datetime, *, all_gaps: bool
) -> list[Window]:
    """The windows to collect, oldest first: of those that have ended, what the source can still tell.

    The newest with its lookback, gaps (up to GAP_CELLS old, or all), and those of a register whose files were
    corrected. With `all_gaps` the lookback is left out: nothing that is there is asked for again.
    """
    with database.reading(connection, as_of_time=now):
        cells = windows.cells(connection, source, zone)
        collected = windows.collected_last(connection, source)
    again = corrected(source, [window for window, _ in cells], endpoint, collected)
    wanted = [
        window
        for age, (window, is_gap) in enumerate(cells)
        if window in again
        or (is_gap and (all_gaps or age < GAP_CELLS[source.grid]))
        or (age <= source.lookback and not all_gaps)
    ]
    return [window for window in reversed(wanted) if serves(source, window, endpoint, now)]


def corrected(
    source: Source,
    cells: Iterable[Window],
    endpoint: Endpoint,
    collected: Mapping[date, Collection[Mapping[str, Any]]],
) -> set[Window]:
    """The windows of a register whose files are others than those collected last (`collected`, by first day).

    Registers have no lookback: an office corrects the file of any month in its place, or adds one.
    """
    if source.kind != "snapshot" or endpoint.system != "register":
        return set()
    there = folder.positioned(endpoint, show_names=not source.is_redacted)
    found = set()
    for window in cells:
        newest = max((day for day in there if window.contains(day)), default=None)
        if newest and _named(there[newest]) != _named(collected.get(window.first_day, ())):
            found.add(window)
    return found


def _named(requests: Iterable[Mapping[str, Any]]) -> set[tuple[Any, ...]]:
    """Files that stand for a position; not a note of ours, nor a file that could not be opened."""
    placed = (one for one in requests if "file" in one and not one.get("unplaced"))
    return {(one["file"], one.get("size_bytes"), one.get("modified_at")) for one in placed}
