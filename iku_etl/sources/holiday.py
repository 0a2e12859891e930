"""Days off: one row per day and who says it, the calendar library (pustaka) or the Sekretariat's own list (register).

Sekretariat, by the `holidays` library and, over it, register files. A row of the register adds a day off (libur
nasional, cuti bersama) or strikes one (hari kerja), with its decree; it holds until a later row about that day.
Caveats: a snapshot knows its year, the one before and the one after; what the library estimates says `(perkiraan)`.
A weekend stays one, whatever is struck.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import pyarrow as pa
from sqlalchemy import Column, Date, Text

from iku_etl.connectors import indonesian_holidays
from iku_etl.connectors.registers import folder
from iku_etl.model import KeptPayload, Payload, Rows, Source, quarantine, stop, warn
from iku_etl.settings import Endpoint
from iku_etl.window import Window

OFF = ["libur_nasional", "cuti_bersama"]
SAID = [("pustaka", kind) for kind in OFF] + [("register", kind) for kind in (*OFF, "hari_kerja")]
OURS = {"row_condition": "origin == 'register'"}

SOURCE = Source(
    title="Hari libur dan cuti bersama",
    owner="Sekretariat Dinas Komunikasi dan Informatika",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="22 5 * * *",
    late_by=timedelta(days=14),  # a list without posisi_per counts for the month just ended until then
    max_age=timedelta(days=62),
    serves_history=True,  # the library tells any year
    version=2,
    privacy="public",
    free_of_personal_data="hari libur dari keputusan yang diumumkan",
    columns=(
        Column("day", Date, nullable=False, comment="the day", info={"headings": ("tanggal", "hari")}),
        Column("kind", Text, nullable=False, comment="libur_nasional, cuti_bersama, hari_kerja",
               info={"headings": ("jenis",)}),
        Column("name", Text, nullable=False, comment="what it is", info={"headings": ("nama", "keterangan")}),
        Column("decree", Text, comment="which decree says so; null from the library",
               info={"headings": ("dasar", "dasar hukum", "keputusan"), "proof": True}),
        Column("origin", Text, nullable=False, comment="pustaka or register"),
    ),
    key=("day", "origin"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=40),  # three years of them: a library cut short
        stop("ExpectColumnDistinctValuesToContainSet", column="origin", value_set=["pustaka"]),
        stop("ExpectColumnDistinctValuesToContainSet", column="kind", value_set=OFF),  # or there is no cuti bersama
        quarantine("ExpectColumnPairValuesToBeInSet", column_A="origin", column_B="kind", value_pairs_set=SAID),
        quarantine("ExpectColumnValuesToNotBeNull", column="decree", **OURS),
        quarantine("ExpectColumnValueLengthsToBeBetween", column="decree", min_value=5),
        quarantine("ExpectColumnValuesToBeBetween", column="day",
                   min_value=date(2020, 1, 1), max_value=date(2099, 12, 31)),  # a typed year
        warn("ExpectColumnValueLengthsToBeBetween", column="name", min_value=3, max_value=120),
    ),
)  # fmt: skip
LISTED = tuple(column for column in SOURCE.columns if column.name != "origin")


def extract(window: Window, endpoint: Endpoint) -> Iterable[Payload]:
    """The library's three years, and the list of the Sekretariat where there is one."""
    yield from indonesian_holidays.calendar(window)
    yield from folder.extract(window, endpoint, late_by=SOURCE.late_by, since=SOURCE.since)


def parse(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    is_library = payload.media_type == indonesian_holidays.MEDIA_TYPE
    found = indonesian_holidays.read(payload) if is_library else folder.read(payload, window, columns=LISTED)
    for rows in found:
        if rows.table.column_names == ["place"]:  # a sheet of notes: only how many rows were left out
            yield rows
            continue
        origin = pa.repeat(pa.scalar("pustaka" if is_library else "register"), len(rows.table))
        yield Rows(rows.table.append_column("origin", origin), rows.declared_out)
