"""Records as PostgreSQL's binary COPY reads them, whole columns at a time: no row passes through Python.

The server takes half the time of CSV over them: nothing is quoted, no moment is parsed. A row is the count of its
fields, and of each field its length (-1: null) and its bytes, all big-endian; pieces of rows are joined by Arrow.
"""

from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from psycopg.types.numeric import DecimalBinaryDumper

from iku_etl.records.cells import whole

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
EPOCH_DAYS = 10_957  # PostgreSQL counts from 2000-01-01
EPOCH_MICROSECONDS = EPOCH_DAYS * 86_400_000_000

Numbers = npt.NDArray[Any]


def rows(table: pa.Table) -> pa.Buffer:
    """The rows of a table, in its order of columns; HEADER comes before the first piece, TRAILER after the last.

    Raises TypeError for a column of a type that facts don't have.
    """
    count = pa.repeat(pa.scalar(len(table.columns).to_bytes(2, "big"), pa.binary()), len(table))
    fields = [part for column in table.columns for part in _field(whole(column))]
    joined = pc.binary_join_element_wise(count, *fields, b"")
    _, offsets, data = joined.buffers()
    bounds = np.frombuffer(offsets, dtype=np.int32)[[joined.offset, joined.offset + len(joined)]].tolist()
    return data.slice(bounds[0], bounds[1] - bounds[0])


def _field(column: pa.Array) -> list[pa.Array]:
    """Length and bytes of every cell; texts as two parts."""
    kind = column.type
    if pa.types.is_string(kind):
        length = pc.fill_null(pc.binary_length(column), -1).to_numpy(zero_copy_only=False)
        return [_bytes(length.astype(">i4")), pc.fill_null(column, "").cast(pa.binary())]
    if pa.types.is_decimal(kind):
        return [_decimals(column)]
    cells = _sized(_numbers(column))
    return [cells if not column.null_count else pc.if_else(pc.is_valid(column), cells, pa.scalar(NULL, pa.binary()))]


def _numbers(column: pa.Array) -> Numbers:
    """The cells as big-endian integers of the width of PostgreSQL's type; for nulls any number."""
    kind = column.type
    if pa.types.is_boolean(kind):
        return _filled(column.cast(pa.uint8())).astype(">u1")
    if pa.types.is_date32(kind):
        return (_filled(column.view(pa.int32())) - EPOCH_DAYS).astype(">i4")
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return (_filled(column.cast(pa.timestamp("us", kind.tz)).view(pa.int64())) - EPOCH_MICROSECONDS).astype(">i8")
    if pa.types.is_signed_integer(kind) and kind.bit_width > 8:
        return _filled(column).astype(f">i{kind.bit_width // 8}")
    raise TypeError(f"facts have no column of type {kind}")


def _filled(column: pa.Array) -> Numbers:
    found: Numbers = pc.fill_null(column, 0).to_numpy(zero_copy_only=False)
    return found


def _sized(numbers: Numbers) -> pa.Array:
    cells = np.empty(len(numbers), dtype=[("length", ">i4"), ("value", numbers.dtype)])
    cells["length"], cells["value"] = numbers.dtype.itemsize, numbers
    return _bytes(cells)


def _bytes(cells: Numbers) -> pa.Array:
    """An array of as many binaries of the width of a cell."""
    fixed = pa.binary(cells.dtype.itemsize)
    return pa.Array.from_buffers(fixed, len(cells), [None, pa.py_buffer(cells)]).cast(pa.binary())


def _decimals(column: pa.Array) -> pa.Array:
    """Numerics in psycopg's own binary form, each distinct one once."""
    encoded, dumper = column.dictionary_encode(), DecimalBinaryDumper(Decimal)
    known = [bytes(dumper.dump(value) or b"") for value in encoded.dictionary.to_pylist()]
    cells = pa.array([len(cell).to_bytes(4, "big") + cell for cell in known], pa.binary())
    return pc.fill_null(cells.take(encoded.indices), NULL)
