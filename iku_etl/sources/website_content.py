"""Newest content of each website: one row per site. Seksi Pelayanan e-Government, from WordPress' REST interface.

Caveats: a site that does not answer, or has no WordPress, has `tidak_ditemukan` and no date: unknown, which is
neither fresh nor stale; why is set aside beside it. The date is the newest post's local day, never the sitemap's build
time. Asked with `before`, so a past day can be collected late, without posts deleted since.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import Column, Date, Text

from iku_etl.connectors import wordpress
from iku_etl.model import Payload, Source, quarantine, stop, warn, warn_unregistered
from iku_etl.settings import Endpoint
from iku_etl.window import Window

FOUND_BY = ["wp-json", "rss", "manual", "tidak_ditemukan"]

SOURCE = Source(
    title="Kemutakhiran isi situs web",
    owner="Seksi Pelayanan e-Government Standarisasi dan Aplikasi",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="day",
    schedule="30 0 * * *",
    late_by=timedelta(days=2),
    max_age=timedelta(days=7),  # a week without a look says nothing of the month's end
    serves_history=True,
    version=3,
    privacy="public",
    columns=(
        Column("site", Text, nullable=False, comment="as in the register website",
               info={"label": "situs"}),
        Column("newest_content_on", Date, comment="local day of the newest post; null unknown",
               info={"label": "isi terbaru"}),
        Column("found_by", Text, nullable=False, comment="wp-json, rss, manual or tidak_ditemukan",
               info={"label": "cara menemukan"}),
        Column("position_on", Date, comment="the day that was asked about; no content can be newer",
               info={"label": "hari yang ditanyakan"}),
    ),
    key=("site",),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        stop("ExpectColumnDistinctValuesToBeInSet", column="found_by", value_set=FOUND_BY),
        quarantine("ExpectColumnValuesToMatchRegex", column="site", regex=r"^[a-z0-9][a-z0-9._-]*$"),
        # a post dated ahead keeps a dead site fresh for ever; one before the web is a broken clock
        quarantine("ExpectColumnPairValuesAToBeGreaterThanB", column_A="position_on", column_B="newest_content_on",
                   or_equal=True, ignore_row_if="either_value_is_missing"),
        quarantine("ExpectColumnValuesToBeBetween", column="newest_content_on", min_value=date(2000, 1, 1)),
        warn("ExpectColumnProportionOfNonNullValuesToBeBetween", column="newest_content_on", min_value=0.5),
        warn(
            "ExpectColumnDistinctValuesToContainSet", column="found_by", value_set=["wp-json"]
        ),  # our line, or a plug-in
        warn_unregistered(column="site", register="website"),
    ),
)  # fmt: skip


def extract(window: Window, endpoint: Endpoint) -> Iterable[Payload]:
    """The newest post of every site of the endpoint, as of the window's end; one payload a site."""
    if endpoint.system != "wordpress":
        raise endpoint.refusal("website_content", "wordpress")
    return wordpress.newest_posts(endpoint, window)


parse = wordpress.read
