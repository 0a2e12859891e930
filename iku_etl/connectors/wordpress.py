"""The newest post of each WordPress site, by its REST interface; one payload per site.

A site that does not answer affects no other: what happened is its payload, and its row says
`tidak_ditemukan` with no date, which proves neither fresh nor stale.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pyarrow as pa

from iku_etl.connectors.http.client import Client, Limits
from iku_etl.errors import CollectError, SettingError, TransientError
from iku_etl.model import KeptPayload, Payload, Rows
from iku_etl.settings import Endpoint
from iku_etl.window import Window

MEDIA_TYPE = "application/json;profile=wordpress"
PATH = "/wp-json/wp/v2/posts"
NAME = "wordpress/"  # of a payload: wordpress/<site>
AT_ONCE = 16  # asked side by side, so that slow sites don't add up; each has its own client
LIMITS = Limits(
    connect_seconds=5, read_seconds=15, total_seconds=25, body_bytes=256 * 1024, retries=1, retry_after_seconds=5
)


def newest_posts(endpoint: Endpoint, window: Window) -> list[Payload]:
    """One payload per site of the option `sites`, in its order, as of the window's end.

    `sites` maps a site to its base URL, or lists sites whose base URL is the endpoint's with `{site}` put in.
    Raises TransientError when there are several sites and not one could be reached: then it is our line.
    """
    bases = _bases(endpoint)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(lambda site: _ask(endpoint, site, bases[site], window), bases))
    if len(found) > 1 and all(payload.status is None for payload in found):
        raise TransientError(
            f"tidak satu pun dari {len(found)} situs terjangkau. Periksa jaringan kita sendiri, lalu ambil lagi.",
            code="network",
        )
    return found


def _bases(endpoint: Endpoint) -> dict[str, str]:
    sites = endpoint.options.get("sites")
    if isinstance(sites, Mapping) and sites:
        return {str(site): str(base) for site, base in sites.items()}
    if isinstance(sites, list | tuple) and sites and "{site}" in endpoint.url:
        return {str(site): endpoint.url.replace("{site}", str(site)) for site in sites}
    raise SettingError(
        "koneksi WordPress tidak menyebut situs. Tulis sites = { situs = url, .. }, "
        'atau sites = [..] dengan "{site}" di dalam url.'
    )


def _ask(endpoint: Endpoint, site: str, base: str, window: Window) -> Payload:
    """The answer of one site, or in its place what went wrong."""
    query = {
        "per_page": "1",
        "orderby": "date",
        "order": "desc",
        "before": window.end.isoformat(),
        "_fields": "id,date_gmt,link",
    }
    asked_at = datetime.now(UTC)
    payload = Payload(
        name=NAME + site,
        media_type=MEDIA_TYPE,
        request={"method": "GET", "url": base.rstrip("/") + PATH, "parameters": query},
        asked_at=asked_at,
        answered_at=asked_at,
        status=None,
        chunks=(),
        position=window.last_day,
    )
    try:
        with Client(replace(endpoint, url=base), LIMITS) as client:
            answer = client.get(PATH, query, accept=range(200, 600))
            body = b"".join(answer.chunks)  # at most LIMITS.body_bytes
        return replace(payload, answered_at=answer.answered_at, status=answer.status, chunks=(body,))
    except CollectError as problem:
        evidence = orjson.dumps({"iku_error": {"site": site, "code": problem.code, "message": str(problem)}})
        return replace(payload, answered_at=datetime.now(UTC), chunks=(evidence,))


def read(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    """One row site, newest_content_on (local day), found_by, position_on; without a post it is `tidak_ditemukan`."""
    found = _newest(payload.path.read_bytes(), window)
    day, found_by = (found, "wp-json") if found is not None else (None, "tidak_ditemukan")
    row = {
        "place": "/0/date_gmt" if found is not None else "/",
        "site": payload.name.removeprefix(NAME),
        "newest_content_on": day,
        "found_by": found_by,
        "position_on": window.last_day.isoformat(),
    }
    yield Rows(pa.table({name: pa.array([value], pa.string()) for name, value in row.items()}))


def _newest(body: bytes, window: Window) -> str | None:
    """The local day of the post, ISO; its text as it stands where that is no date."""
    try:
        answer: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(answer, list) or not answer or not isinstance(answer[0], dict):
        return None
    text = str(answer[0].get("date_gmt"))
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)  # date_gmt is UTC without saying so
        return aware.astimezone(window.start.tzinfo).date().isoformat()
    except (ValueError, OverflowError):  # the latter of 9999-12-31T23:59:59, which is 10000 here
        return text
