"""The language of a page: its words by gettext, its numbers and days by locale.

Indonesian is the language of the texts themselves; `locale/<code>.po` holds the others. What sources and decisions
say stays as it was written, marked with its language.
"""

import gettext
import io
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from fastapi import Request

from iku_etl import indonesian
from iku_etl.indonesian import ABSENT

OWN = "id"
NAMES = {OWN: "Bahasa Indonesia", "en": "English"}
COOKIE = "iku_lang"
_ENGLISH_PERIODS = {"TW": "Quarter", "S": "Semester"}


def noted(text: str) -> str:
    """Mark a text that is said elsewhere by `word`: the vocabulary finds it by this name."""
    return text


@cache
def catalogue(code: str) -> gettext.NullTranslations:
    """The words of a language; Indonesian needs none."""
    if code == OWN:
        return gettext.NullTranslations()
    text = resources.files("iku_etl.web") / "locale" / f"{code}.po"
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(text.read_bytes()), locale=code))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@dataclass(frozen=True)
class Tongue:
    """One language, and how numbers, days and periods are written in it."""

    code: str

    @classmethod
    def of(cls, request: Request) -> "Tongue":
        """The language that was asked for, else the one chosen before, else Indonesian."""
        asked = request.query_params.get("lang") or request.cookies.get(COOKIE, "")
        return cls(asked if asked in NAMES else OWN)

    @property
    def is_own(self) -> bool:
        return self.code == OWN

    def word(self, text: str) -> str:
        return catalogue(self.code).gettext(text)

    def number(self, value: Decimal | int | None, places: int = 2) -> str:
        if self.is_own or value is None:
            return indonesian.number(value, places)
        rounded = Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
        pattern = "#,##0" + ("." + "0" * places if places else "")
        return format_decimal(rounded, format=pattern, locale=self.code, decimal_quantization=False)

    def count(self, value: Decimal | int | None) -> str:
        if value is None:
            return ABSENT
        return self.number(value, 0 if Decimal(value) == Decimal(value).to_integral_value() else 2)

    def measure(self, value: Decimal | int | None, form: str) -> str:
        return self.number(value) if form == "persen" else self.count(value)

    def percent(self, value: Decimal | int | None) -> str:
        if self.is_own or value is None:
            return indonesian.percent(value)
        return f"{self.number(value)}%"

    def share(self, seen: Decimal | int, due: Decimal | int) -> str:
        return self.percent(indonesian.part(seen, due)) if due else ABSENT

    def day(self, value: date | None) -> str:
        if self.is_own or value is None:
            return indonesian.day(value)
        return format_date(value, "d MMMM y", locale=self.code)

    def window(self, first_day: date, grid: str) -> str:
        """A cell of a grid: `Maret 2026` or `March 2026`, `14 Maret 2026`."""
        return self.period(f"{first_day:%Y-%m}") if grid == "month" else self.day(first_day)

    def moment(self, value: datetime | None, zone: ZoneInfo) -> str:
        if self.is_own or value is None:
            return indonesian.moment(value, zone)
        local = value.astimezone(zone)
        return f"{self.day(local.date())} {local:%H:%M} {local.tzname()}"

    def period(self, name: str) -> str:
        """`2026-03` as `Maret 2026` or `March 2026`, `2026-TW1` as `Triwulan I 2026` or `Quarter I 2026`."""
        if self.is_own:
            return indonesian.period(name)
        year, _, rest = name.partition("-")
        if not rest:
            return f"Year {year}"
        for start, word in _ENGLISH_PERIODS.items():
            if rest.startswith(start):
                number = rest.removeprefix(start)
                return f"{word} {indonesian.ROMAN.get(number, number)} {year}"
        return format_date(date(int(year), int(rest), 1), "MMMM y", locale=self.code)
