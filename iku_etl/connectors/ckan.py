"""CKAN's catalogue by its Action API: every page of `package_search` as one payload, and one row per public dataset.

CKAN may give fewer rows than asked and marks no last page, so each page starts where the one before ended. Its search
index may count datasets that it does not give: those are not observed. Its errors come in five shapes; each is kept as
received, and `read` names it. What a dataset says beyond CKAN's own fields: see ckan_fields.py.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import pyarrow as pa

from iku_etl.connectors.ckan_fields import Unclear, row_of
from iku_etl.connectors.http.client import Client, Limits, Reply
from iku_etl.connectors.http.json_answer import parsed
from iku_etl.connectors.http.options import HttpOptions
from iku_etl.connectors.http.trouble import AGAIN
from iku_etl.errors import ContractError, SettingError, TransientError
from iku_etl.indonesian import count as counted
from iku_etl.model import KeptPayload, Payload, Rows, Unobserved
from iku_etl.settings import Endpoint
from iku_etl.window import Window

MEDIA_TYPE = "application/json;profile=ckan"
PATH = "/api/3/action/package_search"
ROWS = 1000  # CKAN's own cap; it gives fewer where its setting says so
PAGES, DATASETS = 500, 50_000  # a province's catalogue has some 10,000
LIMITS = Limits(body_bytes=16 * 1024**2, all_bytes=64 * 1024**2)  # a dataset takes 2 KB, so a page some 2 MB
PRIVATE, INACTIVE, TWIN = "dataset privat", "dataset tidak aktif", "entri indeks CKAN yang sama"
_ONE_OF_SEVERAL = re.compile(r"package_search-\d+")  # until version 1 a page was a payload by itself
COLUMNS = ("place", "dataset", "delivered_on", "accepted_on", "withdrawn_on", "has_metadata")

Package = dict[str, Any]


class Options(HttpOptions, total=False):
    """What a connection may say beside `system` and `url`."""

    rows: object  # judged by `_rows`
    fq: str


# ---------------------------------------------------------------- asking


def packages(endpoint: Endpoint) -> Iterator[Payload]:
    """One payload with the exact pages of the whole catalogue by name: the page, or `[{"bytes": [..]}, page, ..]`.

    Options: `rows` (1000), `fq`, a filter in CKAN's words (`organization:dinkes`). A page that can't be read is the
    last one: `read` says why. Where some of the count is missing the catalogue is read once more: it may have moved.
    Raises TransientError if the search index is down or the count changed, ContractError for a catalogue without end.
    """
    rows, filtered = _rows(endpoint), str(endpoint.options.get("fq", ""))
    asked = {"q": "*:*", "rows": str(rows), "sort": "name asc"} | ({"fq": filtered} if filtered else {})
    with Client(endpoint, LIMITS) as client:
        pages, missing = _pages(client, asked)
        if missing:
            pages, missing = min((pages, missing), _pages(client, asked), key=lambda reading: reading[1])
    bodies = [body for _, body in pages]
    first, last = pages[0][0], pages[-1][0]
    yield Payload(
        name="package_search",
        media_type=MEDIA_TYPE,
        request={**first.request, "parameters": {**asked, "pages": len(pages)}},
        asked_at=first.asked_at,
        answered_at=last.answered_at,
        status=last.status,
        chunks=bodies if len(bodies) == 1 else _packed(bodies),
    )


def _packed(pages: list[bytes]) -> Iterator[bytes]:
    yield b"[" + orjson.dumps({"bytes": list(map(len, pages))})
    for page in pages:
        yield b","
        yield page
    yield b"]"


def _pages(client: Client, asked: dict[str, str]) -> tuple[list[tuple[Reply, bytes]], int]:
    """The pages, and how many of the datasets that the index counts are on none of them."""
    pages: list[tuple[Reply, bytes]] = []
    seen: set[str] = set()
    start, total = 0, None
    while total is None or start < total:
        answer = client.get(PATH, {**asked, "start": str(start)}, accept=range(200, 600))
        body = b"".join(answer.chunks)
        if answer.status in AGAIN or answer.status >= 500:
            raise TransientError(
                f"CKAN menjawab {answer.status}{_said(body)}; mungkin indeks pencariannya (Solr) mati. "
                "Mungkin berhasil bila dicoba lagi.",
                code=f"http_{answer.status}",
            )
        pages.append((answer, body))
        try:
            count, found = _page(body)
        except ContractError:
            return pages, 0  # the reader rejects the batch with this page's bytes
        _check(count, total, len(pages))
        ids = {_id(package) for package in found}
        if ids <= seen:  # nothing new: the index counts what it doesn't give, or the server gives one page for ever
            break
        seen |= ids
        start, total = start + len(found), count
    return pages, (total or count) - len(seen)


def _rows(endpoint: Endpoint) -> int:
    given = endpoint.options.get("rows", ROWS)
    if not isinstance(given, int) or isinstance(given, bool) or given < 1:
        raise SettingError(
            f"{endpoint.at('rows')}pilihan rows koneksi CKAN adalah {given!r}; tulis bilangan bulat di atas 0,"
            f" misalnya rows = {ROWS}."
        )
    return given


def _said(body: bytes) -> str:
    """CKAN's own error message in brackets, at most 120 characters; empty if the body is no JSON."""
    try:
        answer = parsed(body)
    except (orjson.JSONDecodeError, ContractError):
        return ""
    return f" ({told_error(answer)[:120]})"


