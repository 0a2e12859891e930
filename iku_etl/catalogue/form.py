"""The workbook that an office fills in, made from a source's declaration alone; filled in, it loads.

Only the first sheet is read as a register: on `Contoh` the headings are numbered and on `Aturan` they stand below
one another, so that no row of them is a header; `Pilihan` is hidden. By their names, which stand there, the reader of
registers knows them again and counts none of their rows as left out. No cell is a formula, whatever a declaration says.
"""

import io
from dataclasses import replace
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import Column

from iku_etl import catalogue
from iku_etl.catalogue import examples, sentences
from iku_etl.connectors.registers import sheets
from iku_etl.errors import DeclarationError
from iku_etl.model import Expectation, Source

SHEET, EXAMPLES, RULES, CHOICES = "Isian", sheets.EXAMPLES, sheets.RULES, sheets.CHOICES
EXAMPLE_ROWS = sheets.EXAMPLE_ROWS
STATEMENT = "register_submission"  # the register where having nothing to report is said
ROW_COUNT = "ExpectTableRowCountToBeBetween"
HEADER_ROW = 3
LAST_ROW = 5_000  # how far down drop-downs and checks of a cell reach; rows below load all the same
TEXT, DAY = "@", "yyyy-mm-dd"
FORMATS = {"teks": TEXT, "waktu dengan zona": TEXT, "ya atau tidak": TEXT, "tanggal": DAY, "bilangan bulat": "0"}
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2099, 12, 31)  # a typed year outside them is a slip
BOLD = Font(bold=True)
WHITE_ON_BLUE, BLUE = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="0B4F8A")
TO_FILL = PatternFill("solid", fgColor="FDF0D2")
WRAP = Alignment(wrap_text=True, vertical="top")
WIDEST, CELL = 60, 32_767  # characters; the second is Excel's own limit


def workbook(source: Source) -> bytes:
    """The template of a register source as XLSX. Raises DeclarationError for a source nobody fills in."""
    return saved(book(source))


def saved(made: Workbook) -> bytes:
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def book(source: Source) -> Workbook:
    """The same, to be filled: its first sheet is SHEET, with the headings in HEADER_ROW."""
    if not source.is_register:
        raise DeclarationError(
            f"sumber {source.name} diambil dari sistem, bukan dari berkas yang diisi. Lihat: iku sources."
        )
    source = replace(source, columns=source.delivered)
    made = Workbook()
    form = made.active
    assert isinstance(form, Worksheet)  # a new workbook has one
    form.title = SHEET
    _opening(form, source)
    for number, column in enumerate(source.columns, 1):
        header(form.cell(HEADER_ROW, number), sentences.heading(column), required=not column.nullable)
        form.column_dimensions[get_column_letter(number)].number_format = _format(column)
    form.freeze_panes = f"A{HEADER_ROW + 1}"
    _examples(made.create_sheet(EXAMPLES), source)
    _rules(made.create_sheet(RULES), source)
    _validations(made, form, source)
    for sheet in made.worksheets:
        fit(sheet)
    return made


def put(cell: Cell | MergedCell, value: Any) -> Cell:
    """A value in a cell; text is text, also when it begins like a formula, without what no workbook can hold."""
    assert isinstance(cell, Cell)  # nothing is merged here
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)[:CELL] if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def header(cell: Cell | MergedCell, text: str, *, required: bool = True) -> None:
    put(cell, text)
    cell.font, cell.fill = (WHITE_ON_BLUE, BLUE) if required else (BOLD, TO_FILL)
    cell.alignment = WRAP


def _format(column: Column[Any]) -> str:
    return FORMATS.get(sentences.kind(column), "General")


def _opening(form: Worksheet, source: Source) -> None:
    """The row that says for when the file is; empty, so that nobody sends a date that we made up."""
    is_events = source.kind == "events"
    put(form["A1"], "Periode" if is_events else "Posisi per").font = BOLD
    form["B1"].fill = TO_FILL
    form["B1"].number_format = TEXT if is_events else DAY
    how = "Tahun dan bulan, 2026-01" if source.grid == "month" else "Tanggal, 2026-01-31"
    asked = DataValidation(
        showInputMessage=True,
        promptTitle="Wajib diisi",
        prompt=f"{how} (bulan atau hari kejadiannya)." if is_events else "Tanggal keadaan daftar ini, 2026-01-31.",
    )
    asked.add("B1")
    form.add_data_validation(asked)


