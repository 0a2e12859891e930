"""The sample's world: a regency whose websites, units, targets and troubles are invented.

The regency is Kabupaten Bengkulu Selatan; everything else (hosts under the reserved domain `.example`,
offices, letters, legal bases) is made up and says so. No person appears. All is a function of (seed, first day).
Months are named by their first day; `m0` is the month the history begins in, `m1` the one after.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from random import Random
from typing import Literal
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Jakarta")
DOMAIN = "bengkuluselatan.example"
CHECKS_A_DAY = 288  # one every five minutes
LONG_AGO = date(2021, 3, 1)

Effect = Literal["down", "blind", "hole"]


@dataclass(frozen=True)
class SiteRow:
    """One line of the website register; `managed_to` is the last valid day."""

    host: str
    managed_from: date
    managed_to: date | None = None
    closure_letter: str | None = None


@dataclass(frozen=True)
class Site:
    """A website: what the register says of it, and how it behaves."""

    site: str
    name: str
    opd: str
    label: str  # the `opd` label in Prometheus
    kind: Literal["informasi", "layanan"]
    rows: tuple[SiteRow, ...]
    is_media_information: bool = False
    latency: float = 0.4  # seconds, typical
    failing: float = 0.002  # share of lone failed checks
    offset: int = 37  # seconds after the slot's start at which it is scraped
    cadence: int = 6  # a post every so many days
    posts_from: date = LONG_AGO
    posts_to: date | None = None  # the last post's day at most

    def host_on(self, day: date) -> str:
        """The host of the register line that holds on a day (else the nearest earlier, else the first)."""
        begun = [row for row in self.rows if row.managed_from <= day]
        return (begun or self.rows[:1])[-1].host

    def is_managed(self, day: date) -> bool:
        return any(r.managed_from <= day and (r.managed_to is None or day <= r.managed_to) for r in self.rows)

    def is_probed(self, day: date) -> bool:
        """The prober's list is two days early for a new site, and five days late for a closed one."""
        first, last = self.rows[0].managed_from, self.rows[-1].managed_to
        return first - timedelta(days=2) <= day and (last is None or day <= last + timedelta(days=5))


@dataclass(frozen=True)
class Unit:
    """A register unit of persandian and the way it hands in."""

    unit: str
    name: str
    role: Literal["wajib", "sukarela"] = "wajib"
    habit: Literal["normal", "never", "only_secured"] = "normal"
    secured_share: float = 0.8
    busy: int = 10  # entries in a usual month


@dataclass(frozen=True)
class Trouble:
    """From `start` to before `end` (unix seconds) a site (None: all) is down, or the prober blind or off."""

    site: str | None
    start: int
    end: int
    effect: Effect
    status: int = 0
    seconds: float = 0.1  # how long a failed check took


def month_of(day: date) -> date:
    return day.replace(day=1)


