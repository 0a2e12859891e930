"""`iku template`: the workbook to fill in, of every source that people fill in; filled in, it loads."""

import importlib
import io
import re
import runpy
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import install_kit
import kit
import openpyxl
import pytest
from loopback import JANUARY, kept_bytes, table
from sqlalchemy import Column, Text

from iku_etl import catalogue
from iku_etl.catalogue import examples, form, scaffold, sentences, sources
from iku_etl.connectors.registers import folder, opening
from iku_etl.errors import DeclarationError
from iku_etl.model import Expectation, Source, quarantine
from iku_etl.pipeline import Pipeline
from iku_etl.records import spellings
from iku_etl.settings import PROJECT

REGISTERS = [name for name in catalogue.source_names() if catalogue.source(name).is_register]
EXAMPLES = {
    name: (path.stem, path.read_text(encoding="utf-8-sig"))
    for name in REGISTERS
    for path in sorted((PROJECT / "tests" / "sources" / name).glob("*.csv"))
    if "." not in path.stem
} | {"parameter": ("2026-01", install_kit.parameters())}  # its example shows troubles; only a whole list loads


def opened(source: Source) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(form.workbook(source)))


def filled(source: Source, given: bytes, where: Path) -> bytes:
    """The source's template with the rows of an example file typed into it, as an office would."""
    book = opened(source)
    sheet = book[form.SHEET]
    said = opening.opening(io.BytesIO(given))
    sheet["B1"] = next(iter((*said.periods, *said.positions)), None)
    payload = kept_bytes(where, given, "text/csv")
    rows = table(folder.read(payload, JANUARY, columns=source.columns)).to_pylist()
    for number, row in enumerate(rows, form.HEADER_ROW + 1):
        for place, column in enumerate(source.columns, 1):
            sheet.cell(number, place).value = typed(column, row.get(column.name))
    stream_out = io.BytesIO()
    book.save(stream_out)
    return stream_out.getvalue()


def typed(column: Column[Any], text: str | None) -> Any:
    """What a person's spreadsheet holds for a text: dates as dates; what is no date stays text."""
    if text is not None and sentences.kind(column) == "tanggal":
        try:
            return spellings.read_date(text)
        except spellings.Unreadable:
            return text
    return text


def test_every_register_source_has_a_template_and_every_template_is_tried() -> None:
    assert "website" in REGISTERS
    assert not {"website_uptime", "website_content"} & set(REGISTERS)
    untried = [name for name in REGISTERS if name not in EXAMPLES]
    assert not untried, f"{untried}: no example CSV to fill the template with"


@pytest.mark.parametrize("name", REGISTERS)
def test_a_template_filled_in_loads_the_same_records(pipeline: Pipeline, tmp_path: Path, name: str) -> None:
    source, (label, given) = catalogue.source(name), EXAMPLES[name]
    day = date.fromisoformat(f"{label}-01"[:10])
    install_kit.drop(pipeline.settings, name, given)
    first = install_kit.collect(pipeline, name, day)
    assert first.ending == "in_force", first.reason
    drop = pipeline.settings.drop_dir / name
    for path in drop.iterdir():
        path.unlink()
    (drop / f"isian_{label}.xlsx").write_bytes(filled(source, given.encode(), tmp_path))
    second = install_kit.collect(pipeline, name, day)
    assert second.ending == "unchanged", second.reason  # the same records under the same keys
    assert second.confirms == first.batch_id


@pytest.mark.parametrize("name", REGISTERS)
def test_only_what_is_filled_in_counts(tmp_path: Path, name: str) -> None:
    source = catalogue.source(name)
    payload = kept_bytes(tmp_path, form.workbook(source), folder.MEDIA_TYPES[".xlsx"])
    pieces = list(folder.read(payload, JANUARY, columns=source.columns))
    assert sum(piece.table.num_rows for piece in pieces) == 0
    assert not any(piece.declared_out for piece in pieces)  # who fills in our form hears of no sheet of ours
    assert pieces[0].table.column_names == ["place", *(column.name for column in source.columns)]
    with payload.path.open("rb") as stream:
        assert opening.opening(stream) == opening.Opening()  # no day that we made up


