"""The Matomo of the media sites, and the access logs that the portal's server rotates every night."""

import gzip
import json
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

from iku_etl.sample.regency import DOMAIN, World
from iku_etl.sample.wordpress import Answered

if TYPE_CHECKING:
    from iku_etl.sample.servers import Running

PORTAL = f"www.{DOMAIN}"
NUMBERS = {PORTAL: 1, f"mediacenter.{DOMAIN}": 2}  # idSite
USUAL = {1: 150, 2: 390}  # visits a day
PROBE = "Blackbox Exporter/0.23.0"
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
BROWSERS = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
)
PAGES = ("/", "/berita/", "/berita/pasar-kutau/", "/layanan/", "/profil/")
PARTS = ("/wp-content/themes/contoh/style.css", "/wp-content/uploads/lambang.png")


def connection(world: World, url: str) -> str:
    """Its entries in connections.toml; the logs lie in a folder, not behind the address."""
    numbers = "\n".join(f'"{site}" = {number}' for site, number in NUMBERS.items())
    logs = f'"{PORTAL}" = "{{state}}/drop/web_visits/www.access.log-*"'
    head = f'[web_visits]\nsystem = "visits"\nurl = "{url}"\n'
    return f"{head}\n[web_visits.matomo]\n{numbers}\n\n[web_visits.logs]\n{logs}\n"


def answer(running: "Running", path: str, parameters: dict[str, str]) -> Answered:
    """One answer: status, headers, body; Matomo says its errors with status 200."""
    number = parameters.get("idSite", "")
    first, _, last = parameters.get("date", "").partition(",")
    if path != "/index.php" or parameters.get("method") != "VisitsSummary.get":
        return 200, {}, _bytes({"result": "error", "message": "The method is not available in this plugin."})
    if number not in map(str, USUAL) or not parameters.get("token_auth"):
        return 200, {}, _bytes({"result": "error", "message": "You can't access this resource as it requires 'view'."})
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    days = [begin + timedelta(days=place) for place in range((end - begin).days + 1)]
    return 200, {}, _bytes({day.isoformat(): _summary(running, int(number), day) for day in days})


def _bytes(found: Any) -> bytes:
    return json.dumps(found).encode()


def _summary(running: "Running", number: int, day: date) -> Any:
    if day > running.last_day:
        return []  # not archived
    # the portal's tracker was taken out when its log began to count: nobody comes by, as far as Matomo knows
    if number == 1 and day >= running.world.m1:
        return {"nb_uniq_visitors": 0, "nb_users": 0, "nb_visits": 0, "nb_actions": 0}
    dice = Random(f"{running.world.seed} matomo {number} {day}")
    visits = int(USUAL[number] * (0.7 if day.weekday() > 4 else 1) * dice.uniform(0.8, 1.2))
    return {
        "nb_uniq_visitors": int(visits * 0.8), "nb_users": 0, "nb_visits": visits, "nb_actions": visits * 3,
        "bounce_count": visits // 2, "bounce_rate": "50%", "nb_actions_per_visit": 3, "avg_time_on_site": 104,
    }  # fmt: skip


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """The portal's log of each day since the second month; for two days the server's disk was full."""
    lost = {world.m1 + timedelta(days=9), world.m1 + timedelta(days=10)}
    day = world.m1
    while day < known_on:
        if day not in lost:
            yield f"www.access.log-{day:%Y%m%d}.gz", _log(world.seed, day)
        day += timedelta(days=1)


@cache  # asked for by each day that passes
def _log(seed: int, day: date) -> bytes:
    """A day of a small server, packed: our prober every hour, bots, and people who look at a few pages each."""
    dice = Random(f"{seed} log {day}")
    lines = [_line(day, 3600 * slot + 9, "192.0.2.5", "/", PROBE) for slot in range(24)]
    for _ in range(dice.randrange(14, 26)):
        at = dice.randrange(86_000)
        address = (
            f"203.0.113.{dice.randrange(1, 255)}" if dice.random() < 0.9 else f"2001:db8::{dice.randrange(9999):x}"
        )
        agent = dice.choice(BROWSERS) if dice.random() < 0.8 else BOT
        for _ in range(dice.randrange(1, 5)):
            lines.append(_line(day, at, address, dice.choice(PAGES), agent))
            lines.append(_line(day, at, address, dice.choice(PARTS), agent))
            at += dice.randrange(20, 100)
    lines.sort()
    if day.day == 5:
        lines[-1] = (lines[-1][0], lines[-1][1][:70] + "\n")  # rotated while it was written
    return gzip.compress("".join(text for _, text in lines).encode(), 1, mtime=0)


def _line(day: date, second: int, address: str, path: str, agent: str) -> tuple[int, str]:
    on = day + timedelta(days=second // 86_400)  # who looks at pages at midnight does so on both days
    clock = f"{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"
    return second, f'{address} - - [{on:%d/%b/%Y}:{clock} +0700] "GET {path} HTTP/1.1" 200 4512 "-" "{agent}"\n'
