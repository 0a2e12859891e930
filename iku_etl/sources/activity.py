"""Register of activities: one row per activity held. The sections of the Dinas, one register by file a month.

What the 36 activities (KEG-01 to KEG-36) of the decree's appendix produced: how many people, documents, files, events.
Caveats: twelve months are looked at again, registers come late; the file's `periode` names its month, an activity of
another month is set aside; a month without any activity has no file and is declared `nihil` in register_submission.
`evidence` is a document's number or address, never a person: a NIK or NIP in it, or in any other cell, is hidden before
the file is kept, and the entry set aside.
"""

from datetime import date

from sqlalchemy import Column, Date, Integer, Text

from iku_etl.model import Source, quarantine, stop, warn

UNITS = (  # as the decree prints them, in small letters
    "orang", "kegiatan", "dokumen", "berkas", "opd", "aplikasi", "desa", "titik akses", "sistem informasi",
    "kepala opd", "%",
)  # fmt: skip
PUBLIC = {"privacy": "public"}
UNIT = r"^[A-Za-z%][A-Za-z .%]{0,19}$"  # a word or two, no sentence
SECTION = r"^(?!.*[0-9]{7})[A-Za-z][A-Za-z0-9 _.,&/-]{0,79}$"  # no telephone number, NIK or NIP fits
PERSON = r"(\d[\s._'-]{0,2}){16}"  # a NIK has 16 digits, a NIP 18, written with blanks or without
HIDDEN = r"^\(disembunyikan\)$"  # what the redactor leaves of a cell that does not look as declared

SOURCE = Source(
    title="Register kegiatan",
    owner="Sekretariat Dinas Komunikasi dan Informatika",
    kind="events",
    since=date(2026, 1, 1),
    grid="month",
    schedule="46 5 * * *",
    lookback=12,  # registers come late, and are corrected within the year
    version=2,
    privacy="personal",
    columns=(
        Column("code", Text, nullable=False, comment="KEG-01 to KEG-36",
               info={**PUBLIC, "headings": ("kode kegiatan", "kode"),
                     "example": ("KEG-19", "KEG-20"), "pattern": r"^[A-Za-z]{1,9}[ -]?\d{0,3}$"}),
        Column("number", Integer, nullable=False, comment="running number of the activity",
               info={**PUBLIC, "headings": ("nomor", "no")}),
        Column("held_on", Date, nullable=False, comment="day; of several the last",
               info={**PUBLIC, "headings": ("tanggal", "tanggal pelaksanaan")}),
        Column("quantity", Integer, nullable=False, comment="in its unit",
               info={**PUBLIC, "headings": ("realisasi", "volume")}),
        Column("unit", Text, nullable=False, comment="orang, kegiatan, ..",
               info={**PUBLIC, "headings": ("satuan",), "example": ("orang", "kegiatan"), "pattern": UNIT}),
        Column("section", Text, nullable=False, comment="who held it",
               info={**PUBLIC, "headings": ("seksi",),
                     "example": ("seksi_persandian", "seksi_statistik"), "pattern": SECTION}),
        Column("evidence", Text, nullable=False, comment="document",
               info={**PUBLIC, "headings": ("bukti", "bukti dukung"), "proof": True, "pattern": rf"(?!.*{PERSON}).*"}),
    ),
    key=("code", "number"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        quarantine("ExpectColumnValuesToMatchRegex", column="code", regex=r"^KEG-(0[1-9]|[12]\d|3[0-6])$"),
        quarantine("ExpectColumnValuesToBeBetween", column="number", min_value=1, max_value=99_999),
        quarantine("ExpectColumnValuesToBeBetween", column="quantity", min_value=0, max_value=10_000),
        quarantine("ExpectColumnValuesToMatchRegex", column="unit", regex=UNIT),
        quarantine("ExpectColumnValuesToMatchRegex", column="section", regex=SECTION),
        quarantine("ExpectColumnValueLengthsToBeBetween", column="evidence", min_value=5),  # a document, not "ada"
        quarantine("ExpectColumnValuesToNotMatchRegex", column="evidence", regex=f"{PERSON}|{HIDDEN}",
                   words="tidak memuat nomor orang seperti 0000000000000000"),  # NIK or NIP
        warn("ExpectColumnValuesToBeInSet", column="unit", value_set=[*UNITS, *(unit.title() for unit in UNITS)]),
        warn("ExpectCompoundColumnsToBeUnique", column_list=["code", "held_on", "evidence"]),  # one event, two numbers
        warn("ExpectColumnValuesToBeBetween", column="quantity", min_value=1),  # held, and nothing came of it?
    ),
)  # fmt: skip