def _check(count: int, before: int | None, pages: int) -> None:
    """The count that the first page gave holds for all of them, and the catalogue has an end."""
    if before is not None and count != before:
        raise TransientError(
            f"CKAN: katalog berubah selagi dibaca ({before}, lalu {count} dataset). Ambil lagi.", code="changed"
        )
    if count > DATASETS or pages >= PAGES:
        raise ContractError(
            f"CKAN: katalognya menghitung {counted(count)} dataset dan sudah {pages} halaman dibaca; batasnya "
            f"{counted(DATASETS)} dataset dan {PAGES} halaman. Saring dengan fq, atau besarkan rows.",
            code="too_large",
        )


def _id(package: Package) -> str:
    return str(package.get("id") or package.get("name"))


# ---------------------------------------------------------------- reading


@dataclass
class _Catalogue:
    """What all pages of a payload say, until it is known which code stands for one dataset."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)  # of the datasets, beside their rows
    unclear: list[Unobserved] = field(default_factory=list)
    out: Counter[str] = field(default_factory=Counter)
    ids: set[str] = field(default_factory=set)
    doubled: int = 0  # entries of one id on one page

    def take(self, found: list[Package], at: str, window: Window) -> None:
        """Read a page; a dataset that an earlier page gave too is not read again."""
        earlier = frozenset(self.ids)
        for number, package in enumerate(found):
            if _id(package) in earlier:
                continue
            self.doubled += _id(package) in self.ids
            self.ids.add(_id(package))
            if reason := _left_out(package):
                self.out[reason] += 1
                continue
            place = f"{at}/result/results/{number}"
            try:
                self.rows.append({"place": place, **row_of(package, window)})
                self.names.append(str(package.get("name")))
            except Unclear as why:
                known = {"dataset": why.dataset} if why.dataset else {}
                self.unclear.append(
                    Unobserved(place, f"dataset {str(package.get('name') or number)[:100]}: {why}", known)
                )

    def settled(self, missing: int, at: str) -> Rows:
        """The rows; those of a code that several datasets have are not observed, and neither is what is missing."""
        by_code: dict[str | None, list[int]] = {}
        for number, row in enumerate(self.rows):
            by_code.setdefault(row["dataset"], []).append(number)
        kept: list[int] = []
        for code, numbers in by_code.items():
            alike = {tuple(self.rows[number][name] for name in COLUMNS[1:]) for number in numbers}
            if len(alike) == 1 and len({self.names[number] for number in numbers}) == 1:
                kept.append(numbers[0])
                self.out[TWIN] += len(numbers) - 1
                continue
            self.unclear += [self._clash(code, number, numbers) for number in numbers]
        if missing > 0:
            self.unclear.append(Unobserved(at, _MISSING.format(missing, missing + len(self.ids) + self.doubled)))
        rows = [self.rows[number] for number in sorted(kept)]
        columns = {name: pa.array([row[name] for row in rows], pa.string()) for name in COLUMNS[:-1]}
        columns["has_metadata"] = pa.array([row["has_metadata"] for row in rows], pa.bool_())
        out = {reason: number for reason, number in self.out.items() if number}
        return Rows(pa.table(columns), out, tuple(self.unclear))

    def _clash(self, code: str | None, number: int, numbers: list[int]) -> Unobserved:
        row = self.rows[number]
        names = ", ".join(sorted({self.names[one] for one in numbers})[:3])
        return Unobserved(
            row["place"],
            f"kode data {str(code)[:100]} tercantum pada {len(numbers)} dataset ({names[:200]}); tidak diketahui mana "
            "yang dimaksud. Perbaiki kode_data di portal.",
            {"dataset": str(code)} if code else {},
        )


_MISSING = (
    "{} dari {} dataset dihitung indeks CKAN tetapi tidak diberikannya; dataset mana tidak diketahui. Minta pengelola "
    "portal membangun ulang indeks pencariannya (search-index rebuild)."
)


def read(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    """One row per public dataset: dataset, delivered_on (local day), has_metadata, accepted_on, withdrawn_on.

    Not observed is a dataset whose fields can't be read, all that share a code, and what the index counts and does not
    give. Raises ContractError, with CKAN's own words, for a body that is not a page.
    """
    body = payload.path.read_bytes()
    catalogue, counts = _Catalogue(), []
    is_cut = body.startswith(b'[{"bytes":')
    for number, page in enumerate(_cut(body) if is_cut else [body], 1):
        count, found = _page(page)
        counts.append(count)
        catalogue.take(found, f"/{number}" if is_cut else "", window)
    if len(set(counts)) > 1:
        raise ContractError("katalog berubah selagi dibaca: hitungannya berbeda antarhalaman.", code="changed")
    is_part = _ONE_OF_SEVERAL.fullmatch(payload.name) is not None
    missing = 0 if is_part else counts[0] - len(catalogue.ids) - catalogue.doubled
    yield catalogue.settled(missing, "/1/result/count" if is_cut else "/result/count")


def _cut(body: bytes) -> Iterator[bytes]:
    """The pages of a payload, as the head says where they end."""
    end = body.index(b"]}") + 2
    for size in orjson.loads(body[1:end])["bytes"]:
        yield body[end + 1 : end + 1 + size]
        end += 1 + size


def _page(body: bytes) -> tuple[int, list[Package]]:
    """The count of the whole catalogue and the datasets of this page."""
    try:
        answer = parsed(body)
    except orjson.JSONDecodeError:
        if body.lstrip()[:1] == b"<":
            raise ContractError(
                "CKAN menjawab halaman web, bukan JSON. Benarkah url di connections.toml alamat portalnya?",
                code="html",
            ) from None
        raise ContractError("jawaban CKAN bukan JSON, atau terpotong. Ambil lagi.", code="truncated") from None
    if not isinstance(answer, dict) or answer.get("success") is not True:
        raise ContractError(f"CKAN menjawab galat: {told_error(answer)}.", code="ckan_error")
    result = answer.get("result")
    count = result.get("count") if isinstance(result, dict) else None
    found = result.get("results") if isinstance(result, dict) else None
    if type(count) is not int or not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ContractError("/result tanpa count dan results seperti jawaban package_search.", code="shape")
    return count, found


def told_error(answer: Any) -> str:
    """What CKAN says went wrong: a bare string, or an object with a type and a message or fields."""
    error = answer.get("error") if isinstance(answer, dict) else answer
    if isinstance(error, dict):
        fields = [str(name) for name in error if name not in ("__type", "message")]
        parts = (error.get("__type"), error.get("message"), ", ".join(fields))
        return ": ".join(str(part) for part in parts if part)[:300]
    return error[:300] if isinstance(error, str) and error else "tanpa keterangan"


def _left_out(package: Package) -> str | None:
    if package.get("private") is True:
        return PRIVATE
    return INACTIVE if package.get("state", "active") != "active" else None
