"""The offices' logs of use, one file an OPD and month, and their hand-ins about a triwulan."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from iku_etl.sample.applications import applications, triwulan_of
from iku_etl.sample.feeds.opd import Office, offices
from iku_etl.sample.regency import World, last_day_of, month_after
from iku_etl.sample.sheets import Cells, table_bytes

HEADER = ("opd", "application", "role", "used_on", "evidence")
HEADINGS = ("ID OPD", "ID aplikasi", "Peran", "Tanggal", "Bukti")  # as the kecamatan write them, and dates their way
NEVER = ("satpolpp", "kec_ulu_manna")  # hand nothing in
ONLY_NATIONAL = ("dispar", "perpusda", "kec_bunga_mas")
ONLY_FIRST = "dkp"  # used the e-office in the first month, and then no more
LATE = "dinsos"  # its first log comes five weeks after the month, its hand-ins after the statement is closed
TARGETS = tuple(("IKU-02", part, 80, "persen") for part in ("", "TW1", "TW2", "TW3", "TW4"))


def rows(world: World, office: Office, month: date) -> list[Cells]:
    """What an office used in a month: days of the e-office, the national SIPD and its own applications."""
    dice = Random(f"{world.seed} use {office.opd} {month}")
    own = [each.application for each in applications(world) if each.owner == office.opd and each.is_system]
    used = ["sipd"]
    if office.opd not in ONLY_NATIONAL and (office.opd != ONLY_FIRST or month <= world.m0):
        used += ["e-office", *own]
    found: list[Cells] = []
    for application in dict.fromkeys(used):
        for day in sorted(dice.sample(range(1, 28), 3)):
            used_on = month.replace(day=day)
            if office.valid_to is None or used_on <= office.valid_to:
                role = "pemilik" if application in own else "pengguna"
                found.append((office.opd, application, role, used_on, "Log masuk (contoh)"))
    return found


def reporting(world: World) -> list[Office]:
    return [each for each in offices(world) if each.counted]


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    for month in world.months(known_on):
        for office in reporting(world):
            lines = rows(world, office, month)
            if lines and office.opd not in NEVER and _came_on(world, office, month) <= known_on:
                is_torn = office.opd == "dishub" and month == world.m1
                yield f"{month:%Y-%m}_{office.opd}.csv", _log(office, month, lines, is_torn)


def _came_on(world: World, office: Office, month: date) -> date:
    if office.opd == LATE and month == world.m0:
        return last_day_of(month) + timedelta(days=36)
    return month_after(month).replace(day=3 + len(office.opd) % 5)


def _log(office: Office, month: date, lines: list[Cells], is_torn: bool) -> bytes:
    title: list[Cells] = [(f"Log pemakaian {office.name} (contoh, dikarang)",), ("periode", f"{month:%Y-%m}"), ()]
    if is_torn:
        lines = [*lines[:-1], (*lines[-1][:3], f"31/02/{month.year}", lines[-1][4])]
    if office.kind != "kecamatan":
        return table_bytes([*title, HEADER, *lines], width=len(HEADER))
    written = [(*line[:3], _spelt(line[3]), line[4]) for line in lines]
    return table_bytes([*title, HEADINGS, *written, ("Jumlah", len(lines))], width=len(HEADER))


def _spelt(day: object) -> str:
    return day.strftime("%d/%m/%Y") if isinstance(day, date) else str(day)


def submissions(world: World, month: date, known_on: date) -> list[Cells]:
    """After a triwulan each office that is still there says how long its logs are."""
    period, months = triwulan_of(month)
    if month != months[-1]:
        return []
    due_on = month_after(month).replace(day=10)
    found: list[Cells] = []
    for office in reporting(world):
        if office.valid_to is not None and office.valid_to <= last_day_of(month):
            continue
        received_on = month_after(month).replace(day=12 if office.opd == LATE else 7)
        came = received_on <= known_on and office.opd not in NEVER
        count = sum(len(rows(world, office, each)) for each in months)
        stated: Cells = (received_on, "tidak", count) if came else (None, "tidak", None)
        found.append((office.opd, office.name, "app_usage", period, due_on, *stated, None, None, "wajib", None))
    return found
