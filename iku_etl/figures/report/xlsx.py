"""A document as a workbook, by XlsxWriter: a sheet a part, numbers that are numbers, charts of the workbook's own.

Texts are written as texts, so none is a formula; the same document is the same bytes.
"""

import io
import math
import re
from dataclasses import dataclass, field
from typing import Any

from iku_etl.figures import chart
from iku_etl.figures.export import safe
from iku_etl.figures.report.content import AGENCY
from iku_etl.figures.report.document import Block, Cell, Document, Facts, Heading, Number, Picture, Table, text_of

PAPER_A4 = 9
ACROSS = 8  # columns over which a text without a table runs
WIDE, WIDE_LANDSCAPE = 105, 160  # characters of a whole line
CHART_ROWS = 17
LINE = 15.5  # points
FRAME = {"border": 1, "border_color": "#B0B0B0", "indent": 1}
SHEET_NAME = 31  # characters that a workbook allows
_NUMBER = re.compile(r"^([^\d-]*)-?[\d.]+(?:,(\d+))?(.*)$", re.DOTALL)


def written(document: Document) -> bytes:
    """The file; every part that a heading of level 1 begins is a sheet."""
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    made_at = document.made_at.replace(microsecond=0, tzinfo=None)
    book.set_properties({"title": text_of(document.title), "author": AGENCY, "created": made_at})
    pages: list[_Page] = []
    waiting: list[Block] = []
    styles: dict[Any, Any] = {}
    for block in document.blocks:
        if isinstance(block, Heading) and block.level == 1:
            pages.append(_Page(book, block.text, document, not pages, styles))
            for each in (*waiting, block):
                pages[-1].write(each)
            waiting = []
        elif pages:
            pages[-1].write(block)
        else:
            waiting.append(block)
    book.close()
    return stream.getvalue()


def number_format(text: str) -> str:
    """How a cell shows its number as the text does: decimals, and the signs before and after it."""
    found = _NUMBER.match(text)
    if not found:
        return "General"
    before, places, after = found.groups()
    shape = "#,##0" + ("." + "0" * len(places) if places else "")
    return "".join(f'"{part}"' if quoted else part for part, quoted in ((before, 1), (shape, 0), (after, 1)) if part)


