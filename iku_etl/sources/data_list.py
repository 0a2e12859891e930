"""Daftar Data of the regency: one row per dataset and stretch of days on the list. Seksi Statistik, by register file.

The datasets that IKU-06 divides by, agreed in the Forum Satu Data, with the OPD that produces each. Caveats: `dataset`
is the stable code that deliveries name; `on_list_to` is the last valid day; a revised list keeps the rows of earlier
ones with their end. What is delivered without standing here is no member, and is listed as unregistered.
"""

from datetime import date, timedelta

from sqlalchemy import Column, Date, Integer, Text

from iku_etl.model import Source, quarantine, stop, warn

DATASET = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"  # 1701.0042, jumlah-penduduk-2019
OPD = r"^[a-z][a-z0-9_]{0,39}$"  # dinkes, kec_manna

SOURCE = Source(
    title="Daftar Data statistik sektoral",
    owner="Seksi Statistik",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="38 5 * * *",
    late_by=timedelta(days=31),
    max_age=timedelta(days=400),  # agreed once a year, and the weeks until the next Forum
    version=2,
    privacy="public",
    free_of_personal_data="judul dataset dan OPD, ditetapkan terbuka oleh Seksi Statistik",
    columns=(
        Column("dataset", Text, nullable=False, comment="code of the dataset",
               info={"headings": ("kode data",), "example": ("DATA-001", "DATA-002")}),
        Column("name", Text, nullable=False, comment="its title", info={"headings": ("nama data", "judul")}),
        Column("producer", Text, nullable=False, comment="OPD id",
               info={"headings": ("produsen data", "id opd"), "example": ("diskominfo", "dinkes")}),
        Column("year", Integer, nullable=False, comment="year of the list", info={"headings": ("tahun",)}),
        Column("on_list_from", Date, nullable=False, comment="first day", info={"headings": ("berlaku sejak",)}),
        Column("on_list_to", Date, comment="last valid day", info={"headings": ("berlaku sampai",)}),
    ),
    key=("dataset", "on_list_from"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),  # an empty list would leave nothing to divide by
        quarantine("ExpectColumnValuesToMatchRegex", column="dataset", regex=DATASET),
        quarantine("ExpectColumnValuesToMatchRegex", column="producer", regex=OPD),
        quarantine("ExpectColumnValuesToBeBetween", column="year", min_value=2016, max_value=2100),
        quarantine("ExpectColumnValuesToBeBetween", column="on_list_from", min_value=date(2016, 1, 1)),  # 1900: a typo
        quarantine("ExpectColumnPairValuesAToBeGreaterThanB", column_A="on_list_to", column_B="on_list_from",
                   or_equal=True, ignore_row_if="either_value_is_missing"),
        warn("ExpectColumnValuesToBeBetween", column="on_list_to", max_value=date(2099, 12, 31)),  # 9999: open
        warn("ExpectColumnValueLengthsToBeBetween", column="name", min_value=5, max_value=200),
    ),
)  # fmt: skip
