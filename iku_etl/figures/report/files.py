"""The files that a document may become, by the end of their names."""

import hashlib
from importlib import resources
from pathlib import Path

import orjson

from iku_etl.figures import keeping
from iku_etl.figures.report import docx, pdf, xlsx
from iku_etl.figures.report.document import Document

WRITERS = {"pdf": pdf.written, "docx": docx.written, "xlsx": xlsx.written}
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def written(document: Document, kind: str) -> bytes:
    """The document as a file of that kind; the same document is the same bytes, in any process."""
    return WRITERS[kind](document)


def kept(document: Document, kind: str, folder: Path) -> Path:
    """The same as a file below `folder`, written once for what it says."""
    path = folder / f"{digest(document)}.{kind}"
    keeping.kept(path, lambda: written(document, kind))
    return path


def digest(document: Document) -> str:
    """The name of what a document says, and of the code and templates that write it down."""
    held = hashlib.sha256(orjson.dumps(document, default=str, option=orjson.OPT_SORT_KEYS))
    for file in sorted(resources.files("iku_etl.figures.report").iterdir(), key=lambda file: file.name):
        if file.is_file():
            held.update(file.read_bytes())
    return held.hexdigest()[:24]
