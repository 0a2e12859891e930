"""The Dinas' register of activities, one file a month, its hand-ins, and the targets the decree prints."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from iku_etl.reference import decree
from iku_etl.sample.regency import World, last_day_of, month_after
from iku_etl.sample.sheets import Cells, table_bytes, yes

HEADER = ("code", "number", "held_on", "quantity", "unit", "section", "evidence")
TARGETS = tuple(
    (code, "", int(row["target_value"]), row["target_unit"].lower())
    for code, row in decree.rows().items()
    if row["level"] == "kegiatan"
)
USUAL = (  # code, how many a month, least and most of each, section
    ("KEG-23", 2, 1, 1, "seksi_operasional"),
    ("KEG-30", 2, 1, 1, "seksi_pengawasan"),
    ("KEG-31", 2, 1, 1, "seksi_pengawasan"),
    ("KEG-32", 1, 1, 2, "seksi_pengawasan"),
    ("KEG-33", 1, 1, 1, "seksi_pengawasan"),
    ("KEG-36", 1, 1, 1, "seksi_tata_kelola"),
)


def rows(world: World, month: date) -> list[Cells]:
    """What was held in a month, the rare ones in the first two."""
    dice = Random(f"{world.seed} activity {month}")
    entries: list[tuple[str, int, str]] = [
        (code, dice.randint(least, most), section) for code, count, least, most, section in USUAL for _ in range(count)
    ]
    if month == world.m0:
        entries += [("KEG-19", 26, "seksi_operasional"), ("KEG-21", 31, "seksi_tata_kelola")]
    if month == world.m1:
        entries += [("KEG-25", 40, "seksi_operasional"), ("KEG-24", 1, "seksi_operasional")]
    numbers: dict[str, int] = {}
    found: list[Cells] = []
    for code, quantity, section in entries:
        numbers[code] = numbers.get(code, 0) + 1
        number = month.month * 100 + numbers[code]
        day = month + timedelta(days=dice.randrange(last_day_of(month).day))
        unit = decree.rows()[code]["target_unit"]
        found.append((code, number, day, quantity, unit, section, f"Laporan contoh {number}/{code[4:]}/{month.year}"))
    if month == world.m0:  # counted in another unit than the decree prints
        found.append(("KEG-20", 1, month, 2, "dokumen", "seksi_tata_kelola", f"Sertifikat contoh 1/{month.year}"))
    if month == world.m1:  # no such day
        found.append(("KEG-28", 1, f"31/02/{month.year}", 3, "berkas", "seksi_pengawasan", "Naskah contoh 1"))
    return found


def arrived_on(world: World, month: date) -> date:
    """Day 6 after a month; the first month's came late, after its statement was closed."""
    return month_after(month).replace(day=16 if month == world.m0 else 6)


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    for month in world.months(known_on):
        if known_on >= arrived_on(world, month):
            title: list[Cells] = [("Register kegiatan (contoh, dikarang)",), ("periode", f"{month:%Y-%m}"), ()]
            listed = rows(world, month)
            total: Cells = ("Jumlah", len(listed))
            content = table_bytes([*title, HEADER, *listed, total], width=len(HEADER))
            yield f"register_kegiatan_{month:%Y-%m}.csv", content


def submissions(world: World, month: date, known_on: date) -> list[Cells]:
    came = arrived_on(world, month)
    is_here = came <= known_on
    stated = len(rows(world, month)) if is_here else None
    due = month_after(month).replace(day=7)
    return [
        ("diskominfo", "Dinas Komunikasi dan Informatika", "activity", f"{month:%Y-%m}", due, came if is_here else None,
         "tidak", stated, None, None, "wajib", yes(is_here))
    ]  # fmt: skip