@dataclass
class _Page:
    """One sheet, and the row that is written next."""

    book: Any
    name: str
    document: Document
    is_first: bool
    styles: dict[Any, Any]
    row: int = 0
    widths: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wide = WIDE_LANDSCAPE if self.document.is_landscape else WIDE
        name = re.sub(r"[\[\]:*?/\\]", " ", text_of(self.name))[:SHEET_NAME].strip()
        self.sheet = self.book.add_worksheet(name)
        self.sheet.set_paper(PAPER_A4)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 1 if self.document.is_landscape else 0)  # a page of a month stays one
        self.sheet.set_header("&L&8" + text_of(self.document.head).replace("&", "&&"))
        self.sheet.set_footer("&L&8" + text_of(self.document.foot).replace("&", "&&") + "&R&8Halaman &P dari &N")
        self.sheet.hide_gridlines(2)
        self._widen([self.wide / ACROSS] * ACROSS)
        if self.is_first:
            self._line(text_of(self.document.title), {"bold": True, "font_size": 16, "font_color": "#0B3A66"}, 1.6)
            self._line(text_of(self.document.subtitle), {"font_size": 11})
        self._line(text_of(self.document.head), {"font_size": 9, "font_color": "#595959"})

    def write(self, block: Block) -> None:
        if isinstance(block, Heading):
            self.row += 1
            size = 14 if block.level == 1 else 12
            self._line(text_of(block.text), {"bold": True, "font_size": size, "font_color": "#0B3A66"}, size / 10)
        elif isinstance(block, Facts):
            self._facts(block)
        elif isinstance(block, Table):
            self._table(block)
        elif isinstance(block, Picture):
            self._chart(block)
        else:
            colour = {"note": "#404040", "absent": "#7A2A12"}.get(block.kind, "#000000")
            self._line(text_of(block.text), {"font_color": colour, "italic": block.kind == "absent"})

    def _line(self, text: str, look: dict[str, Any], factor: float = 1) -> None:
        """A text over the whole width; a merged cell does not find its height by itself."""
        style = self._style(look | {"text_wrap": True, "valign": "top"})
        self.sheet.merge_range(self.row, 0, self.row, ACROSS - 1, "", style)
        self.sheet.write_string(self.row, 0, text, style)
        self.sheet.set_row(self.row, 15 * factor * max(1, math.ceil(len(text) * factor / (self.wide * 1.1))))
        self.row += 1

    def _facts(self, block: Facts) -> None:
        bold = self._style({"bold": True, "valign": "top"})
        plain = self._style({"text_wrap": True, "valign": "top"})
        room = self.wide * (ACROSS - 2) / ACROSS
        for name, told in block.rows:
            self.sheet.merge_range(self.row, 0, self.row, 1, "", bold)
            self.sheet.write_string(self.row, 0, text_of(name), bold)
            self.sheet.merge_range(self.row, 2, self.row, ACROSS - 1, "", plain)
            self.sheet.write_string(self.row, 2, text_of(told), plain)
            self.sheet.set_row(self.row, 15 * max(1, math.ceil(len(told) / (room * 1.05))))
            self.row += 1

    def _table(self, block: Table) -> None:
        self._line(text_of(block.caption), {"bold": True, "font_size": 10})
        shares = sum(column.share for column in block.columns)
        self._widen([self.wide * column.share / shares for column in block.columns])
        self.sheet.set_row(self.row, 2 * LINE)
        for place, column in enumerate(block.columns):
            side = "right" if column.is_number else "left"
            look: dict[str, Any] = {
                "bold": True,
                "bg_color": "#D9E8F5",
                "text_wrap": True,
                "align": side,
                "valign": "bottom",
                **FRAME,
            }
            self.sheet.write_string(self.row, place, text_of(column.title), self._style(look))
        for row in block.rows:
            self.row += 1
            lines = [
                math.ceil(len(text_of(cell)) / (width * 0.85)) for cell, width in zip(row, self.widths, strict=False)
            ]
            self.sheet.set_row(self.row, LINE * max(1, *lines))
            for place, cell in enumerate(row):
                self._cell(place, cell, is_number=block.columns[place].is_number)
        self.row += 2

    def _cell(self, place: int, cell: Cell, *, is_number: bool) -> None:
        look: dict[str, Any] = {"text_wrap": True, "valign": "top", "align": "right" if is_number else "left", **FRAME}
        if isinstance(cell, Number):
            look["num_format"] = number_format(cell.text)
            self.sheet.write_number(self.row, place, cell.value, self._style(look))
        else:
            self.sheet.write_string(self.row, place, safe(text_of(cell)), self._style(look))

    def _chart(self, block: Picture) -> None:
        """The points as a table, and a chart of the workbook's own over them."""
        words = block.chart.words
        self._line(text_of(block.caption), {"bold": True, "font_size": 10})
        head, plain = self._style({"bold": True, "align": "right"}), self._style({"num_format": "#,##0.00"})
        names = ("", words.value, f"{words.bounds} bawah", f"{words.bounds} atas", words.target)
        for place, name in enumerate(names):
            self.sheet.write_string(self.row, place, name, head)
        first = self.row + 1
        for point in block.chart.points:
            self.row += 1
            self.sheet.write_string(self.row, 0, text_of(point["period"]))
            for place, key in enumerate(("value", "low", "high", "target"), 1):
                if point[key] is not None:
                    self.sheet.write_number(self.row, place, point[key], plain)
        drawn = self.book.add_chart({"type": "line"})
        for place, (colour, marker, is_line) in enumerate(
            ((chart.VALUE, "circle", True), (chart.BAND, "long_dash", False), (chart.BAND, "long_dash", False),
             (chart.TARGET, "short_dash", False)), 1,
        ):  # fmt: skip
            drawn.add_series({
                "name": [self.sheet.get_name(), first - 1, place],
                "categories": [self.sheet.get_name(), first, 0, self.row, 0],
                "values": [self.sheet.get_name(), first, place, self.row, place],
                "line": {"color": colour, "width": 2} if is_line else {"none": True},
                "marker": {"type": marker, "size": 8, "fill": {"color": colour}, "border": {"color": colour}},
            })  # fmt: skip
        bounds = {"min": 0, "max": 100} if block.chart.unit == "%" else {"min": 0}
        drawn.set_y_axis({"name": block.chart.unit, **bounds, "major_gridlines": {"visible": True}})
        drawn.set_legend({"position": "bottom"})
        drawn.set_size({"width": 720, "height": 20 * (CHART_ROWS - 1)})
        self.row += 2
        self.sheet.insert_chart(self.row, 0, drawn, {"description": text_of(block.caption)})
        self.row += CHART_ROWS

    def _widen(self, wanted: list[float]) -> None:
        """Columns as wide as the widest table wants them; texts over all of them have then more room, not less."""
        self.widths += [0.0] * (len(wanted) - len(self.widths))
        for place, width in enumerate(wanted):
            self.widths[place] = max(self.widths[place], width)
            self.sheet.set_column(place, place, self.widths[place])

    def _style(self, look: dict[str, Any]) -> Any:
        """One format for a look: a workbook may hold 64 thousand of them, and a cell each would be too many."""
        key = tuple(sorted(look.items()))
        if key not in self.styles:
            self.styles[key] = self.book.add_format(look)
        return self.styles[key]
