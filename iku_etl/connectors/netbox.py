"""NetBox 4.x: all sites and circuits as one payload, and rows of one link and whom it serves out of it.

A circuit's own answer says only the id of the site it ends at; whom that serves stands in the site. So the payload is
the exact bytes of the pages, one after another, as one JSON array. NetBox says what is planned, not what is reachable:
signs of life are taken from custom fields named as our columns, and from nowhere else.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pyarrow as pa

from iku_etl.connectors.http.client import Client, Limits
from iku_etl.connectors.http.page import PageGuard
from iku_etl.errors import ContractError
from iku_etl.model import KeptPayload, Payload, Rows
from iku_etl.settings import Endpoint
from iku_etl.window import Window

MEDIA_TYPE = "application/json;profile=netbox"
PATHS = ("/api/dcim/sites/", "/api/circuits/circuits/")
PAGE = 200  # rows; NetBox gives at most 1,000 whatever is asked
PAGES = 500  # of one list; a regency has a few
LIMITS = Limits(body_bytes=32 * 1024**2)
PUBLIC, OWN_ISP = "titik-publik", "isp-sendiri"  # tags
COLUMNS = (
    "place", "link", "serves_kind", "serves", "medium", "supplied_by_dinas", "monitored", "active_from", "active_to",
    "last_seen_on", "last_polled_on", "working", "verified_on",
)  # fmt: skip
FIELDS = ("medium", "supplied_by_dinas", "monitored", "last_polled_on", "working", "verified_on")  # custom, as they are
MEDIA = {"ftth": "fiber_optik", "fiber-optik": "fiber_optik", "vsat": "vsat", "seluler": "seluler"}  # by circuit type
NOT_YET, GONE = ("planned", "provisioning"), ("deprovisioning", "decommissioned")
GRACE = timedelta(days=2)  # a live list read so soon after a month's end stands for that end
_LIST = re.compile(r"/api/(dcim/sites|circuits/circuits)/\d+/$")


# ---------------------------------------------------------------- bytes


def inventory(endpoint: Endpoint, window: Window) -> Iterator[Payload]:
    """One payload: every page of sites and circuits. Filters are left alone: NetBox ignores names it doesn't know."""
    asked_at = datetime.now(UTC)
    bodies: list[bytes] = []
    with Client(endpoint, LIMITS) as client:
        for path in PATHS:
            bodies += _pages(client, path)
    yield Payload(
        name="netbox",
        media_type=MEDIA_TYPE,
        request={"method": "GET", "url": endpoint.url, "parameters": {"paths": list(PATHS), "pages": len(bodies)}},
        asked_at=asked_at,
        answered_at=datetime.now(UTC),
        status=200,
        chunks=(b"[", b",".join(bodies), b"]"),
    )


def _pages(client: Client, path: str) -> Iterator[bytes]:
    """The pages of a list. Of `next` only the query is used: its host is what NetBox believes to be its own name."""
    guard = PageGuard(f"NetBox {path}")
    query = {"limit": str(PAGE), "ordering": "id"}
    for number in range(1, PAGES + 1):
        body = b"".join(guard.watch(str(number), client.get(path, query).chunks))
        yield body
        following = _next(body)
        if not following:
            return
        asked, query = query, dict(parse_qsl(urlsplit(following).query))
        if query == asked:
            break
    raise ContractError(
        f"NetBox {path}: halaman berputar, `next` tidak pernah berakhir. Tidak ada yang dimuat; periksa NetBox.",
        code="page_loop",
    )


