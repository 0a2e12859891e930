"""Cells are read as declared or not at all: laws by hypothesis, and the ways offices write things."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Float, Integer, Numeric, Text

from iku_etl.errors import DeclarationError
from iku_etl.records.cells import kind_of, read_column
from iku_etl.records.spellings import BLANKS, NIHIL, NOTHING
from iku_etl.records.texts import Unread


def read(
    kind: Any, values: list[Any] | pa.Array, *, is_key: bool = False, **info: Any
) -> tuple[list[Any], list[Unread]]:
    given = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    column, unread = read_column(kind_of(Column("nilai", kind, info=info), is_key=is_key), given)
    return column.to_pylist(), unread


@given(st.integers(-(2**31), 2**31 - 1))
def test_a_whole_number_comes_back(number: int) -> None:
    assert read(Integer, [str(number)]) == ([number], [])


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_big_whole_number_is_never_rounded(number: int) -> None:
    assert read(BigInteger, [str(number), None]) == ([number, None], [])


@given(st.integers(2**31, 2**80) | st.integers(-(2**80), -(2**31) - 1))
def test_overflow_is_a_problem_and_not_another_number(number: int) -> None:
    values, unread = read(Integer, ["1", str(number)])
    assert values == [1, None]
    assert "terlalu besar" in unread[0].quoting


@given(st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-(10**15), max_value=10**15))
def test_a_number_with_a_comma_or_a_point_is_the_same_number(number: Decimal) -> None:
    text = f"{number:f}"
    assert read(Numeric, [text, text.replace(".", ",")]) == ([number, number], [])


@given(st.integers(1, 999), st.integers(0, 999), st.sampled_from(".,"), st.sampled_from([Integer, Numeric]))
def test_one_group_of_three_is_ambiguous_unless_the_other_mark_is_the_decimal(
    left: int, right: int, mark: str, kind: Any
) -> None:
    text = f"{left}{mark}{right:03}"
    for decimal in (None, mark):  # a platform's export in English knows nothing of the declared comma
        values, unread = read(kind, [text], decimal=decimal)
        assert values == [None]
        assert unread[0].quoting == (
            f'"{text}" bisa berarti {left}{right:03} atau {text}. Tulis {left}{right:03} bila ribuan,'
            f" {text}0 bila pecahan"
        )
    other = "," if mark == "." else "."
    assert read(kind, [text], decimal=other)[0] == [Decimal(f"{left}{right:03}")]


SPELT = st.from_regex(r"[+-]?[0-9]{1,4}([.,][0-9]{1,4}){0,2}", fullmatch=True)


@given(SPELT)
def test_a_number_is_read_as_at_most_one_value(text: str) -> None:
    """What each declaration reads is the same number, unless the text parts groups of three."""
    found = {read(Numeric, [text], decimal=decimal)[0][0] for decimal in (None, ",", ".")} - {None}
    groups = re.fullmatch(r"[+-]?[0-9]+[.,][0-9]{3}", text)
    assert len(found) <= 1 or (groups and read(Numeric, [text])[0] == [None])
    whole = {read(Integer, [text], decimal=decimal)[0][0] for decimal in (None, ",", ".")} - {None}
    assert whole <= found


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,000", None), ("12,000", None), ("250,000", None), ("1,234", None), ("1.000", 1000), ("1.234", 1234),
        ("1 234", None), ("1\u202f234", None), ("12.500.000", 12_500_000), ("1,000,000", None), ("1.2K", None),
        ("12 rb", None), ("1.000,00", 1000), ("1000,0", 1000), ("-5", -5), ("1e3", None), ("1,000.00", None),
        ("1234,000", None), ("001,000", None),
    ],
)  # fmt: skip
def test_a_column_with_a_decimal_comma_reads_no_thousand_as_one(text: str, number: int | None) -> None:
    values, unread = read(BigInteger, [text], decimal=",")
    assert values == [number]
    assert [cell.quoting.startswith(f'"{text}"') for cell in unread] == [True] * (number is None)


@pytest.mark.parametrize("text", ["12,5", "3.000.000.000,0", "1.234,5"])
def test_a_message_quotes_a_number_as_it_stands_in_the_file(text: str) -> None:
    assert read(Integer, [text])[1][0].quoting.startswith(f'"{text}" ')


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.234,5", "1234.5"), ("1,234.5", "1234.5"), ("1.234.567", "1234567"), ("1,234,567", "1234567"),
        ("12,5", "12.5"), ("12.5", "12.5"), ("0,123", "0.123"), ("0.123", "0.123"), ("1234,567", "1234.567"),
        ("1,2345", "1.2345"), ("+7", "7"), ("007", "7"), ("-1.234,25", "-1234.25"), ("\u00a091 ", "91"),
    ],
)  # fmt: skip
def test_numbers_as_offices_write_them(text: str, number: str) -> None:
    assert read(Numeric, [text]) == ([Decimal(number)], [])


@pytest.mark.parametrize("text", ["NaN", "nan", "Infinity", "-inf", "1e5", "80%", "12 orang", "1.23.456", "٣", "=A1"])
def test_what_is_no_finite_number_is_a_problem(text: str) -> None:
    for kind in (Integer, Numeric):
        values, unread = read(kind, [text, "5"])
        assert values == [None, 5]
        assert text in unread[0].quoting


def test_floats_that_came_typed_are_exact_or_problems() -> None:
    values, unread = read(Integer, pa.array([3.0, 2.5, float("nan"), float("inf"), None]))
    assert values == [3, None, None, None, None]
    assert [cell.index for cell in unread] == [1, 2, 3]
    assert "bukan bilangan berhingga" in unread[2].quoting
    assert read(Numeric, pa.array([1.234]))[0] == [Decimal("1.234")], "a typed point is a point"


def test_digits_are_never_rounded_away() -> None:
    values, unread = read(Numeric(5, 2), ["123.45", "123.456,7", "1234.5", "0.125"])
    assert values == [Decimal("123.45"), None, None, None]
    assert "memuat lebih banyak angka" in unread[1].quoting


ENGLISH = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@given(st.dates())
def test_a_date_comes_back_in_every_spelling(day: date) -> None:
    months = [
        "Januari",
        "Pebruari",
        "Maret",
        "April",
        "Mei",
        "Juni",
        "Juli",
        "Agustus",
        "September",
        "Oktober",
        "Nopember",
        "Desember",
    ]
    weekday = ("Senin", "Selasa", "Rabu", "Kamis", "Jum'at", "Sabtu", "Minggu")[day.weekday()]
    texts = [
        day.isoformat(),
        f"{day.year:04}/{day.month}/{day.day}",
        f"{day.isoformat()}T00:00:00",
        f"{day.day}/{day.month}/{day.year:04} 0:00",
        f"{day.day:02}.{day.month:02}.{day.year:04}",
        f"{day.day:02} - {day.month:02} - {day.year:04}",
        f"{weekday}, {day.day} {months[day.month - 1]} {day.year:04}",
        f"{day.day} {ENGLISH[day.month - 1]} {day.year:04}",
        f"{ENGLISH[day.month - 1][:3]} {day.day}, {day.year:04}",
        f"{day.day}/{day.month}/{day.year:04}",
        f"{day.day:02}-{day.month:02}-{day.year:04}",
        f"{day.day} {months[day.month - 1]} {day.year:04}",
        f"{day.day} {months[day.month - 1][:3].upper()} {day.year:04}",
    ]
    assert read(Date, texts) == ([day] * len(texts), [])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-02-30", "tidak ada di kalender"), ("12/31/2026", "tidak ada di kalender"),
        ("46053", "nomor seri Excel untuk 2026-01-31"), ("=TODAY()", "rumus"),
        ("31/01/26", "tahunnya lengkap"), ("31-Jan-26", "tahunnya lengkap"), ("31 Jenuari 2026", "bukan tanggal"),
        ("2026-01-31T07:00", "Tulis harinya saja, seperti 2026-01-31"), ("31012026", "bukan tanggal"),
        ("31/01/2026 08.30", "Tulis harinya saja, seperti 2026-01-31"), ("tgl 31 Januari 2026", "bukan tanggal"),
        ("2026-01-31 00:00:00+07:00", "harinya saja"), ("31/01/2026 12:00:00 AM", "harinya saja"),
        ("Senin, 31 Januari 2026", "2026-01-31 bukan hari itu"), ("#N/A", "galat"), ("######", "galat"),
    ],
)  # fmt: skip
def test_a_bad_date_is_a_problem(text: str, why: str) -> None:
    values, unread = read(Date, ["2026-01-31", text])
    assert values == [date(2026, 1, 31), None]
    assert unread[0].text == text
    assert why in unread[0].quoting


@pytest.mark.parametrize("text", ["", "-", "–", "—", "\u00a0", "nihil", "NIHIL", "Nihil\u00a0"])
def test_nothing_is_null_in_a_text_and_a_date(text: str) -> None:
    for kind in (Text, Date):
        assert read(kind, [text]) == ([None], [])


@pytest.mark.parametrize("kind", [Integer, Numeric])
def test_nihil_in_a_number_is_asked_back_and_a_dash_is_null(kind: Any) -> None:
    values, unread = read(kind, ["3", "nihil", "–"])
    assert values == [3, None, None]
    assert [(cell.index, "bisa berarti 0 atau tidak ada" in cell.quoting) for cell in unread] == [(1, True)]


@pytest.mark.parametrize("kind", [Text, Integer, Date])
def test_a_formula_is_no_value(kind: Any) -> None:
    values, unread = read(kind, ["=A1&B1", None])
    assert values == [None, None]
    assert [(cell.index, "adalah rumus" in cell.quoting) for cell in unread] == [(0, True)]


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)), st.integers(-12, 14))  # noqa: DTZ001  # a workbook has no zones
def test_a_moment_keeps_its_instant(moment: datetime, hours: int) -> None:
    text = f"{moment.isoformat()}{hours:+03}:00"
    assert read(DateTime(timezone=True), [text]) == ([moment.replace(tzinfo=UTC) - timedelta(hours=hours)], [])


@pytest.mark.parametrize("text", ["2026-01-31T07:00:00", "2026-01-31 07:00"])
def test_a_naive_moment_is_a_problem(text: str) -> None:
    values, unread = read(DateTime(timezone=True), [text])
    assert values == [None]
    assert "tanpa zona waktu" in unread[0].quoting
    _, typed = read(DateTime(timezone=True), pa.array([datetime(2026, 1, 31)], pa.timestamp("us")))  # noqa: DTZ001  # a workbook has no zones
    assert len(typed) == 1


def test_booleans() -> None:
    values, unread = read(Boolean, ["ya", "Tidak", "TRUE", "false", "1", "0", "-", "", "mungkin"])
    assert values == [True, False, True, False, True, False, None, None, None]
    assert unread == [Unread(8, "mungkin", '"mungkin" bukan ya atau tidak')]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"])), st.text(alphabet=BLANKS))
def test_text_is_kept_as_it_is_without_blanks_around(text: str, blanks: str) -> None:
    inner = text.lstrip("=" + BLANKS).rstrip(BLANKS)
    assert read(Text, [blanks + inner + blanks]) == ([inner if inner not in (*NOTHING, *NIHIL) else None], [])


def test_pandas_words_for_missing_and_leading_zeros_stay_text() -> None:
    words = ["NA", "null", "None", "nan", "0012", "1e3"]
    assert read(Text, words) == (words, [])


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])) | st.none(), max_size=20))
def test_whatever_stands_there_a_cell_is_read_null_or_a_problem(texts: list[str | None]) -> None:
    for kind in (Text, Integer, Numeric, Boolean, Date, DateTime(timezone=True)):
        values, unread = read(kind, texts)
        assert len(values) == len(texts)
        assert all(values[cell.index] is None for cell in unread)


def test_nul_anywhere_and_control_characters_in_a_key_are_problems() -> None:
    assert [cell.index for cell in read(Text, ["a\0b", "c\td"])[1]] == [0]
    assert [cell.index for cell in read(Text, ["a\0b", "c\td", "e\x7ff"], is_key=True)[1]] == [0, 1, 2]


def test_bytes_that_are_no_utf8_and_lone_surrogates_are_problems() -> None:
    values, unread = read(Text, pa.array([b"baik", b"\xff", "\ud800".encode("utf-8", "surrogatepass"), None]))
    assert values == ["baik", None, None, None]
    assert [cell.index for cell in unread] == [1, 2]
    assert "bukan UTF-8" in unread[0].quoting


@pytest.mark.parametrize("kind", [Float(), DateTime()])
def test_a_type_without_an_exact_reading_is_refused(kind: Any) -> None:
    with pytest.raises(DeclarationError, match="no exact reading"):
        kind_of(Column("nilai", kind))
