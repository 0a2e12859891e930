"""What is said where computing again does not give what was published: which of a figure's numbers, then and now."""

from decimal import Decimal
from typing import Any

from iku_etl import indonesian
from iku_etl.figures.wording import MUTU

NAMES = {
    "value": "realisasi",
    "low": "batas bawah",
    "high": "batas atas",
    "numerator": "pembilang",
    "denominator": "penyebut",
    "coverage": "cakupan",
    "mutu": "mutu",
    "target": "target",
    "capaian": "capaian",
    "predikat": "predikat",
    "period": "periode",
}
PERCENTAGES = ("coverage", "capaian")
COUNTS = ("numerator", "denominator")


def sentence(name: str, then: Any, now: Any, form: str) -> str:
    """`realisasi terbit 66,67, sekarang 71,43`; all digits where two numbers that differ would look alike."""
    before, after = shown(name, then, form), shown(name, now, form)
    if before == after:
        before, after = (_digits(value) for value in (then, now))
    return f"{NAMES.get(name, name)} terbit {before}, sekarang {after}"


def shown(name: str, value: Any, form: str) -> str:
    """One of a figure's numbers as people read it; `tidak ada` where it is missing."""
    if value is None:
        return "tidak ada"
    if name == "mutu":
        return MUTU[value]
    if name == "period":
        return indonesian.period(value)
    if not isinstance(value, Decimal):
        return str(value)
    if name in COUNTS:
        return indonesian.count(value)
    return indonesian.percent(value) if name in PERCENTAGES else indonesian.measure(value, form)


def _digits(value: Any) -> str:
    return indonesian.exact(value).replace(".", ",") if isinstance(value, Decimal) else str(value)


def moved(name: str, amount: Decimal, appeared: int, form: str) -> str:
    """`+2,56`, `-1`; with all digits where two would say nothing, with words where the number came or went."""
    if not amount and not appeared:
        return indonesian.ABSENT
    told = shown(name, abs(amount), form)
    if amount and not any(digit in told for digit in "123456789"):
        told = _digits(abs(amount))
    signed = f"{'-' if amount < 0 else '+'}{told}"
    return f"{signed} ({'muncul' if appeared > 0 else 'hilang'})" if appeared else signed
