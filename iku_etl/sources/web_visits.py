"""Visits of the regency's media sites: one row per site, day and method. Seksi Kelembagaan dan Kemitraan Komunikasi.

From Matomo (visits as it counts them; each site's zone there must be Asia/Jakarta) and from access logs (page views
by people, in visits without a gap of over half an hour; bots, files, errors and our own probes left out, counted).
Caveats: the two differ by nature, so `social_channel` names one method a site at a time; a day that the log does not
hold or tell, or that Matomo has not archived, is not observed and says why. Addresses become tokens of one day before
anything is kept.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain

from sqlalchemy import Column, Integer, Text

from iku_etl.connectors.visits import matomo, weblog
from iku_etl.errors import SettingError
from iku_etl.model import KeptPayload, Payload, Rows, Source, quarantine, stop, warn, warn_unregistered
from iku_etl.settings import Endpoint
from iku_etl.window import Window

SOURCE = Source(
    title="Kunjungan situs media informasi",
    owner="Seksi Kelembagaan dan Kemitraan Komunikasi",
    kind="events",
    since=date(2026, 1, 1),
    grid="day",
    schedule="50 0 * * *",
    lookback=3,  # Matomo still archives, logs are still rotated
    version=2,
    privacy="public",
    columns=(
        Column("site", Text, nullable=False, comment="as in the register website",
               info={"label": "situs"}),
        Column("method", Text, nullable=False, comment="matomo or log",
               info={"label": "cara hitung"}),
        Column(
            "visits", Integer, nullable=False,
            info={"settled": 0.5, "label": "kunjungan"},  # an archive half rebuilt says 7 of 120
            comment="visits that began on the day; fewer than half of those in force wait for a decision",
        ),
    ),
    key=("site", "method"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),  # nothing observed at all: our line, or the logs moved
        stop("ExpectColumnDistinctValuesToBeInSet", column="method", value_set=[matomo.METHOD, weblog.METHOD]),
        quarantine("ExpectColumnValuesToMatchRegex", column="site", regex=r"^[a-z0-9][a-z0-9._-]*$"),
        quarantine("ExpectColumnValuesToBeBetween", column="visits", min_value=0, max_value=5_000_000),
        warn("ExpectColumnValuesToBeBetween", column="visits", max_value=100_000),  # an attack, or a new kind of bot
        warn("ExpectColumnMaxToBeBetween", column="visits", min_value=1),  # is the tracker still there?
        warn_unregistered(column="site", register="website"),
    ),
)  # fmt: skip


def extract(window: Window, endpoint: Endpoint) -> Iterable[Payload]:
    """One payload a site: Matomo's answer about the day, or the day's lines of the access logs."""
    if endpoint.system != "visits":
        raise endpoint.refusal("web_visits", "visits")
    if not weblog.logs(endpoint) and not endpoint.options.get("matomo"):  # judged before Matomo is asked
        raise SettingError(
            f"{endpoint.at()}[web_visits] tidak menyebut situs; tulis [web_visits.matomo] atau [web_visits.logs], lihat"
            " docs/engineer.md."
        )
    return chain(matomo.visits(endpoint, window), weblog.visits(endpoint, window))


def parse(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    """Read a payload by what it is, so that old bytes of either system can be replayed."""
    return matomo.read(payload, window) if payload.media_type == matomo.MEDIA_TYPE else weblog.read(payload, window)
