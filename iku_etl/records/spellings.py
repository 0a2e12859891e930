"""How offices write numbers, dates, yes and nothing, and what each text means; it never guesses.

Standard library only: the capped child of `redact` knows these spellings too. What is no value at all, and what a
spreadsheet made of one, is in `nothings`.
"""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

BLANKS = " \t\r\n\v\f\u00a0\u1680\u2000\u2007\u2009\u200b\u202f\u3000\ufeff"  # no-break, thin and zero-width ones too
NOTHING = ("", "-", "–", "—")  # a cell that holds nothing; word processors make a dash longer
NIHIL = frozenset(("nihil", "Nihil", "NIHIL"))
HIDDEN = "(disembunyikan)"  # what the redactor leaves of a cell that does not look as its column declares
FORMULA = '"{}" adalah rumus. Salin selnya, lalu tempel sebagai nilai'

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan", "februari pebruari february feb peb febr pebr", "maret march mar mrt", "april apr",
            "mei may", "juni june jun", "juli july jul", "agustus august agu agt ags agst agus aug",
            "september sep sept", "oktober october okt oct", "november nopember nov nop",
            "desember december des dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip

WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "senin monday", "selasa tuesday", "rabu wednesday", "kamis thursday", "jumat jum'at jum\u2019at friday",
            "sabtu saturday", "minggu ahad sunday",
        )
    )
    for name in names.split()
}  # fmt: skip  # as date.weekday()

_WHOLE = re.compile(r"[+-]?[0-9]+")  # 1234
_POINTS = re.compile(r"[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]+)?")  # 1.234 or 1.234.567,8
_COMMAS = re.compile(r"[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?")  # 1,234 or 1,234,567.8
_POINT = re.compile(r"[+-]?[0-9]+\.[0-9]+")  # 12.5
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")  # 12,5
# one mark before three digits: 1.234 and 01.234 may be thousands or a fraction, and so may 1234.000; 0.125 may not
_THOUSANDS = re.compile(r"[+-]?(?!0[.,])([0-9]{1,3}(?P<mark>[.,])[0-9]{3}|[0-9]+(?P<before_noughts>[.,])000)")

_NAMES = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_DAYS = "|".join(sorted(map(re.escape, WEEKDAYS), key=len, reverse=True))
_WEEKDAY = re.compile(rf"({_DAYS})[,.]?\s+")
_YEAR_FIRST = re.compile(r"([0-9]{4})([/-])([0-9]{1,2})\2([0-9]{1,2})")  # 2026-01-31, 2026/1/31
_DAY_FIRST = re.compile(r"([0-9]{1,2})\s*([/.-])\s*([0-9]{1,2})\s*\2\s*([0-9]{4})")  # 31/01/2026, 31.1.2026
_NAMED = re.compile(rf"([0-9]{{1,2}})[\s/.-]+({_NAMES})[\s/.,-]+([0-9]{{4}})")  # 3 Pebruari 2026
_NAMED_FIRST = re.compile(rf"({_NAMES})\.?\s+([0-9]{{1,2}})\s*,?\s+([0-9]{{4}})")  # October 5, 2026
_SHORT_YEAR = re.compile(rf"([0-9]{{1,2}})[\s/.-]+([0-9]{{1,2}}|{_NAMES})[\s/.,-]+[0-9]{{2}}")  # 31/01/26, 31-Jan-26
_CLOCK = re.compile(  # 2026-01-31T07:00, 31/01/2026 07.00.00
    r"(?P<day>.*[0-9]{2})(?:T|\s+)(?P<hour>[0-9]{1,2})[:.](?P<rest>[0-9]{2}([:.][0-9]{2}([.,][0-9]+)?)?)"
    r"(?P<zone>\s*([ap]m|wib|utc|z|[+-][0-9]{2}:?[0-9]{2}))?",
    re.I,
)
_MIDNIGHT = r"(?:[T ]+0?0[:.]00(?:[:.]00)?)?"
SLASHED_DATE = rf"^\s*(?P<left>[0-9]{{1,2}})\s*[/-]\s*(?P<right>[0-9]{{1,2}})\s*[/-]\s*[0-9]{{4}}{_MIDNIGHT}\s*$"
DATE_CELL = r"^[0-9]{4}-(?P<left>[0-9]{2})-(?P<right>[0-9]{2})T00:00:00$"  # as a workbook's date cell comes
# both as Arrow matches them, by `day_order`
_SERIAL = re.compile(r"[1-9][0-9]{4}(,[0-9]+)?")  # 46053: a day as Excel counts it, in a cell without a date format
FIRST_SERIAL_DAY = date(1899, 12, 30)
MOMENT = re.compile(  # 2026-01-31T07:00:00+07:00
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?"
)


class Unreadable(ValueError):
    """A cell is not what its column declares. The message may quote it."""


def refuse_formula(text: str) -> None:
    """A formula is no value: what it gave when the file was saved is not in its text."""
    if text.startswith("="):
        raise Unreadable(FORMULA.format(text))


