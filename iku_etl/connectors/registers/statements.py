"""What a table says of itself: `posisi_per` or `periode` above its header, and the month in its sheet's title.

Standard library only, so that the capped child of `redact` can use it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from iku_etl.connectors.registers.headings import visible
from iku_etl.records import spellings
from iku_etl.records.spellings import MONTHS

POSITION, PERIOD = "posisi_per", "periode"
_SAYS = re.compile(r"\W*(?:(?P<position>posisi[ _]per)|periode)\W+", re.I)  # Posisi per: 31 Januari 2026
LONGEST = 100  # characters of a date with what may stand around it
_YEAR_MONTH = re.compile(r"(?<!\d)(20\d\d)[-_. ]?(0[1-9]|1[0-2])(?!\d)")  # 2026-01


@dataclass(frozen=True)
class Statement:
    """Of one table: its position date, or the label of its period; `unread`: which of the two can't be read.

    `month` is that of the sheet's title, `01` or `2026-01`: it counts only where a file has several.
    """

    position: date | None = None
    period: str | None = None
    unread: str | None = None
    month: str | None = None


def statement(lines: Iterable[str], title: str = "") -> Statement:
    """What the first of the lines that says anything says."""
    month = month_of(title)
    for line in lines:
        shown = visible(line)
        said = _SAYS.match(shown)
        if said is None:
            continue
        text = _without_signs(shown[said.end() :])
        if said["position"]:
            day = read_date(text)
            return Statement(day, month=month) if day else Statement(unread=POSITION, month=month)
        label = read_period(text)
        return Statement(period=label, month=month) if label else Statement(unread=PERIOD, month=month)
    return Statement(month=month)


def _without_signs(text: str) -> str:
    """The text without what stands after its last letter or digit, `;;;` of a CSV row; empty if it is far too long."""
    end = len(text)
    while end and not (text[end - 1].isalnum() or text[end - 1] == "_"):
        end -= 1
    return text[:end] if end <= LONGEST else ""


def month_of(title: str) -> str | None:
    """`01` or `2026-01` where a title names one month; None where it names none, or several."""
    if both := _YEAR_MONTH.search(title):
        return f"{both[1]}-{both[2]}"
    found = {MONTHS[word] for word in re.findall(r"[a-z]+", title.casefold()) if word in MONTHS}
    if len(found) != 1:
        return None
    year = re.search(r"(?<!\d)20\d\d(?!\d)", title)
    month = f"{found.pop():02}"
    return f"{year[0]}-{month}" if year else month


def read_date(text: str) -> date | None:
    """A day as offices write it (`spellings.read_date`); None for anything else."""
    try:
        return spellings.read_date(text.strip())
    except spellings.Unreadable:
        return None


def read_period(text: str) -> str | None:
    """`2026-01`, `01/2026`, `Januari 2026` or a date, as the label of a month or day; None for anything else."""
    text = text.strip().lower()
    if day := read_date(text):
        return day.isoformat()
    if match := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text):
        return text
    if match := re.fullmatch(r"(0?[1-9]|1[0-2])[/-](\d{4})", text):
        return f"{match[2]}-{int(match[1]):02}"
    if (match := re.fullmatch(r"([a-z]+) (\d{4})", text)) and match[1] in MONTHS:
        return f"{match[2]}-{MONTHS[match[1]]:02}"
    return None
