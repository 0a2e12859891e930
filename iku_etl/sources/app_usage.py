"""Log of use: one row per OPD, application and day on which it was used. Handed in by each OPD, by file.

Dated use with its evidence, as owner (`pemilik`) or user (`pengguna`); no persons. Caveats: logs come by triwulan and
late, so twelve months are looked at again; the file's `periode`, else its name, is the month; a day of another month
is set aside. An OPD without use has no row: whether it handed in stands in `register_submission` (unit = OPD).
"""

from datetime import date

from sqlalchemy import Column, Date, Text

from iku_etl.model import Source, quarantine, stop, warn, warn_unregistered

OPD = r"^[a-z][a-z0-9_]{1,39}$"  # dinkes: as in the register of OPD
APPLICATION = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$"  # e-office: an id, not a name

SOURCE = Source(
    title="Log pemakaian aplikasi",
    owner="Seksi Aplikasi dan Pengembangan Telematika",
    kind="events",
    since=date(2026, 1, 1),
    grid="month",
    schedule="47 5 * * *",
    lookback=12,  # logs come late, and are corrected within the year
    version=2,
    privacy="public",
    columns=(
        Column("opd", Text, nullable=False, comment="OPD id",
               info={"headings": ("id opd", "kode opd"), "example": ("diskominfo", "dinkes")}),
        Column("application", Text, nullable=False, comment="application id",
               info={"headings": ("id aplikasi",), "example": ("simpeg", "sipd")}),
        Column("role", Text, nullable=False, comment="pemilik or pengguna", info={"headings": ("peran",)}),
        Column("used_on", Date, nullable=False, comment="day of use", info={"headings": ("tanggal", "dipakai pada")}),
        Column("evidence", Text, comment="log or record", info={"headings": ("bukti", "bukti dukung"), "proof": True}),
    ),
    key=("opd", "application", "used_on"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        quarantine("ExpectColumnValuesToMatchRegex", column="opd", regex=OPD),
        quarantine("ExpectColumnValuesToMatchRegex", column="application", regex=APPLICATION),
        quarantine("ExpectColumnValuesToBeInSet", column="role", value_set=["pemilik", "pengguna"]),
        warn("ExpectColumnValuesToNotBeNull", column="evidence"),  # an auditor will ask
        warn("ExpectTableRowCountToBeBetween", max_value=100_000),  # a log of clicks, not of days
        warn_unregistered(column="application", register="spbe_application"),
        warn_unregistered(column="opd", register="opd"),
    ),
)  # fmt: skip
