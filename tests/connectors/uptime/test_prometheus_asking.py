"""Prometheus is asked slice by slice: each sample of the window once, and what it refuses stops the batch."""

from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from loopback import DAY, kept, send, server, table
from prometheus_kit import CAPTURES, END, START, matrix, series

from iku_etl.connectors.uptime import prometheus
from iku_etl.errors import ContractError, SettingError
from iku_etl.settings import Endpoint


def serving(
    answer: Callable[[int, int], bytes], asked: list[dict[str, str]], version: int = 2
) -> Callable[[BaseHTTPRequestHandler], None]:
    """A Prometheus: of 2 a range includes both its ends, of 3 only the right one."""

    def handle(handler: BaseHTTPRequestHandler) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
        asked.append(query)
        end = round(float(query["time"]) * 1000)
        length = int(query["query"].rsplit("[", 1)[1].removesuffix("ms]"))
        send(handler, answer(end - length + (version > 2), end))

    return handle


def probes(start: int, end: int) -> bytes:
    """A sample each 30 minutes on the slot, and one a millisecond before each."""
    times = [time - early for time in range(START * 1000, END * 1000 + 1, 1_800_000) for early in (1, 0)]
    return matrix(series("probe_success", [(time / 1000, "1") for time in sorted(times) if start <= time <= end]))


@pytest.mark.parametrize("version", [2, 3])
def test_slices_together_give_each_sample_of_the_window_once(tmp_path: Path, version: int) -> None:
    """Samples stand on each edge of a slice and a millisecond before it: none is lost, none comes twice."""
    asked: list[dict[str, str]] = []
    with server(serving(probes, asked, version)) as url:
        payloads = [
            kept(tmp_path, payload, number)
            for number, payload in enumerate(prometheus.samples(Endpoint("prometheus", url), DAY), 1)
        ]
    assert len(asked) == 4
    assert asked[0]["query"] == (
        '{__name__=~"probe_success|probe_duration_seconds|probe_http_status_code|probe_ip_protocol|up",'
        'job="website"}[21600000ms]'
    )
    rows = [row for payload in payloads for row in table(prometheus.read(payload, DAY)).to_pylist()]
    times = [row["checked_at"] for row in rows]
    assert len(times) == len(set(times)) == 96
    assert min(times) == DAY.start
    assert max(times) == datetime.fromtimestamp(END - 0.001, UTC)


def test_the_last_slice_ends_with_the_window() -> None:
    asked: list[dict[str, str]] = []
    with server(serving(probes, asked)) as url:
        for payload in prometheus.samples(Endpoint("prometheus", url, {"slice_hours": 7}), DAY):
            b"".join(payload.chunks)
    assert [query["time"] for query in asked] == [
        f"{min(START + 25_200 * number, END) - 0.001:.3f}" for number in (1, 2, 3, 4)
    ]
    assert asked[-1]["query"].endswith("[10800000ms]")


def test_a_server_that_ignores_the_time_is_a_page_loop(tmp_path: Path) -> None:
    many = matrix(series("probe_success", [(START + 60 * step, "1") for step in range(100)]))
    with server(serving(lambda start, end: many, [])) as url, pytest.raises(ContractError) as caught:
        for number, payload in enumerate(prometheus.samples(Endpoint("prometheus", url), DAY)):
            kept(tmp_path, payload, number)
    assert caught.value.code == "page_loop"


def test_empty_slices_are_no_loop(tmp_path: Path) -> None:
    empty = (CAPTURES / "query_empty.json").read_bytes().replace(b"vector", b"matrix")
    with server(serving(lambda start, end: empty, [])) as url:
        assert len([kept(tmp_path, p) for p in prometheus.samples(Endpoint("prometheus", url), DAY)]) == 4


def test_a_refused_query_is_kept_as_evidence_and_then_stops(tmp_path: Path) -> None:
    body = (CAPTURES / "query_error_parse.json").read_bytes()
    with server(lambda handler: send(handler, body, 400)) as url:
        payload = next(iter(prometheus.samples(Endpoint("prometheus", url), DAY)))
        landed = kept(tmp_path, payload)
    assert payload.status == 400
    with pytest.raises(ContractError, match="bad_data"):
        list(prometheus.read(landed, DAY))


def test_a_query_of_too_many_samples_ends_with_prometheus_own_words_and_what_to_do(tmp_path: Path) -> None:
    said = b"query processing would load too many samples into memory in query execution"
    body = b'{"status":"error","errorType":"execution","error":"%s"}' % said
    with server(lambda handler: send(handler, body, 422)) as url:
        payload = next(iter(prometheus.samples(Endpoint("prometheus", url), DAY)))
        landed = kept(tmp_path, payload)
    with pytest.raises(ContractError, match=rf"{said.decode()}.*slice_hours") as refused:
        list(prometheus.read(landed, DAY))
    assert refused.value.code == "prometheus_error"


def test_a_prober_of_several_is_chosen_by_its_label() -> None:
    asked: list[dict[str, str]] = []
    options = {"labels": {"prober": "a", "module": "http_2xx"}}
    with server(serving(probes, asked)) as url:
        for payload in prometheus.samples(Endpoint("prometheus", url, options), DAY):
            b"".join(payload.chunks)
    assert ',job="website",prober="a",module="http_2xx"}[' in asked[0]["query"]


@pytest.mark.parametrize(
    "options",
    [
        {"job": 'x"} or up{'},
        {"slice_hours": 0},
        {"labels": {"prober": 'a"} or up{b="'}},
        {"labels": {'a="b"} or up{c': "d"}},
        {"labels": "prober=a"},
        {"sites": {"a.example": "https://a.example"}},  # it would change nothing
    ],
)
def test_options_that_would_break_the_query_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(SettingError):
        list(prometheus.samples(Endpoint("prometheus", "http://127.0.0.1:9", options), DAY))
