"""The archive that an XLSX workbook is: which of its parts are unpacked, after caps on what they unpack to.

Pictures, charts, caches and what else a workbook carries are never unpacked, however large they are.
"""

import struct
import zipfile
import zlib
from typing import Any, BinaryIO, cast
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from openpyxl.utils.exceptions import InvalidFileException

from iku_etl.errors import ContractError

ENTRIES = 2_000
TABLE_BYTES = 1024**2  # of the archive's own table, with room for long names; zipfile holds all of it in memory
UNPACKED_BYTES = 80 * 1024**2  # a minute; 200,000 rows of eight columns
PART_BYTES, STRINGS_BYTES = 8 * 1024**2, 32 * 1024**2  # styles and texts are held in memory, sheets are not
RATIO = 200  # sheets pack 10 to 50 to 1
RATIO_FREE = 1024**2
TYPES, RELATIONS = "[Content_Types].xml", "_rels/.rels"
SHEET, STRINGS, STYLES = ".worksheet+xml", ".sharedStrings+xml", ".styles+xml"
BOOKS = tuple(f"{kind}.main+xml" for kind in (
    "spreadsheetml.sheet", "spreadsheetml.template", "ms-excel.sheet.macroEnabled", "ms-excel.template.macroEnabled",
))  # fmt: skip
READ_TYPES = (*BOOKS, SHEET, STRINGS, STYLES)
PLAIN_TYPES = ("application/xml", "text/xml")  # some programs name no better one
STRICT = b"purl.oclc.org/ooxml"

BROKEN = (
    zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, AttributeError, IndexError,
    EOFError, OSError, NotImplementedError, OverflowError, AssertionError, RuntimeError, zlib.error, struct.error,
)  # fmt: skip  # what openpyxl and zipfile raise on damaged files


class Archive(zipfile.ZipFile):
    """A workbook's archive with the parts that are read, and no others; `types`: part name -> content type.

    Raises ContractError for a bomb, damage, or what is no workbook; judged by the archive's own table before anything
    is unpacked (zipfile never unpacks more than that says).
    """

    def __init__(self, stream: BinaryIO) -> None:
        table = _Table(stream)
        super().__init__(cast(BinaryIO, table))
        table.is_read = True
        for entry in self.filelist:
            entry.filename = entry.filename.replace("\\", "/")  # programs on Windows
        self.NameToInfo = {entry.filename: entry for entry in self.filelist}
        if len(self.filelist) > ENTRIES:
            raise bomb()
        if len(self.NameToInfo) < len(self.filelist):
            raise ContractError("Buku kerja memuat bagian bernama sama dua kali; berkas rusak.", code="broken_workbook")
        if any(entry.flag_bits & 1 for entry in self.filelist):
            raise ContractError("Buku kerja bersandi. Buka tanpa kata sandi dan simpan lagi.", code="old_or_locked")
        self.types = self._types()
        self.filelist = [entry for entry in self.filelist if self._is_read(entry.filename)]
        self.NameToInfo = {entry.filename: entry for entry in self.filelist}
        self._check_sizes()
        self._check_is_workbook()

    def parts(self, *endings: str) -> list[str]:
        """The names of the parts that are declared to be of a type that ends so, there or not."""
        return [name for name, kind in self.types.items() if kind.endswith(endings)]

    def there(self, name: str) -> list[str]:
        """The name, if such a part is there: where some programs put it without a type."""
        return [name] if name in self.NameToInfo else []

    def _types(self) -> dict[str, str]:
        """The content type of each part: readers find a part by its type, not by its name."""
        if TYPES not in self.NameToInfo:
            raise _no_workbook()
        if self.NameToInfo[TYPES].file_size > PART_BYTES:
            raise bomb()
        by_ending: dict[str, str] = {}
        by_name: dict[str, str] = {}
        for element in fromstring(self.read(TYPES), forbid_dtd=True):
            kind = element.get("ContentType", "")
            if ending := element.get("Extension"):
                by_ending[ending.casefold()] = kind
            elif by_name.setdefault(element.get("PartName", kind).removeprefix("/"), kind) != kind:
                raise bomb()  # two types: a sheet may be larger than what is held in memory
        for name in self.NameToInfo:
            by_name.setdefault(name, by_ending.get(name.rpartition(".")[2].casefold(), ""))
        return by_name

    def _is_read(self, name: str) -> bool:
        kind = self.types[name]
        if kind.endswith(READ_TYPES) or name == TYPES or name.endswith(".rels"):
            return True
        return name.casefold().endswith(".xml") and (not kind or kind in PLAIN_TYPES)

    def _check_sizes(self) -> None:
        """Of the parts that are read: a photograph may be as large as it is."""
        for entry in self.filelist:
            kind = self.types[entry.filename]
            cap = UNPACKED_BYTES if kind.endswith(SHEET) else STRINGS_BYTES if kind.endswith(STRINGS) else PART_BYTES
            is_dense = entry.file_size > RATIO_FREE and entry.file_size > RATIO * max(entry.compress_size, 1)
            if entry.file_size > cap or is_dense:
                raise bomb()
        if sum(entry.file_size for entry in self.filelist) > UNPACKED_BYTES:
            raise bomb()

    def _check_is_workbook(self) -> None:
        if not any(kind.endswith(BOOKS) for kind in self.types.values()):
            raise _no_workbook()
        if RELATIONS in self.NameToInfo and STRICT in self.read(RELATIONS):
            raise strict()


class _Table:
    """The stream while zipfile reads the archive's table at its end; afterwards, any."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self.is_read = stream, False

    def read(self, size: int = -1) -> bytes:
        if size > TABLE_BYTES and not self.is_read:
            raise bomb()
        return self._stream.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def bomb() -> ContractError:
    hint = "Kirim sebagai CSV UTF-8, atau pecah per bulan."
    return ContractError(f"Buku kerja mengembang melebihi batas setelah dibuka. {hint}", code="zip_bomb")


def _no_workbook() -> ContractError:
    hint = "Bila .zip, keluarkan berkasnya; bila .ods atau .docx, simpan sebagai .xlsx atau CSV UTF-8."
    return ContractError(f"Isinya bukan buku kerja Excel (.xlsx). {hint}", code="file_type")


def strict() -> ContractError:
    """The other form of the same format, which says the same under other names."""
    return ContractError(
        'Buku kerja berbentuk "Strict Open XML". Simpan Sebagai "Excel Workbook (.xlsx)" biasa, lalu kirim.',
        code="strict_workbook",
    )


def incomplete(what: str) -> ContractError:
    """A part that the workbook names is not in it."""
    return ContractError(
        f"Buku kerja tidak lengkap: {what} tidak ada di dalamnya. Buka dengan Excel atau LibreOffice, periksa isinya,"
        " lalu simpan lagi sebagai .xlsx.",
        code="broken_workbook",
    )


def broken(problem: Exception) -> ContractError:
    """What openpyxl or zipfile raised, as a sentence without values."""
    if isinstance(problem, MemoryError):
        return bomb()
    cause: BaseException | None = problem
    while cause is not None:  # openpyxl wraps what defusedxml refuses
        if isinstance(cause, DefusedXmlException):
            return ContractError("Buku kerja memuat deklarasi XML yang dilarang (DTD atau entitas).", code="xml_bomb")
        cause = cause.__cause__
    kind = type(problem).__name__  # never its text: that may hold a value
    return ContractError(f"Buku kerja rusak atau terpotong ({kind}). Kirim lagi berkasnya.", code="broken_workbook")
