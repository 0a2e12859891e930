"""The register of OPD: a workbook's worth of offices, one merged into another in the second month."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from iku_etl.sample.regency import World, last_day_of, month_after
from iku_etl.sample.sheets import Cells, csv_bytes, yes

HEADER = ("opd", "name", "kind", "counted", "counting_basis", "valid_from", "valid_to", "successor")
SINCE = date(2016, 12, 30)
BASIS = "Perda susunan perangkat daerah (contoh, dikarang)"
DISTRICTS = (
    "Kedurang", "Seginim", "Pino", "Manna", "Kota Manna", "Pino Raya", "Kedurang Ilir", "Air Nipis", "Ulu Manna",
    "Bunga Mas", "Pasar Manna",
)  # fmt: skip
NAMES = (  # id, name, kind, counted
    ("setda", "Sekretariat Daerah", "sekretariat", True),
    ("setwan", "Sekretariat DPRD", "sekretariat", True),
    ("inspektorat", "Inspektorat Daerah", "inspektorat", True),
    ("bappeda", "Badan Perencanaan Pembangunan Daerah", "badan", True),
    ("bkpsdm", "Badan Kepegawaian dan PSDM", "badan", True),
    ("bpkad", "Badan Pengelolaan Keuangan dan Aset Daerah", "badan", True),
    ("bapenda", "Badan Pendapatan Daerah", "badan", True),
    ("bpbd", "Badan Penanggulangan Bencana Daerah", "badan", True),
    ("kesbangpol", "Badan Kesatuan Bangsa dan Politik", "badan", True),
    ("satpolpp", "Satuan Polisi Pamong Praja", "satuan", True),
    ("diskominfo", "Dinas Komunikasi dan Informatika", "dinas", True),
    ("dinkes", "Dinas Kesehatan", "dinas", True),
    ("disdikbud", "Dinas Pendidikan dan Kebudayaan", "dinas", True),
    ("dpmd", "Dinas Pemberdayaan Masyarakat Desa", "dinas", True),
    ("dpmptsp", "Dinas Penanaman Modal dan PTSP", "dinas", True),
    ("distan", "Dinas Pertanian", "dinas", True),
    ("dinsos", "Dinas Sosial", "dinas", True),
    ("dukcapil", "Dinas Kependudukan dan Pencatatan Sipil", "dinas", True),
    ("dishub", "Dinas Perhubungan", "dinas", True),
    ("dpupr", "Dinas Pekerjaan Umum dan Penataan Ruang", "dinas", True),
    ("perkim", "Dinas Perumahan dan Kawasan Permukiman", "dinas", True),
    ("dlhk", "Dinas Lingkungan Hidup dan Kehutanan", "dinas", True),
    ("dispora", "Dinas Pemuda dan Olahraga", "dinas", True),
    ("dispar", "Dinas Pariwisata", "dinas", True),
    ("disperindag", "Dinas Perindustrian dan Perdagangan", "dinas", True),
    ("diskopukm", "Dinas Koperasi dan UKM", "dinas", True),
    ("disnakertrans", "Dinas Tenaga Kerja dan Transmigrasi", "dinas", True),
    ("dkp", "Dinas Kelautan dan Perikanan", "dinas", True),
    ("perpusda", "Dinas Perpustakaan dan Kearsipan", "dinas", True),
    ("rsud", "Rumah Sakit Umum Daerah", "rsud", False),
    ("uptd_pasar", "UPTD Pasar", "uptd", False),
)


@dataclass(frozen=True)
class Office:
    opd: str
    name: str
    kind: str
    counted: bool
    valid_to: date | None = None
    successor: str | None = None


def offices(world: World) -> tuple[Office, ...]:
    """All offices; `diskopukm` is merged into `disperindag` in the middle of the second month."""
    merged = world.m1.replace(day=14)
    found = [Office(*each) for each in NAMES]
    found += [Office(f"kec_{n.lower().replace(' ', '_')}", f"Kecamatan {n}", "kecamatan", True) for n in DISTRICTS]
    return tuple(
        Office(each.opd, each.name, each.kind, each.counted, merged, "disperindag") if each.opd == "diskopukm" else each
        for each in found
    )


def rows(world: World, month: date) -> list[Cells]:
    """The register as it stood on the month's last day; one line of the first month's is mistyped."""
    day = last_day_of(month)
    found: list[Cells] = []
    for each in offices(world):
        is_over = each.valid_to is not None and each.valid_to <= day
        ended, successor = (each.valid_to, each.successor) if is_over else (None, None)
        if each.opd == "dispora" and month == world.m0:
            ended = SINCE - timedelta(days=365)  # an end before the beginning: set aside until the next register
        basis = BASIS if each.counted else "bagian dari OPD induknya"
        found.append((each.opd, each.name, each.kind, yes(each.counted), basis, SINCE, ended, successor))
    return found


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """A register a month, on day 4 of the next."""
    for month in world.months(known_on):
        if known_on >= month_after(month).replace(day=4):
            yield f"daftar_opd_{month:%Y-%m}.csv", csv_bytes(month, HEADER, rows(world, month), delimiter=";")
