"""Whether an agent is a program: by Matomo's list of bots, as the package device_detector keeps it.

The same list decides what Matomo counts, so the two ways to count visits agree about who is a person; it knows the
telephones that are named like bots. Ours are only the probers of this regency and what shows without a name.
"""

import re
import time
from functools import lru_cache
from importlib.metadata import version

from iku_etl.errors import ContractError

PROBER, BOT = "pemantau sendiri", "bot atau program"
CALLED = "device_detector"
READ_BYTES = 1024  # of an agent; those of browsers have a third of that
LOOKING_SECONDS = 30  # CPU time for all agents of a day; ten thousand honest ones take less than one

# monitors of the regency's own sites; any other monitor counts as a bot
_PROBERS = re.compile(rb"blackbox exporter|uptime-?kuma|upptime|zabbix|iku-etl", re.I)
_BROWSERS = (b"Mozilla/", b"Opera/")  # every browser since 1994 begins so; an honest program does not
# no person looks: the agent names the page of its maker, or a browser without a screen
_UNSEEN = re.compile(rb"https?://|headless|phantomjs|puppeteer|playwright|selenium", re.I)
_NAMED = re.compile(r"bot|crawl|spider|scan|monitor", re.I)
_spent = 0.0  # by this process: a child reads one log


def kept_list() -> str:
    """Name and version of the list of bots, as the batch records it."""
    return f"{CALLED} {version('device-detector')}"


@lru_cache(maxsize=65_536)
def program(agent: bytes) -> str | None:
    """PROBER or BOT for an agent, cut to READ_BYTES, that is no person's browser; None for one that is."""
    if _PROBERS.search(agent):
        return PROBER
    if not agent.startswith(_BROWSERS) or _UNSEEN.search(agent):
        return BOT
    return BOT if _is_listed(agent.decode("utf-8", "replace")) else None


def _is_listed(agent: str) -> bool:
    """Whether the list names it. Raises ContractError when a log was made to keep us looking."""
    global _spent
    from device_detector.parser.device.bot import Bot  # the child reads registers too, and they have no agents

    begun = time.process_time()
    found = Bot(agent, None)
    found.parse()
    is_bot = bool(found.is_bot())
    if not is_bot and _NAMED.search(agent):  # their quick look passes over a `BeetleBot; `: look again by every pattern
        is_bot = any(one["regex"].search(agent) for one in found.regex_list)
    _spent += time.process_time() - begun
    if _spent > LOOKING_SECONDS:
        raise ContractError(
            f"peramban dalam log terlalu banyak dan terlalu rumit: lebih dari {LOOKING_SECONDS} detik untuk mengenali"
            " bot. Hari ini tidak teramati; periksa apakah log diisi serangan.",
            code="too_costly",
        )
    return is_bot
