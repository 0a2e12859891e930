"""Answers of the sample's Prometheus: the shapes of 2.42, generated from the world on the fly.

It understands one kind of query, a range selector with label matchers (`up{job="website"}[6h]`,
`{__name__=~"probe_success|up",job="website"}[86400000ms]`); a range includes both its ends, as in 2.x.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from iku_etl.sample.regency import ZONE, Site, World, moment
from iku_etl.sample.uptime import BLIND, DOWN, HOLE, UP, Checks, checks

JOB = "website"
LONGEST_MS = 40 * 86_400_000  # beyond it the real one runs out of its sample limit too
_SELECTOR = re.compile(r"\s*(?P<name>[A-Za-z_:][\w:]*)?\s*(?:\{(?P<matchers>.*)\})?\s*\[(?P<range>\w+)\]\s*", re.S)
_MATCHER = re.compile(r'\s*(?P<label>\w+)\s*(?P<sign>=~|!~|!=|=)\s*"(?P<value>(?:[^"\\]|\\.)*)"\s*(?:,|$)')
_DURATION = re.compile(r"(?:\d+(?:ms|[smhdw]))+")
_PART = re.compile(r"(\d+)(ms|[smhdw])")
_UNIT_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}


class BadQuery(Exception):
    """The query is refused, with Prometheus's own error type and HTTP status."""

    def __init__(self, message: str, error_type: str = "bad_data", status: int = 400) -> None:
        super().__init__(message)
        self.error_type, self.status = error_type, status

    @property
    def body(self) -> bytes:
        return orjson.dumps({"status": "error", "errorType": self.error_type, "error": str(self)})


@dataclass(frozen=True)
class Query:
    """A parsed query: the matchers (label, sign, value) and the range, both ends inclusive, in unix ms."""

    matchers: tuple[tuple[str, str, str], ...]
    start: int
    end: int

    def takes(self, labels: dict[str, str]) -> bool:
        """Whether a series matches; patterns are anchored, a missing label is the empty text."""
        for label, sign, value in self.matchers:
            have = labels.get(label, "")
            same = have == value if "~" not in sign else re.fullmatch(value, have) is not None
            if same == sign.startswith("!"):
                return False
        return True


def parse(query: str | None, at: str | None) -> Query:
    """Read `query` and `time`; raises BadQuery with the status the real one would give."""
    if not query or not query.strip():
        raise BadQuery('invalid parameter "query": 1:1: parse error: no expression found in input')
    found = _SELECTOR.fullmatch(query)
    if found is None or (found["name"] is None and found["matchers"] is None):
        raise BadQuery('invalid parameter "query": 1:1: parse error: the sample only knows range selectors')
    matchers = _matchers(found["matchers"] or "")
    if found["name"]:
        matchers = (("__name__", "=", found["name"]), *matchers)
    if not any(value for _, sign, value in matchers if sign in ("=", "=~")):
        raise BadQuery('invalid parameter "query": 1:1: parse error: vector selector must contain at least one matcher')
    end = _time_ms(at)
    return Query(matchers, end - _duration_ms(found["range"]), end)


def answer(world: World, last_day: date, query: Query) -> bytes:
    """The matrix of every series that matches, up to the end of `last_day`."""
    if query.end - query.start > LONGEST_MS:
        message = "query processing would load too many samples into memory in query execution"
        raise BadQuery(message, "execution", 422)
    end = min(query.end, moment(last_day + timedelta(days=1)) * 1000 - 1)
    series = [found for site in world.sites for found in _series_of(world, site, query, end)]
    series.sort(key=lambda one: (one["metric"]["__name__"], one["metric"]["instance"]))
    return orjson.dumps({"status": "success", "data": {"resultType": "matrix", "result": series}})


def _series_of(world: World, site: Site, query: Query, end: int) -> list[dict[str, Any]]:
    """A site's series; a new host gives a new `instance` and so a series of its own."""
    grown: dict[tuple[str, str], list[tuple[float, str]]] = {}
    day, last = _local_day(max(query.start, moment(world.first_day) * 1000)), _local_day(end)
    while day <= last:
        host = site.host_on(day)
        wanted = [name for name in METRICS if query.takes(_labels(name, site, host))]
        if wanted:
            made = _cached(world, site, day)
            inside = (made.at_ms >= query.start) & (made.at_ms <= end)
            for name in wanted:
                grown.setdefault((name, host), []).extend(_samples(name, made, inside))
        day += timedelta(days=1)
    return [{"metric": _labels(name, site, host), "values": values} for (name, host), values in grown.items() if values]


def _labels(name: str, site: Site, host: str) -> dict[str, str]:
    return {
        "__name__": name,
        "instance": f"https://{host}/",
        "job": JOB,
        "opd": site.label,
        "situs": site.site,
    }


@lru_cache(maxsize=512)
def _cached(world: World, site: Site, day: date) -> Checks:
    return checks(world, site, day)


def _samples(name: str, made: Checks, inside: Any) -> list[tuple[float, str]]:
    """[time, text] of one metric; a blind prober leaves `up` 0 and nothing else."""
    kept = inside & ((made.state != HOLE) if name == "up" else (made.state >= DOWN))
    times = (made.at_ms[kept] / 1000).tolist()
    return list(zip(times, METRICS[name](made, kept), strict=True))


def _flags(values: Any) -> list[str]:
    return ["1" if value else "0" for value in values.tolist()]


# Each metric with the texts of its samples.
METRICS = {
    "probe_success": lambda made, kept: _flags(made.state[kept] == UP),
    "probe_duration_seconds": lambda made, kept: [repr(value) for value in made.seconds[kept].tolist()],
    "probe_http_status_code": lambda made, kept: [str(value) for value in made.status[kept].tolist()],
    "probe_ip_protocol": lambda made, kept: ["4"] * int(kept.sum()),
    "up": lambda made, kept: _flags(made.state[kept] != BLIND),
}


def _matchers(text: str) -> tuple[tuple[str, str, str], ...]:
    found, place = [], 0
    while text[place:].strip():
        one = _MATCHER.match(text, place)
        if one is None:
            raise BadQuery('invalid parameter "query": 1:1: parse error: unexpected end of input inside braces')
        value = re.sub(r"\\(.)", r"\1", one["value"])
        if "~" in one["sign"]:
            try:
                re.compile(value)
            except re.error as problem:
                raise BadQuery(f'invalid parameter "query": 1:1: parse error: {problem}') from None
        found.append((one["label"], one["sign"], value))
        place = one.end()
    return tuple(found)


def _duration_ms(text: str) -> int:
    if not _DURATION.fullmatch(text):
        raise BadQuery(f'invalid parameter "query": 1:1: parse error: not a valid duration string: "{text}"')
    return sum(int(count) * _UNIT_MS[unit] for count, unit in _PART.findall(text))


def _time_ms(text: str | None) -> int:
    if not text:
        return int(datetime.now(UTC).timestamp() * 1000)
    try:
        return round(float(text) * 1000)
    except (ValueError, OverflowError):
        pass
    try:
        read = datetime.fromisoformat(text)
        if read.tzinfo is None:
            raise ValueError
        return round(read.timestamp() * 1000)
    except ValueError:
        raise BadQuery(f'invalid parameter "time": cannot parse "{text}" to a valid timestamp') from None


def _local_day(at_ms: int) -> date:
    return datetime.fromtimestamp(at_ms / 1000, ZONE).date()