def _examples(sheet: Worksheet, source: Source) -> None:
    """Two rows that could be real; numbered headings, so that the sheet is never taken for a register."""
    put(sheet["A1"], f"CONTOH PENGISIAN {source.title.upper()}, TIDAK DIHITUNG").font = BOLD
    for number, column in enumerate(source.columns, 1):
        header(sheet.cell(HEADER_ROW, number), f"{number}. {sentences.heading(column)}", required=not column.nullable)
        for row in range(EXAMPLE_ROWS):
            cell = sheet.cell(HEADER_ROW + 1 + row, number)
            put(cell, examples.example(source, column, row)).number_format = _format(column)


def _rules(sheet: Worksheet, source: Source) -> None:
    """How to fill it in, what each column means, and what is checked."""
    said = "Periode (bulan kejadiannya)" if source.kind == "events" else "Posisi per (tanggal keadaan daftar ini)"
    lines = [
        (f"{source.title}. Pemilik: {source.owner}", BOLD),
        (f'Isi lembar "{SHEET}", satu baris satu rekaman. Judul kolom jangan diubah.', None),
        (f"Isi dahulu {said} di baris pertama.", None),
        (f'Latar biru wajib diisi. Lembar "{EXAMPLES}", "{RULES}", dan "{CHOICES}" tidak dihitung.', None),
        ("Sel kosong atau - berarti tidak ada. Baris Jumlah tidak dihitung.", None),
        ("Rumus tidak dibaca: tempel sebagai nilai.", None),
        *((text, None) for text in _proofs(source)),
        *((text, None) for text in _nil(source)),
        ("Simpan sebagai .xlsx atau CSV UTF-8, lalu serahkan di halaman Serah,", None),
        (f"atau taruh di folder drop, di dalam folder {source.name}.", None),
        ("", None),
    ]  # fmt: skip
    for number, (text, font) in enumerate(lines, 1):
        cell = put(sheet.cell(number, 1), text)
        if font:
            cell.font = font
    _table(sheet, ("Kolom", "Wajib", "Jenis isian", "Keterangan", "Judul lain yang dikenal", "Pilihan"), [
        (
            f"{number}. {sentences.heading(column)}", "tidak" if column.nullable else "ya", sentences.kind(column),
            _meaning(source, column), _others(column),
            "; ".join(sentences.choices(source, column)),
        )
        for number, column in enumerate(source.columns, 1)
    ])  # fmt: skip
    put(sheet.cell(sheet.max_row + 1, 1), "")
    _table(sheet, ("Pemeriksaan", "Bila tidak terpenuhi"), [
        (f"{number}. {sentence}", outcome) for number, (sentence, outcome) in enumerate(sentences.checks(source), 1)
    ])  # fmt: skip


def _proofs(source: Source) -> list[str]:
    """That a word for nothing is no document, for a source that asks for one."""
    names = ", ".join(sentences.heading(column) for column in source.columns if column.info.get("proof"))
    return [f'{names}: nomor, judul atau alamat dokumennya; "belum ada", n/a atau x berarti kosong.'] if names else []


def _nil(source: Source) -> list[str]:
    """How an office says that it has nothing to report; nothing where no record, or several, are required."""
    least = [
        check.arguments.get("min_value", 0)
        for check in source.expectations
        if isinstance(check, Expectation) and (check.name, check.severity) == (ROW_COUNT, "stop")
    ]
    if source.name == STATEMENT or max(least, default=1) != 1:
        return []
    said = f"nyatakan nihil pada {catalogue.source(STATEMENT).title}."
    return [f"Tidak ada yang dilaporkan? Jangan kirim berkas kosong; {said}"]


def _others(column: Column[Any]) -> str:
    others = column.info.get("headings", ())[1:]
    return f"juga: {'; '.join(others)}" if others else ""