@pytest.mark.parametrize("name", REGISTERS)
def test_examples_keep_the_rules_that_stand_beside_them(name: str) -> None:
    source = catalogue.source(name)
    for column in source.columns:
        for number in range(form.EXAMPLE_ROWS):
            value = examples.example(source, column, number)
            assert value is not None or column.nullable, column.name
            for check in source.expectations:
                if not isinstance(check, Expectation) or check.arguments.get("column") != column.name or value is None:
                    continue
                if check.name == "ExpectColumnValuesToMatchRegex" and not sentences.is_dropped(source, column):
                    assert re.search(check.arguments["regex"], str(value))
                if check.name == "ExpectColumnValuesToBeBetween" and "row_condition" not in check.arguments:
                    low, high = check.arguments.get("min_value"), check.arguments.get("max_value")
                    assert (low is None or value >= low) and (high is None or value <= high)


@pytest.mark.parametrize("name", REGISTERS)
def test_no_example_is_made_of_the_comment_and_the_rows_are_two_records(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    source = catalogue.source(name)
    rows = [
        {column.name: examples.example(source, column, number) for column in source.columns}
        for number in range(form.EXAMPLE_ROWS)
    ]
    for column in source.columns:
        assert not {row[column.name] for row in rows} & {"stable", "id", "as", "in", "the", "of", "code", "unit"}
        if column.nullable and examples.patterns(source, column):
            assert [row[column.name] for row in rows] == [None, None], column.name
        monkeypatch.setattr(column, "comment", "stable words 2026-12 KEG-30 IKU-12 17.01.09.2009 https://a.example/b")
    for number, row in enumerate(rows):
        assert row == {column.name: examples.example(source, column, number) for column in source.columns}
    first, second = ([row[key] for key in source.key] for row in rows)
    assert first != second


@pytest.mark.parametrize("name", REGISTERS)
def test_the_two_example_rows_keep_every_rule_of_their_source(tmp_path: Path, name: str) -> None:
    """Typed into the form and judged, the examples leave nothing set aside: also rules about several columns."""
    source = catalogue.source(name)
    book = opened(source)
    sheet, shown = book[form.SHEET], book[form.EXAMPLES]
    sheet["B1"] = "2026-01" if source.kind == "events" else date(2026, 1, 31)
    for number in range(form.HEADER_ROW + 1, form.HEADER_ROW + 1 + form.EXAMPLE_ROWS):
        for place in range(1, len(source.columns) + 1):
            sheet.cell(number, place).value = shown.cell(number, place).value
    stream_out = io.BytesIO()
    book.save(stream_out)
    payload = kept_bytes(tmp_path, stream_out.getvalue(), folder.MEDIA_TYPES[".xlsx"])
    judged = kit.judge(source, JANUARY, [payload], tmp_path / "out", now=datetime(2026, 3, 1, tzinfo=UTC))
    assert not [(row.place, row.message) for row in judged.quarantine]


@pytest.mark.parametrize("name", REGISTERS)
def test_the_rules_hold_no_english_comment_no_regex_and_no_code(name: str) -> None:
    source = catalogue.source(name)
    told = "\n".join(str(cell) for row in opened(source)[form.RULES].values for cell in row if cell)
    assert not re.search(r"\^|\\d|\[a-z|\(\?|==|\.(not|is)null\(|fullmatch|Expect|syarat tertentu", told)
    assert "yang ditetapkan" not in told, "give the pattern an example in catalogue/sentences.py"
    assert not [column.name for column in source.columns if column.comment and f": {column.comment}" in told]
    assert ("nyatakan nihil pada Rekapitulasi penyerahan register" in told) == (
        name not in ("holiday", "register_submission")  # a year without holidays is a slip
    )


def test_a_condition_is_said_with_the_headings_of_the_form() -> None:
    said = "\n".join(sentence for name in REGISTERS for sentence, _ in sentences.checks(catalogue.source(name)))
    assert "Kode desa: bentuknya seperti 17.01.01.2001 (bila Jenis adalah desa)" in said
    assert "Pengganti: wajib diisi (bila Berlaku sampai diisi)" in said
    assert "Jumlah entri: paling banyak 0 (bila Nihil adalah ya)" in said
    assert "Satuan: salah satu dari persen (bila Nama seperti coverage_floor_pct)" in said
    assert "Kunjungan: wajib diisi (bila Penghitung kosong)" in said
    check = quarantine("ExpectColumnValuesToNotBeNull", column="successor", row_condition="kind in ['dinas', 'badan']")
    told = sentences.check_sentence(catalogue.source("opd"), check)
    assert told == "Pengganti: wajib diisi (bila Jenis salah satu dari dinas, badan)"


def declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, info: str = "", check: str) -> Source:
    """A register source made by the scaffold, with one thing changed."""
    scaffold.new_source(tmp_path, "call_center", "snapshot", "month")
    path = tmp_path / "iku_etl" / "sources" / "call_center.py"
    text = path.read_text().replace('{"headings": ("kode",)', f'{{"headings": ("kode",){info}')
    path.write_text(
        text.replace(
            'quarantine("ExpectColumnValueLengthsToBeBetween"',
            f'{check},\n        quarantine("ExpectColumnValueLengthsToBeBetween"',
        )
    )
    module = runpy.run_path(str(path))
    monkeypatch.setattr(sources, "source_names", lambda: ("call_center",))
    monkeypatch.setattr(importlib, "import_module", lambda _: SimpleNamespace(**module))
    return sources.source.__wrapped__("call_center")


