"""What several parts of a report say in the same way."""

from collections.abc import Iterable, Iterator, Sequence

from iku_etl import indonesian
from iku_etl.figures import approvals, wording
from iku_etl.figures.report.content import Content
from iku_etl.figures.report.document import Block, Cell, Text, measured
from iku_etl.indonesian import ABSENT
from iku_etl.warehouse.database import Row


def realised(row: Row | None) -> Cell:
    return ABSENT if row is None else measured(row["value"], indonesian.measure(row["value"], row["form"]))


def worth(row: Row) -> str:
    """`84,62 persen`, or that there is no value."""
    return "tanpa nilai" if row["value"] is None else f"{indonesian.measure(row['value'], row['form'])} {row['unit']}"


def marks(content: Content, rows: Sequence[Row]) -> Iterator[Block]:
    """What is to be said below a table of these rows: marks in its cells, and what was approved and is another now."""
    if any("~" in cell for row in rows for cell in (wording.target_cell(row), wording.capaian_cell(row))):
        yield Text(wording.PROVISIONAL, "note")
    yield from restated(rows)
    for sentence in content.capped(rows):
        yield Text(sentence, "note")


def restated(rows: Iterable[Row]) -> Iterator[Block]:
    """What was approved of each row that is another now, since when and why."""
    for row in rows:
        if approvals.is_restated(row):
            yield Text(f"{row['indicator']} {indonesian.period(row['period'])}: {approvals.publicly(row)}.", "note")


def joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} dan {words[-1]}"


def set_aside(content: Content, source: str, named: str) -> Iterator[Block]:
    """A note that rows of a register were written but set aside, so what they say is missing here."""
    if number := content.entered.aside.get(source):
        yield Text(
            f"{indonesian.count(number)} baris {named} dikarantina, jadi isinya tidak ada di sini; perbaiki lalu"
            " serahkan lagi, atau putuskan (halaman Keputusan).",
            "absent",
        )
