"""Reads the cells of a column as its declaration says, whole columns at a time; it never guesses.

A cell that can't be read gives a null and a reason. Empty cells and dashes are null, and so is `nihil` in a text or a
date; in a number it could mean nothing or 0, so it is a problem to be asked about. What texts are no value: `texts`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Float, Integer, Numeric, SmallInteger, Text

from iku_etl.errors import DeclarationError
from iku_etl.indonesian import count
from iku_etl.records.nothings import ERROR, is_error
from iku_etl.records.spellings import (  # fmt: skip
    BLANKS,
    HIDDEN,
    MOMENT,
    NIHIL,
    NOTHING,
    Unreadable,
    read_boolean,
    read_date,
    read_moment,
    read_number,
    refuse_formula,
)
from iku_etl.records.texts import Judge, Refusal, Unread, checked, judge_of, unread_cells

LONGEST = 2_000  # bytes of a cell: an index entry of PostgreSQL holds 2,704, and no register has a longer value
SHOWN = 60  # characters of a longer one
NUMERIC_DIGITS, NUMERIC_SCALE = 38, 12  # of a Numeric without a precision; more digits are a problem, never rounded


@dataclass(frozen=True)
class Kind:
    """How the cells of one column are read.

    `plain` (RE2) matches texts that Arrow's own cast reads exactly; all others go through `read`, once per
    distinct text. `expected` says what should stand there, without a value. `judge`: what a text is asked besides.
    """

    arrow: pa.DataType
    expected: str
    plain: str | None
    read: Callable[[str], Any]
    read_exact: Callable[[str], Any]  # of a number that came typed: `.` is its decimal point
    refuse_controls: bool = False
    judge: Judge | None = None


def kind_of(column: Column[Any], *, is_key: bool = False, by_hand: bool = False) -> Kind:
    """How a declared column is read, `by_hand` where people fill it in.

    Raises DeclarationError for a type that has no exact reading, or a declaration that can't be meant.
    """
    declared = column.type
    decimal = column.info.get("decimal")
    if decimal not in (None, ".", ","):
        raise DeclarationError(f'column {column.name}: info["decimal"] is {decimal!r}; write "." or ",".')
    if column.info.get("proof") and not isinstance(declared, Text):
        raise DeclarationError(f'column {column.name}: info["proof"] is for a text that names a document.')
    match declared:
        case Text():
            judge = judge_of(column, is_key=is_key, by_hand=by_hand)
            return Kind(pa.string(), "teks", None, str, str, is_key, judge)
        case Integer():
            bits = 16 if isinstance(declared, SmallInteger) else 64 if isinstance(declared, BigInteger) else 32
            arrow = {16: pa.int16(), 32: pa.int32(), 64: pa.int64()}[bits]
            digits = {16: 4, 32: 9, 64: 18}[bits]
            return Kind(
                arrow, "bilangan bulat", f"^-?[0-9]{{1,{digits}}}$",
                lambda text: _integer(read_number(text, decimal), text, bits),
                lambda text: _integer(_exact(text), text, bits),
            )  # fmt: skip
        case Float():
            pass
        case Numeric():
            scale = NUMERIC_SCALE if declared.scale is None else declared.scale
            arrow = pa.decimal128(declared.precision or NUMERIC_DIGITS, scale)
            whole = min(arrow.precision - scale, 15)
            return Kind(
                arrow, "bilangan", f"^-?[0-9]{{1,{whole}}}$",
                lambda text: _fits(read_number(text, decimal), text, arrow),
                lambda text: _fits(_exact(text), text, arrow),
            )  # fmt: skip
        case Boolean():
            return Kind(pa.bool_(), "ya atau tidak", None, read_boolean, read_boolean)
        case DateTime(timezone=True):
            plain = f"^{MOMENT.pattern.replace('?P<zone>', '').removesuffix('?')}$"
            return Kind(pa.timestamp("us", "UTC"), "waktu dengan zona", plain, read_moment, read_moment)
        case Date():
            return Kind(pa.date32(), "tanggal", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", read_date, read_date)
    raise DeclarationError(
        f"column {column.name}: type {declared!r} has no exact reading; choose Text, Integer, BigInteger, Numeric,"
        " Boolean, Date or DateTime(timezone=True)."
    )


# ---------------------------------------------------------------- one number


def _exact(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise Unreadable(f'"{text}" bukan bilangan') from None
    if not value.is_finite():
        raise Unreadable(f'"{text}" bukan bilangan berhingga. Kosongkan bila tidak terukur')
    return value


def _integer(value: Decimal, text: str, bits: int) -> int:
    if value != value.to_integral_value():
        raise Unreadable(f'"{text}" bukan bilangan bulat')
    if not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
        raise Unreadable(f'"{text}" terlalu besar untuk kolom ini ({bits} bit)')
    return int(value)


def _fits(value: Decimal, text: str, arrow: pa.DataType) -> Decimal:
    """The value with the column's scale; nothing is rounded away."""
    digits, exponent = value.normalize().as_tuple().digits, int(value.normalize().as_tuple().exponent)
    if -exponent > arrow.scale or len(digits) + exponent > arrow.precision - arrow.scale:
        raise Unreadable(f'"{text}" memuat lebih banyak angka daripada kolom ini ({arrow.precision},{arrow.scale})')
    return value


