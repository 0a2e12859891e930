"""Prometheus: asked slice by slice, read into rows of site and probe; answers that are none stop the batch."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from loopback import DAY, ZONE, kept_bytes
from prometheus_kit import CAPTURES, END, START, matrix, read, series

from iku_etl.connectors.uptime import prometheus, prometheus_answer
from iku_etl.errors import ContractError
from iku_etl.window import window_at


@pytest.fixture(params=["in memory", "in pieces"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is read at once, and one that does not fit."""
    if request.param == "in pieces":
        monkeypatch.setattr(prometheus_answer, "IN_MEMORY", 0)
        monkeypatch.setattr(prometheus_answer, "PIECE", 2000)


@pytest.mark.usefixtures("either_way")
def test_a_captured_answer(tmp_path: Path) -> None:
    window = window_at("day", datetime(2026, 11, 22, 12, tzinfo=UTC), ZONE)
    rows = read(tmp_path, (CAPTURES / "query_matrix_raw_5m.json").read_bytes(), window)
    assert len(rows) == 8 * 60
    assert {row["site"] for row in rows} == {
        *("diskominfo.example", "bappeda.example", "dinkes.example", "disdik.example"),
        *("dpmd.example", "satpolpp.example", "dispora.example", "dlh.example"),
    }
    assert rows[0] == {
        "place": "/data/result/0/values/0",
        "site": "diskominfo.example",
        "checked_at": datetime(2026, 11, 22, 9, 34, 44, 315000, tzinfo=UTC),
        "up": True,
        "latency_ms": None,
        "cause": None,
    }
    assert {row["up"] for row in rows if row["site"] == "dinkes.example"} == {False}


@pytest.mark.usefixtures("either_way")
def test_samples_of_one_scrape_are_one_row(tmp_path: Path) -> None:
    at = [START + 37.005 + 300 * step for step in range(5)]
    rows = read(
        tmp_path,
        matrix(
            series("probe_success", [(at[0], "1"), (at[1], "0"), (at[2], "0"), (at[3], "0")]),
            series("probe_duration_seconds", [(at[0], "0.4126"), (at[1], "9.5"), (at[2], "0.1"), (at[3], "2")]),
            series("probe_http_status_code", [(at[0], "200"), (at[1], "503"), (at[2], "0"), (at[3], "0")]),
            series("probe_ip_protocol", [(at[0], "4"), (at[1], "4"), (at[2], "0"), (at[3], "4")]),
            series("up", [(time, "1") for time in at[:4]] + [(at[4], "0")]),
        ),
    )
    assert [(row["up"], row["latency_ms"], row["cause"]) for row in rows] == [
        (True, 413, None),
        (False, None, "http_503"),
        (False, None, "dns"),
        (False, None, None),  # refused, TLS or time-out: the source does not say
        (None, None, None),  # the prober was down: not observed
    ]
    assert [row["place"] for row in rows][3:] == ["/data/result/0/values/3", "/data/result/4/values/4"]


@pytest.mark.usefixtures("either_way")
def test_the_start_belongs_to_the_window_and_the_end_does_not(tmp_path: Path) -> None:
    times = [START - 0.001, START, END - 0.001, END]
    body = matrix(series("probe_success", [(time, "1") for time in times]))
    pieces = list(prometheus.read(kept_bytes(tmp_path, body, prometheus.MEDIA_TYPE), DAY))
    assert [row["checked_at"] for row in pieces[0].table.to_pylist()] == [
        DAY.start,
        datetime.fromtimestamp(END - 0.001, UTC),
    ]
    assert pieces[0].declared_out == {prometheus.OUTSIDE: 2}
    for edge, outside in ((START - 0.001, 1), (START, 0), (END - 0.001, 0), (END, 1)):
        body = matrix(series("probe_success", [(edge, "1")]))
        (piece,) = prometheus.read(kept_bytes(tmp_path, body, prometheus.MEDIA_TYPE), DAY)
        assert (piece.table.num_rows, sum(piece.declared_out.values())) == (1 - outside, outside)


