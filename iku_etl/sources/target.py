"""Targets of the indicators: one row per indicator, period, unit and the day it came into force. Sekretariat, by file.

From Perjanjian Kinerja and its changes; the decree prints no headline target. Caveats: capaian is computed only
against a target of the same indicator, period and unit; of several the newest in force at the period's end counts.
A target that is a range has its upper end in `value_high`.
"""

from datetime import date, timedelta

from sqlalchemy import Column, Date, Integer, Numeric, Text

from iku_etl.model import Source, quarantine, stop, warn

PERIOD = r"^20\d\d(-(0[1-9]|1[0-2]|TW[1-4]|S[12]))?$"  # 2026, 2026-03, 2026-TW1, 2026-S1

SOURCE = Source(
    title="Target indikator",
    owner="Sekretariat Dinas Komunikasi dan Informatika",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="0 5 * * *",
    late_by=timedelta(days=31),
    max_age=timedelta(days=400),  # a year's agreement, and the weeks until the next is signed
    version=3,
    privacy="public",
    free_of_personal_data="target dari rencana yang diumumkan",
    columns=(
        Column("indicator", Text, nullable=False, comment="IKU-05, KEG-19",
               info={"headings": ("kode", "indikator"), "example": ("IKU-05", "KEG-19")}),
        Column("period", Text, nullable=False, comment="2026 or 2026-TW1",
               info={"headings": ("periode target",), "example": ("2026-01", "2026-TW1")}),
        Column("year", Integer, nullable=False, comment="year", info={"headings": ("tahun",)}),
        Column("value", Numeric, nullable=False, comment="target in its unit", info={"headings": ("target", "nilai")}),
        Column("value_high", Numeric, comment="upper end of a range", info={"headings": ("target sampai",)}),
        Column("unit", Text, nullable=False, comment="persen, kunjungan, orang", info={"headings": ("satuan",)}),
        Column("legal_basis", Text, nullable=False, comment="document",
               info={"headings": ("dasar hukum", "dasar"), "proof": True}),
        Column("in_force_from", Date, nullable=False, comment="first day", info={"headings": ("berlaku sejak",)}),
    ),
    key=("indicator", "period", "unit", "in_force_from"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        quarantine("ExpectColumnValuesToMatchRegex", column="indicator", regex=r"^(IKU|KEG)-\d\d$"),
        quarantine("ExpectColumnValuesToMatchRegex", column="period", regex=PERIOD),
        quarantine("ExpectColumnValuesToBeBetween", column="value", min_value=0),
        quarantine("ExpectColumnValuesToBeBetween", column="value", max_value=100,
                   row_condition="unit == 'persen'"),
        quarantine("ExpectColumnPairValuesAToBeGreaterThanB", column_A="value_high", column_B="value",
                   or_equal=True, ignore_row_if="either_value_is_missing"),
        quarantine("ExpectColumnValuesToBeBetween", column="year", min_value=2016, max_value=2100),
        quarantine("ExpectColumnValuesToBeBetween", column="in_force_from", min_value=date(2016, 1, 1)),
        quarantine("ExpectColumnValueLengthsToBeBetween", column="legal_basis", min_value=5),  # needs a document
        warn("ExpectColumnValueLengthsToBeBetween", column="unit", max_value=20),  # a sentence is no unit
    ),
)  # fmt: skip
