"""Parameters of the rules: one row per name and the day it came into force. Sekretariat, by register file.

Floors, cut-offs and grades that indicators and publishing read, each with its legal basis. The end of a name says its
unit. Caveats: which ones are needed stands in the headers of sql/; a missing, misspelt or refused one leaves those
figures without value and is named there. A changed one makes a new row, never an edited one.
"""

from datetime import date, timedelta

from sqlalchemy import Column, Date, Numeric, Text

from iku_etl.model import Source, quarantine, stop

RULES = (  # what a name looks like, its unit, least and most that mean something, whether it is over the least
    (r"(?!capaian_cap).*_pct|predikat_.*", "persen", 0, 100, True),  # a floor of 0 is no floor
    (r"capaian_cap_pct", "persen", 100, 1000, False),  # of what is shown; a lower one would hide a target that was met
    (r"(?!.*working_week).*_days|cut_off_days_.*", "hari", 0, 3660, False),
    (r".*_months", "bulan", 0, 120, False),
    (r".*_seconds", "detik", 5, 86400, False),
    (r"working_week_days", "hari", 5, 6, False),  # Monday to Friday, or to Saturday
    (r"public_least_count", "jumlah", 2, 1000, False),  # a smaller count of persandian is closed to the public
)
KNOWN = "^(" + "|".join(pattern for pattern, *_ in RULES) + ")$"
GRADES = ["predikat_sangat_tinggi", "predikat_tinggi", "predikat_sedang", "predikat_rendah"]


def about(pattern: str) -> dict[str, str]:
    return {"row_condition": f"name.str.fullmatch(r'{pattern}')"}


SOURCE = Source(
    title="Parameter perhitungan",
    owner="Sekretariat Dinas Komunikasi dan Informatika",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="5 5 * * *",
    late_by=timedelta(days=31),
    max_age=timedelta(days=400),  # rules hold until they are changed; once a year somebody looks
    version=4,
    privacy="public",
    free_of_personal_data="aturan hitung dari keputusan Dinas",
    columns=(
        Column("name", Text, nullable=False, comment="name the rules use",
               info={"headings": ("nama", "parameter"),
                     "example": ("coverage_floor_pct", "predikat_tinggi", "answer_days", "max_age_months",
                                 "probe_interval_seconds", "working_week_days", "capaian_cap_pct")}),
        Column("value", Numeric, nullable=False, comment="value in its unit", info={"headings": ("nilai",)}),
        Column("unit", Text, nullable=False, comment="persen, hari, bulan, detik or jumlah",
               info={"headings": ("satuan",)}),
        Column("legal_basis", Text, nullable=False, comment="document",
               info={"headings": ("dasar hukum", "dasar"), "proof": True}),
        Column("in_force_from", Date, nullable=False, comment="first day", info={"headings": ("berlaku sejak",)}),
    ),
    key=("name", "in_force_from"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        stop("ExpectColumnDistinctValuesToContainSet", column="name", value_set=["coverage_floor_pct", *GRADES]),
        quarantine("ExpectColumnValuesToMatchRegex", column="name", regex=KNOWN),  # of no unit that a rule can mean
        *(
            quarantine("ExpectColumnValuesToBeBetween", column="value", min_value=least, max_value=most,
                       strict_min=is_over, **about(pattern))
            for pattern, _, least, most, is_over in RULES
        ),
        *(
            quarantine("ExpectColumnValuesToBeInSet", column="unit", value_set=[unit], **about(pattern))
            for pattern, unit, *_ in RULES
        ),
        quarantine("ExpectColumnValuesToBeBetween", column="in_force_from", min_value=date(2016, 1, 1)),
        quarantine("ExpectColumnValueLengthsToBeBetween", column="legal_basis", min_value=5),
    ),
)  # fmt: skip
