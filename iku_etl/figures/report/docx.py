"""A document as DOCX, by docxtpl and the template in `word/`: its parts lie there as text, and are packed here.

Texts are escaped by the template engine; the packing has the day of no clock, so the same document is the same bytes.
"""

import io
import zipfile
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from iku_etl.figures import chart
from iku_etl.figures.report.content import AGENCY
from iku_etl.figures.report.document import Block, Document, Facts, Heading, Picture, Table, text_of
from iku_etl.figures.report.pdf import told

EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP archive can name
MARGIN, MARGIN_LANDSCAPE = 1150, 850  # twentieths of a point
WIDTH, WIDTH_LANDSCAPE = 11906 - 2 * MARGIN, 16838 - 2 * MARGIN_LANDSCAPE
PICTURE_MM = 140
STYLES = {"body": "Normal", "note": "Note", "absent": "Absent"}


def written(document: Document) -> bytes:
    """The file, A4, with head and foot on every page."""
    from docxtpl import DocxTemplate  # it and python-docx take a third of a second that only reports need

    template = DocxTemplate(io.BytesIO(_template()))
    width = WIDTH_LANDSCAPE if document.is_landscape else WIDTH
    blocks = [_block(block, width, template) for block in document.blocks]
    template.render(
        {
            "document": {
                "title": text_of(document.title),
                "subtitle": text_of(document.subtitle),
                "head": text_of(document.head),
                "foot": text_of(document.foot),
                "is_landscape": document.is_landscape,
            },
            "blocks": blocks,
            "width": width,
            "margin": MARGIN_LANDSCAPE if document.is_landscape else MARGIN,
        },
        autoescape=True,
    )
    properties = template.docx.core_properties
    properties.title, properties.author, properties.last_modified_by = text_of(document.title), AGENCY, AGENCY
    properties.created = properties.modified = document.made_at.replace(microsecond=0, tzinfo=None)
    properties.revision = 1
    pictures = [told(block) for block in document.blocks if isinstance(block, Picture)]
    for place, words in zip(template.docx.element.body.xpath(".//wp:docPr"), pictures, strict=True):
        place.set("descr", words)
    saved = io.BytesIO()
    template.save(saved)
    return _packed(saved.getvalue())


@cache
def _template() -> bytes:
    """The parts of `word/` as one archive, the list of content types first, as Word wants it."""
    root = resources.files("iku_etl.figures.report") / "word"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(_parts(root), key=lambda part: (not part[0].startswith("["), part[0])):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content)
    return made.getvalue()


def _parts(folder: Traversable, above: str = "") -> list[tuple[str, bytes]]:
    found = []
    for file in folder.iterdir():
        name = f"{above}{file.name}"
        found += _parts(file, f"{name}/") if file.is_dir() else [(name, file.read_bytes())]
    return found


def _packed(content: bytes) -> bytes:
    """The same archive, its parts in their order and without the time of their writing."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as saved, zipfile.ZipFile(made, "w") as archive:
        for part in saved.infolist():
            archive.writestr(zipfile.ZipInfo(part.filename, EPOCH), saved.read(part), zipfile.ZIP_DEFLATED, 6)
    return made.getvalue()


def _block(block: Block, width: int, template: Any) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {
            "kind": "heading",
            "level": block.level,
            "text": text_of(block.text),
            "begins_page": block.begins_page,
        }
    if isinstance(block, Facts):
        return {"kind": "facts", "rows": [(text_of(name), text_of(words)) for name, words in block.rows]}
    if isinstance(block, Table):
        shares = sum(column.share for column in block.columns)
        return {
            "kind": "table",
            "caption": text_of(block.caption),
            "columns": [
                {
                    "title": text_of(column.title),
                    "width": width * column.share // shares,
                    "align": "right" if column.is_number else "left",
                }
                for column in block.columns
            ],
            "rows": [[text_of(cell) for cell in row] for row in block.rows],
        }
    if isinstance(block, Picture):
        return {"kind": "picture", "caption": text_of(block.caption), "picture": _picture(block, template)}
    return {"kind": "text", "style": STYLES[block.kind], "text": text_of(block.text)}


def _picture(block: Picture, template: Any) -> Any:
    from docx.shared import Mm
    from docxtpl import InlineImage

    return InlineImage(template, io.BytesIO(chart.png(block.chart)), width=Mm(PICTURE_MM))
