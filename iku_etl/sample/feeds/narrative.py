"""What the sample's office wrote for its reports: of one indicator everything, of most nothing yet."""

from collections.abc import Iterator
from datetime import date

from iku_etl.sample.regency import World, month_after
from iku_etl.sample.sheets import Cells, csv_bytes

HEADER = ("indicator", "period", "kind", "text", "value", "unit")


def rows(month: date) -> list[Cells]:
    """The texts known at a month's end, of the year that runs."""
    year = str(month.year)
    return [
        ("IKU-01", year, "penyebab", "Satu OPD belum menyerahkan hasil verifikasi jaringannya (contoh, dikarang).",
         None, None),
        ("IKU-05", year, "penyebab", "Sebuah situs tidak diperbarui sejak pengelolanya pindah tugas; situs lain sering"
         " tidak terjangkau pada jam kerja (contoh, dikarang).", None, None),
        ("IKU-05", year, "solusi", "Setiap situs mendapat dua pengelola; situs yang sering mati dipindahkan ke server"
         " Dinas (contoh, dikarang).", None, None),
        ("IKU-05", year, "efisiensi", "Pemindahan ke server bersama menghemat sewa tiga situs (contoh, dikarang).",
         None, None),
        ("IKU-05", year, "standar nasional", "Situs pemerintah daerah yang aktif (contoh, bukan peraturan yang ada).",
         95, "persen"),
    ]  # fmt: skip


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """A list a month, on day 2 of the next."""
    for month in world.months(known_on):
        if known_on >= month_after(month).replace(day=2):
            yield f"narasi_{month:%Y-%m}.csv", csv_bytes(month, HEADER, rows(month))