def _meaning(source: Source, column: Column[Any]) -> str:
    """In Indonesian only: a column's comment is for engineers."""
    if sentences.is_dropped(source, column):
        return "dijadikan token sebelum disimpan"
    like = None if sentences.choices(source, column) else examples.example(source, column, 0)
    return "" if like is None or str(like).startswith("Contoh ") else f"misalnya {like}"


def _table(sheet: Worksheet, names: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    top = sheet.max_row + 1
    for place, cells in enumerate((names, *rows)):
        for number, text in enumerate(cells, 1):
            cell = put(sheet.cell(top + place, number), text)
            cell.alignment = WRAP
            if place == 0:
                cell.font = BOLD


def fit(sheet: Worksheet) -> None:
    """Columns as wide as their longest text that is not a line of its own."""
    for number in range(1, sheet.max_column + 1):
        texts = [str(row[number - 1] or "") for row in sheet.iter_rows(values_only=True) if len(row) >= number]
        if sheet.title == RULES and number == 1:
            texts = [text for text in texts if text[:1].isdigit()]
        elif sheet.title == EXAMPLES and number == 1:
            texts = texts[1:]
        sheet.column_dimensions[get_column_letter(number)].width = min(max(map(len, texts), default=8) + 3, WIDEST)


# ---------------------------------------------------------------- checks of a cell


def _validations(book: Workbook, form: Worksheet, source: Source) -> None:
    lists = [(column, values) for column in source.columns if (values := sentences.choices(source, column))]
    sheet = book.create_sheet(CHOICES) if lists else None
    for number, column in enumerate(source.columns, 1):
        letter = get_column_letter(number)
        made = _validation(source, column)
        for place, (listed, values) in enumerate(lists, 1):
            if listed is column and sheet is not None:
                made = _drop_down(sheet, place, values)
        if made is not None:
            made.add(f"{letter}{HEADER_ROW + 1}:{letter}{LAST_ROW}")
            form.add_data_validation(made)
    if sheet is not None:
        sheet.sheet_state = "hidden"


def _drop_down(sheet: Worksheet, place: int, values: tuple[str, ...]) -> DataValidation:
    """A list in cells of its own: written into the rule itself, a list ends at 255 characters."""
    for row, value in enumerate(values, 1):
        put(sheet.cell(row, place), value)
    letter = get_column_letter(place)
    where = f"{quote_sheetname(sheet.title)}!${letter}$1:${letter}${len(values)}"
    return DataValidation(
        type="list", formula1=where, allow_blank=True, showErrorMessage=True,
        errorTitle="Tidak ada di daftar", error="Pilih salah satu dari daftar.",
    )  # fmt: skip


def _validation(source: Source, column: Column[Any]) -> DataValidation | None:
    """The spreadsheet's own check of a cell; it only warns, since the register reader accepts more spellings."""
    low, high = sentences.limits(source, column)
    kind = sentences.kind(column)
    if kind == "tanggal":
        low, high = max(low or FIRST_DAY, FIRST_DAY), min(high or LAST_DAY, LAST_DAY)
        first, last = f"DATE({low.year},{low.month},{low.day})", f"DATE({high.year},{high.month},{high.day})"
        made = DataValidation(type="date", operator="between", formula1=first, formula2=last)
        asked = "Tanggal, misalnya 2026-01-31"
    elif kind in ("bilangan bulat", "bilangan"):
        least, most = -(10**15) if low is None else low, 10**15 if high is None else high
        made = DataValidation(type="whole" if kind == "bilangan bulat" else "decimal", operator="between")
        made.formula1, made.formula2 = str(least), str(most)
        asked = "Angka saja, tanpa satuan dan tanpa pemisah ribuan"
    elif kind == "waktu dengan zona":
        made, asked = DataValidation(), "Waktu dengan zona, misalnya 2026-01-31T07:00:00+07:00"
    else:
        return None
    made.allow_blank = True
    made.errorStyle, made.showErrorMessage = "warning", kind != "waktu dengan zona"
    made.errorTitle = made.promptTitle = sentences.heading(column)[:32]  # Excel's own limit
    made.error = made.prompt = asked
    made.showInputMessage = True
    return made
