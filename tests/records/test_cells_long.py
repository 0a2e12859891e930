"""A cell that is longer than any value is refused before anything is made of it, whatever its column."""

import time

import pyarrow as pa
import pytest
from sqlalchemy import Boolean, Column, Date, DateTime, Integer, Numeric, Text

from iku_etl.records.cells import LONGEST, kind_of, read_column

KINDS = [Text(), Integer(), Numeric(12, 2), Boolean(), Date(), DateTime(timezone=True)]


@pytest.mark.parametrize("given", [pa.string(), pa.large_string(), pa.binary(), pa.large_binary()])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: type(kind).__name__)
def test_a_cell_over_the_longest_is_null_and_named(kind: object, given: pa.DataType) -> None:
    long = "1" * 5_000_000
    started = time.monotonic()
    cells = pa.array([None, long, "-"], pa.string()).cast(given)
    values, unread = read_column(kind_of(Column("x", kind)), cells)
    assert time.monotonic() - started < 5
    assert values.to_pylist() == [None, None, None]
    (cell,) = unread
    assert (cell.index, cell.text, cell.is_typed) == (1, long, True)
    assert cell.quoting == f'"{"1" * 60}…": isinya 5.000.000 bita, paling banyak 2.000. Ringkas di sumbernya'
    assert cell.plain is not None and "111" not in cell.plain


def test_a_cell_of_the_longest_is_read_and_bytes_count_not_letters() -> None:
    cells = pa.array(["a" * LONGEST, "é" * (LONGEST // 2), "é" * (LONGEST // 2 + 1)])
    values, unread = read_column(kind_of(Column("x", Text())), cells)
    assert [value is None for value in values.to_pylist()] == [False, False, True]
    assert [cell.index for cell in unread] == [2]
