"""CKAN's catalogue by its Action API: every page of `package_search`, and one row per public dataset.

CKAN may give fewer rows than asked and marks no last page, so each page starts where the one before ended, until the
count is reached. Its errors come in five shapes; each is kept as received, and `read` names it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pyarrow as pa

from iku_etl.connectors.http.client import AGAIN, Client, Limits
from iku_etl.errors import ContractError, SettingError, TransientError
from iku_etl.model import KeptPayload, Payload, Rows
from iku_etl.settings import Endpoint
from iku_etl.window import Window

MEDIA_TYPE = "application/json;profile=ckan"
PATH = "/api/3/action/package_search"
ROWS = 1000  # CKAN's own cap; it gives fewer where its setting says so
LIMITS = Limits(body_bytes=64 * 1024**2)  # a dataset takes 2 KB, so a page some 2 MB
PRIVATE, INACTIVE = "dataset privat", "dataset tidak aktif"


# ---------------------------------------------------------------- asking


def packages(endpoint: Endpoint) -> Iterator[Payload]:
    """One payload per page of the whole catalogue, by name.

    Options: `rows` (1000), `fq`, a filter in CKAN's words (`organization:dinkes`). A page that can't be read
    is kept as the last one: `read` says why. Raises TransientError if the search index is down or the catalogue
    changed meanwhile, ContractError for a server that gives a page twice or fewer datasets than it counts.
    """
    rows, filtered = _rows(endpoint), str(endpoint.options.get("fq", ""))
    seen: set[str] = set()
    total: int | None = None
    with Client(endpoint, LIMITS) as client:
        while total is None or len(seen) < total:
            query = {"q": "*:*", "rows": str(rows), "start": str(len(seen)), "sort": "name asc"}
            answer = client.get(PATH, query | ({"fq": filtered} if filtered else {}), accept=range(200, 600))
            body = b"".join(answer.chunks)
            if answer.status in AGAIN or answer.status >= 500:
                raise TransientError(
                    f"CKAN menjawab {answer.status}{_said(body)}; mungkin indeks pencariannya (Solr) mati. "
                    "Mungkin berhasil bila dicoba lagi.",
                    code=f"http_{answer.status}",
                )
            yield Payload(
                name=f"package_search-{len(seen)}",
                media_type=MEDIA_TYPE,
                request=answer.request,
                asked_at=answer.asked_at,
                answered_at=answer.answered_at,
                status=answer.status,
                chunks=(body,),
            )
            try:
                count, found = _page(body)
            except ContractError:
                return  # it is landed: the batch is rejected with this page's bytes
            _check(count, total, found, seen, f"CKAN, start={len(seen)}")
            total = count
            seen |= {str(package.get("id")) for package in found}


def _rows(endpoint: Endpoint) -> int:
    given = endpoint.options.get("rows", ROWS)
    if not isinstance(given, int) or isinstance(given, bool) or given < 1:
        raise SettingError(f"pilihan rows koneksi CKAN adalah {given!r}; tulis bilangan bulat di atas 0.")
    return given


def _said(body: bytes) -> str:
    """CKAN's own error message in brackets, at most 120 characters; empty if the body is no JSON."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    return f" ({_error(answer)[:120]})"


def _check(count: int, before: int | None, found: list[dict[str, Any]], seen: set[str], here: str) -> None:
    """Pages fit together: the same count, new datasets, none missing."""
    if before is not None and count != before:
        raise TransientError(
            f"{here}: katalog berubah selagi dibaca ({before}, lalu {count} dataset). Ambil lagi.",
            code="changed",
        )
    ids = [str(package.get("id")) for package in found]
    again = seen & set(ids)
    if ids and len(again) == len(ids):
        raise ContractError(
            f"{here}: halaman ini mengulang yang sebelumnya; server mengabaikan `start`. Periksa portalnya.",
            code="page_loop",
        )
    if again or len(set(ids)) < len(ids):
        raise TransientError(
            f"{here}: ada dataset yang datang dua kali; katalog berubah selagi dibaca. Ambil lagi.",
            code="changed",
        )
    if not found and len(seen) < count:
        raise ContractError(
            f"{here}: halaman kosong; baru {len(seen)} dari {count} dataset. Tanyakan kepada pengelola portal.",
            code="truncated",
        )


