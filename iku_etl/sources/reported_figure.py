"""Figures as they stand in documents that were handed in elsewhere: one row per document, indicator and period.

LKjIP, LPPD, e-SAKIP and the like, as printed. Nothing is computed from it: what is printed is held against what was
published (`iku figures --reported`). Caveats: the newest file counts whole; a printed number has as many digits after
its comma as it says, 84,60 is not 84,6.
"""

from datetime import date, timedelta

from sqlalchemy import Column, Date, Integer, Numeric, Text

from iku_etl.model import Source, quarantine, stop, warn

PERIOD = r"^20\d\d(-(0[1-9]|1[0-2]|TW[1-4]|S[12]))?$"  # 2026, 2026-03, 2026-TW1, 2026-S1
DOCUMENTS = ["LKjIP", "LPPD", "LKPJ", "e-SAKIP", "EPPD", "SPBE", "laporan bulanan", "laporan triwulan"]

SOURCE = Source(
    title="Angka yang dilaporkan di dokumen lain",
    owner="Sekretariat Dinas Komunikasi dan Informatika",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="25 5 * * *",
    late_by=timedelta(days=31),
    max_age=timedelta(days=3660),  # what was reported once stays reported
    version=1,
    privacy="public",
    free_of_personal_data="angka dari dokumen kinerja yang diumumkan",
    columns=(
        Column("document", Text, nullable=False, comment="LKjIP, LPPD, e-SAKIP, ..",
               info={"headings": ("dokumen",)}),
        Column("document_number", Text, nullable=False, comment="number by which the document is known",
               info={"headings": ("nomor dokumen",), "proof": True}),
        Column("document_on", Date, nullable=False, comment="day on the document",
               info={"headings": ("tanggal dokumen",)}),
        Column("indicator", Text, nullable=False, comment="IKU-05, KEG-19",
               info={"headings": ("kode", "indikator"), "example": ("IKU-05", "KEG-19")}),
        Column("period", Text, nullable=False, comment="2026 or 2026-TW1",
               info={"headings": ("periode laporan", "periode"), "example": ("2026", "2026-TW1")}),
        Column("value", Numeric, nullable=False, comment="as printed", info={"headings": ("angka tercetak",)}),
        Column("decimals", Integer, nullable=False, comment="digits after the decimal comma as printed",
               info={"headings": ("angka di belakang koma",)}),
        Column("unit", Text, nullable=False, comment="as printed", info={"headings": ("satuan tercetak",)}),
    ),
    key=("document", "document_number", "indicator", "period"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        quarantine("ExpectColumnValuesToMatchRegex", column="indicator", regex=r"^(IKU|KEG)-\d\d(-[A-Z]+)?$"),
        quarantine("ExpectColumnValuesToMatchRegex", column="period", regex=PERIOD),
        quarantine("ExpectColumnValuesToBeBetween", column="decimals", min_value=0, max_value=6),
        quarantine("ExpectColumnValuesToBeBetween", column="document_on", min_value=date(2016, 1, 1)),
        quarantine("ExpectColumnValueLengthsToBeBetween", column="document_number", min_value=3, max_value=200),
        quarantine("ExpectColumnValueLengthsToBeBetween", column="unit", min_value=1, max_value=40),
        warn("ExpectColumnValuesToBeInSet", column="document", value_set=DOCUMENTS),  # others exist
    ),
)  # fmt: skip
