"""Answers of any size: pieces give what the whole gives, nothing is a number that JSON has not, memory has a bound."""

import resource
import subprocess
import sys
import textwrap
from itertools import pairwise
from pathlib import Path

import numpy as np
import orjson
import pytest
from loopback import kept_bytes

from iku_etl.connectors.uptime import prometheus, prometheus_answer
from iku_etl.connectors.uptime.prometheus_samples import quick
from iku_etl.errors import ContractError

CAPTURED = (Path(__file__).parents[2] / "data" / "prometheus" / "query_matrix_raw_5m.json").read_bytes()
SPACED = b'{"status": "success", "data": {"resultType": "matrix", "result": [%s]}}'
SERIES = b'{ "metric": {"__name__": "up", "instance": "a%d"},\n "values": [[1767546000.5, "1"], [1767546300, "0.5"]] }'


def found(folder: Path, body: bytes) -> list[tuple[object, ...]]:
    pieces = prometheus_answer.series(kept_bytes(folder, body, prometheus.MEDIA_TYPE))
    return [(sorted(labels.items()), one.number, one.times.tolist(), one.values.tolist()) for labels, one in pieces]


@pytest.mark.parametrize("piece", [1800, 2500, 4000, 10_000, 1_000_000])
@pytest.mark.parametrize("body", [CAPTURED, SPACED % b" ,\n".join(SERIES % number for number in range(90))])
def test_pieces_give_what_the_whole_gives(
    tmp_path: Path, body: bytes, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = found(tmp_path, body)
    assert len(whole) in (8, 90)
    monkeypatch.setattr(prometheus_answer, "IN_MEMORY", 0)
    monkeypatch.setattr(prometheus_answer, "PIECE", piece)
    assert found(tmp_path, body) == whole
    for cut in (1, 40, len(body) // 2):
        with pytest.raises(ContractError):
            found(tmp_path, body[:-cut])
    for around, code in ((b',"warnings":["tidak lengkap"]}', "partial"), (b',"status":"error"}', "prometheus_error")):
        with pytest.raises(ContractError) as refused:
            found(tmp_path, body.strip().removesuffix(b"}") + around)
        assert refused.value.code == code


def test_a_label_can_look_like_what_stands_between_two_series(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = '"]]},{"metric":{"x":"'
    body = orjson.dumps(
        {
            "status": "success",
            "data": {
                "resultType": "matrix",
                "result": [
                    {"metric": {"instance": f"{odd}{number}"}, "values": [[1767546000, "1"]]} for number in range(100)
                ],
            },
        }
    )
    whole = found(tmp_path, body)
    assert [labels for labels, *_ in whole] == [[("instance", f"{odd}{number}")] for number in range(100)]
    monkeypatch.setattr(prometheus_answer, "IN_MEMORY", 0)
    monkeypatch.setattr(prometheus_answer, "PIECE", 700)
    assert found(tmp_path, body) == whole


@pytest.mark.parametrize(
    "sample",
    [
        *('+1767546000,"1"', '01767546000,"1"', '1767546000.,"1"', '.5,"1"', '-.5,"1"', '0x10,"1"', 'NaN,"1"'),
        *('1767546000,"+1.5"', '1767546000,"01.5"', '1767546000,"1."', '1767546000,".5"', '1767546000,"-01"'),
        *('1767546000,"1_000"', '1767546000," 1"', '1767546000,"1 "', '1767546000,"inf"', '1767546000,"Infinity"'),
        *('1767546000,"nan"', '1767546000,"0x1"', '1767546000,""', '1767546000,"1e"', '1767546000,"١"'),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_no_number_is_none_for_either_reader(tmp_path: Path, sample: str, place: int) -> None:
    samples = ['1767545000,"0.25"', '1767545500,"1"']
    samples.insert(place, sample)
    body = SPACED % b'{"metric":{"__name__":"up"},"values":[[%s]]}' % "],[".join(samples).encode()
    assert quick(body) is None
    with pytest.raises(ContractError):
        found(tmp_path, body)


@pytest.mark.parametrize("sample", ['1767546000.123,"0"', '1767546000,"0.5"', '1767546000,"1e-7"', '1767546000,"-1"'])
def test_what_is_a_number_is_one_for_either_reader(tmp_path: Path, sample: str) -> None:
    body = SPACED % b'{"metric":{"__name__":"up"},"values":[[%s]]}' % sample.encode()
    ((_, _, times, values),) = found(tmp_path, body)
    moment, value = sample.split(",")
    assert (times, values) == ([round(float(moment) * 1000)], [float(value.strip('"'))])


def test_quick_gives_the_numbers_that_json_gives() -> None:
    dice = np.random.default_rng(5)
    times = np.round(1767546000 + np.cumsum(dice.uniform(0.001, 300, 5000)), 3)
    values = dice.choice([0, 1, 0.5, 12.25, 100, 1e3, 0.001], 5000)
    samples = ",".join(f'[{at!r},"{value!r}"]' for at, value in zip(times.tolist(), values.tolist(), strict=True))
    told = quick(SPACED.replace(b" ", b"") % b'{"metric":{},"values":[%s]}' % samples.encode())
    assert told is not None
    ((found_times, found_values),) = told[1]
    assert found_values.tolist() == values.tolist()
    assert all(later > earlier for earlier, later in pairwise(found_times.tolist()))
    assert found_times.tolist() == np.rint(times * 1000).astype(int).tolist()


@pytest.mark.parametrize(
    ("metric", "words"),
    [(b'{"a":"%s"}' % (b"x" * 10**6), "lebih dari 1000 huruf"), (b'{"%s":""}' % (b"x" * 1001), "lebih dari 1000")],
)
def test_a_label_without_end_is_refused(tmp_path: Path, metric: bytes, words: str) -> None:
    with pytest.raises(ContractError, match=words):
        found(tmp_path, SPACED % b'{"metric":%s,"values":[[1,"1"]]}' % metric)


def test_more_series_than_a_regency_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prometheus_answer, "SERIES", 7)
    with pytest.raises(ContractError, match="lebih dari 7 deret"):
        found(tmp_path, CAPTURED)


HEAD = 'b\'{"status":"success","data":{"resultType":"matrix","result":[\''
HOSTILE = {
    "deep": 'b"[" * (40 << 20)',
    "deep behind a good series": 'b\'{"metric":{"__name__":"up"},"values":[[1,"1"]]},\' + b\'{"a":\' * (8 << 20)',
    "wide": 'b\'{"metric":{},"values":[\' + b"[]," * (16 << 20)',
    "wide and small": 'b"{}," * (2 << 20)',  # read at once
    "numbers": 'b\'{"metric":{},"values":[\' + b"0.5," * (16 << 20)',
    "no series": 'b\'{"metric":{},"values":[]},\' * (2 << 20)',
}


@pytest.mark.parametrize("shape", HOSTILE)
def test_what_does_not_load_costs_little_memory_and_time(tmp_path: Path, shape: str) -> None:
    """Under 512 MB and 60 s, in a process of its own: the bytes are over 32 MB, or as many values as bytes."""
    program = textwrap.dedent(
        f"""
        import resource, sys
        from pathlib import Path
        from iku_etl.connectors.uptime import prometheus_answer
        from iku_etl.errors import ContractError
        from iku_etl.model import KeptPayload
        path = Path(sys.argv[1])
        path.write_bytes({HEAD} + {HOSTILE[shape]})
        try:
            for _ in prometheus_answer.series(KeptPayload(1, "x", "x", "x", path.stat().st_size, path)):
                pass
        except ContractError as problem:
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, problem.code)
        """
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "answer")], capture_output=True, text=True, timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30)),
    )  # fmt: skip
    megabytes, code = ran.stdout.split()
    assert int(megabytes) < 512, f"{megabytes} MB until {code}"