# ---------------------------------------------------------------- a column


def read_column(kind: Kind, values: pa.Array) -> tuple[pa.Array, list[Unread]]:
    """The column as declared, null where a cell can't be read, and those cells."""
    given = values.type
    if pa.types.is_dictionary(given):
        return read_column(kind, values.dictionary_decode())
    if pa.types.is_null(given):
        return pa.nulls(len(values), kind.arrow), []
    if _is_text(given) and (pc.max(pc.binary_length(values)).as_py() or 0) > LONGEST:
        sound, long = _without_long(values)
        column, unread = read_column(kind, sound)
        return column, sorted(unread + long, key=lambda cell: cell.index)
    if pa.types.is_binary(given) or pa.types.is_large_binary(given):
        return _read_bytes(kind, values)
    if pa.types.is_string(given) or pa.types.is_large_string(given):
        return _read_texts(kind, values.cast(pa.string()), kind.read)
    if given == kind.arrow:
        return values, []
    return _read_typed(kind, values)


def _is_text(given: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(given) or pa.types.is_large_string(given)
        or pa.types.is_binary(given) or pa.types.is_large_binary(given)
    )  # fmt: skip


def _without_long(values: pa.Array) -> tuple[pa.Array, list[Unread]]:
    """The cells, null where one is longer than any value is; and those."""
    lengths = pc.fill_null(pc.binary_length(values), 0)
    is_long = pc.greater(lengths, LONGEST)
    found = []
    for index in np.flatnonzero(is_long.to_numpy(zero_copy_only=False)).tolist():
        cell = values[index].as_py()
        text = cell if isinstance(cell, str) else cell.decode("utf-8", errors="backslashreplace")
        plain = f"isinya {count(lengths[index].as_py())} bita, paling banyak {count(LONGEST)}. Ringkas di sumbernya"
        found.append(Unread(index, text, f'"{text[:SHOWN]}…": {plain}', plain, is_typed=True))
    return pc.if_else(is_long, pa.scalar(None, values.type), values), found


def _read_typed(kind: Kind, values: pa.Array) -> tuple[pa.Array, list[Unread]]:
    """Values that came with a type of their own: taken only where the declared type holds them exactly."""
    given, wanted = values.type, kind.arrow
    is_number = pa.types.is_integer(given) or pa.types.is_decimal(given)
    wants_number = pa.types.is_integer(wanted) or pa.types.is_decimal(wanted)
    is_moment = pa.types.is_timestamp(given)
    lossless = (
        (pa.types.is_integer(given) and (pa.types.is_integer(wanted) or pa.types.is_string(wanted)))
        or (is_moment and given.tz is not None and pa.types.is_timestamp(wanted))
        or (pa.types.is_date(given) and pa.types.is_date(wanted))
        or (is_moment and given.tz is None and pa.types.is_date(wanted))
    )
    if lossless:
        try:
            return values.cast(wanted), []
        except pa.ArrowInvalid:
            pass  # some value does not fit: find it below
    if is_number and wants_number:
        return _read_texts(kind, values.cast(pa.string()), kind.read_exact)
    if pa.types.is_floating(given) and wants_number:
        texts = [None if value is None else repr(value) for value in values.to_pylist()]
        return _read_texts(kind, pa.array(texts, pa.string()), kind.read_exact)
    if is_moment and given.tz is None and pa.types.is_date(wanted):
        return _read_texts(kind, values.cast(pa.string()), read_date)
    unread = [
        Unread(index, str(value), f'"{value}" datang sebagai {given}, bukan {kind.expected}')
        for index, value in enumerate(values.to_pylist())
        if value is not None
    ]
    return pa.nulls(len(values), wanted), unread


