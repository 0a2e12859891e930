"""No date of a file that shows how its days were exchanged is read as another day without a word."""

from collections.abc import Sequence
from datetime import date

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Date

from iku_etl.records.cells import kind_of, read_column
from iku_etl.records.day_order import DayOrder

DAYS = st.lists(st.dates(date(2020, 1, 1), date(2027, 12, 31)), min_size=1, max_size=8)
KIND = kind_of(Column("day", Date))


def read(texts: Sequence[str], *, pieces: int = 1) -> list[date | None]:
    """A column as the parse stage reads it: null where the cell can't be read, or is in doubt."""
    table = pa.table({"place": [f"baris {number}" for number in range(len(texts))], "day": pa.array(texts)})
    order = DayOrder(["day"])
    for begin in range(0, len(texts), -(-len(texts) // pieces)):
        order.look(table.slice(begin, -(-len(texts) // pieces)))
    given_texts = table["day"].combine_chunks()
    days, _ = read_column(KIND, given_texts)
    doubtful = {cell.index for cell in order.doubtful("day", given_texts, days)}
    return [None if index in doubtful else day for index, day in enumerate(days.to_pylist())]


def typed_into_a_month_first_sheet(day: date) -> str:
    """What a workbook holds after somebody typed `05/01/2026` for 5 January: 1 May, as a real date."""
    is_date = day.day <= 12
    return f"{day.year}-{day.day:02}-{day.month:02}T00:00:00" if is_date else f"{day:%d/%m/%Y}"


@given(DAYS, st.integers(1, 3))
def test_a_list_written_month_first_is_read_as_meant_or_not_at_all(days: list[date], pieces: int) -> None:
    found = read([f"{day:%m/%d/%Y}" for day in days], pieces=pieces)
    if any(day.day > 12 for day in days):
        assert all(one in (None, day) for one, day in zip(found, days, strict=True))


@given(DAYS, st.integers(1, 3))
def test_a_list_that_a_sheet_exchanged_on_typing_is_read_as_meant_or_not_at_all(days: list[date], pieces: int) -> None:
    found = read([typed_into_a_month_first_sheet(day) for day in days], pieces=pieces)
    if any(day.day > 12 for day in days):
        assert all(one in (None, day) for one, day in zip(found, days, strict=True))


@given(DAYS)
def test_a_list_in_one_sound_spelling_is_read_whole(days: list[date]) -> None:
    for spelt in ("%d/%m/%Y", "%Y-%m-%d", "%Y-%m-%dT00:00:00"):
        assert read([day.strftime(spelt) for day in days]) == days


def test_two_columns_are_told_apart_by_what_each_shows() -> None:
    table = pa.table(
        {"place": ["baris 1", "baris 2"], "begun": ["25/12/2025", "01/05/2026"], "last": ["01/13/2026"] * 2}
    )
    order = DayOrder(["begun", "last", "absent"])
    order.look(table)
    begun = table["begun"].combine_chunks()
    assert order.doubtful("begun", begun, read_column(KIND, begun)[0]) == []
