"""Parameters of the rules: one row per name and the day it came into force. Sekretariat, by register file.

Floors, cut-offs and grades that indicators and publishing read, each with its legal basis. Caveats: all of them must
be there, since a missing one leaves figures without value; a changed one makes a new row, never an edited one.
"""

from datetime import date, timedelta

from sqlalchemy import Column, Date, Numeric, Text

from iku_etl.model import Source, quarantine, stop

NAMES = [
    *("coverage_floor_pct", "uptime_floor_pct", "site_seen_floor_pct", "content_max_age_days"),
    *("probe_interval_seconds", "message_repeat_days"),
    *("cut_off_days_month", "cut_off_days_triwulan", "cut_off_days_semester", "cut_off_days_year"),
    *("predikat_sangat_tinggi", "predikat_tinggi", "predikat_sedang", "predikat_rendah"),
]

SOURCE = Source(
    title="Parameter perhitungan",
    owner="Sekretariat Dinas Komunikasi dan Informatika",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="5 5 * * *",
    late_by=timedelta(days=31),
    max_age=timedelta(days=400),  # rules hold until they are changed; once a year somebody looks
    version=1,
    privacy="public",
    columns=(
        Column("name", Text, nullable=False, comment="name the rules use", info={"headings": ("nama", "parameter")}),
        Column("value", Numeric, nullable=False, comment="value in its unit", info={"headings": ("nilai",)}),
        Column("unit", Text, nullable=False, comment="persen, hari or detik", info={"headings": ("satuan",)}),
        Column("legal_basis", Text, nullable=False, comment="document", info={"headings": ("dasar hukum", "dasar")}),
        Column("in_force_from", Date, nullable=False, comment="first day", info={"headings": ("berlaku sejak",)}),
    ),
    key=("name", "in_force_from"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=len(NAMES)),
        stop("ExpectColumnDistinctValuesToContainSet", column="name", value_set=NAMES),
        quarantine("ExpectColumnValuesToBeInSet", column="name", value_set=NAMES),  # a misspelt one changes nothing
        stop("ExpectColumnValuesToBeBetween", column="value", min_value=0, strict_min=True),  # a floor of 0 is no floor
        stop("ExpectColumnValuesToBeBetween", column="value", max_value=100,
             row_condition="unit == 'persen'", condition_parser="pandas"),
        stop("ExpectColumnDistinctValuesToBeInSet", column="unit", value_set=["persen", "hari", "detik"]),
        quarantine("ExpectColumnValuesToBeBetween", column="in_force_from", min_value=date(2016, 1, 1)),
        quarantine("ExpectColumnValueLengthsToBeBetween", column="legal_basis", min_value=5),
    ),
)  # fmt: skip