# ---------------------------------------------------------------- reading


def read(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    """One row per public dataset: dataset, delivered_on (local day), has_metadata, accepted_on, withdrawn_on.

    Raises ContractError, with CKAN's own words, for a body that is not a page.
    """
    _, packages = _page(payload.path.read_bytes())
    left: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    for number, package in enumerate(packages):
        if reason := _left_out(package):
            left[reason] = left.get(reason, 0) + 1
        else:
            rows.append(_row(package, f"/result/results/{number}", window))
    texts = ("place", "dataset", "delivered_on", "accepted_on", "withdrawn_on")
    table = {name: pa.array([row[name] for row in rows], pa.string()) for name in texts}
    table["has_metadata"] = pa.array([row["has_metadata"] for row in rows], pa.bool_())
    yield Rows(pa.table(table), left)


def _page(body: bytes) -> tuple[int, list[dict[str, Any]]]:
    """The count of the whole catalogue and the datasets of this page."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        if body.lstrip()[:1] == b"<":
            raise ContractError(
                "CKAN menjawab halaman web, bukan JSON. Benarkah url di connections.toml alamat portalnya?",
                code="html",
            ) from None
        raise ContractError("jawaban CKAN bukan JSON, atau terpotong. Ambil lagi.", code="truncated") from None
    if not isinstance(answer, dict) or answer.get("success") is not True:
        raise ContractError(f"CKAN menjawab galat: {_error(answer)}.", code="ckan_error")
    result = answer.get("result")
    count = result.get("count") if isinstance(result, dict) else None
    found = result.get("results") if isinstance(result, dict) else None
    if type(count) is not int or not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ContractError("/result tanpa count dan results seperti jawaban package_search.", code="shape")
    return count, found


def _error(answer: Any) -> str:
    """What CKAN says went wrong: a bare string, or an object with a type and a message or fields."""
    error = answer.get("error") if isinstance(answer, dict) else answer
    if isinstance(error, dict):
        fields = [str(name) for name in error if name not in ("__type", "message")]
        parts = (error.get("__type"), error.get("message"), ", ".join(fields))
        return ": ".join(str(part) for part in parts if part)
    return error if isinstance(error, str) and error else "tanpa keterangan"


def _left_out(package: dict[str, Any]) -> str | None:
    if package.get("private") is True:
        return PRIVATE
    return INACTIVE if package.get("state", "active") != "active" else None


def _row(package: dict[str, Any], place: str, window: Window) -> dict[str, Any]:
    extras = _extras(package, place)
    return {
        "place": place,
        "dataset": extras.get("kode_data") or _text(package.get("name")),
        "delivered_on": _local_day(package.get("metadata_created"), window),
        "has_metadata": bool((_text(package.get("notes")) or "").strip()) and bool(package.get("resources")),
        "accepted_on": extras.get("tanggal_diterima"),
        "withdrawn_on": extras.get("tanggal_ditarik"),
    }


def _extras(package: dict[str, Any], place: str) -> dict[str, str | None]:
    """The extras as key -> text; ContractError if they are no list of pairs."""
    found = package.get("extras", [])
    if not isinstance(found, list) or not all(isinstance(one, dict) and "key" in one for one in found):
        raise ContractError(f"{place}/extras bukan daftar key dan value.", code="shape")
    return {str(one["key"]): _text(one.get("value")) for one in found}


def _text(value: Any) -> str | None:
    return None if value is None else str(value).strip() or None


def _local_day(value: Any, window: Window) -> str | None:
    """The local day of an ISO moment, UTC if it names no zone; any other text unchanged."""
    text = _text(value)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(window.start.tzinfo).date().isoformat()
    except (ValueError, OverflowError):
        return text
