"""Register of integrations: one row per connection between two applications. Seksi Aplikasi, by file.

As it stood on `posisi_per`, with the last day on which data went over it. Caveats: an end may be a national system,
which the register of applications lists as one; `sso` is a common login and exchanges no data; a row without evidence
proves nothing. Each system states its own integrations once a semester (`register_submission`, unit = application);
the statement names both ends.
"""

from datetime import date, timedelta

from sqlalchemy import Column, Date, Text

from iku_etl.model import Source, quarantine, stop, warn, warn_unregistered

END = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$"  # the id of an application, here or elsewhere

SOURCE = Source(
    title="Daftar integrasi aplikasi",
    owner="Seksi Aplikasi dan Pengembangan Telematika",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="43 5 * * *",
    late_by=timedelta(days=14),
    max_age=timedelta(days=62),  # a month's register, the next month and its cut-off
    version=2,
    privacy="public",
    free_of_personal_data="hubungan antarsistem, didaftar Seksi sendiri",
    columns=(
        Column("integration", Text, nullable=False, comment="stable id", info={"headings": ("id integrasi",)}),
        Column("end_a", Text, nullable=False, comment="application id",
               info={"headings": ("dari", "aplikasi a"), "example": ("simpeg", "sipd")}),
        Column("end_b", Text, nullable=False, comment="application id",
               info={"headings": ("ke", "aplikasi b"), "example": ("e_kinerja", "srikandi")}),
        Column("method", Text, nullable=False, comment="data or sso", info={"headings": ("metode", "cara")}),
        Column("active_from", Date, nullable=False, comment="first day", info={"headings": ("aktif sejak",)}),
        Column("active_to", Date, comment="last day", info={"headings": ("aktif sampai", "sampai")}),
        Column("last_success_on", Date, comment="last exchange", info={"headings": ("terakhir berhasil",)}),
        Column("evidence", Text, comment="log or record", info={"headings": ("bukti", "bukti dukung"), "proof": True}),
    ),
    key=("integration",),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        quarantine("ExpectColumnValuesToMatchRegex", column="end_a", regex=END),
        quarantine("ExpectColumnValuesToMatchRegex", column="end_b", regex=END),
        quarantine("ExpectSelectColumnValuesToBeUniqueWithinRecord", column_list=["end_a", "end_b"],
                   ignore_row_if="any_value_is_missing"),  # a system is not integrated with itself
        quarantine("ExpectColumnValuesToBeInSet", column="method", value_set=["data", "sso"]),
        quarantine("ExpectColumnPairValuesAToBeGreaterThanB", column_A="active_to", column_B="active_from",
                   or_equal=True, ignore_row_if="either_value_is_missing"),
        quarantine("ExpectColumnValuesToBeBetween", column="last_success_on", min_value=date(2010, 1, 1)),  # a typo
        warn("ExpectColumnPairValuesAToBeGreaterThanB", column_A="last_success_on", column_B="active_from",
             or_equal=True, ignore_row_if="either_value_is_missing"),  # succeeded before it was there
        warn("ExpectColumnValuesToNotBeNull", column="evidence"),  # proves nothing
        warn_unregistered(column="end_a", register="spbe_application", register_column="application"),
        warn_unregistered(column="end_b", register="spbe_application", register_column="application"),
    ),
)  # fmt: skip
