"""Annual reports of the PPID: one row per PPID and report year. Seksi Pengolahan Pelayanan dan Diseminasi Informasi.

By register file. Caveats: `filed_on` is the day the report came in; a report filed anew keeps its first day, else a
correction would make it late. A PPID appointed after the report's year owes none.
"""

from datetime import date, timedelta

from sqlalchemy import Column, Date, Integer, Text

from iku_etl.model import Source, quarantine, stop, warn, warn_unregistered
from iku_etl.sources.ppid import PPID

SOURCE = Source(
    title="Laporan tahunan PPID",
    owner="Seksi Pengolahan Pelayanan dan Diseminasi Informasi",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="32 5 * * *",
    late_by=timedelta(days=14),
    max_age=timedelta(days=62),  # a month's register, the next month and its cut-off
    version=2,
    privacy="public",
    free_of_personal_data="laporan tahunan PPID, yaitu kantor, yang diumumkan",
    columns=(
        Column("ppid", Text, nullable=False, comment="as in the register ppid",
               info={"headings": ("id ppid",), "example": ("ppid_diskominfo", "ppid_dinkes")}),
        Column("report_year", Integer, nullable=False, comment="year reported on",
               info={"headings": ("tahun laporan",)}),
        Column("filed_on", Date, nullable=False, comment="day it came in",
               info={"headings": ("tanggal diterima", "tanggal penyampaian")}),
        Column("letter", Text, comment="covering letter",
               info={"headings": ("surat pengantar", "nomor surat"), "proof": True}),
    ),
    key=("ppid", "report_year"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        quarantine("ExpectColumnValuesToMatchRegex", column="ppid", regex=PPID),
        quarantine("ExpectColumnValuesToBeBetween", column="report_year", min_value=2010, max_value=2099),
        quarantine("ExpectColumnValuesToBeBetween", column="filed_on",
                   min_value=date(2010, 4, 30), max_value=date(2099, 12, 31)),  # UU 14/2008; a typed year
        warn("ExpectColumnValuesToNotBeNull", column="letter"),
        warn("ExpectColumnValueLengthsToBeBetween", column="letter", min_value=5),
        warn_unregistered(column="ppid", register="ppid"),
    ),
)  # fmt: skip
