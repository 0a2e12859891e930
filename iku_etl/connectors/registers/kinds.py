"""Kinds of files that come into a drop folder, by the ends of their names: registers, what is none, and what may be."""

from pathlib import Path
from typing import Literal

TEXT = "text/csv"
MEDIA_TYPES = {
    ".csv": TEXT,
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".tsv": TEXT,
    ".tab": TEXT,
    ".txt": TEXT,  # "Unicode Text" of Excel; a note without posisi_per or periode is no register
}
PAPERS = {  # letters, scans and photographs that come with a register
    ".pdf", ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic", ".svg", ".ppt", ".pptx", ".odp",
    ".eml", ".msg", ".mp4", ".mp3", ".md", ".lnk", ".url", ".bak", ".old",
}  # fmt: skip
PACKED = {".zip", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar", ".tgz"}
UNFINISHED = {".part", ".partial", ".crdownload", ".download", ".filepart", ".tmp"}
OTHERS = {
    ".xls", ".xlsm", ".xlsb", ".xltx", ".xltm", ".ods", ".ots", ".numbers", ".doc", ".docx", ".odt", ".rtf", ".json",
    ".xml", ".html", ".htm", ".dbf", ".mdb", ".accdb", ".sqlite", ".parquet", ".sql", ".log",
}  # fmt: skip
NOTES = ".txt"

Kind = Literal["register", "paper", "unread"]


def kind_of(path: Path) -> Kind:
    """Whether a file is read as a register, is none (a letter, a picture, a copy), or may be one that is not read."""
    ending = path.suffix.lower()
    if ending in MEDIA_TYPES:
        return "register"
    return "paper" if ending in PAPERS or ending.endswith("~") else "unread"


def shown_ending(path: Path, *, show_names: bool) -> str:
    """`jenis .zip`, also where the name of a file may be a person's: of its ends, only those that are known."""
    ending, before = path.suffix.lower(), Path(path.stem).suffix.lower()
    known = {*MEDIA_TYPES, *PAPERS, *PACKED, *UNFINISHED, *OTHERS}
    if ending not in known and not (show_names and ending.isprintable() and ending):
        return "jenis berkas lain" if ending else "jenis berkas tanpa akhiran nama"
    return f"jenis {before if ending in PACKED and before in known else ''}{ending}"


def what_to_do(path: Path) -> str:
    """With a file that may be a register and is not read."""
    ending = path.suffix.lower()
    if ending in PACKED:
        return "Keluarkan isinya, lalu taruh berkasnya sebagai .xlsx atau CSV UTF-8."
    if ending in UNFINISHED:
        return "Tampaknya belum selesai disalin; selesaikan, lalu beri akhiran .xlsx atau .csv."
    return "Simpan sebagai .xlsx atau CSV UTF-8."
