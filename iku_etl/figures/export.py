"""Published figures as a table that offices upload: CSV, or XLSX with numbers that are numbers."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from urllib.parse import quote

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from iku_etl import indonesian
from iku_etl.figures import approvals, publications, wording
from iku_etl.reference import decree
from iku_etl.warehouse.database import Row

Cell = str | int | date | Decimal | None
COLUMNS = (
    "tahun", "periode", "kode", "indikator", "jenis", "satuan", "target", "realisasi", "pembilang", "penyebut",
    "batas_bawah", "batas_atas",
    "cakupan", "capaian", "predikat", "target_berjalan", "capaian_sementara", "periode_target",
    "resmi", "tahap", "revisi", "mutu", "keterangan", "cut_off", "versi_definisi",
    "dasar_hukum", "keberlakuan", "tautan_bukti", "perintah_bukti", "realisasi_disahkan", "pengesahan",
)  # fmt: skip
DAY, COUNT, SHARE = "yyyy-mm-dd", "#,##0", "#,##0.00"
SHARES = ("cakupan", "capaian", "capaian_sementara")  # percentages whatever the figure counts
COUNTS = ("pembilang", "penyebut")
WIDTHS = {
    "periode": 19, "indikator": 48, "jenis": 22, "batas_bawah": 16, "batas_atas": 16, "periode_target": 19,
    "tahap": 16, "revisi": 40, "mutu": 22, "keterangan": 70, "versi_definisi": 18, "dasar_hukum": 36,
    "keberlakuan": 60, "tautan_bukti": 30, "perintah_bukti": 36, "pengesahan": 60,
}  # fmt: skip
READING = Alignment(wrap_text=True, vertical="top")  # a reason is a few lines, not one of four hundred characters
HEAD = PatternFill("solid", fgColor="D9E8F5")
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the beginning of a formula


def table(rows: Iterable[Row], spans: Mapping[str, publications.Span]) -> list[tuple[Cell, ...]]:
    """One row per indicator and period, in COLUMNS; texts can't be formulas, None is an empty cell."""
    return [tuple(safe(cell) if isinstance(cell, str) else cell for cell in _cells(row, spans)) for row in rows]


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula: a quote before what would begin one."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def _cells(row: Row, spans: Mapping[str, publications.Span]) -> tuple[Cell, ...]:
    span = spans.get(row["period"])
    code, period, approved = row["indicator"], row["period"], row.get("approved")
    return (
        int(period[:4]), indonesian.period(period), code, row["title"], kind(code), row["unit"],
        row["target"], row["value"], row["numerator"], row["denominator"], _bound(row, "low"), _bound(row, "high"),
        row["coverage"], wording.capaian(row), row["predikat"], *wording.provisional(row),
        "ya" if row["is_official"] else "tidak", wording.tahap(row), wording.revision(row), wording.mutu(row),
        wording.reason(row) or None,
        span.cut_off_on if span else None, row["definition"], row["legal_basis"], wording.told(row["in_force"]),
        f"/iku/figure/{quote(code, safe='')}/{quote(period, safe='')}", f"iku trace {code} {period}",
        approved and approved["value"], approvals.act(approved) if approved else None,
    )  # fmt: skip


def kind(code: str) -> str:
    """What kind of figure it is, in words; a companion is named as never official."""
    if publications.is_companion(code):
        return f"pendamping {publications.main_code(code)}, tidak pernah resmi"
    return "kegiatan" if publications.is_activity(code) else "utama"


def _bound(row: Row, name: str) -> Cell:
    """The number; without one the word for an open bound, None if there is nothing to bound."""
    if row[name] is not None:
        return Decimal(row[name])
    said = wording.bound(None, row, row["form"])
    return None if said == indonesian.ABSENT else said


# ---------------------------------------------------------------- files