def read_number(text: str, decimal: str | None = None) -> Decimal:
    """A number as offices write it, `1.234,5` or `1234.5`; Unreadable when it can mean two numbers.

    With a declared decimal mark the other one parts thousands; `1,000` stays unread beside a decimal comma, since
    foreign exports mean a thousand by it.
    """
    if _WHOLE.fullmatch(text):
        return Decimal(text)
    if (match := _THOUSANDS.fullmatch(text)) and decimal in (None, mark := match["mark"] or match["before_noughts"]):
        joined = text.replace(mark, "")
        raise Unreadable(
            f'"{text}" bisa berarti {joined} atau {text}. Tulis {joined} bila ribuan, {text}0 bila pecahan'
        )
    if decimal != "." and (_POINTS.fullmatch(text) or _COMMA.fullmatch(text)):
        return Decimal(text.replace(".", "").replace(",", "."))
    if decimal != "," and (_COMMAS.fullmatch(text) or _POINT.fullmatch(text)):
        return Decimal(text.replace(",", ""))
    raise _no_number(text, decimal)


def _no_number(text: str, decimal: str | None) -> Unreadable:
    if text.lstrip("+-").casefold() in ("nan", "inf", "infinity"):
        return Unreadable(f'"{text}" bukan bilangan berhingga. Kosongkan bila tidak terukur')
    if text in NIHIL:
        return Unreadable(f'"{text}" bisa berarti 0 atau tidak ada. Tulis 0, atau kosongkan')
    if decimal and any(form.fullmatch(text) for form in (_POINTS, _COMMAS, _POINT, _COMMA)):
        mark = {",": "koma", ".": "titik"}[decimal]
        return Unreadable(f'"{text}" tidak ditulis dengan {mark} desimal. Tulis angka saja, tanpa pemisah ribuan')
    return Unreadable(f'"{text}" bukan bilangan. Tulis angka saja, tanpa satuan dan tanpa pemisah ribuan')


def read_boolean(text: str) -> bool:
    """`ya`, `true`, `1` or `tidak`, `false`, `0`, in any case; else Unreadable."""
    folded = text.casefold()
    if folded in ("ya", "true", "1"):
        return True
    if folded in ("tidak", "false", "0"):
        return False
    raise Unreadable(f'"{text}" bukan ya atau tidak')


def read_date(text: str) -> date:
    """`2026-01-31`, `31/01/2026`, `31 Januari 2026`, `Sabtu, 31 Jan 2026`, midnight beside it or not; else Unreadable.

    A clock time is refused: a log may have been kept in another zone, and then its day is another one.
    """
    clock = _CLOCK.fullmatch(text)
    words = (clock["day"] if clock else text).strip().casefold()
    weekday = _WEEKDAY.match(words)
    found = _day_of(words[weekday.end() :] if weekday else words)
    if found is None:
        raise _no_date(text, words)
    try:
        day = date(*found)
    except ValueError:
        raise Unreadable(f'"{text}" tidak ada di kalender. Urutannya hari, bulan, tahun') from None
    if clock and (clock["zone"] or (clock["hour"] + clock["rest"]).strip("0:.,")):
        raise Unreadable(f'"{text}" memuat jam. Tulis harinya saja, seperti {day}')
    if weekday and WEEKDAYS[weekday[1]] != day.weekday():
        raise Unreadable(f'"{text}": {day} bukan hari itu. Perbaiki tanggalnya atau hapus nama harinya')
    return day


def _day_of(words: str) -> tuple[int, int, int] | None:
    """Year, month and day as they stand there, in the calendar or not."""
    if match := _YEAR_FIRST.fullmatch(words):
        return int(match[1]), int(match[3]), int(match[4])
    if match := _DAY_FIRST.fullmatch(words):
        return int(match[4]), int(match[3]), int(match[1])
    if match := _NAMED.fullmatch(words):
        return int(match[3]), MONTHS[match[2]], int(match[1])
    if match := _NAMED_FIRST.fullmatch(words):
        return int(match[3]), MONTHS[match[1]], int(match[2])
    return None


def _no_date(text: str, words: str) -> Unreadable:
    if _SERIAL.fullmatch(text):
        day = FIRST_SERIAL_DAY + timedelta(days=int(text[:5]))
        return Unreadable(f'"{text}" tampak seperti nomor seri Excel untuk {day}. Beri selnya format tanggal')
    if _SHORT_YEAR.fullmatch(words):
        return Unreadable(f'"{text}" bertahun dua angka. Tulis tahunnya lengkap, seperti 2026-01-31')
    return Unreadable(f'"{text}" bukan tanggal. Tulis seperti 2026-01-31 atau 31 Januari 2026')


def looks_like_a_date(text: str) -> bool:
    """Whether the text is a date in form, right or wrong: numbers of a date, names of months and weekdays, a time."""
    clock = _CLOCK.fullmatch(text)
    words = (clock["day"] if clock else text).strip().casefold()
    words = words[match.end() :] if (match := _WEEKDAY.match(words)) else words
    return bool(_day_of(words) or _SHORT_YEAR.fullmatch(words) or _SERIAL.fullmatch(text))


def read_moment(text: str) -> datetime:
    """An ISO moment with its zone, as UTC; Unreadable for a naive one: guessing its zone would move records."""
    match = MOMENT.fullmatch(text)
    if match is None:
        raise Unreadable(f'"{text}" bukan waktu. Tulis seperti 2026-01-31T07:00:00+07:00')
    if match["zone"] is None:
        raise Unreadable(f'"{text}" tanpa zona waktu. Tambahkan +07:00 atau Z')
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable(f'"{text}" tidak ada di kalender') from None
