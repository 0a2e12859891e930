"""What Prometheus asks for; anybody may, for it holds names of sources and counts alone (decision 63)."""

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import Annotated

from fastapi import APIRouter, Response

from iku_etl.web import gauges
from iku_etl.web.desk import Desk, Visit, at
from iku_etl.web.login import Role

router = APIRouter()
KEPT_SECONDS = 10  # who asks more often than that is given what was read: a stranger costs one reading in ten seconds
_making = Lock()


@dataclass
class _Kept:
    """What was read last, and until when it serves."""

    body: bytes = b""
    until: float = 0.0
    turn: Lock = field(default_factory=Lock, repr=False)

    def read(self, desk: Desk) -> bytes:
        with self.turn:
            if time.monotonic() >= self.until:
                self.body = gauges.exposition(desk)
                self.until = time.monotonic() + KEPT_SECONDS
            return self.body


@router.get("/metrics")
def metrics(visit: Annotated[Visit, at(Role.PUBLIC)]) -> Response:
    """The gauges in Prometheus' text format; 503 by the app's own page where the warehouse is not reached.

    PUBLIC, since a scraper has no login and a token of Airflow's that runs out makes monitoring die in silence.
    """
    state = visit.request.app.state
    with _making:
        if not hasattr(state, "metrics"):
            state.metrics = _Kept()
    kept: _Kept = state.metrics
    return Response(kept.read(visit.desk), media_type=gauges.MEDIA_TYPE)