@pytest.mark.usefixtures("either_way")
def test_values_that_are_no_numbers_stay_as_text_for_the_typed_stage(tmp_path: Path) -> None:
    at = [START + 300 * step for step in range(5)]
    values = ["1", "NaN", "0.5", "1", "1"]
    rows = read(
        tmp_path,
        matrix(
            series("probe_success", list(zip(at, values, strict=True))),
            series("probe_duration_seconds", [(at[0], "+Inf"), (at[3], "NaN"), (at[4], "0.25")]),
        ),
    )
    assert [row["up"] for row in rows] == ["true", "NaN", "0.5", "true", "true"]
    assert [row["latency_ms"] for row in rows] == ["+Inf", None, None, "NaN", "250"]


def test_a_site_without_label_is_the_host_of_its_instance(tmp_path: Path) -> None:
    for instance in ("https://B.example:8443/x", "b.example:8443", "b.example"):
        body = matrix(series("probe_success", [(START, "1")], situs="", instance=instance))
        assert [row["site"] for row in read(tmp_path, body)] == ["b.example"]


# ---------------------------------------------------------------- one target a site

AT = [START + 300 * step for step in range(6)]


def taken(folder: Path, *found: dict[str, Any]) -> tuple[list[tuple[str, bool]], list[tuple[dict[str, str], str]]]:
    """Site and `up` of each row, and what is not observed."""
    (piece,) = prometheus.read(kept_bytes(folder, matrix(*found), prometheus.MEDIA_TYPE), DAY)
    rows = [(row["site"], row["up"]) for row in piece.table.to_pylist()]
    return rows, [(dict(one.known), one.sentence) for one in piece.unobserved]


def probes_of(value: str, shift: int = 0, name: str = "probe_success", **labels: str) -> dict[str, Any]:
    return series(name, [(at + shift, value) for at in AT], situs="", **labels)


@pytest.mark.parametrize("shift", [0, 7], ids=["same instants", "shifted"])
@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ({"instance": "https://portal.example/"}, {"instance": "https://portal.example/ppid/"}, "portal.example/ppid/"),
        ({"instance": "http://portal.example/"}, {"instance": "https://portal.example/"}, "instance=http://portal"),
        ({"instance": "https://portal.example/"}, {"instance": "portal.example:443"}, "portal.example:443"),
        (
            {"instance": "https://portal.example/", "prober": "a"},
            {"instance": "https://portal.example/", "prober": "b"},
            "prober=a; prober=b",
        ),
        (
            {"instance": "https://portal.example/", "module": "http_2xx"},
            {"instance": "portal.example", "module": "icmp"},
            "module=icmp",
        ),
    ],
)
def test_two_targets_of_a_site_are_never_one(
    tmp_path: Path, one: dict[str, str], other: dict[str, str], told: str, shift: int
) -> None:
    rows, ((known, said),) = taken(
        tmp_path,
        probes_of("1", **one), probes_of("0", shift, **other), probes_of("1", instance="https://dinkes.example/"),
    )  # fmt: skip
    assert rows == [("dinkes.example", True)] * 6
    assert known == {"site": "portal.example"}
    assert told in said and "label situs" in said and "labels pada koneksi" in said


def test_a_label_that_two_targets_share_does_not_tell_them_apart(tmp_path: Path) -> None:
    both = [series("probe_success", [(at, "1") for at in AT], instance=f"https://{name}.example") for name in "ab"]
    rows, ((known, _),) = taken(tmp_path, *both)
    assert (rows, known) == ([], {"site": "a.example"})


def test_the_probe_that_speaks_http_is_the_sites_and_a_ping_beside_it_is_left_out(tmp_path: Path) -> None:
    http, ping = {"instance": "https://a.example/", "module": "http"}, {"instance": "a.example", "module": "icmp"}
    body = matrix(
        probes_of("0", **http), probes_of("503", name="probe_http_status_code", **http), probes_of("1", 11, **ping),
        probes_of("1", name="up", **http), probes_of("1", 11, name="up", **ping),
    )  # fmt: skip
    (piece,) = prometheus.read(kept_bytes(tmp_path, body, prometheus.MEDIA_TYPE), DAY)
    assert [(row["up"], row["cause"]) for row in piece.table.to_pylist()] == [(False, "http_503")] * 6
    assert (piece.declared_out, piece.unobserved) == ({prometheus.NO_WEB: 6}, ())


