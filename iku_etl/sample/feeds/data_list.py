"""The Daftar Data that the sample's Forum Satu Data agreed on, and what became of each dataset on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from iku_etl.sample.regency import World, month_after
from iku_etl.sample.sheets import Cells, csv_bytes

HEADER = ("dataset", "name", "producer", "year", "on_list_from", "on_list_to")
TARGETS = (("IKU-06", "", 80, "persen"), ("IKU-06", "S1", 70, "persen"), ("IKU-06", "S2", 70, "persen"))
Fate = Literal["accepted", "waiting", "bare", "absent", "withdrawn", "private"]


@dataclass(frozen=True)
class Dataset:
    """A dataset, who produces it, and what became of it; `is_listed` False: nobody had asked for it."""

    dataset: str
    name: str
    producer: str
    fate: Fate = "accepted"
    is_listed: bool = True


DATASETS = (
    Dataset("1701.0001", "Jumlah Penduduk menurut Kecamatan", "bappeda"),
    Dataset("1701.0002", "Jumlah Sekolah dan Guru", "disdikbud"),
    Dataset("1701.0003", "Jumlah Tenaga Kesehatan", "dinkes"),
    Dataset("1701.0004", "Cakupan Imunisasi Dasar", "dinkes"),
    Dataset("1701.0005", "Luas Panen dan Produksi Padi", "distan"),
    Dataset("1701.0006", "Populasi Ternak", "distan"),
    Dataset("1701.0007", "Realisasi Pendapatan Daerah", "bpkad"),
    Dataset("1701.0008", "Jumlah Pegawai menurut Golongan", "bkpsdm"),
    Dataset("1701.0009", "Status Desa menurut Indeks Desa", "dpmd", "bare"),  # sent without metadata
    Dataset("1701.0010", "Izin Usaha yang Terbit", "dpmptsp", "waiting"),  # the walidata has not decided
    Dataset("1701.0011", "Kejadian Gangguan Ketertiban", "satpolpp", "absent"),
    Dataset("1701.0012", "Realisasi Investasi", "dpmptsp", "withdrawn"),  # of the wrong year
    Dataset("kunjungan-wisata", "Kunjungan Wisata", "dispar", is_listed=False),
    Dataset("draf-indeks-pembangunan", "Draf Indeks Pembangunan", "bappeda", "private", is_listed=False),
)


def delivered_on(world: World, place: int) -> date:
    """The day a dataset came: most before the history begins, the waiting one in the second month."""
    if DATASETS[place].fate == "waiting":
        return world.m1.replace(day=4)
    return world.m0 - timedelta(days=20 + 3 * place)


def rows(world: World, month: date) -> list[Cells]:
    """The list as it stood at a month's end: agreed a year before, one dataset struck in the second month."""
    since = date(world.m0.year - 1, 1, 1)
    listed: list[Cells] = [
        (one.dataset, one.name, one.producer, since.year, since, None) for one in DATASETS if one.is_listed
    ]
    if month >= world.m1:
        listed.append(
            ("1701.0099", "Jumlah Warung Internet", "diskominfo", since.year, since, world.m1.replace(day=14))
        )
    else:
        listed.append(("1701.0099", "Jumlah Warung Internet", "diskominfo", since.year, since, None))
    return listed


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """A list a month, on day 4 of the next."""
    for month in world.months(known_on):
        if known_on >= month_after(month).replace(day=4):
            yield f"daftar_data_{month:%Y-%m}.csv", csv_bytes(month, HEADER, rows(world, month))
