"""Agenda of messages: one row per entry of a unit's register. Seksi Operasional Pengamanan Persandian, by file.

Envelope data only: subject, people, keys and devices are dropped before anything is kept; sender and number become
keyed tokens, which still tell a repeated message. Caveats: files come late, so twelve months are looked at again; the
file's `periode` names its month; an entry of another month is set aside; void entries stay, marked. A unit may number
incoming and outgoing mail apart: an entry is its direction and number.
"""

from datetime import date

from sqlalchemy import Boolean, Column, Date, Integer, Text

from iku_etl.model import Source, quarantine, stop, warn, warn_unregistered

CLASSES = ["biasa", "terbatas", "rahasia", "sangat_rahasia"]
DIRECTIONS = ["masuk", "keluar"]
MEANS = ["jks", "email_sandi", "faksimile_sandi", "srikandi_tte", "kurir_sandi"]  # the approved ones
UNIT = r"^(?!.*[0-9]{7})[a-z][a-z0-9_]{0,39}$"  # an id: no name, sentence, telephone number or NIK fits
HASHED = r"^[0-9a-f]{32}$"
PUBLIC, SECRET = {"privacy": "public"}, {"privacy": "token"}

SOURCE = Source(
    title="Agenda berita persandian",
    owner="Seksi Operasional Pengamanan Persandian",
    kind="events",
    since=date(2026, 1, 1),
    grid="month",
    schedule="20 5 * * *",
    lookback=12,  # registers come late, and are corrected within the year
    version=3,
    privacy="personal",
    columns=(
        Column("unit", Text, nullable=False, comment="unit id",
               info={**PUBLIC, "headings": ("id unit",), "example": ("diskominfo", "dinkes"), "pattern": UNIT}),
        Column("recorded_on", Date, nullable=False, comment="day of entry", info={**PUBLIC, "headings": ("tanggal",)}),
        Column("direction", Text, nullable=False, comment="masuk or keluar",
               info={**PUBLIC, "headings": ("arah",), "values": DIRECTIONS}),
        Column("sender", Text, nullable=False, comment="token", info={**SECRET, "headings": ("pengirim", "dari")}),
        Column("number", Text, nullable=False, comment="token", info={**SECRET, "headings": ("nomor", "nomor berita")}),
        Column("class", Text, nullable=False, comment="grade",
               info={**PUBLIC, "headings": ("klasifikasi",), "values": CLASSES}),
        Column("secured", Boolean, nullable=False, comment="secured?",
               info={**PUBLIC, "headings": ("disandikan", "diamankan")}),
        Column("secured_by", Text, comment="approved means", info={**PUBLIC, "headings": ("sarana",), "values": MEANS}),
        Column("void", Boolean, nullable=False, comment="struck out", info={**PUBLIC, "headings": ("batal",)}),
        Column("agenda_no", Integer, nullable=False, comment="running number in the year, of both directions or each",
               info={**PUBLIC, "headings": ("no agenda", "nomor agenda")}),
    ),
    key=("unit", "direction", "agenda_no"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),  # a month without messages is said in register_submission
        stop("ExpectColumnValuesToMatchRegex", column="sender", regex=HASHED),  # nothing clear may pass
        stop("ExpectColumnValuesToMatchRegex", column="number", regex=HASHED),
        quarantine("ExpectColumnValuesToMatchRegex", column="unit", regex=UNIT),
        quarantine("ExpectColumnValuesToBeInSet", column="direction", value_set=DIRECTIONS),
        quarantine("ExpectColumnValuesToBeInSet", column="class", value_set=CLASSES),
        quarantine("ExpectColumnValuesToBeBetween", column="agenda_no", min_value=1, max_value=99_999),
        quarantine("ExpectColumnPairValuesToBeInSet", column_A="secured", column_B="secured_by",
                   ignore_row_if="neither", value_pairs_set=[(False, None), *((True, means) for means in MEANS)]),
        warn("ExpectColumnDistinctValuesToContainSet", column="secured", value_set=[False]),  # only the secured listed?
        warn_unregistered(column="unit", register="register_submission"),
    ),
)  # fmt: skip
