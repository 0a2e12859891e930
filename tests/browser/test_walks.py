"""The ways of the office's people on the sample, in a browser, by what they read and click: nobody types an address."""

import io
import re
from pathlib import Path

import openpyxl
import pytest
from browser_kit import NAMES, Opened
from playwright.sync_api import Page, expect

from iku_etl.settings import Settings
from iku_etl.web.login import Role

pytestmark = pytest.mark.browser

REGISTER = "Daftar integrasi aplikasi"
FIGURE = "IKU-01 Triwulan"
FAULTY = "2026-02-30"  # no such day


def verdict(page: Page) -> None:
    """Wait until a hand-in is done; the page loads itself again."""
    expect(page.get_by_role("heading", name="Angka yang bergerak")).to_be_visible()


def downloaded(page: Page, name: str | re.Pattern[str]) -> bytes:
    """The file behind a link or a button."""
    with page.expect_download() as download:
        page.get_by_role("link", name=name).click()
    return Path(download.value.path()).read_bytes()


def upload(name: str, body: bytes) -> list[dict[str, object]]:
    return [{"name": name, "mimeType": "application/octet-stream", "buffer": body}]


def test_an_operator_hands_in_a_faulty_register_mends_it_and_sees_the_figure_move(
    opened: Opened, sample: Settings
) -> None:
    newest = max((sample.drop_dir / "app_integration").glob("integrasi_*.csv"))
    text = newest.read_text()
    line = next(line for line in text.splitlines() if line.startswith("INT-12"))
    faulty = text.replace(line, ",".join([*line.split(",")[:6], FAULTY, line.split(",")[7]]))
    month = newest.stem.rpartition("_")[2]

    page = opened(Role.USER)
    page.get_by_role("link", name="Serah", exact=True).click()
    page.get_by_role("link", name=REGISTER, exact=True).click()
    page.get_by_label("Bulan lain").select_option(month)
    page.get_by_role("button", name="Pilih").click()
    page.get_by_label("Berkas (.xlsx atau CSV").set_input_files(upload("integrasi revisi.csv", faulty.encode()))
    page.get_by_label("menggantikan berkas yang ditandai").check()
    page.get_by_label(newest.name).check()
    page.get_by_label("Nomor surat pengantar").fill("800/77/KOMINFO/2026")
    page.get_by_role("button", name="Serahkan").click()
    verdict(page)
    expect(page.get_by_text("Terakhir berhasil").first).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("IKU-00")

    book = openpyxl.load_workbook(io.BytesIO(downloaded(page, "Kembalikan untuk diperbaiki")))
    sheet = book["Isian"]
    heads = {str(cell.value): cell.column for cell in sheet[3]}
    rows = {sheet.cell(row, heads["ID integrasi"]).value: row for row in range(4, sheet.max_row + 1)}
    sheet.cell(rows["INT-12"], heads["Terakhir berhasil"]).value = line.split(",")[6]
    sheet.cell(rows["INT-91"], heads["Metode"]).value = "data"
    mended = io.BytesIO()
    book.save(mended)

    page.get_by_role("link", name="Serahkan perbaikannya").click()
    page.get_by_label("Berkas (.xlsx atau CSV").set_input_files(upload("perbaikan.xlsx", mended.getvalue()))
    page.get_by_label("Nomor surat pengantar").fill("800/78/KOMINFO/2026")
    page.get_by_role("button", name="Serahkan").click()
    verdict(page)
    moved = page.get_by_role("listitem").filter(has_text="IKU-00")
    expect(moved.first).to_contain_text("86,67")
    moved.first.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("IKU-00")


def test_the_head_reads_one_screen_verifies_and_approves(opened: Opened) -> None:
    for role, button, stage in ((Role.OP, "Verifikasi", "terverifikasi"), (Role.ADMIN, "Sahkan", "disahkan")):
        page = opened(role)
        page.get_by_role("link", name="Keputusan", exact=True).click()
        row = page.get_by_role("row").filter(has_text=FIGURE).first
        row.get_by_role("link", name="Verifikasi atau sahkan").click()
        page.get_by_label("Alasan, satu kalimat").fill("Dicocokkan dengan kertas kerja.")
        page.get_by_label("Nomor surat").fill("900/1/KOMINFO/2026")
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("main")).to_contain_text(NAMES[role])
        page.get_by_role("link", name="Ringkasan").click()
        expect(page.get_by_role("row").filter(has_text="IKU-01")).to_contain_text(stage)


def test_an_inspector_goes_from_the_printed_report_to_the_raw_byte(opened: Opened) -> None:
    page = opened(Role.VIEWER)
    page.get_by_role("link", name="Laporan", exact=True).click()
    month = page.get_by_label("Bulan").locator("option").nth(1)  # the newest that has ended
    name = month.inner_text()
    page.get_by_label("Bulan").select_option(label=name)
    page.get_by_label("Format").last.select_option("xlsx")
    with page.expect_download() as download:
        page.get_by_role("button", name="Unduh").last.click()
    book = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
    printed = next(row for sheet in book for row in sheet.iter_rows(values_only=True) if row[:1] == ("IKU-05",))
    assert printed[2] == name

    page.get_by_role("link", name="Ringkasan", exact=True).click()
    page.get_by_role("link", name="IKU-05", exact=True).click()
    page.get_by_role("link", name=name, exact=True).first.click()
    told = f"{printed[3]:.2f}".replace(".", ",")
    expect(page.get_by_role("main")).to_contain_text(told)
    page.locator("a[href*='/member/']").first.click()
    page.locator("a[href*='/record/']").first.click()
    expect(page.locator("mark").first).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("utuh")
