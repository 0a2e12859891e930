"""What the office says of its figures in reports: one row per indicator, period and kind. Sekretariat, by file.

Causes, solutions and efficiency are the office's own words, never made here; a report says which are not filled in. A
national standard is a sentence with its number and unit. Caveats: the newest file counts whole, so it says all anew.
"""

from datetime import date, timedelta

from sqlalchemy import Column, Numeric, Text

from iku_etl.model import Source, quarantine, stop, warn

PERIOD = r"^20\d\d(-(0[1-9]|1[0-2]|TW[1-4]|S[12]))?$"  # 2026, 2026-03, 2026-TW1, 2026-S1
STANDARD = "standar nasional"
KINDS = ["penyebab", "solusi", "efisiensi", STANDARD]
OF_STANDARD = {"row_condition": f"kind == '{STANDARD}'"}
OF_WORDS = {"row_condition": f"kind in {KINDS[:-1]}"}

SOURCE = Source(
    title="Narasi laporan kinerja",
    owner="Sekretariat Dinas Komunikasi dan Informatika",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="20 5 * * *",
    late_by=timedelta(days=31),
    max_age=timedelta(days=400),  # a year's report, and the weeks in which the next is written
    version=1,
    privacy="public",
    columns=(
        Column("indicator", Text, nullable=False, comment="IKU-05",
               info={"headings": ("kode", "indikator"), "example": ("IKU-05", "KEG-19")}),
        Column("period", Text, nullable=False, comment="2026 or 2026-TW1",
               info={"headings": ("periode laporan", "periode"), "example": ("2026", "2026-TW1")}),
        Column("kind", Text, nullable=False, comment="what the text is", info={"headings": ("jenis",)}),
        Column("text", Text, nullable=False, comment="as it stands in the report", info={"headings": ("uraian",)}),
        Column("value", Numeric, comment="of a national standard: its number", info={"headings": ("angka standar",)}),
        Column("unit", Text, comment="of a national standard: its unit", info={"headings": ("satuan",)}),
    ),
    key=("indicator", "period", "kind"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        quarantine("ExpectColumnValuesToMatchRegex", column="indicator", regex=r"^(IKU|KEG)-\d\d$"),
        quarantine("ExpectColumnValuesToMatchRegex", column="period", regex=PERIOD),
        quarantine("ExpectColumnValuesToBeInSet", column="kind", value_set=KINDS),
        quarantine("ExpectColumnValueLengthsToBeBetween", column="text", min_value=10, max_value=4000),
        quarantine("ExpectColumnValuesToNotBeNull", column="value", **OF_STANDARD),  # a standard without a number
        quarantine("ExpectColumnValuesToNotBeNull", column="unit", **OF_STANDARD),
        quarantine("ExpectColumnValuesToBeBetween", column="value", min_value=0),
        warn("ExpectColumnValuesToBeNull", column="value", **OF_WORDS),  # a number that nothing is held against
        warn("ExpectColumnValueLengthsToBeBetween", column="unit", max_value=20),
    ),
)  # fmt: skip