def test_a_ping_alone_is_no_check_of_the_site_where_others_speak_http(tmp_path: Path) -> None:
    http, ping = {"instance": "https://a.example/"}, {"instance": "b.example"}
    status = probes_of("200", name="probe_http_status_code", **http)
    rows, ((known, said),) = taken(tmp_path, probes_of("1", **http), status, probes_of("1", **ping))
    assert (rows, known) == ([("a.example", True)] * 6, {"site": "b.example"})
    assert "tanpa kode HTTP" in said


def test_a_target_that_only_was_scraped_does_not_stand_in_the_way(tmp_path: Path) -> None:
    node = probes_of("1", name="up", instance="a.example:9100")
    assert taken(tmp_path, probes_of("1", instance="https://a.example/"), node) == ([("a.example", True)] * 6, [])


def test_two_targets_of_a_prober_that_was_down_are_not_observed_and_no_riddle(tmp_path: Path) -> None:
    down = [probes_of("0", name="up", instance="https://a.example/", prober=name) for name in "ab"]
    assert taken(tmp_path, *down) == ([("a.example", None)] * 6, [])


@pytest.mark.usefixtures("either_way")
def test_values_that_are_all_no_numbers_are_no_probe(tmp_path: Path) -> None:
    rows = read(tmp_path, matrix(series("probe_success", [(at, "NaN") for at in AT])))
    assert {row["up"] for row in rows} == {"NaN"}  # the typed stage refuses a column of them


def test_a_site_of_a_name_that_no_host_can_have_is_not_observed(tmp_path: Path) -> None:
    rows, ((known, said),) = taken(tmp_path, series("probe_success", [(START, "1")], situs="a" * 300))
    assert (rows, known) == ([], {})
    assert "(300 huruf) terlalu panjang" in said


def test_an_empty_answer_has_no_rows(tmp_path: Path) -> None:
    assert read(tmp_path, matrix()) == []


HTML = b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (HTML, "not_json", "halaman web"),
        (b"", "not_json", "kosong"),
        (b"OK", "not_json", "bukan objek JSON"),
        ((CAPTURES / "query_error_parse.json").read_bytes(), "prometheus_error", "unexpected end of input"),
        ((CAPTURES / "query_error_params.json").read_bytes(), "prometheus_error", "bad_data"),
        ((CAPTURES / "query_matrix_raw_5m.json").read_bytes()[:-40], "truncated", "terpotong"),
        ((CAPTURES / "query_nan_inf.json").read_bytes(), "contract", "'vector'"),
        (matrix(warnings=["remote read: partial"]), "partial", "remote read: partial"),
        (matrix(series("node_load1", [(START, "1")])), "contract", "node_load1"),
        (matrix(*[series("up", [(START, "1")])] * 2), "contract", "dua kali"),
        (matrix({"metric": {"__name__": "up"}, "histograms": []}), "shape", "/data/result/0"),
        (matrix(series("up", [(START, "1"), (START, "1")])), "shape", "tidak naik"),
        (matrix(series("up", [(START, "1", "2")])), "shape", "pasangan"),
        (matrix(series("up", [(START, "wah")])), "shape", "bukan deret"),
        (matrix(series("up", [(START, "1")], situs="", instance="")), "shape", "milik situs mana"),
    ],
)
def test_what_is_no_answer_stops(tmp_path: Path, body: bytes, code: str, words: str) -> None:
    with pytest.raises(ContractError) as caught:
        read(tmp_path, body)
    assert caught.value.code == code
    assert words in str(caught.value)


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize(
    "changed",
    [
        {"metric": None},
        {"metric": {"__name__": "up", "instance": None}},
        {"metric": {"__name__": "up", "instance": {"a": 1}}},
        {"metric": {"__name__": "up", "instance": "http://[::"}},
        {"values": None},
        {"values": [[None, "1"]]},
        {"values": [[START, None], [START + 1, "1"]]},
        {"values": [[1e300, "1"]]},
    ],
)
def test_a_series_of_another_shape_is_refused(tmp_path: Path, changed: dict[str, Any]) -> None:
    with pytest.raises(ContractError):
        read(tmp_path, matrix({"metric": {"__name__": "up", "situs": "a"}, "values": [[START, "1"]]} | changed))
