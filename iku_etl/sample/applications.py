"""The applications of the sample regency and how they are connected: all of it invented."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from iku_etl.sample.regency import World, last_day_of, month_after

DINAS_SSO = "sso-bs"  # the common login: no application of the register


@dataclass(frozen=True)
class Application:
    application: str
    name: str
    owner: str
    scope: str = "kabupaten"
    kind: str = "sistem"
    operating_to: date | None = None
    closure_letter: str | None = None

    @property
    def is_system(self) -> bool:
        return (self.scope, self.kind) == ("kabupaten", "sistem")

    def operates_on(self, day: date) -> bool:
        return self.operating_to is None or day <= self.operating_to


@dataclass(frozen=True)
class Integration:
    """One line of the register of integrations; `last_success_on` as known at a month's end."""

    integration: str
    end_a: str
    end_b: str
    method: str
    last_success_on: date


_OWN = (
    ("e-office", "Persuratan Elektronik", "diskominfo"),
    ("lapor-bs", "Pengaduan Masyarakat", "diskominfo"),
    ("presensi", "Presensi Pegawai", "bkpsdm"),
    ("simpeg", "Kepegawaian", "bkpsdm"),
    ("e-kinerja", "Kinerja Pegawai", "bkpsdm"),
    ("sikd", "Keuangan Daerah", "bpkad"),
    ("simbada", "Barang Daerah", "bpkad"),
    ("e-retribusi", "Retribusi Daerah", "bapenda"),
    ("pbb-online", "Pajak Bumi dan Bangunan", "bapenda"),
    ("e-planning", "Perencanaan Pembangunan", "bappeda"),
    ("e-sakip", "Akuntabilitas Kinerja", "setda"),
    ("perizinan", "Perizinan Daerah", "dpmptsp"),
    ("antrian", "Antrian Puskesmas", "dinkes"),
    ("simpus", "Informasi Puskesmas", "dinkes"),
    ("layanduk", "Layanan Kependudukan", "dukcapil"),
)
_NATIONAL = (
    ("sipd", "Sistem Informasi Pemerintahan Daerah", "kemendagri"),
    ("siak", "Administrasi Kependudukan", "kemendagri"),
    ("siasn", "Aparatur Sipil Negara", "bkn"),
    ("oss", "Perizinan Berusaha", "bkpm"),
    ("satusehat", "Satu Sehat", "kemenkes"),
)
_DATA = (  # exchanges that run; the last of them stopped before the history began
    ("simpeg", "presensi"), ("simpeg", "e-kinerja"), ("simpeg", "siasn"), ("sikd", "sipd"), ("sikd", "simbada"),
    ("e-retribusi", "sikd"), ("pbb-online", "sikd"), ("e-planning", "sipd"), ("e-sakip", "e-planning"),
    ("perizinan", "oss"), ("simpus", "satusehat"), ("layanduk", "siak"), ("antrian", "satusehat"),
)  # fmt: skip
SILENT = "lapor-bs"  # never states its integrations


def applications(world: World) -> tuple[Application, ...]:
    """All that are ever in the register; `e-desa` is closed by letter in the second month."""
    own = [Application(*each) for each in _OWN]
    closed = Application(
        "e-desa", "Administrasi Desa", "dpmd", "kabupaten", "sistem", world.m1.replace(day=20),
        "Surat Contoh 000/88/DPMD (dikarang)",
    )  # fmt: skip
    portal = Application("portal", "Portal Kabupaten", "diskominfo", kind="situs")
    return (*own, closed, portal, *(Application(*each, scope="nasional") for each in _NATIONAL))


def systems(world: World, day: date) -> list[Application]:
    """The information systems of the regency that operate on a day."""
    return [each for each in applications(world) if each.is_system and each.operates_on(day)]


def integrations(world: World, month: date) -> list[Integration]:
    """The register of integrations at a month's end: one has lapsed by the second month, one is a login only."""
    dice = Random(f"{world.seed} integrations {month}")
    day = last_day_of(month)
    found = [
        Integration(f"INT-{number:02}", *ends, "data", day - timedelta(days=dice.randrange(6)))
        for number, ends in enumerate(_DATA, 1)
    ]
    found[-1] = Integration(found[-1].integration, *_DATA[-1], "data", world.m0 - timedelta(days=45))
    return [*found, Integration("INT-90", "e-office", DINAS_SSO, "sso", day)]


def triwulan_of(month: date) -> tuple[str, list[date]]:
    first = month.replace(month=(month.month - 1) // 3 * 3 + 1)
    return f"{month.year}-TW{(month.month + 2) // 3}", [month_after(first, step) for step in range(3)]


def semester_ended_by(month: date) -> str | None:
    """`2026-S1` for June, `2026-S2` for December, None for any other month."""
    return f"{month.year}-S{month.month // 6}" if month.month % 6 == 0 else None
