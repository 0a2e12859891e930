"""Visits of social channels: one row per channel, metric and stretch of days. Seksi Kelembagaan dan Kemitraan
Komunikasi, by register file, copied from the platforms' exports.

`visits` are those of the days first to last: one day for a channel that is counted `harian`, the managed part of the
month for `bulanan`. `counter` is the platform's lifetime total at the end of `first_day`, read on `last_day`; so the
reading of a month's last day may stand in the next month's file. Caveats: exports come late, twelve months are looked
at again; totals rows and other metrics are not added.
"""

from datetime import date

from sqlalchemy import BigInteger, Column, Date, Text

from iku_etl.model import Source, quarantine, stop, warn_unregistered
from iku_etl.sources.social_channel import CHANNEL, METRIC

SOURCE = Source(
    title="Kunjungan kanal media sosial",
    owner="Seksi Kelembagaan dan Kemitraan Komunikasi",
    kind="events",
    since=date(2026, 1, 1),
    grid="month",
    schedule="24 5 * * *",
    lookback=12,
    version=2,
    privacy="public",
    free_of_personal_data="angka dari ekspor platform, disalin Seksi sendiri",
    columns=(
        Column("channel", Text, nullable=False, comment="as in social_channel",
               info={"headings": ("id kanal", "kanal"), "example": ("facebook_pemkab", "youtube_pemkab")}),
        Column("metric", Text, nullable=False, comment="as the platform names it",
               info={"headings": ("metrik",), "example": ("kunjungan", "tayangan")}),
        Column("first_day", Date, nullable=False, comment="first day; of a counter the day it stands for",
               info={"headings": ("dari", "tanggal awal", "hari pertama")}),
        Column("last_day", Date, nullable=False, comment="last day; of a counter the day it was read",
               info={"headings": ("sampai", "tanggal akhir", "hari terakhir"), "event_time": True}),
        Column("visits", BigInteger, comment="visits of these days",
               info={"headings": ("kunjungan", "tayangan"), "decimal": ","}),
        Column("counter", BigInteger, comment="lifetime total at the end of first_day",
               info={"headings": ("penghitung", "total sepanjang masa"), "decimal": ","}),
    ),
    key=("channel", "metric", "first_day"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        quarantine("ExpectColumnValuesToMatchRegex", column="channel", regex=CHANNEL),
        quarantine("ExpectColumnValuesToMatchRegex", column="metric", regex=METRIC),
        quarantine("ExpectColumnPairValuesAToBeGreaterThanB", column_A="last_day", column_B="first_day", or_equal=True),
        quarantine("ExpectColumnValuesToBeBetween", column="visits", min_value=0, max_value=100_000_000),  # a total
        quarantine("ExpectColumnValuesToBeBetween", column="counter", min_value=0, max_value=10_000_000_000),
        quarantine("ExpectColumnValuesToNotBeNull", column="visits", row_condition="counter.isnull()"),  # says nothing
        quarantine("ExpectColumnValuesToBeNull", column="visits", row_condition="counter.notnull()"),  # which of them?
        warn_unregistered(column="channel", register="social_channel"),
    ),
)  # fmt: skip
