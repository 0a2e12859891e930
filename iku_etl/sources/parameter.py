"""Parameters of the rules: one row per name and the day it came into force. Sekretariat, by register file.

Floors, cut-offs and grades that indicators and publishing read, each with its legal basis. Caveats: all of them must
be there, since a missing one leaves figures without value; a changed one makes a new row, never an edited one.
"""

from datetime import date, timedelta

from sqlalchemy import Column, Date, Numeric, Text

from iku_etl.model import Source, quarantine, stop

FLOORS = ["coverage_floor_pct", "uptime_floor_pct", "site_seen_floor_pct"]
GRADES = ["predikat_sangat_tinggi", "predikat_tinggi", "predikat_sedang", "predikat_rendah"]
AGES = ["content_max_age_days", "message_repeat_days"]
CUT_OFFS = ["cut_off_days_month", "cut_off_days_triwulan", "cut_off_days_semester", "cut_off_days_year"]
RULES = (  # names, their unit, least and most that mean something, whether it is over the least
    ([*FLOORS, *GRADES], "persen", 0, 100, True),  # a floor of 0 is no floor
    (AGES, "hari", 0, 3660, False),
    (CUT_OFFS, "hari", 0, 366, False),
    (["probe_interval_seconds"], "detik", 5, 86400, False),
)
NAMES = [name for names, *_ in RULES for name in names]

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
        *(
            stop("ExpectColumnValuesToBeBetween", column="value", min_value=least, max_value=most, strict_min=is_over,
                 row_condition=f"name in {names}", condition_parser="pandas")
            for names, _, least, most, is_over in RULES
        ),
        *(
            stop("ExpectColumnValuesToBeInSet", column="unit", value_set=[unit],
                 row_condition=f"name in {names}", condition_parser="pandas")
            for names, unit, *_ in RULES
        ),
        quarantine("ExpectColumnValuesToBeBetween", column="in_force_from", min_value=date(2016, 1, 1)),
        quarantine("ExpectColumnValueLengthsToBeBetween", column="legal_basis", min_value=5),
    ),
)  # fmt: skip
