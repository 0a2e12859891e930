"""NetBox 3 and 4: all circuits, sites and locations as one payload, and rows of one link and whom it serves out of it.

A circuit's own answer says only the id of the place it ends at; whom that serves stands in the site. So the payload is
the exact bytes of the pages, one after another, as one JSON array. Whom they serve: see netbox_parties.py.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pyarrow as pa

from iku_etl.connectors.http.client import Client, Limits
from iku_etl.connectors.http.json_answer import parsed
from iku_etl.connectors.http.options import HttpOptions
from iku_etl.connectors.netbox_parties import COLUMNS, Inventory, rows_of
from iku_etl.errors import ContractError, TransientError
from iku_etl.model import KeptPayload, Payload, Rows
from iku_etl.settings import Endpoint
from iku_etl.window import Window

MEDIA_TYPE = "application/json;profile=netbox"
# circuits first: a site that one ends at was there before it, and is on a list that is read after it
CIRCUITS, LOCATIONS, SITES = "/api/circuits/circuits/", "/api/dcim/locations/", "/api/dcim/sites/"
PAGE = 200  # rows; NetBox gives at most 1,000 whatever is asked
PAGES = 500  # of one list; a regency has a few
LIMITS = Limits(body_bytes=8 * 1024**2, all_bytes=32 * 1024**2)  # a circuit takes 1.5 KB
_LIST = re.compile(r"/api/(dcim/sites|dcim/locations|circuits/circuits)/\d+/$")

Query = dict[str, str]


class Options(HttpOptions, total=False):
    """What a connection may say beside `system` and `url`."""


# ---------------------------------------------------------------- bytes


def inventory(endpoint: Endpoint, window: Window) -> Iterator[Payload]:
    """One payload: every page. Filters are left alone: NetBox ignores names it doesn't know.

    Locations are asked for only where a circuit ends at one, and may be refused. Raises TransientError for a list that
    changes while it is read, ContractError for pages without end.
    """
    asked_at = datetime.now(UTC)
    with Client(endpoint, LIMITS) as client:
        bodies = _pages(client, CIRCUITS)
        if any(b'"dcim.location"' in body for body in bodies):
            bodies += _pages(client, LOCATIONS, may_be_refused=True)
        bodies += _pages(client, SITES)
    yield Payload(
        name="netbox",
        media_type=MEDIA_TYPE,
        request={"method": "GET", "url": endpoint.url,
                 "parameters": {"paths": [CIRCUITS, LOCATIONS, SITES], "pages": len(bodies)}},
        asked_at=asked_at,
        answered_at=datetime.now(UTC),
        status=200,
        chunks=(b"[", b",".join(bodies), b"]"),
    )  # fmt: skip


def _pages(client: Client, path: str, *, may_be_refused: bool = False) -> list[bytes]:
    """The pages of a list: by a cursor, from which no row can slip away (NetBox 4.6), else by counting rows."""
    refusals = (400, 403, 404) if may_be_refused else (400,)
    first = client.get(path, {"limit": str(PAGE), "start": "0"}, accept=(200, *refusals))
    body = b"".join(first.chunks)
    if first.status in (403, 404):
        return []
    if first.status == 200 and _page(body).get("count") is None:
        return _follow(client, path, body)
    return _follow(client, path, None)


def _follow(client: Client, path: str, first: bytes | None) -> list[bytes]:
    """The pages behind `first` and itself; without it, those of the list in order of ids.

    Of `next` only the query is used: its host is what NetBox believes to be its own name. A page by rows begins with
    the last row of the one before: another row there, or another count, means that rows have moved.
    """
    query: Query = {"limit": str(PAGE), "ordering": "id"}
    bodies: list[bytes] = []
    asked: list[Query] = []
    before: list[Any] = []
    count = last = None
    while len(bodies) < PAGES:
        body = first if first is not None and not bodies else b"".join(client.get(path, query).chunks)
        page = _page(body)
        ids = _ids(page)
        if len(ids) > 1 and ids == before:
            break
        if (bodies and page.get("count") != count) or (last is not None and ids[:1] != [last]):
            raise TransientError(
                f"NetBox {path}: daftarnya berubah selagi dibaca (halaman {len(bodies) + 1}). Ambil lagi.",
                code="changed",
            )
        bodies.append(body)
        if not isinstance(following := page.get("next"), str):
            return bodies
        query, before, count, last = dict(parse_qsl(urlsplit(following).query)), ids, page.get("count"), None
        if len(ids) > 1 and (offset := _offset(query)):
            last, query["offset"] = ids[-1], str(offset - 1)
        if query in asked:
            break
        asked.append(query)
    raise ContractError(
        f"NetBox {path}: halaman berputar, `next` tidak pernah berakhir. Tidak ada yang dimuat; periksa NetBox.",
        code="page_loop",
    )


def _offset(query: Query) -> int:
    """The row at which a page begins, 0 where it is not asked for by rows."""
    given = query.get("offset", "")
    return int(given) if given.isdecimal() else 0


def _page(body: bytes) -> dict[str, Any]:
    """A page; empty for a body that is none: its bytes are kept, and end the list, and the reader rejects them."""
    try:
        answer = parsed(body)
    except orjson.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _ids(page: dict[str, Any]) -> list[Any]:
    found = page.get("results")
    return [row.get("id") for row in found if isinstance(row, dict)] if isinstance(found, list) else []


# ---------------------------------------------------------------- rows


def read(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    """One row per circuit and party it serves; circuits that are not active yet, or serve nobody, are counted.

    Not observed is a circuit that ends where nobody can tell whom it serves, and one that has its id and its party in
    common with another. Raises ContractError unless all pages are whole.
    """
    rows, out, unobserved = rows_of(_inventory(payload.path.read_bytes()), window)
    table = {name: pa.array([row[name] for row in rows], pa.string()) for name in COLUMNS}
    yield Rows(pa.table(table), out, tuple(unobserved))


def _inventory(body: bytes) -> Inventory:
    try:
        pages = parsed(body)
    except orjson.JSONDecodeError:
        kind = "laman web" if b"<html" in body[:4096].lower() or b"<!doctype" in body[:4096].lower() else "bukan JSON"
        raise ContractError(
            f"salah satu halaman {kind}, bukan jawaban NetBox. Benarkah url-nya?", code="not_json"
        ) from None
    lists: dict[str, dict[int, tuple[str, dict[str, Any]]]] = {"dcim/sites": {}, "circuits/circuits": {}}
    counts: dict[str, int] = {}
    for number, page in enumerate(pages):
        results = page.get("results") if isinstance(page, dict) else None
        if not isinstance(results, list):
            said = str(page.get("detail", page) if isinstance(page, dict) else page)[:200]
            raise ContractError(f"/{number} bukan daftar NetBox: {said}.", code="shape")
        for place, one in enumerate(results):
            named = _LIST.search(str(one.get("url"))) if isinstance(one, dict) else None
            if named is None or type(one.get("id")) is not int:
                raise ContractError(f"/{number}/results/{place} bukan situs, lokasi, atau sirkuit.", code="shape")
            if type(page.get("count")) is int and counts.setdefault(named[1], page["count"]) != page["count"]:
                raise _partial(f"{named[1]}: hitungannya {counts[named[1]]}, lalu {page['count']}")
            lists.setdefault(named[1], {})[one["id"]] = (f"/{number}/results/{place}", one)
    for name, found in lists.items():
        if len(found) != counts.get(name, len(found)):
            raise _partial(f"{name}: {len(found)} dari {counts[name]} terbaca")
    circuits, sites = lists["circuits/circuits"], lists["dcim/sites"]
    return Inventory(list(circuits.values()), _by_id(sites), _by_id(lists.get("dcim/locations", {})))


def _by_id(found: dict[int, tuple[str, dict[str, Any]]]) -> dict[int, dict[str, Any]]:
    return {number: thing for number, (_, thing) in found.items()}


def _partial(what: str) -> ContractError:
    return ContractError(f"{what}; daftarnya berubah selagi dibaca. Ambil lagi.", code="partial")
