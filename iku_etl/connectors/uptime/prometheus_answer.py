"""An answer of Prometheus -> its series, after everything around them was checked; a large one piece by piece.

Whole series are cut out of a large answer as they stand in its bytes, and each piece is read as an answer of its own:
memory is that of a piece, however deep or long what comes is.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from iku_etl.connectors.uptime.prometheus_probes import Series
from iku_etl.connectors.uptime.prometheus_samples import LAST_SECOND, quick
from iku_etl.errors import ContractError
from iku_etl.model import KeptPayload

IN_MEMORY = 8 * 1024**2  # larger answers are read in pieces
PIECE = 4 * 1024**2
LONGEST = 3  # pieces: a series of half a million samples is none of a slice of a day
SERIES = 20_000  # some dozen sites have hundreds
LABEL_LETTERS = 1000
# `,` between two series; in a text the quotes would be escaped
_NEXT = re.compile(rb'\}\s*(,)\s*(?=\{\s*"metric"\s*:)')
_FIRST = re.compile(rb'"result"\s*:\s*\[\s*(?=\{)')
_CLOSING = b"]}}"  # of the result, the data and the answer
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|[+-]Inf|NaN")


def series(payload: KeptPayload) -> Iterator[tuple[dict[str, str], Series]]:
    """Labels and samples of each series; raises ContractError unless the whole answer is a good matrix."""
    with open(payload.path, "rb") as stream:
        head = stream.read(4096).lstrip()
    if not head.startswith(b"{"):
        kind = "halaman web" if head.startswith(b"<") else "kosong" if not head else "bukan objek JSON"
        raise ContractError(f"isinya {kind}, bukan jawaban Prometheus. Benarkah url-nya?", code="not_json")
    number = 0
    texts = _pieces(payload) if payload.size_bytes > IN_MEMORY else iter([(payload.path.read_bytes(), True)])
    for text, is_last in texts:
        for labels, times, values in _read(text, number, is_last=is_last):
            yield labels, Series(number, times, values)
            number += 1
            if number > SERIES:
                raise ContractError(f"lebih dari {SERIES} deret dalam satu jawaban. Periksa job koneksi.", code="shape")


def here(number: int) -> str:
    """Where a series stands in its answer."""
    return f"/data/result/{number}"


def _pieces(payload: KeptPayload) -> Iterator[tuple[bytes, bool]]:
    """The answer as answers of about PIECE bytes; True with the last, which has what stands behind all series."""
    with open(payload.path, "rb") as stream:
        rest = stream.read(PIECE)
        opening = _FIRST.search(rest)
        head = rest[: opening.end()] if opening else b""
        rest = rest[len(head) :]
        while block := stream.read(PIECE):
            cuts = [found.start(1) for found in _NEXT.finditer(rest)] if head else []
            if cuts:
                yield head + rest[: cuts[-1]] + _CLOSING, False
                rest = rest[cuts[-1] + 1 :]
            rest += block
            if len(rest) > LONGEST * PIECE:
                raise ContractError(
                    f"jawaban {payload.size_bytes} bita tidak terbagi menjadi deret cuplikan; bukan jawaban Prometheus,"
                    " atau satu deretnya terlalu panjang. Perkecil slice_hours.",
                    code="shape",
                )
    yield head + rest, True


def _read(text: bytes, number: int, *, is_last: bool) -> Iterator[tuple[dict[str, str], Any, Any]]:
    if (found := quick(text)) is not None:
        answer, samples = found
        for place, (one, (times, values)) in enumerate(zip(_result(answer, is_last), samples, strict=True), number):
            yield _labels(place, one), times, values
        return
    try:
        answer = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise ContractError(f"jawaban terpotong pada bita {problem.pos}: {problem.msg}.", code="truncated") from None
    for place, one in enumerate(_result(answer, is_last), number):
        yield _one(place, one)


def _result(answer: dict[str, Any], is_last: bool) -> list[Any]:
    """The series of an answer or piece; raises ContractError unless the last, with all around it, is a good matrix."""
    data = answer.get("data")
    data = data if isinstance(data, dict) else {}
    if is_last:
        _check(answer, data.get("resultType"))
    result = data.get("result")
    if not isinstance(result, list):
        raise ContractError("/data/result bukan daftar. Benarkah url-nya?")
    return result


def _check(answer: dict[str, Any], result_type: object) -> None:
    if answer.get("status") != "success":
        said = f"{answer.get('errorType')}: {str(answer.get('error'))[:300]}"
        hint = " Perkecil slice_hours pada koneksi." if "too many samples" in said else ""
        raise ContractError(f"Prometheus menjawab galat, {said}.{hint}", code="prometheus_error")
    if warnings := answer.get("warnings"):
        said = "; ".join(str(warning) for warning in warnings)[:300]
        raise ContractError(f"Prometheus memperingatkan, jawaban mungkin tidak lengkap: {said}.", code="partial")
    if result_type != "matrix":
        raise ContractError(f"resultType adalah {str(result_type)[:80]!r}, seharusnya 'matrix'. Benarkah url-nya?")


def _labels(number: int, found: Any) -> dict[str, str]:
    labels = found.get("metric") if isinstance(found, dict) else None
    if not isinstance(labels, dict):
        raise ContractError(f"{here(number)} bukan deret cuplikan: tanpa label.", code="shape")
    if not set(map(type, labels.values())) <= {str}:
        raise ContractError(f"{here(number)}: ada label yang bukan teks.", code="shape")
    if max(map(len, (*labels, *labels.values())), default=0) > LABEL_LETTERS:
        raise ContractError(f"{here(number)}: ada label yang lebih dari {LABEL_LETTERS} huruf.", code="shape")
    return labels


def _one(number: int, found: Any) -> tuple[dict[str, str], Any, Any]:
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
        raise ContractError(f"{here(number)} bukan deret cuplikan: {problem}.", code="shape") from None
    if len(times) > 1 and not bool((np.diff(times) > 0).all()):
        raise ContractError(f"{here(number)}: waktunya tidak naik.", code="shape")
    return labels, times, numbers


def _numbers(texts: list[str]) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Values are strings, `NaN` and `+Inf` among them; few are distinct, so each is converted once."""
    encoded = pa.array(texts, pa.string()).dictionary_encode()
    known = np.array([_number(text) for text in encoded.dictionary.to_pylist()], dtype=np.float64)
    taken: np.ndarray[Any, np.dtype[np.float64]] = known[encoded.indices.to_numpy()] if len(texts) else known
    return taken


def _number(text: str) -> float:
    """As Prometheus writes them; Python would also take `1_000`, ` 1` and `+1.5`."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text[:80]!r} bukan bilangan")
    return float(text)
