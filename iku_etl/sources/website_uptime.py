"""Website uptime: one row per site and probe. Seksi Pelayanan e-Government: Prometheus, Uptime Kuma, Zabbix, Upptime.

Caveats: a probe made while the prober was down or the site under maintenance has `up` null, a probe that is missing
has no row: both are not observed, neither up nor down. A site of two monitors, of none, or without the day's beginning
is set aside by name. Prometheus keeps 15 days, Kuma 100 beats on a page and a day in its database: older windows can't
be collected late. `cause` says why a site was down where the source tells (`http_503`, `dns`).
"""

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import Boolean, Column, DateTime, Integer, Interval, Numeric, Text, cast, column, func, text
from sqlalchemy import extract as sql_extract

from iku_etl.connectors.uptime import prometheus, upptime, uptime_kuma, zabbix
from iku_etl.model import KeptPayload, Payload, RollUp, Rows, Source, quarantine, stop, warn, warn_unregistered
from iku_etl.settings import Endpoint
from iku_etl.window import Window

# How long after each probe the next one was made. The last of a day is followed by the day's first one, a day later:
# so the distances of a day add up to a day, whatever its interval and wherever it begins.
_CHECKED_AT = column("checked_at", DateTime(timezone=True))
_SITE = column("site", Text)
_NEXT = func.lead(_CHECKED_AT).over(partition_by=_SITE, order_by=_CHECKED_AT)
_FIRST = func.first_value(_CHECKED_AT).over(partition_by=_SITE, order_by=_CHECKED_AT)
GAP = func.coalesce(_NEXT, _FIRST + text("interval '24 h'")) - _CHECKED_AT

SOURCE = Source(
    title="Pemantauan situs web",
    owner="Seksi Pelayanan e-Government Standarisasi dan Aplikasi",
    kind="events",
    since=date(2026, 1, 1),
    grid="day",
    schedule="10 0 * * *",
    lookback=2,  # a remote prober delivers its last hours late
    version=2,
    privacy="public",
    columns=(
        Column("site", Text, nullable=False, comment="label situs, else host; as in the register website",
               info={"label": "situs"}),
        Column("checked_at", DateTime(timezone=True), nullable=False, comment="when the probe was scraped",
               info={"label": "saat diperiksa"}),
        Column("up", Boolean, comment="true up, false down, null not observed",
               info={"label": "terjangkau"}),
        Column("latency_ms", Integer, comment="milliseconds; null unless up",
               info={"label": "lama jawaban (ms)"}),
        Column("cause", Text, comment="why down, where the source says: http_503, dns",
               info={"label": "sebab"}),
    ),
    key=("site", "checked_at"),
    expectations=(  # the judge itself sets aside what lies outside the window
        stop("ExpectTableRowCountToBeBetween", min_value=1),  # Prometheus down or past its retention, not a quiet day
        quarantine("ExpectColumnValuesToMatchRegex", column="site", regex=r"^[a-z0-9][a-z0-9._-]{0,252}$"),
        quarantine("ExpectColumnValuesToBeBetween", column="latency_ms", min_value=0, max_value=120_000),  # time-out
        quarantine("ExpectColumnValuesToMatchRegex", column="cause", regex=r"^(dns|tls|http_[1-9]\d\d)$"),
        warn("ExpectColumnProportionOfNonNullValuesToBeBetween", column="up", min_value=0.8),  # the prober was blind
        warn("ExpectColumnDistinctValuesToContainSet", column="up", value_set=[True]),  # nothing up: our own line?
        warn_unregistered(column="site", register="website"),  # a new host must not cost the night
    ),
    roll_ups=(
        RollUp("website_uptime_day", version=1, by=("site",), measures=tuple(
            (Column(name, Integer, nullable=False, comment=comment), func.count().filter(column("up", Boolean).is_(up)))
            for name, up, comment in (
                ("up_count", True, "probes that found it up"),
                ("down_count", False, "probes that found it down"),
                ("unseen_count", None, "scrapes without a probe"),
            )
        )),
        RollUp(
            "website_uptime_gap", version=1, by=("site", "gap_seconds"),
            where=column("up", Boolean).is_not(None),
            derived=(
                (Column("gap", Interval), GAP),
                (Column("gap_seconds", Integer, nullable=False, comment="to the next probe, rounded"),
                 cast(func.date_part("epoch", GAP), Integer)),
            ),
            measures=(
                (Column("check_count", Integer, nullable=False, comment="probes that were followed so"), func.count()),
                (Column("gap_total_seconds", Numeric, nullable=False, comment="their distances together"),
                 sql_extract("epoch", func.sum(column("gap", Interval)))),
            ),
        ),
    ),
)  # fmt: skip


def extract(window: Window, endpoint: Endpoint) -> Iterable[Payload]:
    """The window's probes from the monitoring system that the endpoint names; of Upptime the whole history."""
    asks = {"prometheus": prometheus.samples, "uptime_kuma": uptime_kuma.beats, "zabbix": zabbix.history}
    if endpoint.system == "upptime":
        return upptime.history(endpoint)
    if endpoint.system not in asks:
        raise endpoint.refusal("website_uptime", *asks, "upptime")
    return asks[endpoint.system](endpoint, window)


def parse(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    """Read a payload by what it is, so that old bytes of any system can be replayed."""
    readers = {
        uptime_kuma.MEDIA_TYPE: uptime_kuma.read,
        zabbix.MEDIA_TYPE: zabbix.read,
        upptime.MEDIA_TYPE: upptime.read,
    }
    return readers.get(payload.media_type, prometheus.read)(payload, window)
