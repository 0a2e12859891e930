"""A report says what was published, in three formats, and the same vintage is the same bytes in any process."""

import hashlib
import io
import json
import re
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import docx
import install_kit as kit
import openpyxl
import pytest
import report_kit

from iku_etl.errors import NotFound
from iku_etl.figures import keeping
from iku_etl.figures.report import files, xlsx
from iku_etl.figures.report.document import Document, Facts, Number, Picture, Table, Text, text_of
from iku_etl.pipeline import Pipeline
from iku_etl.settings import PROJECT

MADE_ELSEWHERE = """
import hashlib, json
from iku_etl import settings
from iku_etl.figures.report import files
from iku_etl.pipeline import pipeline
found = pipeline(settings.load())
made = {"lkjip": found.lkjip(2026), "monthly": found.monthly("2026-01")}
print(json.dumps({
    f"{name} {kind}": hashlib.sha256(files.written(document, kind)).hexdigest()
    for name, document in made.items() for kind in files.WRITERS
}))
"""


@pytest.fixture
def reported(pipeline: Pipeline) -> Pipeline:
    """January of IKU-08 with what the office has entered, published."""
    report_kit.settle(pipeline)
    return pipeline


def table(document: Document, start: str) -> Table:
    return next(block for block in document.blocks if isinstance(block, Table) and block.caption.startswith(start))


def line(found: Table, code: str = "IKU-08") -> list[str]:
    return next([text_of(cell) for cell in row] for row in found.rows if row[0] == code)


def said(document: Document) -> list[str]:
    """Every text of a document."""
    texts = [document.title, document.subtitle]
    for block in document.blocks:
        if isinstance(block, Table):
            texts += [text_of(cell) for row in block.rows for cell in row]
        elif isinstance(block, Facts):
            texts += [text_of(part) for row in block.rows for part in row]
        elif isinstance(block, Picture):
            texts.append(block.caption)
        else:
            texts.append(text_of(block.text))
    return texts


# ---------------------------------------------------------------- the same bytes


