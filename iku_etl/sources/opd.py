"""Register of the regency's offices (OPD): one row per office and stretch of days under one name.

Sekretariat Daerah (Bagian Organisasi), by register file with `posisi_per`. Caveats: `opd` is the id that every other
register names; `counted` says whether it is an OPD in the sense of the decree (are kecamatan, RSUD, UPTD?) and
`counting_basis` why; `valid_to` is the last valid day; `successor` takes over what a dissolved office still has.
"""

from datetime import date, timedelta

from sqlalchemy import Boolean, Column, Date, Text

from iku_etl.model import Source, quarantine, stop, warn

ID = r"^[a-z][a-z0-9_]{1,39}$"  # dinkes, kec_manna
KINDS = [
    "dinas", "badan", "sekretariat", "inspektorat", "satuan", "kecamatan", "kelurahan", "rsud", "uptd", "lainnya",
]  # fmt: skip

SOURCE = Source(
    title="Daftar OPD",
    owner="Bagian Organisasi Sekretariat Daerah",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="20 5 * * *",
    late_by=timedelta(days=14),
    max_age=timedelta(days=62),  # a month's register, the next month and its cut-off
    version=2,
    privacy="public",
    free_of_personal_data="daftar kantor dari peraturan yang diumumkan",
    columns=(
        Column("opd", Text, nullable=False, comment="stable id",
               info={"headings": ("id opd", "kode opd"), "example": ("diskominfo", "dinkes")}),
        Column("name", Text, nullable=False, comment="name of the office", info={"headings": ("nama opd", "nama")}),
        Column("kind", Text, nullable=False, comment="dinas, badan, kecamatan, ..", info={"headings": ("jenis",)}),
        Column("counted", Boolean, nullable=False, comment="an OPD for the IKU", info={"headings": ("dihitung",)}),
        Column("counting_basis", Text, comment="why (not) counted",
               info={"headings": ("dasar hitung", "dasar"), "proof": True}),
        Column("valid_from", Date, nullable=False, comment="first day", info={"headings": ("berlaku sejak",)}),
        Column("valid_to", Date, comment="last valid day", info={"headings": ("berlaku sampai", "sampai")}),
        Column("successor", Text, comment="id of the office that took over",
               info={"headings": ("pengganti",), "example": ("dinkes",)}),
    ),
    key=("opd", "valid_from"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        stop("ExpectColumnDistinctValuesToContainSet", column="counted", value_set=[True]),  # no member: not a register
        quarantine("ExpectColumnValuesToMatchRegex", column="opd", regex=ID),  # a name would match no other register
        quarantine("ExpectColumnValuesToMatchRegex", column="successor", regex=ID),
        quarantine("ExpectSelectColumnValuesToBeUniqueWithinRecord", column_list=["opd", "successor"],
                   ignore_row_if="any_value_is_missing"),  # its own successor would leave the denominator unseen
        quarantine("ExpectColumnValuesToBeInSet", column="kind", value_set=KINDS),
        quarantine("ExpectColumnPairValuesAToBeGreaterThanB", column_A="valid_to", column_B="valid_from",
                   or_equal=True, ignore_row_if="either_value_is_missing"),
        quarantine("ExpectColumnValuesToBeBetween", column="valid_from", min_value=date(1950, 1, 1)),  # 1900: a typo
        warn("ExpectColumnValuesToNotBeNull", column="successor",
             row_condition="valid_to.notnull()"),  # closed without one: what it has counts for nobody
        warn("ExpectCompoundColumnsToBeUnique", column_list=["name", "valid_from"]),  # one office under two ids
        warn("ExpectColumnValueLengthsToBeBetween", column="name", min_value=3, max_value=120),
    ),
)  # fmt: skip
