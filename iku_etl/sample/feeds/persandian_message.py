"""The units' registers of messages, one file a unit and month, and when each was handed in."""

from collections.abc import Iterator
from datetime import date

from iku_etl.sample.regency import World
from iku_etl.sample.registers import Entry, HandIn, hand_in
from iku_etl.sample.sheets import Cells, table_bytes, yes

MESSAGE = (
    "agenda_no", "unit", "recorded_on", "direction", "sender", "number", "class", "secured", "secured_by",
    "void", "perihal", "kepada", "petugas",  # the last three must never be kept
)  # fmt: skip
AGENDA = (  # the same columns as an agenda book heads them
    "No Agenda", "ID Unit", "Tanggal", "Arah", "Pengirim", "Nomor Berita", "Klasifikasi", "Disandikan", "Sarana",
    "Batal", "Perihal", "Kepada", "Petugas",
)  # fmt: skip
IN_AGENDA = ("setda", "bpkad")  # units that keep to their book's words and dates
PARAMETERS = (("message_repeat_days", 90, "hari"),)
TARGETS = (("IKU-08", "", 85, "persen"), *(("IKU-08", f"TW{quarter}", 80, "persen") for quarter in range(1, 5)))


def files(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """Every register that has come by the day; a nil is said in the statement alone."""
    for month in world.months(known_on):
        for unit in world.units:
            handed = hand_in(world, unit, month, known_on)
            if handed.received_on is not None and handed.received_on <= known_on and not handed.nil:
                yield f"{month:%Y-%m}_{unit.unit}.csv", _message(handed)


def submissions(world: World, month: date, known_on: date) -> list[Cells]:
    return [_submission(hand_in(world, unit, month, known_on), known_on) for unit in world.units]


def _submission(handed: HandIn, known_on: date) -> Cells:
    came = handed.received_on is not None and handed.received_on <= known_on
    stated: Cells = (None, "tidak", None, None, None)
    if came:
        nil = yes(handed.nil)
        rows = len(handed.entries)
        stated = (handed.received_on, nil, rows, handed.last_running_number, handed.letter)
    label = f"{handed.month:%Y-%m}"
    unit = handed.unit
    return (unit.unit, unit.name, "persandian_message", label, handed.due_on, *stated, unit.role, None)


def _message(handed: HandIn) -> bytes:
    unit = handed.unit
    in_agenda = unit.unit in IN_AGENDA
    rows = [_entry_row(unit.unit, entry, in_agenda) for entry in handed.entries]
    if unit.unit == "bpkad":
        rows.append(("Jumlah", len(handed.entries)))  # this office adds a totals row
    title: list[Cells] = [
        (f"Agenda berita {unit.name} (contoh, dikarang)",),
        ("periode", f"{handed.month:%Y-%m}"),
        (),
    ]
    return table_bytes([*title, AGENDA if in_agenda else MESSAGE, *rows], width=len(MESSAGE))


def _entry_row(unit: str, entry: Entry, in_agenda: bool) -> Cells:
    day = entry.recorded_on.strftime("%d/%m/%Y") if in_agenda else entry.recorded_on.isoformat()
    return (
        entry.agenda_no, unit, f"31/02/{entry.recorded_on.year}" if entry.bad_date else day, entry.direction,
        entry.sender, entry.number, entry.classified, yes(entry.secured), entry.secured_by, yes(entry.void),
        "isi contoh, tidak boleh tersimpan", "penerima contoh", "petugas contoh",
    )  # fmt: skip
