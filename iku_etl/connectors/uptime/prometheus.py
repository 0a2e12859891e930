"""Prometheus with blackbox_exporter: raw samples out of it, and rows of one site and probe out of those.

A probe is `probe_success`; the samples of one scrape share its time stamp, so its duration, status and
address family are joined by it. A scrape that left an `up` but no `probe_success` was not a probe: the
prober was down, the site not observed (`up` null). With neither there is no row.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from urllib.parse import urlsplit

import pyarrow as pa

from iku_etl.connectors.http.client import Client
from iku_etl.connectors.http.options import HttpOptions
from iku_etl.connectors.http.page import PageGuard
from iku_etl.connectors.uptime.monitors import SITE_LETTERS, ambiguous, refuse_map, short, slice_seconds
from iku_etl.connectors.uptime.prometheus_answer import here, series
from iku_etl.connectors.uptime.prometheus_probes import (
    METRICS,
    SCHEMA,
    SCRAPED,
    STATUS,
    SUCCESS,
    Series,
    Target,
    target_rows,
)
from iku_etl.errors import ContractError, SettingError
from iku_etl.model import KeptPayload, Payload, Rows, Unobserved
from iku_etl.settings import Endpoint
from iku_etl.window import Window

MEDIA_TYPE = "application/json;profile=prometheus"
SYSTEM = "Prometheus"
ROWS = 100_000
OUTSIDE, NO_WEB = "cuplikan di luar jendela", "cuplikan probe lain dari situs yang sama (ping, TCP)"
_SLICE = re.compile(r"samples-(?P<start>\d+)-(?P<end>\d+)")  # samples-1795340000000-1795361600000
_LABEL = re.compile(r"[\w .:/-]+")  # what may stand in a selector
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
INSTEAD = "Beri tiap sasaran label situs sendiri di Prometheus, atau pilih satu dengan labels pada koneksi"

Labels = Mapping[str, str]
Metrics = Mapping[str, Series]


class Options(HttpOptions, total=False):
    """What a connection may say beside `system` and `url`."""

    job: str
    labels: object  # judged by `_selector`
    slice_hours: float
    sites: object  # refused with what to do instead


# ---------------------------------------------------------------- asking


def samples(endpoint: Endpoint, window: Window) -> Iterator[Payload]:
    """One payload per slice of the window: the raw samples of all METRICS of the endpoint's `job`.

    Options: `job` (website), `labels` (what else a series must carry: one prober of several, one module), `slice_hours`
    (6), `total_seconds` (40). Instant queries with a range selector give samples as they were stored; `query_range`
    would invent points at its steps.
    """
    refuse_map(endpoint, SYSTEM, "Beri sasarannya label situs di Prometheus.")
    selector = _selector(endpoint)
    guard = PageGuard("Prometheus")
    with Client(endpoint) as client:
        for start, end in _slices(window, slice_seconds(endpoint)):
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


def _selector(endpoint: Endpoint) -> str:
    labels = endpoint.options.get("labels", {})
    wanted: dict[tuple[str, ...], object] = {("job",): endpoint.options.get("job", "website")}
    if isinstance(labels, Mapping):
        wanted |= {("labels", str(name)): value for name, value in labels.items()}
    else:
        wanted[("labels", "")] = labels
    chosen = {}
    for place, value in wanted.items():
        if not _LABEL_NAME.fullmatch(place[-1]) or not isinstance(value, str) or not _LABEL.fullmatch(value):
            raise SettingError(
                f"{endpoint.at(*place)}pilihan {'.'.join(filter(None, place))} koneksi Prometheus adalah {value!r};"
                ' pakai huruf, angka, dan . _ - / di antara tanda kutip, dan tulis labels sebagai {prober = "a"}.'
            )
        chosen[place[-1]] = value
    told = "".join(f',{name}="{value}"' for name, value in chosen.items())
    return f'{{__name__=~"{"|".join(METRICS)}"{told}}}'


def _slices(window: Window, seconds: int) -> Iterator[tuple[int, int]]:
    step, start, end = seconds * 1000, *_milliseconds(window)
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
    found: dict[tuple[tuple[str, str], ...], dict[str, Series]] = {}
    for labels, one in series(payload):
        name = labels.pop("__name__", "")
        metrics = found.setdefault(tuple(sorted(labels.items())), {})
        if name not in METRICS or name in metrics:
            raise ContractError(f"{here(one.number)}: metrik {short(name)!r} tidak diminta, atau datang dua kali.")
        metrics[name] = one
    out: Counter[str] = Counter()
    targets, unobserved = _one_a_site([(dict(key), metrics) for key, metrics in found.items()], out)
    waiting: list[Target] = []
    count = 0
    for site, taken in targets:
        waiting.append((site, taken))
        count += sum(len(taken[name].times) for name in (SUCCESS, SCRAPED) if name in taken)
        if count >= ROWS:
            yield Rows(_table(waiting, start, end, out))
            waiting, count = [], 0
    table = _table(waiting, start, end, out)
    yield Rows(table, {reason: count for reason, count in sorted(out.items()) if count}, tuple(unobserved))


def _table(targets: list[Target], start: int, end: int, out: Counter[str]) -> pa.Table:
    if not targets:
        return SCHEMA.empty_table()
    table, outside = target_rows(targets, start, end)
    out[OUTSIDE] += outside
    return table


def _one_a_site(targets: list[tuple[Labels, Metrics]], out: Counter[str]) -> tuple[list[Target], list[Unobserved]]:
    """The one target of each site, in the order they came; a site of several, or of none that speaks HTTP, is named.

    A target that left no probe, and one without HTTP status beside others with it (a ping), stands back.
    """
    claims: dict[str, list[tuple[Labels, Metrics]]] = {}
    for labels, metrics in targets:
        claims.setdefault(_site(labels, metrics), []).append((labels, metrics))
    speaks_http = any(STATUS in metrics for _, metrics in targets)
    chosen: list[Target] = []
    unobserved: list[Unobserved] = []
    for site, several in claims.items():
        place = here(_first(several[0][1]))
        probed = [one for one in several if SUCCESS in one[1]]
        web = [one for one in probed if STATUS in one[1]]
        taken = web or probed or several[:1]  # without any probe all of them say alike that the prober was down
        if len(site) > SITE_LETTERS:
            unobserved.append(Unobserved(place, f"{SYSTEM}: nama situs {short(site)} terlalu panjang."))
        elif len(taken) > 1:
            unobserved.append(ambiguous(site, _titles(taken), SYSTEM, place, INSTEAD))
        elif speaks_http and probed and not web:
            why = (
                f"{SYSTEM}: situs {site}: {_titles(taken)[0]} tanpa kode HTTP (ping atau TCP), bukan pemeriksaan laman"
            )
            unobserved.append(Unobserved(place, f"{why} situs. Pakai modul http pada blackbox.", {"site": site}))
        else:
            chosen.append((site, taken[0][1]))
            out[NO_WEB] += sum(len(metrics[SUCCESS].times) for _, metrics in probed if metrics is not taken[0][1])
    return chosen, unobserved


def _titles(targets: list[tuple[Labels, Metrics]]) -> list[str]:
    """Each target by the labels that tell it from the others."""
    names = sorted({name for labels, _ in targets for name in labels})
    telling = [name for name in names if len({labels.get(name) for labels, _ in targets}) > 1] or ["instance"]
    return [" ".join(f"{name}={short(labels.get(name, ''))}" for name in telling) for labels, _ in targets]


def _first(metrics: Metrics) -> int:
    return min(one.number for one in metrics.values())


def _site(labels: Labels, metrics: Metrics) -> str:
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
    raise ContractError(
        f"{here(_first(metrics))} tanpa label situs dan instance: milik situs mana? Beri label di Prometheus.",
        code="shape",
    )