def _next(body: bytes) -> str | None:
    """The next page's query. A body that is no page ends the list; its bytes are kept, the reader rejects them."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    following = answer.get("next") if isinstance(answer, dict) else None
    return following if isinstance(following, str) else None


# ---------------------------------------------------------------- rows


def read(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    """One row per circuit and party it serves; circuits that are not active yet, or serve nobody, are counted."""
    sites, circuits = _lists(payload.path.read_bytes())
    rows: list[dict[str, str | None]] = []
    out: Counter[str] = Counter()
    for place, circuit in circuits:
        status = _value(circuit.get("status"))
        if status in NOT_YET or (status in GONE and not circuit.get("termination_date")):
            out[f"sirkuit berstatus {status}"] += 1
            continue
        parties = list(_parties(circuit, sites))
        if not parties:
            out["sirkuit tanpa pihak yang dilayani"] += 1
        rows += [_row(place, circuit, kind, serves, window) for kind, serves in parties]
    table = {name: pa.array([row[name] for row in rows], pa.string()) for name in COLUMNS}
    yield Rows(pa.table(table), dict(out))


def _lists(body: bytes) -> tuple[dict[int, dict[str, Any]], list[tuple[str, dict[str, Any]]]]:
    """Sites by id, and circuits with their places; raises ContractError unless all pages are whole."""
    try:
        pages = orjson.loads(body)
    except orjson.JSONDecodeError:
        kind = "laman web" if b"<html" in body[:4096].lower() or b"<!doctype" in body[:4096].lower() else "bukan JSON"
        raise ContractError(
            f"salah satu halaman {kind}, bukan jawaban NetBox. Benarkah url-nya?", code="not_json"
        ) from None
    sites: dict[int, dict[str, Any]] = {}
    circuits: dict[int, tuple[str, dict[str, Any]]] = {}
    counts: dict[str, int] = {}
    for number, page in enumerate(pages):
        results = page.get("results") if isinstance(page, dict) else None
        if not isinstance(results, list):
            said = str(page.get("detail", page) if isinstance(page, dict) else page)[:200]
            raise ContractError(f"/{number} bukan daftar NetBox: {said}.", code="shape")
        for place, one in enumerate(results):
            named = _LIST.search(str(one.get("url"))) if isinstance(one, dict) else None
            if named is None:
                raise ContractError(f"/{number}/results/{place} bukan situs dan bukan sirkuit.", code="shape")
            if isinstance(page.get("count"), int):
                counts[named[1]] = page["count"]
            if named[1] == "dcim/sites":
                sites[int(one["id"])] = one
            else:
                circuits[int(one["id"])] = (f"/{number}/results/{place}", one)
    for name, seen in (("dcim/sites", len(sites)), ("circuits/circuits", len(circuits))):
        if seen != counts.get(name, seen):
            raise ContractError(
                f"{name}: {seen} dari {counts[name]} terbaca; daftarnya berubah selagi dibaca. Ambil lagi.",
                code="partial",
            )
    return sites, list(circuits.values())


def _parties(circuit: Mapping[str, Any], sites: Mapping[int, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """(serves_kind, serves): the area of a site it ends at, a public point's site, its own tenant or the site's."""
    seen: set[tuple[str, str]] = set()
    for end in ("termination_a", "termination_z"):
        termination = circuit.get(end) or {}
        if termination.get("termination_type") != "dcim.site":
            continue
        site = sites.get(termination.get("termination_id", -1), {})
        code = (site.get("custom_fields") or {}).get("kode_wilayah")
        tenant = (circuit.get("tenant") or site.get("tenant") or {}).get("slug")
        if PUBLIC in _tags(circuit) | _tags(site):
            seen.add(("ruang_publik", str(site.get("slug"))))
        elif code:
            seen.add(("desa", str(code)))
        elif tenant:
            seen.add(("opd", str(tenant).replace("-", "_")))  # a slug is written kec-manna, the register kec_manna
    yield from sorted(seen)


def _row(place: str, circuit: Mapping[str, Any], kind: str, serves: str, window: Window) -> dict[str, str | None]:
    fields = circuit.get("custom_fields") or {}
    row: dict[str, str | None] = {name: _text(fields.get(name)) for name in FIELDS}
    circuit_type = (circuit.get("type") or {}).get("slug")
    return row | {
        "place": place,
        "link": str(circuit.get("cid")),
        "serves_kind": kind,
        "serves": serves,
        "medium": row["medium"] or MEDIA.get(str(circuit_type)),
        # what the Dinas keeps in its own NetBox is its own, unless it says otherwise
        "supplied_by_dinas": row["supplied_by_dinas"] or _text(OWN_ISP not in _tags(circuit)),
        "monitored": row["monitored"] or "tidak",
        "active_from": _text(circuit.get("install_date")),
        "active_to": _text(circuit.get("termination_date")),
        "last_seen_on": _day(fields.get("last_seen_on"), window),
        "last_polled_on": _day(fields.get("last_polled_on"), window),
    }


def _day(value: object, window: Window) -> str | None:
    """The local day of a date or moment; a day just after the month's end is written as that end (decision 21)."""
    text = _text(value)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text  # the typed stage names it
    day: date = moment.astimezone(window.start.tzinfo).date() if moment.tzinfo else moment.date()
    if window.last_day < day <= window.last_day + GRACE:
        day = window.last_day
    return day.isoformat()


def _text(value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    return str(value)


def _value(choice: object) -> str:
    """NetBox writes choices as {"value": .., "label": ..}."""
    return str(choice.get("value") if isinstance(choice, dict) else choice)


def _tags(thing: Mapping[str, Any]) -> set[str]:
    return {str(tag.get("slug")) for tag in thing.get("tags") or ()}