def csv_bytes(
    cells: Sequence[Sequence[Cell]], columns: Sequence[str] = COLUMNS, *, for_machines: bool = False
) -> bytes:
    """CSV as a spreadsheet in Indonesia opens it: UTF-8 with a byte order mark, `;`, decimal commas, two decimals.

    `for_machines`: without the mark, with `,`, decimal points and every digit. Days are ISO in both.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter="," if for_machines else ";", lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_text(cell, for_machines=for_machines) for cell in row] for row in cells)
    return stream.getvalue().encode("utf-8" if for_machines else "utf-8-sig")


def _text(cell: Cell, *, for_machines: bool) -> str:
    if isinstance(cell, Decimal):
        return indonesian.exact(cell) if for_machines else indonesian.ungrouped(cell)
    return "" if cell is None else cell.isoformat() if isinstance(cell, date) else str(cell)


def xlsx_bytes(cells: Sequence[Sequence[Cell]]) -> bytes:
    """A workbook: the figures on the first sheet, how to read them on the second."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)  # a new workbook has one
    sheet.title = "IKU"
    for number, row in enumerate((COLUMNS, *cells), 1):
        for place, value in enumerate(row, 1):
            cell = sheet.cell(number, place)
            cell.value = value
            cell.alignment = READING
            if isinstance(value, str):
                cell.data_type = "s"
            elif isinstance(value, date):
                cell.number_format = DAY
            elif isinstance(value, Decimal):
                cell.number_format = _number_format(COLUMNS[place - 1], str(row[COLUMNS.index("satuan")]), value)
    for place, name in enumerate(COLUMNS, 1):
        sheet.cell(1, place).font, sheet.cell(1, place).fill = Font(bold=True), HEAD
        sheet.column_dimensions[get_column_letter(place)].width = WIDTHS.get(name, 14)
    sheet.freeze_panes = "E2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"
    notes = book.create_sheet("Keterangan")
    for number, line in enumerate(NOTES, 1):
        notes.cell(number, 1).value = line
        notes.cell(number, 1).alignment = READING
    notes.column_dimensions["A"].width = 110
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _number_format(column: str, unit: str, value: Decimal) -> str:
    """Percentages with two decimals, as everywhere; counts whole unless they are not."""
    is_share = column in SHARES or (unit == "persen" and column not in COUNTS)
    return SHARE if is_share or value != value.to_integral_value() else COUNT


NOTES = (
    f"{decree.NAME} melayani periode yang berakhir {decree.LAST_YEAR}; tiap baris menyebut definisi yang dipakai.",
    "Realisasi kosong berarti tidak ada nilai: cakupan di bawah ambang atau tidak ada yang teramati; bukan nol.",
    "Yang tidak teramati tetap di penyebut dan tidak membuktikan apa pun; ia melebarkan batas_bawah dan batas_atas.",
    f"Kecuali bila besarnya tidak diketahui (berita pada IKU-08): realisasinya dari yang teramati saja, dan batasnya"
    f' "{wording.UNKNOWN}". Batas kosong: tidak ada yang dibatasi.',
    "Selama periodenya berjalan, kolom capaian dan predikat kosong; capaian_sementara adalah capaian sampai kini "
    "terhadap target_berjalan, keduanya milik periode_target: periode itu sendiri atau periode yang memuatnya.",
    "Batas periode yang masih berjalan hanya meliputi hari yang sudah selesai, bukan hari yang masih akan datang.",
    "revisi: yang pertama sejak batas data (cut_off) bukan revisi, dan menyebut keadaan tanggal berapa ia; revisi ke-1 "
    "menggantikannya.",
    "realisasi_disahkan tetap sejak pengesahannya; bila realisasi lain (tahap direvisi), keterangan menyebut sejak "
    "kapan dan sebabnya.",
    "Pendamping tidak pernah resmi dan tidak pernah menggantikan indikatornya.",
    "tautan_bukti adalah alamat halaman bukti pada halaman IKU; perintah_bukti menelusurinya sampai berkas mentah.",
)
