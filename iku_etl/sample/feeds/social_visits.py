"""The exports of the social channels, one file a channel and month, with a late one, a purge and a typo."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from iku_etl.sample.regency import World, last_day_of, month_after
from iku_etl.sample.sheets import Cells, table_bytes

HEADER = ("Kanal", "Metrik", "Tanggal awal", "Tanggal akhir", "Tayangan", "Penghitung")


def facebook(world: World, month: date) -> list[Cells]:
    """One line for the month, and one of a metric that nobody counts."""
    dice = Random(f"{world.seed} facebook {month}")
    visits, end = dice.randrange(7_000, 9_500), last_day_of(month)
    return [
        ("fb-pemkab", "page_views_total", month, end, visits, None),
        ("fb-pemkab", "page_follows", month, end, dice.randrange(20, 90), None),
        ("Jumlah", None, None, None, None, None),
    ]


def instagram(world: World, month: date) -> list[Cells]:
    """A line a day; in the second month one was mistyped."""
    dice = Random(f"{world.seed} instagram {month}")
    days = [month + timedelta(days=number) for number in range(last_day_of(month).day)]
    wrong = world.m1 + timedelta(days=11)
    found: list[Cells] = []
    for day in days:
        views = dice.randrange(60, 190) * (-1 if day == wrong else 1)
        found.append(("ig-pemkab", "views", f"{day:%d/%m/%Y}", f"{day:%d/%m/%Y}", views, None))
    return found


def youtube(world: World, month: date) -> list[Cells]:
    """Readings of the lifetime counter; in the second month the platform took views away."""
    dice = Random(f"{world.seed} youtube")
    total = 50_000 + dice.randrange(5_000)
    found: list[Cells] = []
    for each in world.months(month):
        end = last_day_of(each)
        opening = each - timedelta(days=1)
        days = [(opening, each), *((day, day) for day in (each.replace(day=10), each.replace(day=20), end))]
        for place, (day, read_on) in enumerate(days):
            if place:
                total += dice.randrange(300, 800) - (1_100 if each == world.m1 and place == 2 else 0)
            if each == month:
                found.append(("yt-pemkab", "views", day, read_on, None, total))
    return found


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """On day 4 of the next month; the second month's of Facebook more than a month late."""
    for month in world.months(known_on):
        for name, rows in (("facebook", facebook), ("instagram", instagram), ("youtube", youtube)):
            came = month_after(month).replace(day=4)
            if name == "facebook" and month == world.m1:
                came = month_after(month).replace(day=20)
            if known_on >= came:
                title: list[Cells] = [(f"Ekspor {name} (contoh, dikarang)",), ("periode", f"{month:%Y-%m}"), ()]
                content = table_bytes([*title, HEADER, *rows(world, month)], width=len(HEADER), delimiter=";")
                yield f"{name}_{month:%Y-%m}.csv", content
