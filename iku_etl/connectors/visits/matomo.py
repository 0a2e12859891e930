"""Matomo's Reporting API: a day's visits of each site; one payload a site.

The token goes in the body of a POST and nowhere else. Matomo sends errors with status 200; an error about
one site, say one that was removed there, does not affect the other sites.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson
import pyarrow as pa

from iku_etl.connectors.http.client import Client, Limits
from iku_etl.errors import ContractError, SettingError
from iku_etl.model import KeptPayload, Payload, Rows, Unobserved
from iku_etl.settings import Endpoint
from iku_etl.window import Window

MEDIA_TYPE = "application/json;profile=matomo"
NAME = "matomo/"  # of a payload: matomo/<site>
METHOD = "matomo"
PATH = "/index.php"
ANONYMOUS = "anonymous"  # Matomo's own name for who has no token; it may be allowed to see
LIMITS = Limits(body_bytes=1024**2)  # one day of one site is a kilobyte
SAID_CHARACTERS = 200
CHECK = "Periksa idSite, dan token_auth di IKU_SECRET_WEB_VISITS."
# "You can't access this resource as it requires 'view' access for the website id = 3.",
# "An unexpected website was found in the request: website id was set to '3'."
OF_A_SITE = re.compile(r"\bwebsite id\b|\bidSite\b|\bunexpected website\b", re.IGNORECASE)


def visits(endpoint: Endpoint, window: Window) -> Iterator[Payload]:
    """One payload per site of the option `matomo` (site = idSite), each the answer about the window's day.

    Raises ContractError when Matomo refuses all of several sites: an older Matomo treats a wrong token as
    no token, and then refuses every site.
    """
    sites = endpoint.options.get("matomo", {})
    if not isinstance(sites, Mapping) or not all(str(number).isdigit() for number in sites.values()):
        raise SettingError('web_visits: matomo memetakan situs ke idSite-nya, misalnya "mediacenter.example" = 3.')
    token = endpoint.secret or ANONYMOUS
    if not sites:
        return
    refused: list[str] = []
    with Client(replace(endpoint, secret=None), LIMITS) as client:
        for site, number in sites.items():
            answer = client.post(PATH, _query(str(number), window), {"token_auth": token})
            body = b"".join(answer.chunks)
            refused += filter(None, [_refused(body)])
            yield Payload(
                name=f"{NAME}{site}",
                media_type=MEDIA_TYPE,
                request=answer.request,
                asked_at=answer.asked_at,
                answered_at=answer.answered_at,
                status=answer.status,
                chunks=iter([body]),
            )
    if len(refused) == len(sites) > 1:
        raise ContractError(f"Matomo menolak semua situs: {refused[0]}. {CHECK}", code="matomo_error")


def _refused(body: bytes) -> str | None:
    try:
        answer: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    is_error = isinstance(answer, dict) and answer.get("result") == "error"
    return str(answer.get("message"))[:SAID_CHARACTERS] if is_error else None


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
    """One row site, method, visits; none where Matomo refuses that site. An empty day is `[]`: nobody came.

    Raises ContractError for any other error answer, a web page, another day or a shape that is not known.
    """
    site, day = payload.name.removeprefix(NAME), window.first_day.isoformat()
    body = payload.path.read_bytes()
    if said := _refused(body):
        if OF_A_SITE.search(said):
            yield Rows(
                pa.table({"place": pa.array([], pa.string())}),
                unobserved=(
                    Unobserved("/", f"Matomo menolak {site}, hari itu tidak teramati: {said}", {"site": site}),
                ),
            )
            return
        raise ContractError(f"Matomo menolak, {site}: {said}. {CHECK}", code="matomo_error")
    try:
        answer: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ContractError(f"Matomo, {site}: jawabannya bukan JSON. Periksa url-nya.", code="not_json") from None
    if isinstance(answer, dict) and answer and answer.keys() != {day} and not _is_one_day(answer):
        raise ContractError(f"Matomo, {site}: jawabannya bukan tentang {day}.", code="other_day")
    is_ranged = isinstance(answer, dict) and day in answer
    count = _count(answer[day] if is_ranged else answer, site)
    row = {"place": f"/{day}/nb_visits" if is_ranged else "/", "site": site, "method": METHOD, "visits": count}
    yield Rows(pa.table({name: pa.array([value], pa.string()) for name, value in row.items()}))


def _is_one_day(answer: Mapping[str, Any]) -> bool:
    """Whether the answer is for a single date: then no day's name stands around it."""
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
