"""Serah refuses what can't be a register before anything is kept; hostile words break nothing."""

import io
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import install_kit as kit
import openpyxl
import pytest
from fastapi.testclient import TestClient
from hand_in_kit import SITES, handed_in, lying, sent, tickets
from register_kit import workbook
from web_kit import visitor

from iku_etl import settings
from iku_etl.catalogue import mending
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings
from iku_etl.web import upload
from iku_etl.web.login import Role

GOOD = SITES.encode()
SILENT = SITES.partition("\n")[2].encode()
HOSTILE = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'><svg onload=alert(1)>", "javascript:alert(1)",
    "{{7*7}}", "{% raw %}", "${7*7}", "<%= 7*7 %>", "#{7*7}", "%0d%0aSet-Cookie: a=b", "../../../etc/passwd",
    "..\\..\\windows\\system32", "/etc/passwd", "C:\\boot.ini", "=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(1+1)",
    "'; drop table iku.batch; --", "1 or 1=1", '" or ""="', "a\u202egpj.exe", "a\u2066b", "\ufeffx", "a\u0301" * 30,
    "\U0001f600", "NULL", "None", "true", "%s%s%s%n", "%00", "&lt;b&gt;", "<!--", "]]>", "<![CDATA[x]]>", "</textarea>",
    "</title><script>", "data:text/html,<script>", "\\u003cscript\\u003e", "x" * 300,
]  # fmt: skip


@pytest.fixture
def site(pipeline: Pipeline, tmp_path: Path) -> Settings:
    return settings.load(kit.environment(pipeline.warehouse, tmp_path / "state"))


@pytest.fixture
def operator(site: Settings) -> TestClient:
    return visitor(site, Role.USER)


