"""JSON of an answer costs a bounded memory, whatever it holds."""

import tracemalloc

import orjson
import pytest

from iku_etl.connectors.http.json_answer import MOST_VALUES, parsed
from iku_etl.errors import ContractError


@pytest.mark.parametrize(
    "body", [b"[" + b"[]," * 5_000_000 + b"0]", b'{"a":' * 1_000_001, b"[" + b'{"k":0},' * 2_000_000 + b"0]"]
)
def test_more_values_than_an_answer_can_have_are_not_made(body: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(ContractError, match=r"1\.000\.000 nilai") as refused:
        parsed(body)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (refused.value.code, peak < 32 * 1024**2) == ("too_many", True)


@pytest.mark.parametrize(
    "body", [b"[" * 2000 + b"]" * 2000, b'{"a":' * 2000 + b"0" + b"}" * 2000, b"", b"[1", b"<html>"]
)
def test_what_is_too_deep_or_no_json_is_no_json(body: bytes) -> None:
    with pytest.raises(orjson.JSONDecodeError):
        parsed(body)


def test_a_byte_order_mark_before_it_says_nothing() -> None:
    assert parsed(b"\xef\xbb\xbf[1]") == [1]


def test_as_many_values_as_there_may_be_are_read() -> None:
    body = b"[" + b",".join([b"0"] * MOST_VALUES) + b"]"
    assert len(parsed(body)) == MOST_VALUES
