"""Floor 2. Matomo's Reporting API: a day's visits of each site; one payload a site.

The token goes in the body of a POST and nowhere else. Matomo says errors with status 200.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson
import pyarrow as pa

from iku_etl.connectors.http import Client, Limits
from iku_etl.errors import ContractError, SettingError
from iku_etl.model import KeptPayload, Payload, Rows
from iku_etl.settings import Connection
from iku_etl.window import Window

MEDIA_TYPE = "application/json;profile=matomo"
NAME = "matomo/"  # of a payload: matomo/<site>
METHOD = "matomo"
PATH = "/index.php"
ANONYMOUS = "anonymous"  # Matomo's own name for who has no token; it may be allowed to see
LIMITS = Limits(total_seconds=60, body_bytes=1024**2)  # one day of one site is a kilobyte
SAID_CHARACTERS = 200


def visits(connection: Connection, window: Window) -> Iterator[Payload]:
    """One payload per site of the option `matomo` (site = idSite), each the answer about the window's day."""
    sites = connection.options.get("matomo", {})
    if not isinstance(sites, Mapping) or not all(str(number).isdigit() for number in sites.values()):
        raise SettingError('web_visits: matomo maps a site to its idSite in Matomo, say "mediacenter.example" = 3.')
    token = connection.secret or ANONYMOUS
    if not sites:
        return
    with Client(replace(connection, secret=None), LIMITS) as client:
        for site, number in sites.items():
            answer = client.post(PATH, _query(str(number), window), {"token_auth": token})
            yield Payload(
                name=f"{NAME}{site}",
                media_type=MEDIA_TYPE,
                request=answer.request,
                asked_at=answer.asked_at,
                answered_at=answer.answered_at,
                status=answer.status,
                chunks=answer.chunks,
            )


def _query(number: str, window: Window) -> dict[str, str]:
    day = window.first_day.isoformat()
    return {
        "module": "API",
        "method": "VisitsSummary.get",
        "idSite": number,
        "period": "day",
        "date": f"{day},{day}",  # a range is answered by day, so that the answer says which day it is about
        "format": "json",
        "filter_limit": "-1",
    }


def read(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    """One row site, method, visits. An empty day is `[]`: looked at, and nobody came.

    Raises ContractError for an error answer, a web page, another day or a shape that is not known.
    """
    site, day = payload.name.removeprefix(NAME), window.first_day.isoformat()
    try:
        answer: Any = orjson.loads(payload.path.read_bytes())
    except orjson.JSONDecodeError:
        raise ContractError(f"Matomo, {site}: jawabannya bukan JSON. Periksa url-nya.", code="not_json") from None
    if isinstance(answer, dict) and answer.get("result") == "error":
        said = str(answer.get("message"))[:SAID_CHARACTERS]
        raise ContractError(
            f"Matomo menolak, {site}: {said}. Periksa idSite, dan token_auth di IKU_SECRET_WEB_VISITS.",
            code="matomo_error",
        )
    if isinstance(answer, dict) and answer and answer.keys() != {day} and not _is_one_day(answer):
        raise ContractError(f"Matomo, {site}: jawabannya bukan tentang {day}.", code="other_day")
    is_ranged = isinstance(answer, dict) and day in answer
    count = _count(answer[day] if is_ranged else answer, site)
    row = {"place": f"/{day}/nb_visits" if is_ranged else "/", "site": site, "method": METHOD, "visits": count}
    yield Rows(pa.table({name: pa.array([value], pa.string()) for name, value in row.items()}))


def _is_one_day(answer: Mapping[str, Any]) -> bool:
    """Without a day's name around it: an answer to a single date."""
    return "nb_visits" in answer or answer.keys() == {"value"}


def _count(found: Any, site: str) -> str:
    """The visits as text; what is no whole number stays as it is, so that the typed stage names it."""
    if found == []:
        return "0"
    if isinstance(found, dict):
        found = found.get("nb_visits", found.get("value") if found.keys() == {"value"} else None)
    if isinstance(found, bool) or not isinstance(found, int | str):
        raise ContractError(f"Matomo, {site}: jawabannya tanpa nb_visits.", code="unknown_shape")
    return str(found)