def bomb() -> bytes:
    """A workbook whose one sheet unpacks to 200 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook([["site"], ["a"]]))) as good, zipfile.ZipFile(out, "w", 8) as made:
        for name in good.namelist():
            made.writestr(name, bytes(200 * 1024**2) if "sheet1" in name else good.read(name))
    return out.getvalue()


def nothing_is_kept(site: Settings) -> None:
    assert lying(site, "website") == []
    assert tickets(site) == []
    left = [path for path in site.hand_in_dir.rglob("*") if path.is_file()] if site.hand_in_dir.exists() else []
    assert left == []


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "Berkas kosong"),
        (b"  \n", "Berkas kosong"),
        (b"%PDF-1.7 ...", "Isinya PDF"),
        (b"\x89PNG....", "Isinya gambar"),
        (b"\xd0\xcf\x11\xe0....", "xls lama"),
        (b"<html><body>masuk", "halaman web"),
        (b"PK\x03\x04 rusak", "rusak"),
        (SILENT, "tidak menyebut posisi_per"),
        (b"posisi_per,kemarin\n" + SILENT, "tidak dapat dibaca"),
        (GOOD.replace(b"2026-01-31", b"2026-02-28"), "sedangkan bulan yang dipilih Januari 2026"),
        (GOOD.replace(b"2026-01-31", b"2099-01-31"), "yang belum tiba"),
        (b"periode,2026-01\n" + SILENT, "periode tanpa posisi_per"),
    ],
)
def test_what_is_no_register_is_refused_in_a_sentence_and_not_kept(
    operator: TestClient, site: Settings, body: bytes, sentence: str
) -> None:
    answer = sent(operator, "website", ("daftar.xlsx", body))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "800/12/KOMINFO/2026" in answer.text  # what was typed stays
    nothing_is_kept(site)


def test_a_bomb_is_refused_by_what_it_would_unpack_to(operator: TestClient, site: Settings) -> None:
    answer = sent(operator, "website", ("daftar.xlsx", bomb()))
    assert answer.status_code == 422
    assert "mengembang melebihi batas" in answer.text
    nothing_is_kept(site)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"surat": ""}, "Isi nomor surat"),
        ({"surat": "x" * 101}, "paling panjang 100"),
        ({"keterangan": "x" * 501}, "keterangan 500 huruf"),
        ({"keterangan": "NIK 1701010101800001"}, "menyerupai NIK"),
        ({"posisi": "31 Januari"}, "Tanggal posisi tidak dapat dibaca"),
        ({"posisi": "2026-02-01"}, "di luar bulan"),
        ({"posisi": "2026-01-30"}, "sedangkan formulir 30 Januari 2026"),
        ({"bulan": "2099-01"}, "belum berakhir"),
        ({"bulan": f"{datetime.now(UTC):%Y-%m}"}, "belum berakhir"),
        ({"bulan": "2024-01"}, "sebelum data pertama"),
    ],
)
def test_a_field_that_says_something_else_is_refused(
    operator: TestClient, site: Settings, fields: dict[str, str], sentence: str
) -> None:
    answer = sent(operator, "website", ("daftar.csv", GOOD), **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    nothing_is_kept(site)


def test_a_form_without_anything_is_answered_in_sentences(operator: TestClient, site: Settings) -> None:
    for answer in (operator.post("/serah/website"), operator.post("/serah/website", data={"bulan": "2026-01"})):
        assert answer.status_code == 422
        assert "Pilih dahulu berkasnya" in answer.text
    torn = {"content-type": "multipart/form-data; boundary=x"}
    answer = operator.post("/serah/website", content=b"--y\r\nnonsense", headers=torn)
    assert (answer.status_code, "tidak dapat dibaca" in answer.text) == (400, True)
    nothing_is_kept(site)


@pytest.mark.parametrize("path", ["/serah/tidak_ada", "/serah/website_uptime", "/serah/website/2026-13",
                                  "/serah/website/%2e%2e", "/serah/hasil/../../etc", "/serah/hasil/abcdefghijklmnop",
                                  "/serah/website?bulan=x"])  # fmt: skip
def test_what_is_not_there_is_not_found(operator: TestClient, path: str) -> None:
    assert operator.get(path).status_code == 404


def test_what_is_over_the_cap_is_read_no_further_and_not_kept(
    operator: TestClient, site: Settings, monkeypatch: Any
) -> None:
    monkeypatch.setattr(upload, "CAP_BYTES", 10_000)
    answer = sent(operator, "website", ("daftar.csv", GOOD + b"x" * 20_000))
    assert answer.status_code == 413
    assert "lebih dari 64 MB" in answer.text
    nothing_is_kept(site)
    assert sent(operator, "website", ("daftar.csv", GOOD), aksi="coba").status_code == 303


def test_whoever_only_reads_hands_nothing_in(site: Settings) -> None:
    assert sent(visitor(site, Role.VIEWER), "website", ("daftar.csv", GOOD)).status_code == 403
    nothing_is_kept(site)


def test_where_files_lie_already_a_choice_is_asked_for(operator: TestClient, site: Settings) -> None:
    kit.drop(site, "website", SITES, "lama.csv")
    for fields, sentence in (
        ({}, "Sudah ada berkas untuk bulan ini"),
        ({"cara": "ganti"}, "Tandai berkas mana"),
        ({"cara": "ganti", "ganti": "../../x"}, "Tandai berkas mana"),
        ({"cara": "perbaiki", "perbaiki": "12"}, "tidak lagi ada di folder"),
    ):
        answer = sent(operator, "website", ("daftar.csv", GOOD), **fields)
        assert (answer.status_code, sentence in answer.text) == (422, True), fields
    assert lying(site, "website") == ["lama.csv"]


def test_hostile_words_run_no_script_and_leave_no_path(operator: TestClient, site: Settings) -> None:
    for number, words in enumerate(HOSTILE):
        answer = sent(operator, "website", (words or "x", b"%PDF"), surat=words, keterangan=words, nomor=words,
                      cara=words, ganti=words, perbaiki=words, aksi=words, posisi=words)  # fmt: skip
        assert answer.status_code == 422, words
        for raw in ("<script", "<img", "<svg on", "</title><"):
            assert raw not in re.sub(r"<script src=[^>]*></script>", "", answer.text), (number, words)
        assert "set-cookie" not in answer.headers
    nothing_is_kept(site)


def test_hostile_cells_names_and_sheets_come_back_as_text(operator: TestClient, site: Settings) -> None:
    head = ["site", "host", "name", "opd", "kind", "is_media_information", "managed_from"]
    rows = [[f"s{number}", "bukan host", words, words, "informasi", "tidak", "2024-01-01"]
            for number, words in enumerate(HOSTILE) if not words.startswith("=")]  # fmt: skip
    body = workbook(
        [["posisi_per", "2026-01-31"], head, ["satu", "satu.example", "Satu", "OPD", "informasi", "ya", "2024-01-01"],
         *rows],
        titles=["<script>alert(1)<script>"[:31].replace("/", "")],
    )  # fmt: skip
    name = "../../<script>alert(1)<_script>.xlsx"
    path, page = handed_in(operator, "website", (name, body), surat=HOSTILE[0], keterangan=HOSTILE[1])
    assert f"{len(rows)}" in page
    assert "<script>alert" not in page
    assert "<img" not in page
    (stored,) = lying(site, "website")
    assert re.fullmatch(r"script-alert-1-script_[a-z]{16}-1\.xlsx", stored), stored
    sheet = openpyxl.load_workbook(io.BytesIO(operator.get(f"{path}/perbaikan.xlsx").content))["Isian"]
    assert sheet.max_row == 3 + len(rows)
    assert mending.REASON in [cell.value for cell in sheet[3]]
    assert {cell.data_type for line in sheet.iter_rows(min_row=4) for cell in line} <= {"s", "n"}
    month = operator.get("/serah/website/2026-01").text
    assert "<script>alert" not in month
    assert "<img" not in month
