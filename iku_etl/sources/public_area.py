"""Access points of public areas as they stood: one row per area and point. Seksi Pemberdayaan, by register file.

Seksi Pemberdayaan dan Keamanan Infrastruktur Telematika, with `posisi_per`. Caveats: read from the last register at
or before a period's end. `last_seen_on` is the point's last sign of life in the monitoring of the Dinas;
`controller_reported_on` the last day its controller told anything: a silent controller says nothing of its points.
"""

from datetime import date, timedelta

from sqlalchemy import Boolean, Column, Date, Text

from iku_etl.model import Source, quarantine, stop, warn

ID = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$"

SOURCE = Source(
    title="Daftar internet ruang publik",
    owner="Seksi Pemberdayaan dan Keamanan Infrastruktur Telematika",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="35 5 * * *",
    late_by=timedelta(days=14),
    max_age=timedelta(days=62),
    version=2,
    privacy="public",
    free_of_personal_data="tempat dan titik akses, ditulis Seksi sendiri dari pemantauannya",
    columns=(
        Column("area", Text, nullable=False, comment="stable id",
               info={"headings": ("id lokasi", "lokasi"), "example": ("alun_alun", "terminal")}),
        Column("area_name", Text, nullable=False, comment="its name", info={"headings": ("nama lokasi",)}),
        Column("point", Text, nullable=False, comment="access point",
               info={"headings": ("id titik", "titik akses"), "example": ("AP-01", "AP-02")}),
        Column("managed_by_dinas", Boolean, nullable=False, comment="by the Dinas",
               info={"headings": ("dikelola dinas",)}),
        Column("in_monitoring", Boolean, nullable=False, comment="in its monitoring",
               info={"headings": ("dalam pemantauan",)}),
        Column("last_seen_on", Date, comment="last sign of life", info={"headings": ("terakhir terlihat",)}),
        Column("controller_reported_on", Date, comment="last day its controller reported",
               info={"headings": ("pengendali terakhir melapor",)}),
    ),
    key=("area", "point"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        stop("ExpectColumnDistinctValuesToContainSet", column="managed_by_dinas", value_set=[True]),  # another's list
        quarantine("ExpectColumnValuesToMatchRegex", column="area", regex=ID),
        quarantine("ExpectColumnValuesToMatchRegex", column="point", regex=ID),
        quarantine("ExpectColumnValuesToBeBetween", column="last_seen_on", min_value=date(2015, 1, 1)),  # 1970: a clock
        quarantine("ExpectColumnPairValuesAToBeGreaterThanB", column_A="controller_reported_on",
                   column_B="last_seen_on", or_equal=True, ignore_row_if="either_value_is_missing"),  # who saw it then?
        warn("ExpectColumnValuesToNotBeNull", column="controller_reported_on",
             row_condition="in_monitoring == True"),
        stop("ExpectColumnValuesToBeUnique", column="point"),  # one point in two areas counts twice
        warn("ExpectColumnValueLengthsToBeBetween", column="area_name", min_value=3, max_value=120),
    ),
)  # fmt: skip
