"""In which of three encodings a CSV file is written, and its lines with their bytes; standard library only.

Nothing is guessed: a byte order mark decides; else the file says `encoding,windows-1252` in its first row; else it is
UTF-8 and every byte must be. No message holds a value of the file.
"""

import re
from dataclasses import dataclass
from typing import BinaryIO

from iku_etl.errors import ContractError

LINE_BYTES = 1024**2
PIECE_BYTES = 64 * 1024
UTF_8, WINDOWS = "utf-8", "cp1252"
MARKS = ((b"\xef\xbb\xbf", UTF_8), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
WIDEST_MARKS = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")  # UTF-32
MARK = "\ufeff"
DECLARED = {b"windows-1252": WINDOWS, b"cp1252": WINDOWS, b"utf-8": UTF_8}
_DECLARATION = re.compile(
    rb'\s*"?encoding"?[ \t]*[,;:|\t=][ \t]*"?(?P<name>[a-z][\w-]*\d[\w-]*)', re.I
)  # encoding,windows-1252


@dataclass(frozen=True)
class Encoding:
    """A codec of Python's, and the byte order mark that said so; `unit`: bytes of the shortest character."""

    codec: str
    mark: bytes = b""

    @property
    def unit(self) -> int:
        """2 for UTF-16, else 1."""
        return 2 if self.codec.startswith("utf-16") else 1


def encoding_of(head: bytes) -> Encoding:
    """The encoding of a file that begins so; ContractError where it declares one that we don't know."""
    if head.startswith(WIDEST_MARKS):
        raise ContractError('baris 1: pengodean UTF-32 tidak dibaca. Simpan lagi sebagai "CSV UTF-8".', code="encoding")
    for mark, codec in MARKS:
        if head.startswith(mark):
            return Encoding(codec, mark)
    said = _DECLARATION.match(head)
    if said is None:
        return Encoding(UTF_8)
    codec_said = DECLARED.get(said["name"].lower())
    if codec_said is None:
        known = ", ".join(name.decode() for name in DECLARED)
        raise ContractError(
            f"baris 1: pengodean yang dinyatakan tidak dikenal; tulis salah satu: {known}.", code="encoding"
        )
    return Encoding(codec_said)


def head_text(stream: BinaryIO, size: int) -> str:
    """The first bytes of a file as text, undecodable ones replaced; the stream is back at its start."""
    stream.seek(0)
    head = stream.read(size)
    stream.seek(0)
    return head.decode(encoding_of(head).codec, errors="replace").lstrip(MARK)


class Lines:
    """The decoded lines of a CSV file, counted in lines and in the file's own bytes.

    A line ends with a line feed; where the first one does not, with a carriage return (old Macintosh programs).
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.number = self.end = self.last_byte = 0  # last_byte: the end without the line's end
        self._stream = stream
        start = stream.tell()
        head = stream.read(PIECE_BYTES)
        stream.seek(start)
        self._encoding = encoding_of(head)
        self._newline = _line_end(head.decode(self._encoding.codec, errors="replace")).encode(self._encoding.codec)
        self._ends = tuple(text.encode(self._encoding.codec) for text in ("\n", "\r"))
        self._kept, self._at = b"", 0  # what was read and not yet given, from `_at` on

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self._stream.readline(LINE_BYTES + 1) if self._newline == b"\n" else self._next_line()
        if not line:
            raise StopIteration
        begin, self.number = self.end, self.number + 1
        if len(line) > LINE_BYTES:
            raise ContractError(
                f"baris {self.number}, byte {begin}: baris lebih dari {LINE_BYTES} byte.", code="long_line"
            )
        self.end += len(line)
        self.last_byte = begin + len(self._without_end(line))
        text = self._decoded(line, begin)
        if "\0" in text:
            raise self._with_nul(text, begin)
        return text.lstrip(MARK) if self.number == 1 else text  # programs that add a mark may add a second

    def _next_line(self) -> bytes:
        """The next line where it does not end with the byte 0A: in UTF-16 it ends with two, at an even place."""
        unit, searched = self._encoding.unit, self._at
        while True:
            found = self._kept.find(self._newline, searched)
            while found >= 0 and (found - self._at) % unit:
                found = self._kept.find(self._newline, found + 1)
            if found >= 0:
                begin, self._at = self._at, found + unit
                return self._kept[begin : self._at]
            rest, piece = self._kept[self._at :], self._stream.read(PIECE_BYTES)
            if not piece or len(rest) > LINE_BYTES:
                self._kept, self._at = piece, 0
                return rest
            searched = max(len(rest) - 1, 0)
            self._kept, self._at = rest + piece, 0

    def _without_end(self, line: bytes) -> bytes:
        if self._encoding.unit == 1:
            return line.rstrip(b"\r\n")
        end = len(line)
        while end % 2 == 0 and line[max(end - 2, 0) : end] in self._ends:
            end -= 2
        return line[:end]

    def _with_nul(self, text: str, begin: int) -> ContractError:
        """A file with a NUL in it: damaged, or UTF-16 that does not say so, where every second byte is one."""
        nul = text.index("\0")
        at = begin + len(text[:nul].encode(self._encoding.codec))
        if self._encoding.codec == UTF_8 and text.count("\0") * 3 >= len(text):
            hint = 'Simpan lagi sebagai "CSV UTF-8".'
            return ContractError(
                f"baris {self.number}, byte {at}: tampaknya UTF-16 tanpa tanda urutan byte. {hint}", code="encoding"
            )
        return ContractError(f"baris {self.number}, byte {at}: byte nol, berkas rusak.", code="nul")

    def _decoded(self, line: bytes, begin: int) -> str:
        codec = self._encoding.codec
        try:
            text = line.decode(codec)
        except UnicodeDecodeError as problem:
            raise self._not_readable(begin + problem.start) from None
        if codec == WINDOWS and not line.isascii() and _is_utf_8(line):
            hint = 'Hapus baris "encoding,windows-1252".'
            raise ContractError(
                f"baris {self.number}: dinyatakan windows-1252, tetapi isinya UTF-8. {hint}", code="encoding"
            )
        return text

    def _not_readable(self, at: int) -> ContractError:
        codec = self._encoding.codec
        hint = 'Simpan lagi sebagai "CSV UTF-8"'
        if codec == UTF_8 and not self._encoding.mark:
            hint += ', atau tulis "encoding,windows-1252" di baris pertama bila memang begitu'
        name = {UTF_8: "UTF-8", WINDOWS: "windows-1252"}.get(codec, "UTF-16")
        return ContractError(f"baris {self.number}, byte {at}: bukan {name}. {hint}.", code="encoding")


def _line_end(head: str) -> str:
    """The sign that ends lines: a carriage return if the first line ends so and none is followed by a line feed."""
    text = head.removesuffix("\r")  # its line feed may come next
    is_first = "\r" in text.partition("\n")[0]
    return "\r" if is_first and "\r\n" not in text and text.count("\r") >= text.count("\n") else "\n"


def _is_utf_8(line: bytes) -> bool:
    """Whether bytes that were declared windows-1252 are valid UTF-8: then the declaration is wrong."""
    try:
        line.decode(UTF_8)
    except UnicodeDecodeError:
        return False
    return True
