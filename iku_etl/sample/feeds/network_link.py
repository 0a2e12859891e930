"""The register of network links: offices, desa and public areas, with pollers that fall silent.

Desa stand in it as offices write them, by name; one name of the first month is mistyped, and one office's line comes
two weeks late.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from iku_etl.reference.code_lists import places
from iku_etl.sample.feeds import opd
from iku_etl.sample.feeds.desa import named
from iku_etl.sample.regency import World, last_day_of, month_after
from iku_etl.sample.sheets import Cell, Cells, csv_bytes, yes

HEADER = (
    "link", "serves_kind", "serves", "medium", "supplied_by_dinas", "monitored", "active_from", "active_to",
    "last_seen_on", "last_polled_on", "working", "verified_on",
)  # fmt: skip
PARAMETERS = (
    ("link_seen_max_age_days", 30, "hari"),
    ("link_verified_max_age_days", 90, "hari"),
    ("verification_max_age_months", 12, "bulan"),
)
TARGETS = (
    ("IKU-01", "", 90, "persen"), *(("IKU-01", f"TW{quarter}", 85, "persen") for quarter in range(1, 5)),
    ("IKU-03", "", 65, "persen"),
)  # fmt: skip
SINCE = date(2022, 7, 1)
OWN_ISP = ("inspektorat", "dispar", "disperindag", "kec_pasar_manna")
NO_LINK = ("dkp",)
LATE = "dispora"


def rows(world: World, month: date, known_on: date) -> list[Cells]:
    """The register of a month's last day as handed in by a day."""
    return [*_of_offices(world, month, known_on), *_of_desa(world, month), *_of_areas(month)]


def _of_offices(world: World, month: date, known_on: date) -> Iterator[Cells]:
    day = last_day_of(month)
    for number, office in enumerate(opd.offices(world), 1):
        if office.opd in NO_LINK or (office.opd == LATE and month == world.m0 and known_on < late_day(world)):
            continue
        if office.opd in OWN_ISP:
            yield (f"ISP-{number:02}", "opd", office.opd, "tetap", "tidak", "tidak", SINCE, *[None] * 5)
        elif office.kind == "kecamatan":
            verified = day - timedelta(days=130 if office.opd == "kec_ulu_manna" else 20 + number)
            where: Cells = (f"NR-{number:02}", "opd", office.opd, "nirkabel", "ya", "tidak", SINCE)
            yield (*where, None, None, None, "ya", verified)
        else:
            seen = polled = day
            if office.opd == "perkim" and month >= world.m1:
                seen = world.m0 - timedelta(days=5)  # its fibre is cut
            if office.opd == "dlhk" and month == world.m0:
                seen = polled = day - timedelta(days=45)  # its poller is off
            where = (f"FO-{number:02}", "opd", office.opd, "fiber_optik", "ya", "ya", SINCE)
            yield (*where, None, seen, polled, None, None)


def _of_desa(world: World, month: date) -> Iterator[Cells]:
    known = [place for place in places("desa") if place.kind == "desa"]
    names = [named(place) for place in known]
    for number, place in enumerate(known, 1):
        dice = Random(f"{world.seed} desa {place.code}")
        lot, name = dice.random(), f"Ds. {named(place)}"
        verified = world.m0 - timedelta(days=dice.randrange(10, 280))
        if lot < 0.05:
            continue  # nobody wrote anything of it
        if names.count(named(place)) > 1:
            name += f", Kec. {place.kecamatan.title()}"
        if named(place) == "Tumbuk Tebing":
            name = "Ds. Tumbuk Tebin" if month == world.m0 else "Ds. Tumbak Tebing"  # then as of old
        medium: Cell = "seluler" if lot < 0.17 else ("nirkabel", "fiber_optik", "vsat")[number % 3]
        works = not 0.17 <= lot < 0.27
        if lot > 0.94:
            verified -= timedelta(days=400)  # nobody has been there since
        yield (
            f"DS-{number:03}", "desa", name, medium, "tidak", "tidak", SINCE, None, None, None, yes(works), verified,
        )  # fmt: skip


def _of_areas(month: date) -> Iterator[Cells]:
    day = last_day_of(month)
    for number, area in enumerate(("alun_alun", "pasar_bawah"), 1):
        yield (f"RP-{number}", "ruang_publik", area, "nirkabel", "ya", "ya", SINCE, None, day, day, None, None)


def late_day(world: World) -> date:
    """When the line of `LATE` reaches the Dinas: after the first month's cut-off."""
    return month_after(world.m0).replace(day=18)


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """A register a month, on day 6 of the next."""
    for month in world.months(known_on):
        if known_on >= month_after(month).replace(day=6):
            content = csv_bytes(month, HEADER, rows(world, month, known_on), delimiter=";", bom=True)
            yield f"jaringan_{month:%Y-%m}.csv", content


def submissions(world: World, month: date, known_on: date) -> list[Cells]:
    """The Dinas declares its own list whole, but for the first month; at a half year's end for that too."""
    came = known_on >= month_after(month).replace(day=6)
    count = len(rows(world, month, known_on)) if came else None
    whole = None if not came else yes(month != world.m0)
    half = f"{month:%Y}-S{1 if month.month == 6 else 2}"
    return [
        (
            "diskominfo", "Dinas Komunikasi dan Informatika", "network_link", label,
            month_after(month).replace(day=8), month_after(month).replace(day=6) if came else None, "tidak", count,
            None, None, "wajib", whole,
        )
        for label in ([f"{month:%Y-%m}", half] if month.month in (6, 12) else [f"{month:%Y-%m}"])
    ]  # fmt: skip
