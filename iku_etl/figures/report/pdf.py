"""A document as a tagged PDF, by Typst: fonts within, the day of the publication, the same bytes for the same document.

The template reads JSON and shows its texts as texts; nothing of a document is ever part of the markup.
"""

from importlib import resources
from typing import Any

import orjson

from iku_etl.figures import chart
from iku_etl.figures.report.content import AGENCY
from iku_etl.figures.report.document import Block, Document, Facts, Heading, Picture, Table, text_of


def written(document: Document) -> bytes:
    """The file. Fonts of this machine are not looked at, so another machine gives the same pages."""
    import typst  # a quarter of a second that only reports need

    template = (resources.files("iku_etl.figures.report") / "report.typ").read_bytes()
    compiler = typst.Compiler(
        template, ignore_system_fonts=True, sys_inputs={"document": orjson.dumps(_data(document)).decode()}
    )
    made = compiler.compile(format="pdf", pdf_standards=["ua-1"], timestamp=int(document.made_at.timestamp()))
    assert isinstance(made, bytes)  # one file, for no output was named
    return made


def _data(document: Document) -> dict[str, Any]:
    made = document.made_at
    return {
        "title": text_of(document.title),
        "subtitle": text_of(document.subtitle),
        "agency": AGENCY,
        "head": text_of(document.head),
        "foot": text_of(document.foot),
        "landscape": document.is_landscape,
        "made": [made.year, made.month, made.day, made.hour, made.minute, made.second],
        "blocks": [_block(block) for block in document.blocks],
    }


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {
            "kind": "heading",
            "level": block.level,
            "text": text_of(block.text),
            "begins_page": block.begins_page,
        }
    if isinstance(block, Facts):
        return {"kind": "facts", "rows": [[text_of(name), text_of(told)] for name, told in block.rows]}
    if isinstance(block, Table):
        return {
            "kind": "table",
            "caption": text_of(block.caption),
            "columns": [
                {"title": text_of(column.title), "share": column.share, "number": column.is_number}
                for column in block.columns
            ],
            "rows": [[text_of(cell) for cell in row] for row in block.rows],
        }
    if isinstance(block, Picture):
        svg = chart.svg(block.chart).decode()
        return {"kind": "picture", "caption": text_of(block.caption), "svg": svg, "told": told(block)}
    return {"kind": "text", "style": block.kind, "text": text_of(block.text)}


def told(picture: Picture) -> str:
    """What a picture shows, for whoever can't see it; its numbers stand in the table below."""
    return text_of(f"Grafik: {picture.caption}. Angkanya di tabel sesudahnya.")
