"""A column that nobody delivers any more: no file misses it, older files still say it, no form asks for it."""

import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from loopback import JANUARY, kept_bytes, table
from sqlalchemy import Column

from iku_etl import catalogue
from iku_etl.catalogue import form
from iku_etl.connectors.registers import folder
from iku_etl.errors import ContractError
from iku_etl.model import Source

EXAMPLE = Path(__file__).parents[2] / "sources" / "website" / "2026-01.csv"
LETTER = "Surat penutupan"  # heading of the column that is retired here


def website(*, retired: bool) -> Source:
    source = catalogue.source("website")
    columns = []
    for column in source.columns:
        info = column.info | ({"retired": "surat tidak lagi diminta"} if column.name == "closure_letter" else {})
        columns.append(
            Column(column.name, column.type, nullable=column.nullable, comment=column.comment, info=info)
            if retired
            else column
        )
    return replace(source, columns=tuple(columns))


def lines(*, letter: bool, note: str) -> bytes:
    """The example with another column, and with or without the letter's."""
    head, titles, *rows = EXAMPLE.read_text(encoding="utf-8").splitlines()
    cut = len(titles.split(";")) - (not letter)
    told = [";".join([*line.split(";")[:cut], extra]) for line, extra in ((titles, "Catatan"), (rows[0], note))]
    assert LETTER in titles
    return "\n".join([head, *told, ""]).encode()


def test_a_file_without_it_may_have_columns_that_nobody_declared(tmp_path: Path) -> None:
    body = kept_bytes(tmp_path, lines(letter=False, note="12/SETDA"), "text/csv")
    with pytest.raises(ContractError, match="Catatan"):  # could be the letter's, misspelt
        list(folder.read(body, JANUARY, columns=website(retired=False).columns))
    found = table(folder.read(body, JANUARY, columns=website(retired=True).columns))
    assert len(found) == 1
    assert "closure_letter" not in found.column_names


def test_a_file_of_before_still_says_it(tmp_path: Path) -> None:
    body = kept_bytes(tmp_path, EXAMPLE.read_bytes(), "text/csv")
    before, now = (
        table(folder.read(body, JANUARY, columns=website(retired=retired).columns)).to_pylist()
        for retired in (False, True)
    )
    assert before == now


def test_no_form_asks_for_it() -> None:
    book = openpyxl.load_workbook(io.BytesIO(form.workbook(website(retired=True))))
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [text for text in cells if LETTER.casefold() in text.casefold()]
    assert [text for text in cells if "Dikelola sejak" in text]
