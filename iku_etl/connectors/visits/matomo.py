"""Matomo's Reporting API: a day's visits of each site; one payload a site.

The token goes in the body of a POST and nowhere else. Matomo sends errors with status 200; what is wrong with one
site, say one that was removed there, does not affect the other sites.

An empty answer (`[]`) is no count: so Matomo answers about a day without visits and about a day that it has not
archived, and while archiving does not run every day is empty. It is 0 only where Matomo says that the day's archive is
complete (`fetch_archive_state`, since 5.1; an answer without that word says nothing).
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson
import pyarrow as pa

from iku_etl.connectors.http.client import Client, Limits
from iku_etl.errors import CollectError, ContractError, SettingError
from iku_etl.model import KeptPayload, Payload, Rows, Unobserved
from iku_etl.records import unobserved
from iku_etl.settings import Endpoint
from iku_etl.window import Window

MEDIA_TYPE = "application/json;profile=matomo"
NAME = "matomo/"  # of a payload: matomo/<site>
METHOD = "matomo"
PATH = "/index.php"
ANONYMOUS = "anonymous"  # Matomo's own name for who has no token; it may be allowed to see
LIMITS = Limits(answer_seconds=10, retries=1, body_bytes=1024**2)  # one day of one site is a kilobyte
FAILED_IN_A_ROW = 2  # so many sites without an answer: it is Matomo that does not answer
SAID_CHARACTERS = 200
_NUMBER = re.compile(r"-?[\d.,]{1,20}")  # one that is not whole is named by the typed stage; other text is not shown
CHECK = "Periksa idSite, dan token_auth di IKU_SECRET_WEB_VISITS."
STATE, COMPLETE = "archive_state", "complete"  # else `incomplete` or `invalidated`
NOT_ARCHIVED = (
    "jawaban Matomo kosong, dan Matomo tidak menyatakan hari itu selesai diarsipkan: belum tentu tanpa kunjungan."
    " Periksa apakah core:archive berjalan"
)
# "You can't access this resource as it requires 'view' access for the website id = 3.",
# "An unexpected website was found in the request: website id was set to '3'."
OF_A_SITE = re.compile(r"\bwebsite id\b|\bidSite\b|\bunexpected website\b", re.IGNORECASE)


INSTEAD = 'tulis [web_visits.matomo] dengan situs dan idSite-nya, misalnya "mediacenter.example" = 3.'


class _NotKnown(Exception):
    """Why the visits of one site are not known; the other sites are."""


def visits(endpoint: Endpoint, window: Window) -> Iterator[Payload]:
    """One payload per site of the option `matomo` (site = idSite), each the answer about the window's day.

    Raises ContractError when Matomo refuses all of several sites: an older Matomo treats a wrong token as
    no token, and then refuses every site. Raises what asking raises when no site was answered.
    """
    sites = _sites(endpoint)
    token = endpoint.secret or ANONYMOUS
    refused: list[str] = []
    failed: list[Unobserved] = []
    answered = 0
    if not sites:
        return
    with Client(replace(endpoint, secret=None), LIMITS) as client:
        for site, number in sites.items():
            try:
                answer = client.post(PATH, _query(number, window), {"token_auth": token})
                body = b"".join(answer.chunks)
            except CollectError as problem:
                failed.append(Unobserved("/", f"Matomo tidak menjawab tentang {site}: {problem}", _known(site)))
                if not answered and len(failed) >= min(FAILED_IN_A_ROW, len(sites)):
                    raise
                continue
            answered += 1
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
    if failed:
        yield unobserved.payload(f"{NAME}tidak menjawab", failed)


def _sites(endpoint: Endpoint) -> dict[str, str]:
    """Site -> idSite, as the connection says. Raises SettingError for what is no number, or one number twice."""
    sites = endpoint.options.get("matomo", {})
    if not isinstance(sites, Mapping):
        raise SettingError(f"{endpoint.at('matomo')}matomo adalah {sites!r}; {INSTEAD}")
    for site, number in sites.items():
        is_number = type(number) is int or (isinstance(number, str) and number.isascii() and number.isdigit())
        if not is_number or int(number) < 1:
            raise SettingError(f"{endpoint.at('matomo', str(site))}idSite {site} adalah {number!r}; {INSTEAD}")
    numbers = {str(site): str(int(str(number))) for site, number in sites.items()}
    twice = [number for number, count in Counter(numbers.values()).items() if count > 1]
    if twice:
        names = [site for site, number in numbers.items() if number == twice[0]]
        raise SettingError(
            f"{endpoint.at('matomo', names[-1])}idSite {twice[0]} dipetakan untuk {', '.join(names)}; kunjungannya akan"
            " terhitung ganda. Beri tiap situs idSite-nya sendiri."
        )
    return numbers


def _known(site: str) -> dict[str, str]:
    return {"site": site, "method": METHOD}


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
        "fetch_archive_state": "1",
    }


def read(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    """One row site, method, visits; none where Matomo refuses that site, has not archived the day, or answers oddly.

    Raises ContractError for an error answer about all of Matomo.
    """
    site, day = payload.name.removeprefix(NAME), window.first_day.isoformat()
    body = payload.path.read_bytes()
    try:
        place, count = _said(body, site, day)
        row = {"place": place, "site": site, "method": METHOD, "visits": count}
        yield Rows(pa.table({name: pa.array([value], pa.string()) for name, value in row.items()}))
    except _NotKnown as why:
        yield Rows(
            pa.table({"place": pa.array([], pa.string())}), unobserved=(Unobserved("/", str(why), _known(site)),)
        )


def _said(body: bytes, site: str, day: str) -> tuple[str, str]:
    """Where the count of the day stands, and the count as text: what is no number is named by the typed stage."""
    if said := _refused(body):
        if OF_A_SITE.search(said):
            raise _NotKnown(f"Matomo menolak {site}, hari itu tidak teramati: {said}")
        raise ContractError(f"Matomo menolak, {site}: {said}. {CHECK}", code="matomo_error")
    try:
        answer: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _NotKnown(f"{site}: jawaban Matomo bukan JSON, hari itu tidak teramati. Periksa url-nya") from None
    state, answer = _state(answer, day)
    if isinstance(answer, dict) and answer and answer.keys() != {day} and not _is_one_day(answer):
        raise _NotKnown(f"{site}: jawaban Matomo bukan tentang {day}; hari itu tidak teramati")
    is_ranged = isinstance(answer, dict) and day in answer
    if state not in (None, COMPLETE):
        raise _NotKnown(f"{site}: arsip Matomo untuk hari itu belum selesai ({state}); hari itu tidak teramati")
    count = _count(answer[day] if is_ranged else answer, site, is_complete=state == COMPLETE)
    return (f"/{day}/nb_visits" if is_ranged else "/"), count


def _state(answer: Any, day: str) -> tuple[str | None, Any]:
    """What Matomo says of the day's archive, None where it says nothing; and the answer without that word."""
    found: list[Any] = []

    def without(part: Any) -> Any:
        if not isinstance(part, dict):
            return part
        told = [part[STATE]] if STATE in part else []
        if isinstance(part.get("metadata"), dict) and STATE in part["metadata"]:
            told.append(part["metadata"][STATE])
            part = {name: value for name, value in part.items() if name != "metadata"}
        found.extend(one.get(day) if isinstance(one, dict) else one for one in told)
        return {name: value for name, value in part.items() if name != STATE}

    answer = without(answer)
    if isinstance(answer, dict) and day in answer:
        answer = {**answer, day: without(answer[day])}
    states = {str(one) for one in found if one is not None}
    return next((state for state in sorted(states) if state != COMPLETE), COMPLETE if states else None), answer


def _is_one_day(answer: Mapping[str, Any]) -> bool:
    """Whether the answer is for a single date: then no day's name stands around it."""
    return "nb_visits" in answer or answer.keys() == {"value"}


def _count(found: Any, site: str, *, is_complete: bool) -> str:
    """The visits as text. A bare 0 is what Matomo writes of one metric of a day without an archive, as `[]` of all."""
    is_named = isinstance(found, dict) and "nb_visits" in found
    if isinstance(found, dict) and found:
        found = found.get("nb_visits", found.get("value") if found.keys() == {"value"} else None)
    if found in ([], {}, "", 0, "0") and not isinstance(found, bool) and not (is_named and found in (0, "0")):
        if is_complete:
            return "0"
        raise _NotKnown(f"{site}: {NOT_ARCHIVED}; hari itu tidak teramati")
    if isinstance(found, bool) or not isinstance(found, int | str) or not _NUMBER.fullmatch(str(found)):
        raise _NotKnown(f"{site}: jawaban Matomo tanpa nb_visits; hari itu tidak teramati")
    return str(found)
