"""Access logs of web servers: the lines of a day, and the visits in what the redactor leaves of them.

A visit is the page views of one visitor (address and browser, as a keyed token of that day) without a gap of more
than half an hour; it belongs to the day of its first view, so the half hour before the day is read too. A day of
which too little can be read to count its visits is not observed, and says why.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from glob import glob
from pathlib import Path
from typing import Any

from iku_etl.connectors.visits import agents, log_visits
from iku_etl.connectors.visits.layouts import layout
from iku_etl.connectors.visits.log_day import Reading
from iku_etl.errors import ContractError, SettingError
from iku_etl.model import KeptPayload, Payload, Rows, Unobserved
from iku_etl.records import unobserved
from iku_etl.settings import Endpoint
from iku_etl.window import Window

MEDIA_TYPE = "text/plain;profile=access-log"  # holds addresses: never lands as it is
REDACTED = "application/x-ndjson;profile=access-log"
NAME = "log/"  # of a payload: log/<site>
METHOD = log_visits.METHOD
CHUNK = 1024**2
VIEW, UNCOVERED = log_visits.VIEW, log_visits.UNCOVERED
OF_A_SITE = ("files", "format", "hosts")
SETTING = (
    'tulis [web_visits.logs] dengan situs dan berkasnya, misalnya "www.example" = "logs/www.access.log*", atau ke {'
    ' files = "logs/www.access.log*", format = "combined" }.'
)


@dataclass(frozen=True)
class Log:
    """Where a site's log lies, and how it is laid out if its connection says so."""

    site: str
    files: str
    format: str | None = None
    hosts: tuple[str, ...] = ()

    @property
    def known(self) -> dict[str, str]:
        return {"site": self.site, "method": METHOD}

    def paths(self) -> list[Path]:
        """Its files, oldest first; one that goes away meanwhile is in another by now."""
        found = [(state.st_mtime, path) for path in map(Path, glob(self.files)) if (state := _state(path))]
        return [path for _, path in sorted(found, key=lambda one: (one[0], one[1].name)) if not path.is_dir()]


def _state(path: Path) -> Any:
    try:
        return path.stat()
    except OSError:
        return path.lstat() if path.is_symlink() else None


def logs(endpoint: Endpoint) -> list[Log]:
    """The option `logs`. Raises SettingError for what is neither a path nor a table of `files`, `format`, `hosts`."""
    declared = endpoint.options.get("logs", {})
    if not isinstance(declared, Mapping):
        raise SettingError(f"{endpoint.at('logs')}logs adalah {declared!r}; {SETTING}")
    found = []
    for site, given in declared.items():
        told = {"files": given} if isinstance(given, str) else given
        if why := _wrong(told):
            raise SettingError(f"{endpoint.at('logs', str(site))}log situs {site} {why}; {SETTING}")
        found.append(Log(str(site), told["files"], told.get("format"), tuple(told.get("hosts", ()))))
    return found


def _wrong(told: Any) -> str:
    """What is wrong with one site's entry of the option `logs`, empty if nothing is."""
    if not isinstance(told, Mapping):
        return f"adalah {told!r}"
    if unknown := sorted(told.keys() - {*OF_A_SITE}):
        return f"memuat {', '.join(unknown)}, yang tidak dikenal"
    if not isinstance(told.get("files"), str) or not told["files"]:
        return "tanpa files, letak berkasnya"
    if not isinstance(told.get("format", ""), str):
        return f"memuat format = {told['format']!r}, yang bukan teks"
    hosts = told.get("hosts", [])
    return (
        ""
        if isinstance(hosts, list | tuple) and all(isinstance(host, str) for host in hosts)
        else (f"memuat hosts = {hosts!r}, yang bukan daftar teks")
    )


def visits(endpoint: Endpoint, window: Window) -> Iterator[Payload]:
    """One payload per site of the option `logs` that has lines of the day, and one of what could not be read.

    A site without a line of the day is named beside others; where no site has one, nothing is offered.
    """
    spoilt: list[Unobserved] = []
    silent: list[Unobserved] = []
    is_beside = bool(endpoint.options.get("matomo"))
    for log in logs(endpoint):
        try:
            reading = Reading(int(window.start.timestamp()), int(window.end.timestamp()), layout(log.format))
            paths = log.paths()
            lines = reading.day(paths)
            first = next(lines, None)
        except ContractError as problem:
            spoilt.append(Unobserved(log.site, f"log {log.site} tidak dibaca: {problem}", log.known))
            continue
        if first is not None:
            is_beside = True
            yield _payload(log, len(paths), reading, _chunks(first, lines))
        elif reading.faults:
            faults = "; ".join(reading.faults)
            spoilt.append(Unobserved(log.site, f"log {log.site} tidak dibaca: {faults}", log.known))
        else:
            silent.append(Unobserved(log.site, _silence(log, paths), log.known))
    if spoilt or (silent and is_beside):
        yield unobserved.payload(f"{NAME}tidak terbaca", [*spoilt, *silent])


def _silence(log: Log, paths: list[Path]) -> str:
    if not paths:
        return f"log {log.site}: tidak ada berkas {Path(log.files).name}; hari itu tidak teramati"
    return f"log {log.site}: tidak ada baris dari hari itu; hari itu tidak teramati"


def _payload(log: Log, count: int, reading: Reading, chunks: Iterator[bytes]) -> Payload:
    asked_at = datetime.now(UTC)
    request = {
        "method": "read", "site": log.site, "files": count, "begins": reading.begins, "ends": reading.ends,
        "bots": agents.kept_list(),
    }  # fmt: skip
    if log.format:
        request["format"] = log.format
    if log.hosts:
        request["hosts"] = list(log.hosts)
    return Payload(
        name=f"{NAME}{log.site}",
        media_type=MEDIA_TYPE,
        request=request,
        asked_at=asked_at,
        answered_at=asked_at,
        status=None,
        chunks=chunks,
    )


def _chunks(first: bytes, lines: Iterator[bytes]) -> Iterator[bytes]:
    held: list[bytes] = [first]
    size = len(first)
    for line in lines:
        held.append(line)
        size += len(line) + 1
        if size >= CHUNK:
            yield b"\n".join(held) + b"\n"
            held, size = [], 0
    if held:
        yield b"\n".join(held) + b"\n"


def read(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    """One row site, method, visits; none where the log does not tell the day: that is not a day without visits."""
    return log_visits.read(payload, window)
