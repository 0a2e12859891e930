"""Floor 2. Samples of one probed target, joined by time, as rows of site and probe."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

SUCCESS, DURATION, STATUS, FAMILY, SCRAPED = METRICS = (
    "probe_success",
    "probe_duration_seconds",
    "probe_http_status_code",
    "probe_ip_protocol",  # 0: the name did not resolve
    "up",
)


@dataclass(frozen=True)
class Series:
    """The samples of one metric of one target: sorted times in ms, values, and where they stand."""

    number: int
    times: "np.ndarray[Any, np.dtype[np.int64]]"
    values: "np.ndarray[Any, np.dtype[np.float64]]"


SCHEMA = pa.schema(
    [
        ("place", pa.string()),
        ("site", pa.string()),
        ("checked_at", pa.timestamp("ms", "UTC")),
        ("up", pa.bool_()),
        ("latency_ms", pa.int64()),
        ("cause", pa.string()),
    ]
)


def target_rows(site: str, metrics: dict[str, Series], start: int, end: int) -> tuple[pa.Table, int]:
    """The rows of one target within [start, end), and how many lie outside."""
    nothing = Series(0, np.empty(0, np.int64), np.empty(0))
    probes, scrapes = metrics.get(SUCCESS, nothing), metrics.get(SCRAPED, nothing)
    blind = ~_has(probes, scrapes.times)  # scraped, but no probe came of it
    times = np.concatenate([probes.times, scrapes.times[blind]])
    inside = (times >= start) & (times < end)
    order = np.flatnonzero(inside)[np.argsort(times[inside], kind="stable")]
    success = np.concatenate([probes.values, np.zeros(int(blind.sum()))])[order]
    seen = (np.arange(len(times)) < len(probes.times))[order]
    times = times[order]
    joined = {name: _at(metrics.get(name, nothing), times) for name in (DURATION, STATUS, FAMILY)}
    table = pa.table(
        {
            "place": _places(probes, scrapes, blind, order),
            "site": pa.repeat(site, len(order)),
            "checked_at": pa.array(times, pa.timestamp("ms", "UTC")),
            "up": _up(success, seen),
            "latency_ms": _latency(joined[DURATION], seen & (success == 1), metrics.get(DURATION, nothing), times),
            "cause": _cause(joined[STATUS], joined[FAMILY], seen & (success == 0)),
        }
    )
    return table, int((~inside).sum())


def _has(series: Series, times: Any) -> Any:
    """Whether the series has a sample at each time (both rise)."""
    if not len(series.times):
        return np.zeros(len(times), bool)
    return series.times[np.minimum(np.searchsorted(series.times, times), len(series.times) - 1)] == times


def _at(series: Series, times: Any) -> Any:
    """The series' value at each time, NaN where it has none."""
    if not len(series.times):
        return np.full(len(times), np.nan)
    near = np.minimum(np.searchsorted(series.times, times), len(series.times) - 1)
    return np.where(series.times[near] == times, series.values[near], np.nan)


def _places(probes: Series, scrapes: Series, blind: Any, order: Any) -> pa.Array:
    """`/data/result/3/values/17`: the sample of `probe_success`, or of `up` where there is none."""
    count = len(probes.times)
    numbers = np.where(np.arange(count + int(blind.sum())) < count, probes.number, scrapes.number)[order]
    at = np.concatenate([np.arange(count), np.flatnonzero(blind)])[order]
    texts = [pa.array(numbers).cast(pa.string()), pa.array(at).cast(pa.string())]
    return pc.binary_join_element_wise("/data/result/", texts[0], "/values/", texts[1], "")


def _up(success: Any, seen: Any) -> pa.Array:
    odd = seen & (success != 0) & (success != 1)
    if not odd.any():
        return pa.array(success == 1, mask=~seen)
    words = np.where(odd, [_word(value) for value in success], np.where(success == 1, "true", "false"))
    return pa.array(words.tolist(), pa.string(), mask=~seen)


def _latency(seconds: Any, up: Any, series: Series, times: Any) -> pa.Array:
    """Whole milliseconds of probes that were up and have a duration."""
    has = up & _has(series, times)
    odd = has & ~np.isfinite(seconds)
    whole = np.rint(np.where(has & ~odd, seconds, 0) * 1000).astype(np.int64)
    if not odd.any():
        return pa.array(whole, mask=~has)
    words = np.where(odd, [_word(value) for value in seconds], whole.astype(str))
    return pa.array(words.tolist(), pa.string(), mask=~has)


def _cause(status: Any, family: Any, down: Any) -> pa.Array:
    """Why a probe was down, where it says: `http_503`, `dns`; else null (refused, TLS and time-outs look alike)."""
    codes = np.where(down & np.isfinite(status) & (status >= 100) & (status < 1000), status, 0).astype(np.int64)
    texts = pc.binary_join_element_wise("http_", pa.array(codes).cast(pa.string()), "")
    told = pc.if_else(pa.array(codes > 0), texts, pa.scalar(None, pa.string()))
    return pc.if_else(pa.array(down & (codes == 0) & (family == 0)), "dns", told)


def _word(value: float) -> str:
    return "NaN" if np.isnan(value) else ("+Inf" if value > 0 else "-Inf") if np.isinf(value) else repr(float(value))