def test_two_processes_write_the_same_bytes(reported: Pipeline, tmp_path: Path) -> None:
    made = {"lkjip": reported.lkjip(2026), "monthly": reported.monthly("2026-01")}
    here = {
        f"{name} {kind}": hashlib.sha256(files.written(document, kind)).hexdigest()
        for name, document in made.items()
        for kind in files.WRITERS
    }
    there = subprocess.run(
        [sys.executable, "-c", MADE_ELSEWHERE],
        env=kit.environment(reported.warehouse, reported.settings.state) | {"PYTHONHASHSEED": "7"},
        cwd=PROJECT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(there.stdout) == here
    assert len(set(here.values())) == 6


def test_a_vintage_stays_what_it_was_when_more_comes(reported: Pipeline) -> None:
    at = reported.vintage()
    before = reported.lkjip(2026)
    reported.verify_figure("IKU-08", "2026-01", 1, reason="sudah diperiksa", by="Kepala Bidang")
    kit.drop(reported.settings, "narrative", report_kit.NARRATIVES.replace("tanpa sandi", "terlambat"))
    assert kit.collect(reported, "narrative").ending == "in_force"
    again = reported.lkjip(2026, at.as_of, at.as_of_time)
    assert again == before
    assert files.written(again, "xlsx") == files.written(before, "xlsx")
    newer = reported.lkjip(2026)
    assert newer != before
    assert any("terlambat" in text for text in said(newer))
    assert any("terverifikasi" in text for text in said(newer))
    assert f"--as-of {at.as_of} --as-of-time {at.as_of_time.isoformat()}" in dict(_facts(before))["Dibuat ulang"]


def _facts(document: Document) -> tuple[tuple[str, str], ...]:
    return next(block.rows for block in document.blocks if isinstance(block, Facts))


# ---------------------------------------------------------------- what it says


def test_comparisons_hold_the_year_against_what_was_entered(reported: Pipeline) -> None:
    document = reported.lkjip(2026)
    *_, target, value, capaian, _, stage = line(table(document, "Tabel 3.1"))
    assert (target, value, capaian, stage) == ("40,00", "50,00", "~125,00 %", "masih berjalan; cukup")
    horizon = line(table(document, "Tabel 3.3"))
    # the last year of an RPJMD, not of whatever names a later one
    assert horizon[3:7] == ["2029", "80,00", "50,00", "62,50 %"]
    standard = line(table(document, "Tabel 3.4"))
    assert standard[3:7] == ["2026", "90,00", "50,00", "55,56 %"]
    assert "Tidak ada angka terbit untuk 2023, 2024 dan 2025" in " ".join(said(document))
    absent = [block.text for block in document.blocks if isinstance(block, Text) and block.kind == "absent"]
    assert any(text.startswith("1 baris register narasi dikarantina") for text in absent)
    assert any(text.startswith("Narasi tanpa tempat") and "IKU-55" in text for text in absent)
    indicators = len(table(document, "Tabel 3.1").rows)
    empty = Counter(text.partition(":")[0] for text in absent if text.endswith("belum diisi"))
    assert empty == {
        "Penyebab keberhasilan atau kegagalan": indicators - 1,
        "Solusi yang dilakukan atau direncanakan": indicators,
        "Efisiensi penggunaan sumber daya": indicators,
    }


def test_members_and_what_does_not_count_have_their_reasons(reported: Pipeline) -> None:
    document = reported.lkjip(2026)
    members = {row[0]: [text_of(cell) for cell in row[1:]] for row in table(document, "Anggota IKU-08").rows}
    assert members.keys() == {"Dinas <b>Kesehatan</b>", "Bappeda"}
    assert "belum terbukti" in members["Dinas <b>Kesehatan</b>"][-1]
    left = [[text_of(cell) for cell in row] for row in table(document, "Tabel B.1").rows]
    assert ["IKU-08", "Agenda berita persandian", "dikarantina: 1 rekaman"] in left


def test_a_month_is_one_page_in_which_its_own_figure_stands(reported: Pipeline) -> None:
    document = reported.monthly("2026-01")
    row = line(table(document, "Angka Januari 2026"))
    assert row[2:8] == ["Januari 2026", "50,00", "–", "40,00", "125,00 %", "83,33 %"]
    pages = re.findall(rb"/Type\s*/Page\b", files.written(document, "pdf"))
    assert len(pages) == 1


def test_capaian_above_the_cap_is_shown_as_the_cap_and_says_so(reported: Pipeline) -> None:
    site = reported.settings
    kit.drop(site, "parameter", kit.parameters() + "capaian_cap_pct,120,persen,SK contoh,2026-01-01\n")
    assert kit.collect(reported, "parameter").ending == "in_force"
    document = reported.monthly("2026-01")
    found = table(document, "Angka Januari 2026")
    assert line(found)[6] == "120,00 % †"
    assert any("paling tinggi 120,00 %" in text and "IKU-08 125,00 %" in text for text in said(document))
    with reported.warehouse.connect("reader") as connection:
        query = "select capaian from iku.published_figure where indicator = 'IKU-08' and period = '2026-01'"
        assert {row["capaian"] for row in connection.execute(query)} == {Decimal(125)}


@pytest.mark.parametrize("year", [2025, 2031])
def test_a_year_without_figures_is_no_report(reported: Pipeline, year: int) -> None:
    with pytest.raises(NotFound, match=f"Tidak ada angka yang terbit untuk Tahun {year}.*Yang ada: 2026"):
        reported.lkjip(year)


def test_before_the_first_publication_there_is_nothing_to_report(pipeline: Pipeline) -> None:
    with pytest.raises(NotFound, match="Belum ada angka yang terbit"):
        pipeline.monthly("2026-01")


# ---------------------------------------------------------------- the three files


def test_a_word_document_holds_every_text_as_it_is(reported: Pipeline) -> None:
    document = reported.lkjip(2026)
    made = docx.Document(io.BytesIO(files.written(document, "docx")))
    held = {paragraph.text for paragraph in made.paragraphs}
    for each in made.tables:
        held |= {cell.text for row in each.rows for cell in row.cells}
    missing = [text for text in said(document) if text.strip() not in {one.strip() for one in held}]
    assert not missing
    assert any(report_kit.HOSTILE in text for text in held)
    assert document.head in made.sections[0].header.paragraphs[0].text
    heads = [each.rows[0]._tr.trPr.xpath("./w:tblHeader") for each in made.tables if len(each.columns) > 2]
    assert heads and all(heads)  # repeated on every page


def test_a_workbook_holds_numbers_that_are_numbers(reported: Pipeline) -> None:
    document = reported.monthly("2026-01")
    book = openpyxl.load_workbook(io.BytesIO(files.written(document, "xlsx")))
    values = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row}
    numbers = [cell for row in table(document, "Angka").rows for cell in row if isinstance(cell, Number)]
    assert {float(number.value) for number in numbers} <= {float(v) for v in values if isinstance(v, int | float)}
    assert 50 in values and 125 in values
    whole = reported.lkjip(2026)
    charted = openpyxl.load_workbook(io.BytesIO(files.written(whole, "xlsx")))
    pictures = sum(isinstance(block, Picture) for block in whole.blocks)
    assert sum(len(sheet._charts) for sheet in charted) == pictures > 0
    assert not any(cell.data_type == "f" for sheet in charted for row in sheet.iter_rows() for cell in row)


def test_a_pdf_is_tagged_has_its_fonts_and_the_time_of_the_publication(reported: Pipeline) -> None:
    document = reported.lkjip(2026)
    made = files.written(document, "pdf")
    assert made.startswith(b"%PDF-1.7")
    assert b"/MarkInfo" in made and b"pdfuaid" in made
    assert b"/FontFile3" in made
    assert f"{document.made_at:%Y%m%d%H%M%S}".encode() in made


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("84,62", "#,##0.00"),
        ("1.234", "#,##0"),
        ("-3,20", "#,##0.00"),
        ("+5,00", '"+"#,##0.00'),
        ("~114,29 %", '"~"#,##0.00" %"'),
        ("120,00 % †", '#,##0.00" % †"'),
    ],
)
def test_a_cell_shows_its_number_as_the_page_does(text: str, shape: str) -> None:
    assert xlsx.number_format(text) == shape


def test_an_edition_is_named_by_all_that_it_is_made_of(reported: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    at = reported.vintage()
    names = {reported.edition(at, "lkjip 2026"), reported.edition(at, "monthly 2026-01")}
    assert reported.edition(reported.vintage(), "lkjip 2026") in names
    reported.verify_figure("IKU-08", "2026-01", 1, reason="sudah diperiksa", by="Kepala Bidang")
    assert reported.edition(at, "lkjip 2026") in names
    names.add(reported.edition(reported.vintage(), "lkjip 2026"))
    with reported.warehouse.connect("owner") as connection:  # the kamus tells which definition is computed today
        connection.execute("drop view indicator.current cascade")
        connection.execute("create view indicator.current as select 'IKU-08' as indicator, 'baru' as definition")
        connection.execute("grant select on indicator.current to iku_auditor")
    names.add(reported.edition(at, "lkjip 2026"))
    monkeypatch.setattr(keeping, "release", lambda: "lain")
    names.add(reported.edition(at, "lkjip 2026"))
    assert len(names) == 5
