"""Who handed in which register: one row per unit, register and period. Sekretariat, by file.

The statement that makes absence evidence: without it a missing register is not observed, with `nil` it is zero, with
`complete` what a register does not list is not there. Caveats: read from the newest statement known, which names all
its periods anew; `received_on` null is not handed in; `last_running_number` shows a register that lists only a part;
of a unit that numbers incoming and outgoing mail apart it is the sum of both.
`unit` is whoever owes it: a unit, a PPID, a system, or the Dinas for a register of its own. `posisi_per` is the month's
end, receipts are later.
"""

import pkgutil
from datetime import date, timedelta

from sqlalchemy import Boolean, Column, Date, Integer, Text

import iku_etl.sources
from iku_etl.model import Source, quarantine, stop, warn

PERIOD = r"^20\d\d(-(0[1-9]|1[0-2]|TW[1-4]|S[12]))?$"  # 2026-01, 2026-TW1, 2026-S1, 2026
REGISTERS = tuple(sorted(found.name for found in pkgutil.iter_modules(iku_etl.sources.__path__)))
UNIT = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$"

SOURCE = Source(
    title="Rekapitulasi penyerahan register",
    owner="Sekretariat Dinas Komunikasi dan Informatika",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="15 5 * * *",
    late_by=timedelta(days=14),  # closed on day 9, with days to spare before it is a gap
    max_age=timedelta(days=62),
    version=4,
    privacy="public",
    free_of_personal_data="catatan Dinas tentang berkas kantor; pemeriksa membuka berkas aslinya",
    columns=(
        Column("unit", Text, nullable=False, comment="unit id",
               info={"headings": ("id unit",), "example": ("diskominfo", "dinkes")}),
        Column("unit_name", Text, nullable=False, comment="its name", info={"headings": ("nama unit",)}),
        Column("register", Text, nullable=False, comment="name of the source", info={"headings": ("nama register",)}),
        Column("period", Text, nullable=False, comment="2026-01 or 2026-TW1",
               info={"headings": ("periode laporan",), "example": ("2026-01", "2026-TW1")}),
        Column("due_on", Date, nullable=False, comment="due day", info={"headings": ("batas waktu", "jatuh tempo")}),
        Column("received_on", Date, comment="null: not handed in", info={"headings": ("diterima", "tanggal diterima")}),
        Column("nil", Boolean, nullable=False, comment="nothing to report", info={"headings": ("nihil",)}),
        Column("rows_declared", Integer, comment="entries stated", info={"headings": ("jumlah entri", "jumlah baris")}),
        Column("last_running_number", Integer, comment="last number", info={"headings": ("nomor agenda terakhir",)}),
        Column("letter", Text, comment="covering letter",
               info={"headings": ("surat pengantar",), "proof": True}),
        Column("role", Text, nullable=False, comment="wajib or sukarela", info={"headings": ("sifat",)}),
        Column("complete", Boolean, comment="declared whole; null: not said", info={"headings": ("lengkap",)}),
    ),
    key=("unit", "register", "period"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        stop("ExpectColumnDistinctValuesToBeInSet", column="role", value_set=["wajib", "sukarela"]),  # decides members
        stop("ExpectColumnValuesToBeInSet", column="register", value_set=REGISTERS),  # a misspelt one hides a unit
        quarantine("ExpectColumnValuesToMatchRegex", column="unit", regex=UNIT),
        quarantine("ExpectColumnValuesToMatchRegex", column="period", regex=PERIOD),
        quarantine("ExpectColumnValuesToBeBetween", column="rows_declared", min_value=0, max_value=100_000),
        quarantine("ExpectColumnValuesToBeBetween", column="last_running_number", min_value=0, max_value=1_000_000),
        quarantine("ExpectColumnPairValuesAToBeGreaterThanB", column_A="last_running_number", column_B="rows_declared",
                   or_equal=True, ignore_row_if="either_value_is_missing"),  # fewer numbers than entries: one is wrong
        quarantine("ExpectColumnValuesToBeBetween", column="rows_declared", max_value=0,
                   row_condition="nil == True"),  # nihil, and yet entries
        warn("ExpectColumnValuesToBeBetween", column="received_on", min_value=date(2020, 1, 1)),  # a typed year
        warn("ExpectColumnValueLengthsToBeBetween", column="unit_name", min_value=3, max_value=120),
    ),
)  # fmt: skip
