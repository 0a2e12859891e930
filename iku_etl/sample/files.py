"""Floor 3. The sample's drop folder: the register files of the offices, as they lie there on a given day.

Late files are absent before their day; a correction takes the place of the file it corrects. Writing again
writes nothing; writing for an earlier day takes away what had not come by then.
"""

import csv
import io
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from openpyxl import Workbook

from iku_etl.sample.regency import Site, SiteRow, World, last_day_of, month_after
from iku_etl.sample.registers import Entry, HandIn, hand_in

Cell = str | int | date | None
Row = Sequence[Cell]

WEBSITE = (
    "site", "host", "name", "opd", "kind", "is_media_information", "managed_from", "managed_to",
    "closure_letter",
)  # fmt: skip
PARAMETER = ("name", "value", "unit", "legal_basis", "in_force_from")
TARGET = ("indicator", "period", "year", "value", "unit", "legal_basis", "in_force_from")
SUBMISSION = (
    "unit", "unit_name", "register", "period", "due_on", "received_on", "nil", "rows_declared",
    "last_running_number", "letter", "role",
)  # fmt: skip
MESSAGE = (
    "agenda_no", "unit", "recorded_on", "direction", "sender", "number", "class", "secured", "secured_by",
    "void", "perihal", "kepada", "petugas",  # the last three must never be kept
)  # fmt: skip
AGENDA = (  # the same columns as an agenda book heads them
    "No Agenda", "ID Unit", "Tanggal", "Arah", "Pengirim", "Nomor Berita", "Klasifikasi", "Disandikan", "Sarana",
    "Batal", "Perihal", "Kepada", "Petugas",
)  # fmt: skip
IN_AGENDA = ("setda", "bpkad")  # units that keep to their book's words and dates
PARAMETERS: tuple[tuple[str, int, str], ...] = (
    ("coverage_floor_pct", 80, "persen"),
    ("uptime_floor_pct", 95, "persen"),
    ("site_seen_floor_pct", 80, "persen"),
    ("content_max_age_days", 90, "hari"),
    ("probe_interval_seconds", 300, "detik"),
    ("message_repeat_days", 90, "hari"),
    ("cut_off_days_month", 10, "hari"),
    ("cut_off_days_triwulan", 15, "hari"),
    ("cut_off_days_semester", 15, "hari"),
    ("cut_off_days_year", 31, "hari"),
    ("predikat_sangat_tinggi", 91, "persen"),
    ("predikat_tinggi", 76, "persen"),
    ("predikat_sedang", 66, "persen"),
    ("predikat_rendah", 51, "persen"),
)


def write(state: Path, world: World, known_on: date) -> list[Path]:
    """Make the drop folder what it is on the morning of `known_on`; returns the files that changed."""
    drop = state / "drop"
    now = dict(contents(world, known_on))
    changed = [drop / name for name, content in now.items() if put(drop / name, content)]
    later = dict(contents(world, known_on + timedelta(days=400)))
    for name in later.keys() - now.keys():
        if (drop / name).exists():
            (drop / name).unlink()
            changed.append(drop / name)
    return changed


def contents(world: World, known_on: date) -> Iterator[tuple[str, bytes]]:
    """(path under the drop folder, bytes) of every file that has come by the day."""
    for month in world.months(known_on - timedelta(days=1)):
        label, after = f"{month:%Y-%m}", month_after(month)
        if known_on >= after.replace(day=2):
            yield f"parameter/parameter_{label}.csv", _csv(month, PARAMETER, parameter_rows())
            yield f"target/target_{label}.csv", _csv(month, TARGET, target_rows(world, month))
        if known_on >= after.replace(day=3):
            yield _website(world, month)
        if known_on >= after.replace(day=9):
            rows = submission_rows(world, month)
            yield f"register_submission/rekap_{label}.csv", _csv(month, SUBMISSION, rows)
        for unit in world.units:
            handed = hand_in(world, unit, month, known_on)
            if handed.received_on is not None and handed.received_on <= known_on and not handed.nil:
                yield f"persandian_message/{label}_{unit.unit}.csv", _message(handed)


def parameter_rows() -> list[Row]:
    """Every parameter, in force since the decree."""
    basis = "Lampiran contoh Manual IKU (dikarang)"
    return [(name, value, unit, basis, date(2020, 1, 14)) for name, value, unit in PARAMETERS]


def target_rows(world: World, month: date) -> list[Row]:
    """The targets known at a month's end: the year's and its triwulan's, and one changed during the year."""
    rows: list[Row] = []
    for year in range(world.m0.year, month.year + 1):
        basis, since = f"Perjanjian Kinerja {year} (contoh, dikarang)", date(year, 1, 2)
        for indicator, annual, quarterly in (("IKU-05", 85, 80), ("IKU-08", 85, 80)):
            rows.append((indicator, str(year), year, annual, "persen", basis, since))
            rows += [
                (indicator, f"{year}-TW{quarter}", year, quarterly, "persen", basis, since) for quarter in range(1, 5)
            ]
    if month >= world.m1:
        year = world.m1.year
        basis, since = f"Perubahan Perjanjian Kinerja {year} (contoh, dikarang)", world.m1.replace(day=15)
        rows.append(("IKU-08", str(year), year, 78, "persen", basis, since))
    return rows


