"""Register of desa and kelurahan: one row per area and stretch of days under one name.

Dinas Pemberdayaan Masyarakat Desa, by register file with `posisi_per`. Caveats: `desa` is the Kepmendagri code; a name
in its place is matched to the packaged list. Only kind `desa` is a member of IKU-03: of the 158 areas of
Kabupaten Bengkulu Selatan 142 are, 16 are kelurahan. `valid_to` is the last valid day; a split desa gets new codes.
"""

from datetime import date, timedelta

from sqlalchemy import Column, Date, Text

from iku_etl.model import Source, quarantine, stop, warn

CODE = r"^17\.01\.\d\d\.[12]\d{3}$"  # 17.01.01.2001: of this regency alone, else the denominator grows

SOURCE = Source(
    title="Daftar desa dan kelurahan",
    owner="Dinas Pemberdayaan Masyarakat Desa",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="25 5 * * *",
    late_by=timedelta(days=14),
    max_age=timedelta(days=62),
    version=2,
    privacy="public",
    free_of_personal_data="daftar nama wilayah menurut kode Kepmendagri",
    columns=(
        Column("desa", Text, nullable=False, comment="Kepmendagri code",
               info={"headings": ("kode desa", "kode wilayah", "kode"),
                     "example": ("17.01.01.2001", "17.01.01.2002"), "code_list": "desa"}),
        Column("name", Text, nullable=False, comment="name", info={"headings": ("nama desa", "nama")}),
        Column("kecamatan", Text, nullable=False, comment="its kecamatan", info={"headings": ("nama kecamatan",)}),
        Column("kind", Text, nullable=False, comment="desa or kelurahan", info={"headings": ("jenis",)}),
        Column("valid_from", Date, nullable=False, comment="first day", info={"headings": ("berlaku sejak",)}),
        Column("valid_to", Date, comment="last valid day", info={"headings": ("berlaku sampai", "sampai")}),
    ),
    key=("desa", "valid_from"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        stop("ExpectColumnDistinctValuesToContainSet", column="kind", value_set=["desa"]),  # no member at all
        quarantine("ExpectColumnValuesToMatchRegex", column="desa", regex=CODE),
        quarantine("ExpectColumnValuesToBeInSet", column="kind", value_set=["desa", "kelurahan"]),
        quarantine("ExpectColumnValuesToMatchRegex", column="desa", regex=r"\.2\d{3}$",
                   row_condition='kind == "desa"'),  # 1xxx is a kelurahan's code
        quarantine("ExpectColumnPairValuesAToBeGreaterThanB", column_A="valid_to", column_B="valid_from",
                   or_equal=True, ignore_row_if="either_value_is_missing"),
        quarantine("ExpectColumnValuesToBeBetween", column="valid_from", min_value=date(1945, 8, 17)),  # 1900: a typo
        warn("ExpectCompoundColumnsToBeUnique", column_list=["name", "kecamatan", "valid_from"]),  # under two codes
        warn("ExpectColumnValueLengthsToBeBetween", column="name", min_value=3, max_value=60),
    ),
)  # fmt: skip
