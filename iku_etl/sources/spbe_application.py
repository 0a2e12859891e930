"""Register of electronic applications: one row per application and stretch of operation. Seksi Aplikasi, by file.

From the Arsitektur SPBE inventory, by register file with `posisi_per`. Caveats: `scope` is `kabupaten` for what the
regency itself runs; national ones are listed so that their use is recognised, and count in companions only. `kind`
`situs` is a website: no information system. `operating_to` is the last day of operation and rests on a closure letter.
One that two rows call kabupaten and nasional on the same day is unclear and proves nothing.
"""

from datetime import date, timedelta

from sqlalchemy import Column, Date, Text

from iku_etl.model import Source, quarantine, stop, warn

APPLICATION = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$"  # e-office, sipd: an id, not a name

SOURCE = Source(
    title="Daftar aplikasi SPBE",
    owner="Seksi Aplikasi dan Pengembangan Telematika",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="41 5 * * *",
    late_by=timedelta(days=14),
    max_age=timedelta(days=62),  # a month's register, the next month and its cut-off
    version=2,
    privacy="public",
    free_of_personal_data="sistem dan kantor pemiliknya, didaftar Seksi sendiri",
    columns=(
        Column("application", Text, nullable=False, comment="stable id",
               info={"headings": ("id aplikasi", "kode"), "example": ("simpeg", "sipd")}),
        Column("name", Text, nullable=False, comment="its name", info={"headings": ("nama", "nama aplikasi")}),
        Column("owner", Text, nullable=False, comment="who owns it", info={"headings": ("pemilik", "opd pemilik")}),
        Column("scope", Text, nullable=False, comment="kabupaten or nasional", info={"headings": ("lingkup",)}),
        Column("kind", Text, nullable=False, comment="sistem or situs", info={"headings": ("jenis",)}),
        Column("operating_from", Date, nullable=False, comment="first day", info={"headings": ("beroperasi sejak",)}),
        Column("operating_to", Date, comment="last day", info={"headings": ("beroperasi sampai", "sampai")}),
        Column("closure_letter", Text, comment="letter that closed it",
               info={"headings": ("surat penutupan",), "proof": True}),
    ),
    key=("application", "operating_from"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        quarantine("ExpectColumnValuesToMatchRegex", column="application", regex=APPLICATION),
        quarantine("ExpectColumnValuesToBeInSet", column="scope", value_set=["kabupaten", "nasional"]),
        quarantine("ExpectColumnValuesToBeInSet", column="kind", value_set=["sistem", "situs"]),
        quarantine("ExpectColumnPairValuesAToBeGreaterThanB", column_A="operating_to", column_B="operating_from",
                   or_equal=True, ignore_row_if="either_value_is_missing"),
        quarantine("ExpectColumnValuesToBeBetween", column="operating_from", min_value=date(1998, 1, 1)),  # a typo
        warn("ExpectColumnValuesToBeBetween", column="operating_to", max_value=date(2099, 12, 31)),  # 9999: open
        warn("ExpectColumnValuesToNotBeNull", column="closure_letter",
             row_condition="operating_to.notnull()"),  # closed on nobody's word
        warn("ExpectColumnValueLengthsToBeBetween", column="name", min_value=3, max_value=120),
    ),
)  # fmt: skip
