"""Samples of probed targets, joined by time, as rows of site and probe; all targets of a piece at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
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
CODES = 1000  # HTTP status codes are under it

Numbers = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Series:
    """The samples of one metric of one target: sorted times in ms, values, and where they stand."""

    number: int
    times: Numbers
    values: "np.ndarray[Any, np.dtype[np.float64]]"


Target = tuple[str, Mapping[str, Series]]  # site, and its series by metric

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


def target_rows(targets: Sequence[Target], start: int, end: int) -> tuple[pa.Table, int]:
    """The rows of these targets within [start, end), one target after the other, and how many lie outside.

    A column with an invalid value is given as text, so that the typed stage can name the value.
    """
    probes, scrapes = _Samples.of(SUCCESS, targets, start, end), _Samples.of(SCRAPED, targets, start, end)
    blind = np.flatnonzero(~_has(probes, scrapes.keys))  # scraped, but no probe came of it
    keys = np.concatenate([probes.keys, scrapes.keys[blind]])
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    success = np.concatenate([probes.values, np.zeros(len(blind))])[order]
    seen = (np.arange(len(keys)) < len(probes.keys))[order]
    series = {name: _Samples.of(name, targets, start, end) for name in (DURATION, STATUS, FAMILY)}
    joined = {name: _at(samples, keys) for name, samples in series.items()}
    up, down = seen & (success == 1), seen & (success == 0)
    span = end - start
    table = pa.table(
        {
            "place": _places(
                np.concatenate([probes.numbers, scrapes.numbers[blind]])[order],
                np.concatenate([probes.positions, scrapes.positions[blind]])[order],
            ),
            "site": pa.array([site for site, _ in targets], pa.string()).take(pa.array(keys // span)),
            "checked_at": pa.array(start + keys % span, pa.timestamp("ms", "UTC")),
            "up": _up(success, seen),
            "latency_ms": _latency(joined[DURATION], up & _has(series[DURATION], keys)),
            "cause": _cause(joined[STATUS], joined[FAMILY], down),
        }
    )
    return table, sum(_outside(metrics, start, end) for _, metrics in targets)


@dataclass(frozen=True)
class _Samples:
    """One metric's samples of several targets within [start, end). `keys` rise: target * (end - start) + time."""

    keys: Numbers
    values: "np.ndarray[Any, np.dtype[np.float64]]"
    numbers: Numbers  # of the series
    positions: Numbers  # in the series

    @classmethod
    def of(cls, name: str, targets: Sequence[Target], start: int, end: int) -> "_Samples":
        found = [(place, metrics[name]) for place, (_, metrics) in enumerate(targets) if name in metrics]
        if not found:
            none = np.empty(0, np.int64)
            return cls(none, np.empty(0), none, none)
        counts = [len(series.times) for _, series in found]
        times = np.concatenate([series.times for _, series in found])
        begins = np.cumsum([0, *counts[:-1]])
        values = np.concatenate([series.values for _, series in found])
        numbers = np.repeat([series.number for _, series in found], counts)
        positions = np.arange(len(times)) - np.repeat(begins, counts)
        places = np.repeat([place for place, _ in found], counts)
        inside = (times >= start) & (times < end)
        if not inside.all():
            times, values, numbers, positions, places = (
                column[inside] for column in (times, values, numbers, positions, places)
            )
        return cls(places * (end - start) + (times - start), values, numbers, positions)


def _outside(metrics: Mapping[str, Series], start: int, end: int) -> int:
    """The probes, and scrapes without one, of a target that lie outside [start, end)."""
    stray = [
        series.times[(series.times < start) | (series.times >= end)]
        for name in (SUCCESS, SCRAPED)
        if (series := metrics.get(name)) is not None
        and len(series.times)
        and (series.times[0] < start or series.times[-1] >= end)
    ]
    return len(np.unique(np.concatenate(stray))) if stray else 0


def _has(samples: _Samples, keys: Numbers) -> Flags:
    """Whether there is a sample at each key (both are sorted)."""
    if not len(samples.keys):
        return np.zeros(len(keys), bool)
    if np.array_equal(samples.keys, keys):
        return np.ones(len(keys), bool)
    found: Flags = samples.keys[np.minimum(np.searchsorted(samples.keys, keys), len(samples.keys) - 1)] == keys
    return found


def _at(samples: _Samples, keys: Numbers) -> Any:
    """The samples' value at each key, NaN where there is none."""
    if not len(samples.keys):
        return np.full(len(keys), np.nan)
    if np.array_equal(samples.keys, keys):
        return samples.values
    near = np.minimum(np.searchsorted(samples.keys, keys), len(samples.keys) - 1)
    return np.where(samples.keys[near] == keys, samples.values[near], np.nan)


def _places(numbers: Numbers, positions: Numbers) -> pa.Array:
    """`/data/result/3/values/17`: the sample of `probe_success`, or of `up` where there is none."""
    texts = [pa.array(numbers).cast(pa.string()), pa.array(positions).cast(pa.string())]
    return pc.binary_join_element_wise("/data/result/", texts[0], "/values/", texts[1], "")


def _up(success: Any, seen: Flags) -> pa.Array:
    odd = seen & (success != 0) & (success != 1)
    if not odd.any():
        return pa.array(success == 1, mask=~seen)
    words = np.where(odd, [_word(value) for value in success], np.where(success == 1, "true", "false"))
    return pa.array(words.tolist(), pa.string(), mask=~seen)


def _latency(seconds: Any, has: Flags) -> pa.Array:
    """Whole milliseconds of probes that were up and have a duration."""
    odd = has & ~np.isfinite(seconds)
    whole = np.rint(np.where(has & ~odd, seconds, 0) * 1000).astype(np.int64)
    if not odd.any():
        return pa.array(whole, mask=~has)
    words = np.where(odd, [_word(value) for value in seconds], whole.astype(str))
    return pa.array(words.tolist(), pa.string(), mask=~has)


@cache
def _causes() -> pa.Array:
    """Made at first use: an Arrow array imports pandas, which a DAG's parse must not pay for."""
    return pa.array([None, *(f"http_{code}" for code in range(1, CODES)), "dns"], pa.string())


def _cause(status: Any, family: Any, down: Flags) -> pa.Array:
    """Why a probe was down, where it says: `http_503`, `dns`; else null (refused, TLS and time-outs look alike)."""
    if not down.any():
        return pa.nulls(len(down), pa.string())
    codes = np.where(down & np.isfinite(status) & (status >= 100) & (status < CODES), status, 0).astype(np.int64)
    return _causes().take(pa.array(np.where(down & (codes == 0) & (family == 0), CODES, codes)))


def _word(value: float) -> str:
    return "NaN" if np.isnan(value) else ("+Inf" if value > 0 else "-Inf") if np.isinf(value) else repr(float(value))
