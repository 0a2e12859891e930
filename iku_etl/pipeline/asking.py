"""A system asked once, to see whether its connection is right: nothing lands, nothing loads, no row is written."""

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path

from iku_etl.errors import ContractError
from iku_etl.model import KeptPayload, Payload, Source
from iku_etl.pipeline.standing import Standing
from iku_etl.records import unobserved
from iku_etl.settings import Endpoint
from iku_etl.stages import extract, land, parse
from iku_etl.window import Window

LOOK_BACK = timedelta(days=62)  # holds a whole cell of every grid


@dataclass(frozen=True)
class Asked:
    """What came of asking: of which window, from where, how much of the first payload, and what could not be known.

    `name` is None where there was nothing to receive, `records` where the content is personal and was not read.
    """

    window: Window
    endpoint: Endpoint
    name: str | None = None
    size_bytes: int = 0
    records: int | None = None
    unobserved: tuple[str, ...] = ()


class Asking(Standing):
    """One question to a source's system."""

    def ask(self, source: Source) -> Asked:
        """Fetch the first payload of the newest ended window, and read it; the connector's own errors pass through."""
        endpoint, now = extract.endpoint_of(source, self.settings), self.now()
        window = self.ended(source, now - LOOK_BACK, now)[-1]
        for payload in islice(extract.collect(source, window, endpoint, now), 1):
            with tempfile.TemporaryDirectory(prefix="iku-check-") as folder:
                kept = _spooled(payload, Path(folder) / "payload", self.settings.payload_cap_bytes)
                if payload.media_type == unobserved.MEDIA_TYPE:
                    told = tuple(one.sentence for one in unobserved.items(kept.path.read_bytes()))
                    return Asked(window, endpoint, payload.name, unobserved=told)
                asked = Asked(window, endpoint, payload.name, kept.size_bytes)
                if land.is_stripped(source, payload):
                    return asked
                return _read(source, kept, asked)
        return Asked(window, endpoint)


def _spooled(payload: Payload, path: Path, cap_bytes: int) -> KeptPayload:
    size = 0
    with path.open("xb") as stream:
        for chunk in payload.chunks:
            size += stream.write(chunk)
            if size > cap_bytes:
                raise ContractError(
                    f"{payload.name}: lebih dari {cap_bytes // 1024**2} MB (IKU_PAYLOAD_CAP_MB).", code="too_large"
                )
    return KeptPayload(1, payload.name, payload.media_type, land.digest(path), size, path)


def _read(source: Source, kept: KeptPayload, asked: Asked) -> Asked:
    pieces = list(parse.records(source, [kept], asked.window))
    told = [problem.message for piece in pieces for problem in piece.problems if problem.column is None]
    count = sum(len(piece.table) for piece in pieces)
    return Asked(asked.window, asked.endpoint, asked.name, asked.size_bytes, count, tuple(told))