def _read_bytes(kind: Kind, values: pa.Array) -> tuple[pa.Array, list[Unread]]:
    """Bytes that should be UTF-8; lone surrogates and torn characters are no text."""
    texts: list[str | None] = []
    unread = []
    for index, value in enumerate(values.to_pylist()):
        try:
            texts.append(None if value is None else value.decode("utf-8"))
        except UnicodeDecodeError:
            shown = value.decode("utf-8", errors="backslashreplace")
            unread.append(Unread(index, shown, f'"{shown}" memuat bita yang bukan UTF-8. Simpan ulang sebagai UTF-8'))
            texts.append(None)
    column, more = _read_texts(kind, pa.array(texts, pa.string()), kind.read)
    return column, sorted(unread + more, key=lambda cell: cell.index)


def _read_texts(kind: Kind, texts: pa.Array, read: Callable[[str], Any]) -> tuple[pa.Array, list[Unread]]:
    stripped = pc.utf8_trim(texts, characters=BLANKS)
    empty = (*NOTHING, *NIHIL) if pa.types.is_string(kind.arrow) or pa.types.is_date(kind.arrow) else NOTHING
    is_nothing = pc.fill_null(pc.is_in(stripped, value_set=pa.array(empty)), True)
    if pc.any(is_nothing).as_py():
        stripped = pc.if_else(is_nothing, pa.scalar(None, pa.string()), stripped)
    if pa.types.is_string(kind.arrow):
        return checked(stripped, kind.judge, refuse_controls=kind.refuse_controls)
    plain, rest = None, stripped
    if kind.plain and read is kind.read:
        is_plain = pc.match_substring_regex(stripped, kind.plain)
        try:
            plain = pc.if_else(is_plain, stripped, pa.scalar(None, pa.string())).cast(kind.arrow)
        except pa.ArrowInvalid:
            plain = None  # `2026-02-30` has the form of a date: read one by one
        else:
            rest = pc.if_else(is_plain, pa.scalar(None, pa.string()), stripped)
            if rest.null_count == len(rest):
                return plain, []
    column, unread = _read_distinct(kind, rest, read)
    return (column if plain is None else pc.coalesce(plain, column)), unread


def _read_distinct(kind: Kind, texts: pa.Array, read: Callable[[str], Any]) -> tuple[pa.Array, list[Unread]]:
    encoded = texts.dictionary_encode()
    found: list[Any] = []
    refusals: dict[int, Refusal] = {}
    for number, text in enumerate(encoded.dictionary.to_pylist()):
        try:
            _refuse_no_value(kind, text)
            found.append(read(text))
        except Unreadable as reason:
            found.append(None)
            refusals[number] = Refusal(str(reason))
    column = pa.array(found, kind.arrow).take(encoded.indices)
    return column, unread_cells(texts, encoded.indices, refusals)


def _refuse_no_value(kind: Kind, text: str) -> None:
    refuse_formula(text)
    if is_error(text):
        raise Unreadable(ERROR.format(text))
    if text == HIDDEN:
        raise Unreadable(f"isinya disembunyikan karena tidak berbentuk {kind.expected}. Lihat tempat ini di berkasnya")


def whole(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    return pa.concat_arrays(combined.chunks) if isinstance(combined, pa.ChunkedArray) else combined
