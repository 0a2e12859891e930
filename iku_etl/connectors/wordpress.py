"""The newest post of each WordPress site, by its REST interface; one payload per site.

A site that does not answer affects no other: what happened is its payload, and its row says `tidak_ditemukan` with no
date, which proves neither fresh nor stale, and beside it why. A plug-in may order posts by hand, whatever is asked: so
several are asked for, and where they are out of order those since the newest once more.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pyarrow as pa

from iku_etl.connectors.http.client import Client, Limits
from iku_etl.connectors.http.home import home
from iku_etl.connectors.http.options import HttpOptions
from iku_etl.connectors.wordpress_posts import FULL, NoPosts, newest, posts
from iku_etl.errors import CollectError, SettingError, TransientError
from iku_etl.model import KeptPayload, Payload, Rows, Unobserved
from iku_etl.settings import Endpoint
from iku_etl.window import Window

MEDIA_TYPE = "application/json;profile=wordpress"
PATH = "/wp-json/wp/v2/posts"
PLAIN = {"rest_route": "/wp/v2/posts"}  # of `/`: the same where permalinks are plain, and /wp-json is no place
NAME = "wordpress/"  # of a payload: wordpress/<site>
AT_ONCE = 64  # asked side by side, so that slow sites don't add up; each has its own client
AGAIN = 3  # times that posts out of order are asked for once more
LIMITS = Limits(
    connect_seconds=5, read_seconds=15, total_seconds=25, body_bytes=256 * 1024, all_bytes=1024**2, retries=1,
    retry_after_seconds=5,
)  # fmt: skip


def needs_url(options: Mapping[str, object]) -> bool:
    """Whether a connection with those options has an address of its own: a table of sites says theirs."""
    return not isinstance(options.get("sites"), Mapping)


class Options(HttpOptions, total=False):
    """What a connection may say beside `system` and `url`."""

    sites: object  # judged by `_bases`


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
        for site, base in sites.items():
            _judge_base(base, f"{endpoint.at('sites', str(site))}situs {site}: ")
        return dict(sites)
    if isinstance(sites, list | tuple) and sites:
        if not all(isinstance(site, str) and site for site in sites) or "{site}" not in endpoint.url:
            raise SettingError(
                f"{endpoint.at('sites')}sites sebuah daftar, yaitu nama situs di antara tanda kutip; url lalu memuat"
                ' "{site}", misalnya "https://{site}", atau tulis sites = { situs = url, .. }.'
            )
        bases = {site: endpoint.url.replace("{site}", site) for site in sites}
        for base in bases.values():
            _judge_base(base, endpoint.at("url"))
        return bases
    raise SettingError(
        f"{endpoint.at('sites')}koneksi WordPress tidak menyebut situs. Tulis sites = {{ situs = url, .. }}, "
        'atau sites = [..] dengan "{site}" di dalam url.'
    )


def _judge_base(base: object, at: str) -> None:
    """Raise SettingError for what is no address of a site."""
    if not isinstance(base, str):
        raise SettingError(
            f'{at}alamat situs adalah {base!r}; tulis seperti "dinkes.example" = "https://dinkes.example".'
        )
    home(base, at)


def _ask(endpoint: Endpoint, site: str, base: str, window: Window) -> Payload:
    """The answer of one site, or in its place what went wrong."""
    query = {
        "per_page": str(FULL),
        "orderby": "date",
        "order": "desc",
        "before": window.end.isoformat(),
        "_fields": "id,date,date_gmt,link",
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
            return _answered(client, payload, query, window)
    except SettingError as problem:
        raise SettingError(f"situs {site}: {problem}") from None
    except CollectError as problem:
        evidence = orjson.dumps({"iku_error": {"site": site, "code": problem.code, "message": str(problem)}})
        return replace(payload, answered_at=datetime.now(UTC), chunks=(evidence,))


def _answered(client: Client, payload: Payload, query: Mapping[str, str], window: Window) -> Payload:
    """The payload with the answer that tells most: posts if there are any, by either path."""
    first = _get(client, payload, PATH, query)
    path, more, found = PATH, {}, _posts(first)
    if found is None:
        second = _get(client, payload, "/", PLAIN | dict(query))
        if (found := _posts(second)) is None:
            return first
        path, more, first = "/", PLAIN, second
    for _ in range(AGAIN):
        day = newest(found, window)
        if day.is_sure or day.moment is None:
            break
        since = (day.moment - timedelta(days=1)).isoformat()  # the newest known is among them: nothing is no answer
        later = _get(client, payload, path, {**more, **query, "after": since})
        if not (again := _posts(later)):
            break
        first, found = later, again
    return first


def _get(client: Client, payload: Payload, path: str, query: Mapping[str, str]) -> Payload:
    answer = client.get(path, query, accept=range(200, 600))
    body = b"".join(answer.chunks)  # at most LIMITS.body_bytes
    return replace(
        payload, request=answer.request, answered_at=answer.answered_at, status=answer.status, chunks=(body,)
    )


def _posts(payload: Payload) -> list[dict[str, Any]] | None:
    (body,) = payload.chunks
    try:
        return posts(body)
    except NoPosts:
        return None


def read(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    """One row site, newest_content_on (local day), found_by, position_on; without a known post it is `tidak_ditemukan`.

    Beside such a row stands why, unless the site says that it has no post.
    """
    site = payload.name.removeprefix(NAME)
    day, why = None, ""
    try:
        found = newest(posts(payload.path.read_bytes()), window)
        day, why = found.day, found.doubt
    except NoPosts as problem:
        why = str(problem)
    row = {
        "place": "/0/date_gmt" if day is not None else "/",
        "site": site,
        "newest_content_on": day,
        "found_by": "wp-json" if day is not None else "tidak_ditemukan",
        "position_on": window.last_day.isoformat(),
    }
    table = pa.table({name: pa.array([value], pa.string()) for name, value in row.items()})
    sentence = f"situs {site}: tulisan terbarunya tidak diketahui, {why}"
    yield Rows(table, unobserved=(Unobserved("/", sentence, {"site": site}),) if why else ())
