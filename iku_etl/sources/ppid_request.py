"""Requests for public information: one row per PPID and request. Each PPID hands in its legal register, a file a PPID.

Names, NIK, contacts, occupation and what is asked are dropped before anything is kept; the register number becomes a
keyed token. Caveats: numbers begin anew each month or year, so a request is its PPID, number and day of receipt; it
stays known even if a later file no longer lists it; to remove one entered by mistake, or on a wrong day, correct the
file of each month that lists it. Without `complete_on` it was complete when received, unless its outcome is
tidak_lengkap: then its days have not begun. The written notice is the answer; `dicabut` is withdrawn by the applicant,
on `answered_on`, and needs no answer if that was in time. What a dissolved office was asked stays under its own PPID.
A triwulan without requests is declared in register_submission (unit: the PPID, period: the triwulan).
"""

from datetime import date, timedelta

from sqlalchemy import Column, Date, Text

from iku_etl.model import Source, quarantine, stop, warn, warn_unregistered
from iku_etl.sources.ppid import PPID

OUTCOMES = ["dikabulkan", "dikabulkan_sebagian", "ditolak", "tidak_lengkap", "dicabut"]
PUBLIC, SECRET = {"privacy": "public"}, {"privacy": "token"}
PAIRS = (
    ("complete_on", "received_on"),
    ("answered_on", "received_on"),
    ("answered_on", "complete_on"),  # or a late answer is excused by a day after it
    ("extension_notified_on", "received_on"),
)

SOURCE = Source(
    title="Register permohonan informasi publik",
    owner="PPID pelaksana, melalui Seksi Pengolahan Pelayanan dan Diseminasi Informasi",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="26 5 * * *",
    late_by=timedelta(days=14),
    max_age=timedelta(days=123),  # registers are due by triwulan: one of them and the month in which it is asked for
    version=2,
    privacy="personal",
    columns=(
        Column("ppid", Text, nullable=False, comment="as in the register ppid",
               info={**PUBLIC, "headings": ("id ppid",),
                     "example": ("ppid_diskominfo", "ppid_dinkes"), "pattern": PPID}),
        Column("request_no", Text, nullable=False, comment="token of the register number",
               info={**SECRET, "headings": ("no. pendaftaran", "nomor pendaftaran", "no pendaftaran")}),
        Column("received_on", Date, nullable=False, comment="day it came in",
               info={**PUBLIC, "headings": ("tanggal", "tanggal permohonan")}),
        Column("complete_on", Date, comment="day it was complete",
               info={**PUBLIC, "headings": ("tanggal lengkap", "dinyatakan lengkap")}),
        Column("extension_notified_on", Date, comment="day the extension was notified",
               info={**PUBLIC, "headings": ("tanggal pemberitahuan perpanjangan", "perpanjangan")}),
        Column("answered_on", Date, comment="day of the written notice, or of the withdrawal",
               info={**PUBLIC, "headings": ("tanggal pemberitahuan tertulis", "pemberitahuan tertulis")}),
        Column("outcome", Text, comment="decision; null: none yet",
               info={**PUBLIC, "headings": ("keputusan",), "values": OUTCOMES}),
    ),
    key=("ppid", "request_no", "received_on"),  # numbers begin anew each month or year
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),  # nihil is said in register_submission
        stop("ExpectColumnValuesToMatchRegex", column="request_no", regex=r"^[0-9a-f]{32}$"),  # nothing clear may pass
        quarantine("ExpectColumnValuesToMatchRegex", column="ppid", regex=PPID),
        quarantine("ExpectColumnValuesToBeInSet", column="outcome", value_set=OUTCOMES),
        *(
            quarantine("ExpectColumnPairValuesAToBeGreaterThanB", column_A=later, column_B=earlier, or_equal=True,
                       ignore_row_if="either_value_is_missing")
            for later, earlier in PAIRS
        ),
        quarantine("ExpectColumnValuesToBeBetween", column="received_on", min_value=date(2010, 4, 30)),  # UU 14/2008
        quarantine("ExpectColumnValuesToBeBetween", column="answered_on", max_value=date(2099, 12, 31)),
        warn("ExpectColumnValuesToNotBeNull", column="answered_on",
             row_condition='outcome == "dicabut"'),  # withdrawn, but when?
        warn_unregistered(column="ppid", register="ppid"),
    ),
)  # fmt: skip