def website_rows(world: World, month: date) -> list[Row]:
    """The website register as it stood on the month's last day."""
    day = last_day_of(month)
    return [_website_row(site, row, day) for site in world.sites for row in site.rows if row.managed_from <= day]


def _website_row(site: Site, row: SiteRow, day: date) -> Row:
    ended = row.managed_to if row.managed_to is not None and row.managed_to <= day else None
    letter = row.closure_letter if ended else None
    media = "ya" if site.is_media_information else "tidak"
    return (site.site, row.host, site.name, site.opd, site.kind, media, row.managed_from, ended, letter)


def submission_rows(world: World, month: date) -> list[Row]:
    """The hand-in statement closed on day 9 after a month: all months of the history, as known then."""
    known_on = month_after(month).replace(day=9)
    return [
        _submission_row(hand_in(world, unit, each, known_on), known_on)
        for each in world.months(month)
        for unit in world.units
    ]


def _submission_row(handed: HandIn, known_on: date) -> Row:
    came = handed.received_on is not None and handed.received_on <= known_on
    stated: Row = (None, "tidak", None, None, None)
    if came:
        nil = "ya" if handed.nil else "tidak"
        rows = len(handed.entries)
        stated = (handed.received_on, nil, rows, handed.last_running_number, handed.letter)
    label = f"{handed.month:%Y-%m}"
    unit = handed.unit
    return (unit.unit, unit.name, "persandian_message", label, handed.due_on, *stated, unit.role)


def _website(world: World, month: date) -> tuple[str, bytes]:
    rows, label = website_rows(world, month), f"{month:%Y-%m}"
    if month == world.m0:  # the office kept its list in a workbook, then changed to CSV
        return f"website/daftar_situs_{label}.xlsx", _xlsx(month, WEBSITE, rows)
    return f"website/daftar_situs_{label}.csv", _csv(month, WEBSITE, rows, delimiter=";", bom=True)


def _message(handed: HandIn) -> bytes:
    unit = handed.unit
    in_agenda = unit.unit in IN_AGENDA
    rows = [_entry_row(unit.unit, entry, in_agenda) for entry in handed.entries]
    if unit.unit == "bpkad":
        rows.append(("Jumlah", len(handed.entries)))  # this office adds a totals row
    title: list[Row] = [
        (f"Agenda berita {unit.name} (contoh, dikarang)",),
        ("periode", f"{handed.month:%Y-%m}"),
        (),
    ]
    return _table([*title, AGENDA if in_agenda else MESSAGE, *rows], width=len(MESSAGE))


def _entry_row(unit: str, entry: Entry, in_agenda: bool) -> Row:
    day = entry.recorded_on.strftime("%d/%m/%Y") if in_agenda else entry.recorded_on.isoformat()
    return (
        entry.agenda_no, unit, f"31/02/{entry.recorded_on.year}" if entry.bad_date else day, entry.direction,
        entry.sender, entry.number, entry.classified, _yes(entry.secured), entry.secured_by, _yes(entry.void),
        "isi contoh, tidak boleh tersimpan", "penerima contoh", "petugas contoh",
    )  # fmt: skip


def _yes(value: bool) -> str:
    return "ya" if value else "tidak"


def _csv(month: date, header: Row, rows: Sequence[Row], delimiter: str = ",", *, bom: bool = False) -> bytes:
    opening: list[Row] = [("posisi_per", last_day_of(month))]
    return _table([*opening, header, *rows], delimiter=delimiter, bom=bom)


def _table(rows: Sequence[Row], *, width: int = 0, delimiter: str = ",", bom: bool = False) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\r\n")
    for row in rows:
        cells = ["" if cell is None else str(cell) for cell in row]
        writer.writerow(cells + [""] * (width - len(cells)))
    return stream.getvalue().encode("utf-8-sig" if bom else "utf-8")


_FIXED = datetime(2020, 1, 14)  # noqa: DTZ001  # a workbook's clock has no zone; one moment, so that bytes repeat


def _xlsx(month: date, header: Row, rows: Sequence[Row]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Daftar"
    sheet.append(["Posisi per", last_day_of(month)])
    sheet.append([])
    for row in (header, *rows):
        sheet.append(list(row))
    book.properties.creator, book.properties.created = "contoh", _FIXED
    stream = io.BytesIO()
    book.save(stream)
    return _timeless(stream.getvalue())


def _timeless(workbook: bytes) -> bytes:
    """The same workbook without the moment it was saved at."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                fixed = _FIXED.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", fixed, content)
            new.writestr(zipfile.ZipInfo(name, (2020, 1, 14, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def put(path: Path, content: bytes) -> bool:
    """Write a file whole or not at all; False if it holds just that already."""
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    # Beside the folder, not in it: a half-written file is never seen as a register.
    handle, temporary = tempfile.mkstemp(dir=path.parent.parent, prefix=".sample-")
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)
    return True
