"""Register of the channels whose visits are counted: one row per channel and stretch of days under one metric.

Seksi Kelembagaan dan Kemitraan Komunikasi, by register file with `posisi_per`. Caveats: a site of the register
`website` that is media information has its method named here by a row with platform `situs`, channel = its id, metric
`matomo` or `log`. A platform that changes its metric gets a second row; likes and followers are no visits.
"""

from datetime import date, timedelta

from sqlalchemy import Column, Date, Text

from iku_etl.model import Source, quarantine, stop, warn

PLATFORMS = ["situs", "facebook", "instagram", "youtube", "tiktok", "x"]
MEASURES = ["harian", "bulanan", "penghitung"]
METHODS = ["matomo", "log"]  # of a site: what web_visits brings
CHANNEL = r"^[a-z0-9][a-z0-9._-]*$"
METRIC = r"^[a-z][a-z0-9_]*$"  # as the platform's export or interface names it

SOURCE = Source(
    title="Daftar kanal media informasi",
    owner="Seksi Kelembagaan dan Kemitraan Komunikasi",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="22 5 * * *",
    late_by=timedelta(days=14),
    max_age=timedelta(days=62),
    version=2,
    privacy="public",
    free_of_personal_data="kanal resmi, didaftar Seksi sendiri",
    columns=(
        Column("channel", Text, nullable=False, comment="stable id; of a site its id in website",
               info={"headings": ("id kanal", "kanal"), "example": ("facebook_pemkab", "youtube_pemkab")}),
        Column("name", Text, nullable=False, comment="name of the channel", info={"headings": ("nama", "nama kanal")}),
        Column("platform", Text, nullable=False, comment="situs, facebook, instagram, youtube, tiktok, x"),
        Column("metric", Text, nullable=False, comment="matomo, log, or the platform's own metric",
               info={"headings": ("metrik", "metode"), "example": ("kunjungan", "tayangan")}),
        Column("measure", Text, nullable=False, comment="harian: a day's visits; bulanan: a month's; penghitung: total",
               info={"headings": ("cara hitung", "jenis ukuran")}),
        Column("managed_from", Date, nullable=False, comment="first day", info={"headings": ("dikelola sejak",)}),
        Column("managed_to", Date, comment="last valid day", info={"headings": ("dikelola sampai", "sampai")}),
    ),
    key=("channel", "managed_from"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        stop("ExpectColumnValuesToBeInSet", column="measure", value_set=MEASURES),  # else no rule
        stop("ExpectColumnValuesToBeInSet", column="platform", value_set=PLATFORMS),
        quarantine("ExpectColumnValuesToMatchRegex", column="channel", regex=CHANNEL),
        quarantine("ExpectColumnValuesToMatchRegex", column="metric", regex=METRIC),
        quarantine("ExpectColumnValuesToBeInSet", column="metric", value_set=METHODS,
                   row_condition='platform == "situs"'),
        quarantine("ExpectColumnPairValuesAToBeGreaterThanB", column_A="managed_to", column_B="managed_from",
                   or_equal=True, ignore_row_if="either_value_is_missing"),
        quarantine("ExpectColumnValuesToBeBetween", column="managed_from", min_value=date(1998, 1, 1)),  # 1900: a typo
        warn("ExpectColumnValueLengthsToBeBetween", column="name", min_value=3, max_value=120),
    ),
)  # fmt: skip
