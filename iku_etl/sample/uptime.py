"""What a prober sees of the sample's websites: 288 checks a site and day, and the posts on them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from iku_etl.sample.regency import CHECKS_A_DAY, ZONE, Site, World, moment

SLOT_MS = 86_400_000 // CHECKS_A_DAY
UP, DOWN, BLIND, HOLE = 1, 0, -1, -2  # blind: scraped, but the prober was off; hole: not scraped at all
TIMEOUT_SECONDS = 9.5
SEARCH_DAYS = 500  # how far back posts are looked for


@dataclass(frozen=True)
class Checks:
    """A site's day: when each check was made (unix ms), what came of it, HTTP status and seconds it took."""

    at_ms: NDArray[np.int64]
    state: NDArray[np.int8]
    status: NDArray[np.int64]
    seconds: NDArray[np.float64]


def checks(world: World, site: Site, day: date) -> Checks:
    dice = np.random.Generator(np.random.PCG64([world.seed, crc32(site.site.encode()), day.toordinal()]))
    luck, shape, jitter = dice.random((3, CHECKS_A_DAY))  # raw doubles: the same in every numpy
    late_ms = (jitter * 9).astype(np.int64) if site.offset else 0  # one site is scraped exactly on the slot
    at_ms = (moment(day) + site.offset) * 1000 + np.arange(CHECKS_A_DAY, dtype=np.int64) * SLOT_MS + late_ms
    state = np.where(luck < site.failing, DOWN, UP).astype(np.int8)
    status = np.where(state == UP, 200, 0).astype(np.int64)
    seconds = np.round(site.latency * (0.7 + 0.4 * shape + shape**24), 6)
    seconds[state == DOWN] = TIMEOUT_SECONDS
    for trouble in world.troubles(day):
        if trouble.site not in (None, site.site):
            continue
        hit = (at_ms >= trouble.start * 1000) & (at_ms < trouble.end * 1000)
        state[hit] = {"down": DOWN, "blind": BLIND, "hole": HOLE}[trouble.effect]
        status[hit], seconds[hit] = trouble.status, trouble.seconds
    if not site.is_probed(day) or day < world.first_day:
        state[:] = HOLE
    return Checks(at_ms, state, status, seconds)


@dataclass(frozen=True)
class Post:
    number: int
    at: datetime


def posts(world: World, site: Site, before: datetime, limit: int = 1) -> list[Post]:
    """The newest posts strictly before a moment, newest first."""
    local = before.astimezone(ZONE)
    found: list[Post] = []
    day = local.date() if site.posts_to is None else min(local.date(), site.posts_to)
    oldest = day - timedelta(days=SEARCH_DAYS)
    while day >= max(site.posts_from, oldest) and len(found) < limit:
        post = _post_on(world, site, day)
        if post is not None and post.at < local:
            found.append(post)
        day -= timedelta(days=1)
    return found


def _post_on(world: World, site: Site, day: date) -> Post | None:
    number = crc32(f"{world.seed} {site.site} {day}".encode())
    scripted = day in (site.posts_from, site.posts_to)  # the first post of a new site, the last of a stale one
    if number % site.cadence and not scripted:
        return None
    return Post(day.toordinal() % 100_000, datetime.combine(day, time(8 + number % 9, number % 60), ZONE))


def serves_future_post(world: World, site: Site, position: date) -> bool:
    """A cache before one site ignores `before` for three days and shows a post dated forty days ahead."""
    return site.label == "bappeda" and site.site.startswith("bappeda") and 14 <= position.day <= 16 and (
        position.replace(day=1) == world.m1
    )  # fmt: skip
