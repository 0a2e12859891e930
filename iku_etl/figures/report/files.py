"""The files that a document may become, by the end of their names."""

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
