"""PPID pelaksana: one row per PPID and appointment. Seksi Pengolahan Pelayanan dan Diseminasi Informasi, by file.

Each PPID appointed by letter is a member of IKU-04, whatever its OPD. Caveats: `ppid` is the stable id that requests,
lists and reports name; a new letter gets a second row under it. `ended_on` is the last valid day. If one OPD has
two in office at once, neither is proven. The names of the officials are not asked for. PPID Utama is no PPID of a
perangkat daerah and does not belong here.
"""

from datetime import date, timedelta

from sqlalchemy import Column, Date, Text

from iku_etl.model import Source, quarantine, stop, warn

PPID = r"^(?!.*[0-9]{7})[A-Za-z][A-Za-z0-9_]{0,39}$"  # an id: no name, sentence, telephone number or NIK fits

SOURCE = Source(
    title="Daftar PPID pelaksana",
    owner="Seksi Pengolahan Pelayanan dan Diseminasi Informasi",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="24 5 * * *",
    late_by=timedelta(days=14),
    max_age=timedelta(days=62),  # a month's register, the next month and its cut-off
    version=2,
    privacy="public",
    columns=(
        Column("ppid", Text, nullable=False, comment="stable id",
               info={"headings": ("id ppid",), "example": ("ppid_diskominfo", "ppid_dinkes")}),
        Column("name", Text, nullable=False, comment="name of the PPID", info={"headings": ("nama", "nama ppid")}),
        Column("opd", Text, nullable=False, comment="id of its OPD",
               info={"headings": ("id opd", "perangkat daerah"), "example": ("diskominfo", "dinkes")}),
        Column("appointment_letter", Text, nullable=False, comment="letter that appointed it",
               info={"headings": ("sk penunjukan", "nomor sk"), "proof": True}),
        Column("appointed_on", Date, nullable=False, comment="first day",
               info={"headings": ("tanggal sk", "ditunjuk sejak")}),
        Column("ended_on", Date, comment="last valid day", info={"headings": ("berakhir", "berakhir pada")}),
    ),
    key=("ppid", "appointed_on"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        quarantine("ExpectColumnValuesToMatchRegex", column="ppid", regex=PPID),
        quarantine("ExpectColumnValuesToMatchRegex", column="opd", regex=r"^[a-z][a-z0-9_]{0,39}$"),
        quarantine("ExpectColumnValueLengthsToBeBetween", column="appointment_letter", min_value=5),
        quarantine("ExpectColumnPairValuesAToBeGreaterThanB", column_A="ended_on", column_B="appointed_on",
                   or_equal=True, ignore_row_if="either_value_is_missing"),
        quarantine("ExpectColumnValuesToBeBetween", column="appointed_on", min_value=date(2010, 4, 30)),  # UU 14/2008
        warn("ExpectColumnValuesToBeBetween", column="ended_on", max_value=date(2099, 12, 31)),  # 9999: open
        warn("ExpectColumnValueLengthsToBeBetween", column="name", min_value=3, max_value=120),
    ),
)  # fmt: skip
