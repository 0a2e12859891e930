"""Numbers as people in Indonesia round and write them, and text from outside that drives no terminal."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from iku_etl import indonesian

WIB = ZoneInfo("Asia/Jakarta")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("0.125", "0,13"), ("0.135", "0,14"), ("-0.125", "-0,13"), ("84.625", "84,63"), ("84.6249999999", "84,62"),
        ("90.995", "91,00"), ("90.994999", "90,99"), ("0", "0,00"), ("1234567.005", "1.234.567,01"),
    ],
)  # fmt: skip
def test_a_half_goes_up_whatever_stands_before_it(value: str, said: str) -> None:
    """Half-even, as machines round, would make of 0,125 and 84,625 the number below."""
    assert indonesian.number(Decimal(value)) == said
    assert indonesian.measure(Decimal(value), "persen") == said
    assert indonesian.percent(Decimal(value)) == f"{said} %"


@pytest.mark.parametrize(("value", "said"), [("0.5", "1"), ("1.5", "2"), ("2.5", "3"), ("-2.5", "-3")])
def test_a_half_of_a_whole_number_goes_up_too(value: str, said: str) -> None:
    assert indonesian.number(Decimal(value), 0) == said


def test_what_is_not_there_is_a_dash_and_never_a_zero() -> None:
    said = [
        indonesian.number(None), indonesian.count(None), indonesian.percent(None), indonesian.day(None),
        indonesian.measure(None, "persen"), indonesian.measure(None, "jumlah"), indonesian.moment(None, WIB),
        indonesian.size(None), indonesian.plain(None), indonesian.share(0, 0),
    ]  # fmt: skip
    assert set(said) == {indonesian.ABSENT} == {"–"}


@pytest.mark.parametrize(
    ("value", "said"), [(4, "4"), (1234, "1.234"), (Decimal("4.0"), "4"), (Decimal("4.25"), "4,25")]
)
def test_a_count_has_decimals_only_where_it_has_some(value: Decimal | int, said: str) -> None:
    assert indonesian.count(value) == indonesian.measure(value, "jumlah") == said


def test_a_share_is_of_what_was_due() -> None:
    assert (indonesian.share(1, 8), indonesian.share(5, 8)) == ("12,50 %", "62,50 %")
    assert indonesian.share(0, 8) == "0,00 %"


def test_a_share_that_is_nearly_whole_is_never_rounded_to_it() -> None:
    assert indonesian.share(999_999, 1_000_000) == "99,99 %"
    assert indonesian.share(5, 5) == "100,00 %"


def test_a_moment_is_told_in_the_zone_of_the_installation_by_name() -> None:
    late = datetime(2026, 1, 31, 17, 30, tzinfo=UTC)
    assert indonesian.moment(late, WIB) == "1 Februari 2026 00.30 WIB"
    assert indonesian.moment(late, ZoneInfo("Asia/Jayapura")) == "1 Februari 2026 02.30 WIT"
    assert indonesian.window(date(2026, 1, 1), "month") == "Januari 2026"
    assert indonesian.window(date(2026, 1, 1), "day") == "1 Januari 2026"


def test_no_control_character_of_a_name_reaches_a_line() -> None:
    """C0, DEL, C1 and what turns the direction of a line; a tab and a line break become a blank."""
    driving = (*range(0x20), 0x7F, *range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    shown = {number: indonesian.plain(f"a{chr(number)}b") for number in driving}
    assert [hex(number) for number, text in shown.items() if chr(number) in text] == []
    assert (shown[0x1B], shown[0x202E], shown[0x09], shown[0x0A]) == ("a\\x1bb", "a\\x202eb", "a b", "a b")


@pytest.mark.parametrize("name", ["Dinas Kesehatan", "Polrés – Bengkulu", "kabupaten «baru»", "日本"])
def test_a_name_that_drives_nothing_stays_as_it_is(name: str) -> None:
    assert indonesian.plain(name) == name


@pytest.mark.parametrize(("value", "said"), [(True, "ya"), (False, "tidak"), (Decimal("1.50"), "1.5"), (0, "0")])
def test_a_value_of_a_record_is_told_whole(value: object, said: str) -> None:
    assert indonesian.plain(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0 byte"), (1023, "1.023 byte"), (1024, "1,0 kB"), (1536, "1,5 kB"), (3 * 1024**3, "3,0 GB")],
)
def test_a_size_is_in_powers_of_1024(value: int, said: str) -> None:
    assert indonesian.size(value) == said


@pytest.mark.parametrize(
    ("period", "longer"),
    [("2026-01", ("2026-TW1", "2026-S1", "2026")), ("2026-10", ("2026-TW4", "2026-S2", "2026")),
     ("2026-06", ("2026-TW2", "2026-S1", "2026")), ("2026-TW3", ("2026-S2", "2026")), ("2026-S1", ("2026",)),
     ("2026", ())],
)  # fmt: skip
def test_a_period_lies_in_the_longer_ones_of_its_year(period: str, longer: tuple[str, ...]) -> None:
    assert indonesian.containing(period) == longer
