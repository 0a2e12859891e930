"""What a report is made of, whatever file it becomes: blocks in order, numbers beside their texts."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from iku_etl import indonesian
from iku_etl.figures.chart import Chart


@dataclass(frozen=True)
class Number:
    """A number and how it is written: a workbook takes the number, a page the text."""

    value: Decimal
    text: str


Cell = str | Number


@dataclass(frozen=True)
class Column:
    """`share` is its part of the table's width, in twelfths or any other unit that all columns of the table share."""

    title: str
    share: int
    is_number: bool = False


@dataclass(frozen=True)
class Heading:
    """Level 1 is a part, and in a workbook a sheet; `begins_page` where its part should stand on pages of its own."""

    text: str
    level: int = 1
    begins_page: bool = False


@dataclass(frozen=True)
class Text:
    """A paragraph; a `note` is small, what is `absent` says that something was not filled in."""

    text: str
    kind: str = "body"  # body, note, absent


@dataclass(frozen=True)
class Facts:
    """Names and what they are, two columns without a frame."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Table:
    """`caption` stands above it, its head on every page that it reaches."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A chart and what it shows, in words for whoever can't see it; a workbook draws it itself of its points."""

    chart: Chart
    caption: str


_NO_XML = re.compile("[\ufffe\uffff]")  # no character of any XML, whatever else may stand in a cell
Block = Heading | Text | Facts | Table | Picture


@dataclass(frozen=True)
class Document:
    """One report. `head` is the line on top of every page: agency, stage and load; `foot` the one below."""

    title: str
    subtitle: str
    head: str
    foot: str
    made_at: datetime  # of the publication: the same vintage is the same file
    blocks: tuple[Block, ...]
    is_landscape: bool = False


def text_of(cell: Cell) -> str:
    """A cell as it is written on a page, without what would drive a program that opens it."""
    return _NO_XML.sub("\ufffd", indonesian.plain(cell.text if isinstance(cell, Number) else cell))


def measured(value: Decimal | None, text: str) -> Cell:
    """A number with its text; without a number the text alone."""
    return text if value is None else Number(value, text)