SHAPED = 'quarantine("ExpectColumnValuesToMatchRegex", column="id", regex="^A-[0-9]$")'
ODD = 'warn("ExpectColumnStdevToBeBetween", column="value", max_value=9{words})'


@pytest.mark.parametrize(
    ("info", "check", "said"),
    [
        ("", SHAPED, "column id has a pattern and no example"),
        (', "example": ("A-1", "B-2")', SHAPED, "the example 'B-2', which has no shape of"),
        (', "privcy": "token"', SHAPED, "column id: info holds 'privcy', which nothing reads; did you mean 'privacy'?"),
        (', "code_list": "opd"', SHAPED, "column id: the code list 'opd' is none; write one of desa"),
        ("", ODD.format(words=""), "check ExpectColumnStdevToBeBetween has no sentence; write words="),
        ("", ODD.format(words=', row_condition="value > 3"').replace("Stdev", "Max"), "the condition 'value > 3' of"),
    ],
)
def test_what_cannot_be_said_to_who_fills_it_in_is_refused_with_what_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, info: str, check: str, said: str
) -> None:
    with pytest.raises(DeclarationError, match=re.escape(said)):
        declared(tmp_path, monkeypatch, info=info, check=check)


def test_examples_and_words_stand_where_the_column_and_the_check_are_declared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = SHAPED + ",\n        " + ODD.format(words=', words="simpangannya paling besar 9"')
    source = declared(tmp_path, monkeypatch, info=', "example": ("A-1", "A-2")', check=check)
    said = [sentence for sentence, _ in sentences.checks(source)]
    assert "Kode: bentuknya seperti A-1" in said
    assert "Nilai: simpangannya paling besar 9" in said
    assert examples.example(source, source.column("id"), 1) == "A-2"


@pytest.mark.parametrize("name", REGISTERS)
def test_every_check_is_a_sentence(name: str) -> None:
    source = catalogue.source(name)
    said = sentences.checks(source)
    assert len(said) >= 6
    assert not [sentence for sentence, _ in said if "Expect" in sentence or "yang ditetapkan" in sentence]


