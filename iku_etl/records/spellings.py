"""How offices write numbers, dates, yes and nothing, and what each text means; it never guesses.

Standard library only: the capped child of `redact` knows these spellings too.
"""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

BLANKS = " \t\r\n\v\f\u00a0\u1680\u2000\u2007\u2009\u200b\u202f\u3000\ufeff"  # no-break, thin and zero-width ones too
NOTHING = ("", "-", "–", "—")  # a cell that holds nothing; word processors make a dash longer
NIHIL = frozenset(("nihil", "Nihil", "NIHIL"))
FORMULA = '"{}" adalah rumus. Salin selnya, lalu tempel sebagai nilai'

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari jan", "februari pebruari feb peb", "maret mar", "april apr", "mei", "juni jun", "juli jul",
            "agustus agu agt ags", "september sep sept", "oktober okt", "november nopember nov nop", "desember des",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip

_WHOLE = re.compile(r"[+-]?[0-9]+")  # 1234
_POINTS = re.compile(r"[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]+)?")  # 1.234 or 1.234.567,8
_COMMAS = re.compile(r"[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?")  # 1,234 or 1,234,567.8
_POINT = re.compile(r"[+-]?[0-9]+\.[0-9]+")  # 12.5
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")  # 12,5
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")  # 1.234: one group of three, which may be a fraction too
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")  # 2026-01-31
_DAY_FIRST = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]([0-9]{4})")  # 31/01/2026
_SERIAL = re.compile(r"[1-9][0-9]{4}(,[0-9]+)?")  # 46053: a day as Excel counts it, in a cell without a date format
FIRST_SERIAL_DAY = date(1899, 12, 30)
_MONTH_NAME = re.compile(r"([0-9]{1,2})[\s-]+([a-z]+)\.?[\s-]+([0-9]{4})")  # 3 Pebruari 2026
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
    """A number as offices write it, `1.234,5` or `1234.5`; Unreadable when it can mean two numbers."""
    if _WHOLE.fullmatch(text):
        return Decimal(text)
    if decimal is None and _THOUSANDS.fullmatch(text):
        joined, split = text.replace(".", "").replace(",", ""), text.replace(",", ".")
        raise Unreadable(
            f'"{text}" bisa berarti {joined} atau {split}.'
            " Tulis tanpa pemisah ribuan, atau nyatakan decimal pada kolomnya"
        )
    if decimal != "." and (_POINTS.fullmatch(text) or _COMMA.fullmatch(text)):
        return Decimal(text.replace(".", "").replace(",", "."))
    if decimal != "," and (_COMMAS.fullmatch(text) or _POINT.fullmatch(text)):
        return Decimal(text.replace(",", ""))
    if text.lstrip("+-").casefold() in ("nan", "inf", "infinity"):
        raise Unreadable(f'"{text}" bukan bilangan berhingga. Kosongkan bila tidak terukur')
    if text in NIHIL:
        raise Unreadable(f'"{text}" bisa berarti 0 atau tidak ada. Tulis 0, atau kosongkan')
    raise Unreadable(f'"{text}" bukan bilangan. Tulis angka saja, tanpa satuan')


def read_boolean(text: str) -> bool:
    """`ya`, `true`, `1` or `tidak`, `false`, `0`, in any case; else Unreadable."""
    folded = text.casefold()
    if folded in ("ya", "true", "1"):
        return True
    if folded in ("tidak", "false", "0"):
        return False
    raise Unreadable(f'"{text}" bukan ya atau tidak')


def read_date(text: str) -> date:
    """`2026-01-31`, `31/01/2026`, `31-01-2026`, `31 Januari 2026`, `3 Peb 2026`; else Unreadable."""
    found: tuple[int, int, int] | None = None
    if match := _ISO_DATE.fullmatch(text):
        found = (int(match[1]), int(match[2]), int(match[3]))
    elif match := _DAY_FIRST.fullmatch(text):
        found = (int(match[3]), int(match[2]), int(match[1]))
    elif (match := _MONTH_NAME.fullmatch(text.casefold())) and match[2] in MONTHS:
        found = (int(match[3]), MONTHS[match[2]], int(match[1]))
    if found is None and _SERIAL.fullmatch(text):
        day = FIRST_SERIAL_DAY + timedelta(days=int(text[:5]))
        raise Unreadable(f'"{text}" tampak seperti nomor seri Excel untuk {day}. Beri selnya format tanggal')
    if found is None:
        raise Unreadable(f'"{text}" bukan tanggal. Tulis seperti 2026-01-31 atau 31 Januari 2026')
    try:
        return date(*found)
    except ValueError:
        raise Unreadable(f'"{text}" tidak ada di kalender. Urutannya hari, bulan, tahun') from None


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
