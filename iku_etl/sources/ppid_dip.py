"""Daftar Informasi Publik: one row per PPID and renewal. Seksi Pengolahan Pelayanan dan Diseminasi Informasi, by file.

A renewal counts for IKU-04 for twelve months. Caveats: a list that is published nowhere is not renewed, so a row
without its address is set aside; the register lists all renewals that it knows, not the newest alone.
"""

from datetime import date, timedelta

from sqlalchemy import Column, Date, Integer, Text

from iku_etl.model import Source, quarantine, stop, warn, warn_unregistered
from iku_etl.sources.ppid import PPID

SOURCE = Source(
    title="Pemutakhiran Daftar Informasi Publik",
    owner="Seksi Pengolahan Pelayanan dan Diseminasi Informasi",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="28 5 * * *",
    late_by=timedelta(days=14),
    max_age=timedelta(days=62),  # a month's register, the next month and its cut-off
    version=2,
    privacy="public",
    free_of_personal_data="daftar informasi yang diumumkan PPID, yaitu kantor",
    columns=(
        Column("ppid", Text, nullable=False, comment="as in the register ppid",
               info={"headings": ("id ppid",), "example": ("ppid_diskominfo", "ppid_dinkes")}),
        Column("renewed_on", Date, nullable=False, comment="day of the renewal",
               info={"headings": ("tanggal pemutakhiran", "tanggal penetapan")}),
        Column("document_count", Integer, comment="entries of the list",
               info={"headings": ("jumlah informasi", "jumlah dokumen")}),
        Column("published_at", Text, nullable=False, comment="address where it can be read",
               info={"headings": ("alamat publikasi", "tautan"), "proof": True,
                     "example": (
                                 "https://ppid.bengkuluselatan.example/dip", "https://dinkes.bengkuluselatan.example/dip")}),
    ),
    key=("ppid", "renewed_on"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        quarantine("ExpectColumnValuesToMatchRegex", column="ppid", regex=PPID),
        quarantine("ExpectColumnValuesToMatchRegex", column="published_at", regex=r"^https?://[^\s/]+\.[^\s]+$"),
        quarantine("ExpectColumnValuesToBeBetween", column="document_count", min_value=1, max_value=100_000),  # 0: none
        quarantine("ExpectColumnValuesToBeBetween", column="renewed_on",
                   min_value=date(2010, 4, 30), max_value=date(2099, 12, 31)),  # UU 14/2008; a typed year
        warn("ExpectColumnValuesToNotBeNull", column="document_count"),
        warn_unregistered(column="ppid", register="ppid"),
    ),
)  # fmt: skip
