"""What the sample's office had printed elsewhere: as published, rounded, and one number that was never published."""

from collections.abc import Iterator
from datetime import date

from iku_etl.sample.regency import World, month_after
from iku_etl.sample.sheets import Cells, csv_bytes

HEADER = (
    "document", "document_number", "document_on", "indicator", "period", "value", "decimals", "unit",
)  # fmt: skip


def rows(month: date) -> list[Cells]:
    """What documents of the triwulan that ended last said at a month's end; none before the first has ended."""
    number = (month.month - 1) // 3 + (month.month % 3 == 0)
    if not number:
        return []
    ended, on = f"{month.year}-TW{number}", date(month.year, month.month, 20)
    return [
        ("e-SAKIP", f"Unggahan {ended} (contoh)", on, "IKU-01", ended, "82.5", 1, "persen"),
        ("LKjIP", f"700/{number}/KOMINFO/{month.year} (contoh)", on, "IKU-02", ended, "87.5", 2, "%"),
        ("LPPD", f"100/{number}/PEM/{month.year} (contoh)", on, "IKU-01", ended, 91, 0, "persen"),
    ]


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """A list a month, on day 3 of the next."""
    for month in world.months(known_on):
        if known_on >= month_after(month).replace(day=3) and (said := rows(month)):
            yield f"angka_dilaporkan_{month:%Y-%m}.csv", csv_bytes(month, HEADER, said)
