"""Prometheus with blackbox_exporter: raw samples out of it, and rows of one site and probe out of those.

A probe is `probe_success`; the samples of one scrape share its time stamp, so its duration, status and
address family are joined by it. A scrape that left an `up` but no `probe_success` was not a probe: the
prober was down, the site not observed (`up` null). With neither there is no row.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import ijson
import numpy as np
import orjson
import pyarrow as pa

from iku_etl.connectors.http.client import Client
from iku_etl.connectors.http.page import PageGuard
from iku_etl.connectors.uptime.prometheus_probes import METRICS, SCHEMA, SCRAPED, SUCCESS, Series, Target, target_rows
from iku_etl.connectors.uptime.prometheus_samples import LAST_SECOND, quick
from iku_etl.errors import ContractError, SettingError
from iku_etl.model import KeptPayload, Payload, Rows
from iku_etl.settings import Endpoint
from iku_etl.window import Window

MEDIA_TYPE = "application/json;profile=prometheus"
IN_MEMORY = 32 * 1024**2  # larger payloads are streamed, series by series
ROWS = 100_000
OUTSIDE = "cuplikan di luar jendela"
_SLICE = re.compile(r"samples-(?P<start>\d+)-(?P<end>\d+)")  # samples-1795340000000-1795361600000
_LABEL = re.compile(r"[\w .:/-]+")  # what may stand in a selector


# ---------------------------------------------------------------- asking


def samples(endpoint: Endpoint, window: Window) -> Iterator[Payload]:
    """One payload per slice of the window: the raw samples of all METRICS of the endpoint's `job`.

    Options: `job` (website), `slice_hours` (6), `total_seconds` (45). Instant queries with a range selector
    give samples as they were stored; `query_range` would invent points at its steps.
    """
    job = str(endpoint.options.get("job", "website"))
    if not _LABEL.fullmatch(job):
        raise SettingError(f"pilihan job koneksi Prometheus adalah {job!r}; pakai huruf, angka, dan . _ - /")
    selector = f'{{__name__=~"{"|".join(METRICS)}",job="{job}"}}'
    guard = PageGuard("Prometheus")
    with Client(endpoint) as client:
        for start, end in _slices(window, float(str(endpoint.options.get("slice_hours", 6)))):
            # At `end - 1 ms` over the slice's length: Prometheus 3 excludes the left edge and gives [start, end);
            # Prometheus 2 includes it and gives one millisecond more, which the reader leaves out.
            query = {"query": f"{selector}[{end - start}ms]", "time": f"{(end - 1) / 1000:.3f}"}
            answer = client.get("/api/v1/query", query, accept=(200, 400, 422))  # errors are evidence: kept, then read
            name = f"samples-{start}-{end}"
            yield Payload(
                name=name,
                media_type=MEDIA_TYPE,
                request=answer.request,
                asked_at=answer.asked_at,
                answered_at=answer.answered_at,
                status=answer.status,
                chunks=guard.watch(name, answer.chunks),
            )


def _slices(window: Window, hours: float) -> Iterator[tuple[int, int]]:
    step, start, end = int(timedelta(hours=hours) / timedelta(milliseconds=1)), *_milliseconds(window)
    if step <= 0:
        raise SettingError("pilihan slice_hours koneksi Prometheus harus di atas 0.")
    for left in range(start, end, step):
        yield left, min(left + step, end)


def _milliseconds(window: Window) -> tuple[int, int]:
    def count(moment: datetime) -> int:
        return round(moment.timestamp() * 1000)

    return count(window.start), count(window.end)


# ---------------------------------------------------------------- reading


def read(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    """Rows site, checked_at, up, latency_ms, cause of one answer; raises ContractError if it is not one.

    Samples outside the payload's slice are declared out. A value that is no number, or no 0 or 1 of
    `probe_success`, is handed on as text, so that the typed stage names it: it is never guessed.
    """
    start, end = _milliseconds(window)
    if named := _SLICE.search(payload.name):
        start, end = max(start, int(named["start"])), min(end, int(named["end"]))
    targets: dict[tuple[tuple[str, str], ...], dict[str, Series]] = {}
    for number, (labels, series) in enumerate(_all_series(payload)):
        name = labels.pop("__name__", "")
        metrics = targets.setdefault(tuple(sorted(labels.items())), {})
        if name not in METRICS or name in metrics:
            raise ContractError(f"{_here(number)}: metrik {name!r} tidak diminta, atau datang dua kali.")
        metrics[name] = series
    waiting: list[Target] = []
    count = 0
    for key, metrics in targets.items():
        waiting.append((_site(dict(key), metrics), metrics))
        count += sum(len(metrics[name].times) for name in (SUCCESS, SCRAPED) if name in metrics)
        if count >= ROWS:
            yield _rows(waiting, start, end)
            waiting, count = [], 0
    yield _rows(waiting, start, end)


def _rows(targets: list[Target], start: int, end: int) -> Rows:
    if not targets:
        return Rows(SCHEMA.empty_table())
    table, outside = target_rows(targets, start, end)
    return Rows(table, {OUTSIDE: outside} if outside else {})


def _here(number: int) -> str:
    return f"/data/result/{number}"


def _all_series(payload: KeptPayload) -> Iterator[tuple[dict[str, str], Series]]:
    """Labels and samples of each series of an answer, after everything around them was checked."""
    with open(payload.path, "rb") as stream:
        head = stream.read(4096).lstrip()
    if not head.startswith(b"{"):
        kind = "halaman web" if head.startswith(b"<") else "kosong" if not head else "bukan objek JSON"
        raise ContractError(f"isinya {kind}, bukan jawaban Prometheus. Benarkah url-nya?", code="not_json")
    if payload.size_bytes > IN_MEMORY:
        yield from (_series(number, found) for number, found in enumerate(_streamed(payload)))
        return
    text = payload.path.read_bytes()
    if (found := quick(text)) is not None:
        answer, samples = found
        for number, (one, (times, values)) in enumerate(zip(_result(answer), samples, strict=True)):
            yield _labels(number, one), Series(number, times, values)
        return
    try:
        answer = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise ContractError(f"jawaban terpotong pada bita {problem.pos}: {problem.msg}.", code="truncated") from None
    yield from (_series(number, one) for number, one in enumerate(_result(answer)))


def _result(answer: dict[str, Any]) -> list[Any]:
    """The series of a whole answer; raises ContractError unless it is a good matrix."""
    data = answer.get("data")
    data = data if isinstance(data, dict) else {}
    _check(answer, data.get("resultType"))
    result = data.get("result")
    if not isinstance(result, list):
        raise ContractError("/data/result bukan daftar. Benarkah url-nya?")
    return result


def _check(answer: dict[str, Any], result_type: object) -> None:
    if answer.get("status") != "success":
        said = f"{answer.get('errorType')}: {str(answer.get('error'))[:300]}"
        raise ContractError(f"Prometheus menjawab galat, {said}.", code="prometheus_error")
    if warnings := answer.get("warnings"):
        said = "; ".join(str(warning) for warning in warnings)[:300]
        raise ContractError(f"Prometheus memperingatkan, jawaban mungkin tidak lengkap: {said}.", code="partial")
    if result_type != "matrix":
        raise ContractError(f"resultType adalah {result_type!r}, seharusnya 'matrix'. Benarkah url-nya?")


def _streamed(payload: KeptPayload) -> Iterator[dict[str, Any]]:
    """As `_result`, one series in memory at a time; what stands around them is read in passes of its own."""

    def all_of(prefix: str) -> Iterator[Any]:
        with open(payload.path, "rb") as stream:
            yield from ijson.items(stream, prefix, use_float=True)

    try:
        around = {"status": next(all_of("status"), None), "warnings": list(all_of("warnings.item"))}
        if around["status"] != "success":
            around |= {name: next(all_of(name), None) for name in ("errorType", "error")}
        _check(around, next(all_of("data.resultType"), None))
        yield from all_of("data.result.item")
    except ijson.JSONError as problem:  # IncompleteJSONError is one
        raise ContractError(f"jawaban terpotong atau bukan JSON: {type(problem).__name__}.", code="truncated") from None


def _labels(number: int, found: Any) -> dict[str, str]:
    labels = found.get("metric") if isinstance(found, dict) else None
    if not isinstance(labels, dict):
        raise ContractError(f"{_here(number)} bukan deret cuplikan: tanpa label.", code="shape")
    if not set(map(type, labels.values())) <= {str}:
        raise ContractError(f"{_here(number)}: ada label yang bukan teks.", code="shape")
    return labels


def _series(number: int, found: Any) -> tuple[dict[str, str], Series]:
    try:
        labels, values = _labels(number, found), found["values"]
        flat = list(chain.from_iterable(values))
        if len(flat) != 2 * len(values):
            raise ValueError("cuplikan bukan pasangan")
        seconds = np.array(flat[0::2], dtype=np.float64)
        if not bool((np.abs(seconds) < LAST_SECOND).all()):
            raise ValueError("ada waktu yang bukan waktu")
        times = np.rint(seconds * 1000).astype(np.int64)
        numbers = _numbers(flat[1::2])
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as problem:
        raise ContractError(f"{_here(number)} bukan deret cuplikan: {problem}.", code="shape") from None
    if len(times) > 1 and not bool((np.diff(times) > 0).all()):
        raise ContractError(f"{_here(number)}: waktunya tidak naik.", code="shape")
    return labels, Series(number, times, numbers)


def _numbers(texts: list[str]) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Values are strings, `NaN` and `+Inf` among them; few are distinct, so each is converted once."""
    encoded = pa.array(texts, pa.string()).dictionary_encode()
    known = np.array([float(text) for text in encoded.dictionary.to_pylist()], dtype=np.float64)
    taken: np.ndarray[Any, np.dtype[np.float64]] = known[encoded.indices.to_numpy()] if len(texts) else known
    return taken


def _site(labels: dict[str, str], metrics: dict[str, Series]) -> str:
    """The label `situs`, else the host of `instance`."""
    if site := labels.get("situs"):
        return site
    instance = labels.get("instance", "")
    try:
        host = urlsplit(instance if "://" in instance else f"//{instance}").hostname
    except ValueError:  # [::
        host = None
    if host:
        return host
    number = min(series.number for series in metrics.values())
    raise ContractError(
        f"{_here(number)} tanpa label situs dan instance: milik situs mana? Beri label di Prometheus.", code="shape"
    )