def test_a_reason_in_quarantine_is_the_sentence_of_the_form(tmp_path: Path) -> None:
    given = (
        "posisi_per,2026-01-31\nkode desa,nama desa,nama kecamatan,jenis,berlaku sejak,berlaku sampai\n"
        "17.01.01.2001,Satu,Kota,desa,2020-01-01,2019-01-01\n17.01.01.1002,Dua,Kota,desa,2020-01-01,\n"
    )
    payload = kept_bytes(tmp_path, given.encode(), "text/csv")
    now = datetime(2026, 3, 1, tzinfo=UTC)
    judged = kit.judge(catalogue.source("desa"), JANUARY, [payload], tmp_path / "out", now=now)
    assert [row.message for row in judged.quarantine] == [
        'tidak memenuhi "Berlaku sampai: tidak kurang dari Berlaku sejak".',
        'tidak memenuhi "Kode desa: bentuknya seperti 17.01.01.2001 (bila Jenis adalah desa)".',
    ]


def test_a_limit_that_is_itself_too_little_is_said_so() -> None:
    said = [sentence for sentence, _ in sentences.checks(catalogue.source("parameter"))]
    assert "Nilai: lebih dari 0 sampai 100 (bila Nama seperti coverage_floor_pct)" in said


def test_drop_downs_formats_and_rules_come_from_the_declaration() -> None:
    book = opened(catalogue.source("website"))
    sheet = book[form.SHEET]
    asked = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    letters = {cell.value: cell.column_letter for cell in sheet[form.HEADER_ROW]}
    kinds, yes_no = (
        asked[f"{letters[heading]}4:{letters[heading]}{form.LAST_ROW}"] for heading in ("Jenis", "Media informasi")
    )
    listed = [[cell.value for cell in column] for column in book[form.CHOICES].columns]
    assert listed == [["informasi", "layanan"], ["ya", "tidak"]]
    assert (kinds.formula1, yes_no.formula1) == ("'Pilihan'!$A$1:$A$2", "'Pilihan'!$B$1:$B$2")
    assert sheet.column_dimensions[letters["Dikelola sejak"]].number_format == form.DAY
    assert sheet.column_dimensions[letters["ID situs"]].number_format == form.TEXT  # 0012 stays 0012
    rules = [" | ".join(str(cell) for cell in row if cell) for row in book[form.RULES].values]
    assert any("Jenis: salah satu dari informasi, layanan | seluruh berkas ditolak" in line for line in rules)
    assert any("Dikelola sampai: tidak kurang dari Dikelola sejak | baris itu disisihkan" in line for line in rules)


def test_the_rules_say_both_ways_to_hand_in() -> None:
    told = [str(row[0]) for row in opened(catalogue.source("website"))[form.RULES].values]
    assert any("halaman Serah" in line for line in told)
    assert any("folder drop" in line and "website" in line for line in told)


def test_what_holds_for_some_rows_only_is_no_drop_down() -> None:
    source = catalogue.source("parameter")
    assert sentences.choices(source, source.column("unit")) == ()  # persen, hari, bulan or detik, by the name


def test_a_token_column_says_so_and_not_how_a_token_looks() -> None:
    book = opened(catalogue.source("persandian_message"))
    rules = "\n".join(str(cell) for row in book[form.RULES].values for cell in row if cell)
    assert "dijadikan token sebelum disimpan" in rules
    assert "[0-9a-f]{32}" not in rules


def test_no_cell_is_a_formula_whatever_a_declaration_says() -> None:
    from dataclasses import replace

    source = catalogue.source("website")
    evil = Column("=1+1", Text, comment="=HYPERLINK(1)", info={"headings": ("=cmd|'/c calc'!A1", "@x")})
    made = form.workbook(replace(source, title="=1+1", columns=(*source.columns, evil)))
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/")]
    assert sheets
    assert not [sheet for sheet in sheets if b"<f>" in sheet]


def test_a_source_that_nobody_fills_in_has_no_template() -> None:
    with pytest.raises(DeclarationError, match="diambil dari sistem"):
        form.workbook(catalogue.source("website_uptime"))