def month_after(month: date, steps: int = 1) -> date:
    """The first day of the month so many months later (or earlier)."""
    count = month.year * 12 + month.month - 1 + steps
    return date(count // 12, count % 12 + 1, 1)


def last_day_of(month: date) -> date:
    return month_after(month) - timedelta(days=1)


def moment(day: date, hour: int = 0, minute: int = 0) -> int:
    return int(datetime.combine(day, time(hour, minute), ZONE).timestamp())


@dataclass(frozen=True)
class World:
    """The regency of one seed and one first day; `extra_sites` adds plain ones (for measuring)."""

    seed: int
    first_day: date
    extra_sites: int = 0

    @property
    def m0(self) -> date:
        return month_of(self.first_day)

    @property
    def m1(self) -> date:
        return month_after(self.m0)

    def months(self, last_day: date) -> list[date]:
        """The months of the history, the running one included."""
        count = (last_day.year - self.m0.year) * 12 + last_day.month - self.m0.month
        return [month_after(self.m0, step) for step in range(count + 1)]

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        return _sites(self.m0, self.m1) + _plain_sites(self.extra_sites)

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        return UNITS

    def site(self, name: str) -> Site:
        """The website of that id; KeyError if there is none."""
        return {site.site: site for site in self.sites}[name]

    def troubles(self, day: date) -> list[Trouble]:
        """What goes wrong on a day; a trouble of one month may run into the next."""
        begin, end = moment(day), moment(day + timedelta(days=1))
        months = (month_after(month_of(day), -1), month_of(day))
        found = [trouble for month in months if month >= self.m0 for trouble in self._of_month(month)]
        return [trouble for trouble in found if trouble.start < end and trouble.end > begin]

    def _of_month(self, month: date) -> list[Trouble]:
        if month == self.m0:
            return _first_troubles(month)
        if month == self.m1:
            return _second_troubles(month)
        dice = Random(f"{self.seed} troubles {month}")
        start = moment(month + timedelta(days=dice.randrange(3, 20)), dice.randrange(24))
        blind = moment(month + timedelta(days=dice.randrange(3, 24)), dice.randrange(24))
        unlucky = dice.choice([site for site in self.sites if site.is_managed(last_day_of(month))])
        return [
            Trouble(unlucky.site, start, start + dice.randrange(4, 60) * 3600, "down", 503),
            Trouble(None, blind, blind + dice.randrange(1, 5) * 3600, "blind"),
        ]


def _first_troubles(month: date) -> list[Trouble]:
    def at(day: int, hour: int) -> int:
        return moment(month.replace(day=day), hour)

    return [
        # 119 hours = 1,428 checks that nobody made: the site had dropped out of the prober's list.
        Trouble(f"distan.{DOMAIN}", at(5, 0), at(5, 0) + 1428 * 300, "hole"),
        Trouble(f"dinkes.{DOMAIN}", at(11, 9), at(15, 9), "down", 503, 0.2),
        Trouble(None, at(18, 1), at(18, 4), "blind"),  # our own uplink: the prober answers nothing
    ]


def _second_troubles(month: date) -> list[Trouble]:
    def at(day: int, hour: int) -> int:
        return moment(month.replace(day=day), hour)

    return [
        # The certificate ran out: the TLS handshake fails.
        Trouble(f"disdikbud.{DOMAIN}", at(6, 14), at(9, 20), "down", 0, 0.08),
        Trouble(None, at(21, 22), at(22, 3), "hole"),  # Prometheus itself was off, over midnight
        Trouble(f"presensi.{DOMAIN}", at(2, 6), at(2, 8), "down", 502, 0.3),
    ]


def _sites(m0: date, m1: date) -> tuple[Site, ...]:
    renamed = m0.replace(day=16)
    kominfo = "Dinas Komunikasi dan Informatika"
    return (
        _site("www", "Portal Kabupaten", kominfo, "diskominfo", media=True, cadence=2, offset=0),
        _site("mediacenter", "Media Center", kominfo, "diskominfo", media=True, cadence=2, offset=11),
        _site("ppid", "PPID Kabupaten", kominfo, "diskominfo", cadence=12, offset=23),
        _site("bappeda", "Bappeda", "Badan Perencanaan Pembangunan Daerah", "bappeda", offset=41),
        _site("dinkes", "Dinas Kesehatan", "Dinas Kesehatan", "dinkes", offset=59),
        _site("disdikbud", "Dinas Pendidikan", "Dinas Pendidikan dan Kebudayaan", "disdikbud", offset=83),
        _site(
            "dpmd",
            "Dinas PMD",
            "Dinas Pemberdayaan Masyarakat Desa",
            "dpmd",
            offset=107,
            posts_to=m0 - timedelta(days=130),  # nobody has posted since
        ),
        _site("rsud", "RSUD", "Rumah Sakit Umum Daerah", "rsud", offset=131, latency=6.0, failing=0.015),
        Site(
            f"dpmptsp.{DOMAIN}",
            "Dinas Perizinan",
            "Dinas Penanaman Modal dan PTSP",
            "dpmptsp",
            "informasi",
            (
                SiteRow(f"dpmptsp.{DOMAIN}", LONG_AGO, renamed - timedelta(days=1)),
                SiteRow(f"perizinan.{DOMAIN}", renamed),  # a new address, the same site
            ),
            offset=157,
        ),
        _site("distan", "Dinas Pertanian", "Dinas Pertanian", "distan", offset=181),
        _site("lpse", "LPSE", "Sekretariat Daerah", "setda", kind="layanan", offset=199),
        _site("presensi", "Presensi Pegawai", kominfo, "diskominfo", kind="layanan", offset=223),
        Site(
            f"covid19.{DOMAIN}",
            "Info Covid-19",
            "Dinas Kesehatan",
            "dinkes",
            "informasi",
            (SiteRow(f"covid19.{DOMAIN}", LONG_AGO, m1.replace(day=17), "Surat Contoh 000/117/DINKES (dikarang)"),),
            offset=251,
        ),
        Site(
            f"satudata.{DOMAIN}",
            "Satu Data",
            "Badan Perencanaan Pembangunan Daerah",
            "bappeda",
            "informasi",
            (SiteRow(f"satudata.{DOMAIN}", m1.replace(day=9)),),
            offset=277,
            posts_from=m1.replace(day=24),  # two weeks with nothing on it
        ),
    )


def _site(
    host: str, name: str, opd: str, label: str, *, kind: Literal["informasi", "layanan"] = "informasi",
    media: bool = False, cadence: int = 6, offset: int = 37, latency: float = 0.4, failing: float = 0.002,
    posts_to: date | None = None,
) -> Site:  # fmt: skip
    full = f"{host}.{DOMAIN}"
    rows = (SiteRow(full, LONG_AGO),)
    return Site(full, name, opd, label, kind, rows, media, latency, failing, offset, cadence, posts_to=posts_to)


def _plain_sites(count: int) -> tuple[Site, ...]:
    return tuple(
        _site(f"desa{number:03}", f"Desa Contoh {number}", "Desa (dikarang)", "desa", offset=1 + number % 290)
        for number in range(1, count + 1)
    )


UNITS = (
    Unit("setda", "Sekretariat Daerah", busy=17),
    Unit("diskominfo", "Dinas Komunikasi dan Informatika", secured_share=0.95, busy=14),
    Unit("bappeda", "Badan Perencanaan Pembangunan Daerah"),
    Unit("dinkes", "Dinas Kesehatan", secured_share=0.7, busy=12),
    Unit("disdikbud", "Dinas Pendidikan dan Kebudayaan", secured_share=0.65),
    Unit("dpmd", "Dinas Pemberdayaan Masyarakat Desa", busy=5),
    Unit("bkpsdm", "Badan Kepegawaian dan PSDM", busy=7),
    Unit("bpkad", "Badan Pengelolaan Keuangan dan Aset Daerah", secured_share=0.9, busy=9),
    Unit("kesbangpol", "Badan Kesatuan Bangsa dan Politik", secured_share=0.9, busy=8),
    Unit("satpolpp", "Satuan Polisi Pamong Praja", habit="never"),
    Unit("inspektorat", "Inspektorat Daerah", habit="only_secured", busy=6),
    Unit("kec_manna", "Kecamatan Manna", role="sukarela", secured_share=0.5, busy=3),
)
