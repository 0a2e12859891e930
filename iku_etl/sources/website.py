"""Register of the regency's websites: one row per site and stretch of days under one host and name.

Seksi Pelayanan e-Government Standarisasi dan Aplikasi, by register file with `posisi_per`. Caveats: `site` is the
stable id that probes and content name; a renamed site gets a second row under its old id. `managed_to` is the last
valid day. A site that is not here is no member of IKU-05, whatever the probes say of it.
"""

from datetime import date, timedelta

from sqlalchemy import Boolean, Column, Date, Text

from iku_etl.model import Source, quarantine, stop, warn

HOST = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$"  # dinkes.bengkuluselatankab.go.id

SOURCE = Source(
    title="Daftar situs web",
    owner="Seksi Pelayanan e-Government Standarisasi dan Aplikasi",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="10 5 * * *",  # a file may come any day; an unchanged one is only a look
    late_by=timedelta(days=14),  # a file without posisi_per counts for the month just ended until then
    max_age=timedelta(days=62),  # a month's register, the next month and its cut-off
    version=2,
    privacy="public",
    free_of_personal_data="host dan kantor pengelolanya, didaftar Seksi sendiri",
    columns=(
        Column("site", Text, nullable=False, comment="stable id of the site", info={"headings": ("id situs", "situs")}),
        Column("host", Text, nullable=False, comment="host, no scheme",
               info={"headings": ("alamat", "alamat situs"),
                     "example": ("mediacenter.bengkuluselatan.example", "dinkes.bengkuluselatan.example")}),
        Column("name", Text, nullable=False, comment="name of the site", info={"headings": ("nama", "nama situs")}),
        Column("opd", Text, nullable=False, comment="who runs it", info={"headings": ("pengelola", "nama opd")}),
        Column("kind", Text, nullable=False, comment="informasi or layanan", info={"headings": ("jenis",)}),
        Column(
            "is_media_information",
            Boolean,
            nullable=False,
            comment="counts for IKU-07",
            info={"headings": ("media informasi",)},
        ),
        Column("managed_from", Date, nullable=False, comment="first day", info={"headings": ("dikelola sejak",)}),
        Column("managed_to", Date, comment="last valid day", info={"headings": ("dikelola sampai", "sampai")}),
        Column("closure_letter", Text, comment="letter that closed it",
               info={"headings": ("surat penutupan",), "proof": True}),
    ),
    key=("site", "managed_from"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        stop("ExpectColumnDistinctValuesToBeInSet", column="kind", value_set=["informasi", "layanan"]),  # else no rule
        quarantine("ExpectColumnValuesToMatchRegex", column="host", regex=HOST),  # a URL or a name probes nothing
        quarantine("ExpectColumnPairValuesAToBeGreaterThanB", column_A="managed_to", column_B="managed_from",
                   or_equal=True, ignore_row_if="either_value_is_missing"),
        quarantine("ExpectColumnValuesToBeBetween", column="managed_from", min_value=date(1998, 1, 1)),  # 1900: a typo
        warn("ExpectColumnValuesToBeBetween", column="managed_to", max_value=date(2099, 12, 31)),  # 9999: open
        warn("ExpectCompoundColumnsToBeUnique", column_list=["host", "managed_from"]),  # one host under two ids
        warn("ExpectColumnValueLengthsToBeBetween", column="name", min_value=3, max_value=120),
    ),
)  # fmt: skip
