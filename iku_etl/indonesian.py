"""Numbers, days, periods and the words of the manifest as people in Indonesia read them.

Every number is rounded here and nowhere else, half-up; stored figures keep full precision.
"""

import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

LOCALE = "id_ID"
ABSENT = "–"  # en dash: there is no number; never 0
ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV"}
GRAINS = {"month": "bulan", "triwulan": "triwulan", "semester": "semester", "year": "tahun"}
ENDINGS = {
    "in_force": "berlaku",
    "superseded": "digantikan",
    "unchanged": "sama",
    "rejected": "ditolak",
    "failed": "gagal",
    "waiting": "menunggu",
    "open": "terbuka",
    None: "terbuka",
}
DECISIONS = {
    "release": "pelepasan",
    "correction": "koreksi",
    "withdraw": "penarikan",
    "instead_of": "penggantian",
    "verify": "verifikasi",
    "approve": "pengesahan",
}
# C0, DEL, C1 and bidi controls: bytes from outside must not drive a terminal or reorder a line
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def number(value: Decimal | int | None, places: int = 2) -> str:
    """`1.234,50`; a dash for None. Half-up, as people round, not half-even as machines do."""
    if value is None:
        return ABSENT
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return format_decimal(rounded, format=pattern, locale=LOCALE, decimal_quantization=False)


def count(value: Decimal | int | None) -> str:
    """A count: `1.234`, with decimals only where it has some."""
    if value is None:
        return ABSENT
    whole = Decimal(value) == Decimal(value).to_integral_value()
    return number(value, 0 if whole else 2)


def ungrouped(value: Decimal) -> str:
    """`66,67`, `1234`: half-up to two decimals, none that only pad, no dots between thousands; for a cell."""
    rounded = value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return exact(rounded).replace(".", ",")


def measure(value: Decimal | int | None, form: str) -> str:
    """A figure of an indicator's form: two decimals for `persen`, a count for `jumlah`."""
    return number(value) if form == "persen" else count(value)


def share(seen: Decimal | int, due: Decimal | int) -> str:
    """How much of what was due was seen, as a percentage; a dash where nothing was due."""
    return percent(part(seen, due)) if due else ABSENT


def part(seen: Decimal | int, due: Decimal | int) -> Decimal:
    """A share in percent as it may be shown: of what was not seen whole never 100,00."""
    exactly = 100 * Decimal(seen) / Decimal(due)
    return min(exactly, Decimal("99.99")) if seen < due else exactly


def percent(value: Decimal | int | None) -> str:
    """`81,04 %`; a dash for None."""
    return ABSENT if value is None else f"{number(value)} %"


def day(value: date | None) -> str:
    """`14 Maret 2026`; a dash for None."""
    return ABSENT if value is None else format_date(value, "d MMMM y", locale=LOCALE)


def moment(value: datetime | None, zone: ZoneInfo) -> str:
    """`14 Maret 2026 06.00 WIB`; a dash for None."""
    if value is None:
        return ABSENT
    local = value.astimezone(zone)
    return f"{day(local.date())} {local:%H.%M} {local.tzname()}"


def period(name: str) -> str:
    """`2026-03` as `Maret 2026`, `2026-TW1` as `Triwulan I 2026`, `2026-S2` as `Semester II 2026`, else the year."""
    year, _, rest = name.partition("-")
    if not rest:
        return f"Tahun {year}"
    if rest.startswith("TW"):
        return f"Triwulan {ROMAN.get(rest[2:], rest[2:])} {year}"
    if rest.startswith("S"):
        return f"Semester {ROMAN.get(rest[1:], rest[1:])} {year}"
    return format_date(date(int(year), int(rest), 1), "MMMM y", locale=LOCALE)


def grain(name: str) -> str:
    """What a period is: month, triwulan, semester or year, by its name."""
    rest = name.partition("-")[2]
    if not rest:
        return "year"
    return "triwulan" if rest.startswith("TW") else "semester" if rest.startswith("S") else "month"


def containing(name: str) -> tuple[str, ...]:
    """The longer periods that a period lies in, the shortest first: of 2026-10 its triwulan, semester and year."""
    year, _, rest = name.partition("-")
    if not rest:
        return ()
    if rest.startswith("S"):
        return (year,)
    quarter = int(rest[2:]) if rest.startswith("TW") else (int(rest) + 2) // 3
    longer = (f"{year}-TW{quarter}", f"{year}-S{(quarter + 1) // 2}", year)
    return longer[rest.startswith("TW") :]


def window(first_day: date, grid: str) -> str:
    """A cell of a grid: `Maret 2026` or `14 Maret 2026`."""
    return format_date(first_day, "MMMM y", locale=LOCALE) if grid == "month" else day(first_day)


def size(value: int | None) -> str:
    """`1,2 MB`: bytes for people, in powers of 1024."""
    if value is None:
        return ABSENT
    amount, unit = Decimal(value), "byte"
    for unit in ("byte", "kB", "MB", "GB"):
        if amount < 1024 or unit == "GB":
            break
        amount /= 1024
    return f"{number(amount, 0 if unit == 'byte' else 1)} {unit}"


def plain(value: Any) -> str:
    """Any value of a record as text without control characters; a dash for None."""
    if value is None:
        return ABSENT
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, Decimal):
        return exact(value)
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", str(value)).replace("\n", " ").replace("\t", " ")


def exact(value: Decimal) -> str:
    """Every digit of a number, without the zeros that a table's type adds at the end."""
    whole, point, part = f"{value:f}".partition(".")
    return whole + (point + part.rstrip("0")).rstrip(".")
