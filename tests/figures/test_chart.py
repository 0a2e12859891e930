"""A picture shows what was published: the value, its bounds, its target, and a mark where there is no value."""

import re
from decimal import Decimal
from typing import Any

from iku_etl.figures import chart

WORDS = chart.Words("Realisasi", "Batas", "Target", "Direvisi", "Tanpa nilai")


def row(value: str | None, low: str | None, high: str | None, target: str | None, revision: int = 1) -> Any:
    numbers = {"value": value, "low": low, "high": high, "target": target}
    return {name: None if text is None else Decimal(text) for name, text in numbers.items()} | {"revision": revision}


ROWS = [
    ("September 2026", row("80.5", "78", "90", "85")),
    ("Oktober 2026", row(None, None, None, "85")),
    ("November 2026", row("91", "91", "91", None, revision=2)),
]


def test_every_period_stands_in_the_picture_with_what_is_known_of_it() -> None:
    drawn = chart.svg(chart.chart(ROWS, "%", WORDS)).decode()
    for period, _ in ROWS:
        assert period in drawn
    told = re.findall(r'aria-label="([^"]*)"', drawn)
    assert any("Oktober 2026" in text and "Tanpa nilai" in text for text in told)
    assert any("September 2026" in text and "80,5" in text and "Realisasi" in text for text in told)
    assert not any("Oktober 2026" in text and "Batas" in text for text in told)
    assert any("November 2026" in text and "Direvisi" in text for text in told)


def test_the_same_rows_are_the_same_bytes_and_other_rows_have_another_name() -> None:
    one, same = chart.chart(ROWS, "%", WORDS), chart.chart(ROWS, "%", WORDS)
    assert one.digest == same.digest
    assert chart.svg(one) == chart.svg(same)
    assert chart.chart(ROWS[:2], "%", WORDS).digest != one.digest
